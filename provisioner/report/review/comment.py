"""The one comment on a merge request, for GitHub and GitLab alike: first its state, in a few lines
that staff read in ten seconds, then the plan or what became of it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from provisioner.codes import Severity
from provisioner.contract.resources import Kind
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import CustomerPlan, Plan, Step
from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue
from provisioner.report.plan import pieces, view
from provisioner.report.plan.ahead import order_keys, until_text
from provisioner.report.plan.fitting import Lazy
from provisioner.report.plan.markdown import LIMIT, plan_facts, render_framed
from provisioner.report.plan.sections import Frame, Rendered, Section, render_sections
from provisioner.report.plan.words import DANGEROUS, SYMBOLS, headline_of_id
from provisioner.report.review.outcome import outcome_sections
from provisioner.report.sanitise import code, markdown, visible
from provisioner.review.showing import (
    SHORT,
    AppliedShown,
    Difference,
    Ended,
    PlanShown,
    Stage,
    Void,
)

STEPS = 10
"""So many steps of one customer are named that are new, different or gone."""


def marker(project: int) -> str:
    """The first line of the comment: by it and by its author it is found again."""
    return f"<!-- provision review {project} -->"


def planning_comment(project: int, head: str, words: Catalogue) -> str:
    """While the plan is being made. ``head``: the commit's whole id."""
    lines = [*_title(project, words.ui("review.planning")), *_list([_commit(head, words)])]
    return "\n".join([*lines, "", *_next(Stage.PLANNING, words)]) + "\n"


def plan_comment(shown: PlanShown, words: Catalogue, limit: int = LIMIT) -> Rendered:
    """The plan in at most ``limit`` characters, 10,000 at least, ended by a newline."""
    plan, stage = shown.plan, shown.stage
    lines = _title(shown.project, verdict(shown, words))
    if plan is not None and plan.braked:
        lines += [f"**{markdown(words.ui('plan.braked'))}**", ""]
    if shown.void:
        lines += [_void(shown.void, words), ""]
    if shown.snapshot:
        lines += [f"**{markdown(words.ui('review.snapshot'))}**", ""]
    facts = plan_facts(plan, words) if plan else []
    until = ""
    if stage is Stage.PLAN and plan:
        until = _ends(shown, plan, words)
        facts += [_until(shown, plan, words, until), _needed(shown, plan, words)]
    if plan and plan.digest and plan.steps:
        facts.append(_digest(plan.digest, words))
    facts.append(_commit(shown.head, words))
    again = shown.void is not None and shown.void.withdrawn > 0
    lines += [*_list(facts), "", *_next(stage, words, again=again)]
    sections = (
        _differences(shown.void.differences if shown.void else (), plan, words),
        _findings(shown, words),
    )
    frame = Frame(lines, sections, "review.shortened", until)
    if plan is None:
        return Rendered(render_sections(frame, words, limit))
    return render_framed(plan, words, frame, limit)


def applied_comment(shown: AppliedShown, words: Catalogue, limit: int = LIMIT) -> str:
    """What became of each customer, in at most ``limit`` characters, ended by a newline."""
    lines = _title(shown.project, _ended(shown, words))
    facts = []
    if shown.approved_by:
        names = ", ".join(code(clip(visible(login), pieces.SHORT)) for login in shown.approved_by)
        facts.append(f"{markdown(words.ui('review.approved_by'))}: {names}")
    if shown.digest:
        facts.append(_digest(shown.digest, words))
    facts.append(_commit(shown.head, words))
    stage = Stage.DONE if shown.stage is Stage.NOTHING else shown.stage
    lines += [*_list(facts), "", *_next(stage, words)]
    frame = Frame(lines, outcome_sections(shown.outcomes, words, shown.at), "review.shortened_log")
    return render_sections(frame, words, limit)


# The first lines


def _title(project: int, said: str) -> list[str]:
    return [marker(project), f"### {markdown(said)}", ""]


def _list(facts: Sequence[str]) -> list[str]:
    return [f"- {fact}" for fact in facts if fact]


def _next(stage: Stage, words: Catalogue, *, again: bool = False) -> list[str]:
    key = "review.next_again" if again and stage is Stage.PLAN else f"review.next_{stage}"
    label = markdown(words.ui("review.next"))
    return [f"**{label}:** {pieces.prose(words.ui(key))}"]


def _commit(head: str, words: Catalogue) -> str:
    return f"{markdown(words.ui('review.commit'))}: {code(visible(head)[:SHORT])}"


def _digest(digest: str, words: Catalogue) -> str:
    return f"{markdown(words.ui('plan.digest'))}: {code(clip(visible(digest), pieces.SHORT))}"


def verdict(shown: PlanShown, words: Catalogue) -> str:
    errors = sum(1 for found in _own(shown) if found.severity is Severity.ERROR)
    stopped = [words.ui("count.error", count=errors)] if errors else []
    if shown.plan is None:
        return ": ".join([words.ui("review.no_plan"), *stopped])
    said = view.verdict(shown.plan, words)
    day = words.ui("plan.for", day=words.day(shown.plan.at))
    return f"{day}: {', '.join([*stopped, said])}"


def _void(void: Void, words: Catalogue) -> str:
    lost = "review.void" if void.withdrawn else "review.earlier"
    said = f"**{markdown(words.ui(lost))}** "
    said += pieces.sentence(words, void.about.code, void.about.params)
    if void.withdrawn:
        said += f" {markdown(words.ui('review.withdrawn', count=void.withdrawn))}"
    return said


def _ends(shown: PlanShown, plan: Plan, words: Catalogue) -> str:
    """As the customer says it that makes an approval end; empty if it is none."""
    ending = _ending(shown, plan)
    return until_text(ending[0], words) if ending and not shown.snapshot else ""


def _ending(shown: PlanShown, plan: Plan) -> list[CustomerPlan]:
    return [c for c in plan.customers if c.steps and c.until and c.until == shown.until]


def _until(shown: PlanShown, plan: Plan, words: Catalogue, said: str) -> str:
    """Until when an approval holds, and which customer makes it end; empty if nobody said."""
    if shown.until is None:
        return ""
    if not said:
        return markdown(words.ui("review.until", day=words.day(shown.until)))
    ending, changing = _ending(shown, plan), [c for c in plan.customers if c.steps]
    alike = len(ending) == len(changing)
    return pieces.prose(said) + ("" if alike else f" ({pieces.name(ending[0].customer)})")


def _needed(shown: PlanShown, plan: Plan, words: Catalogue) -> str:
    said = words.ui("review.needed", count=shown.needed)
    grave = any(view.rank(each) is view.Rank.IRREVERSIBLE for each in plan.customers)
    return f"**{markdown(said)}**" + (f" {markdown(words.ui('review.grave'))}" if grave else "")


def _ended(shown: AppliedShown, words: Catalogue) -> str:
    counts = Counter(outcome.ended for outcome in shown.outcomes)
    parts = [
        words.ui(f"review.count_{ended}", count=counts[ended]) for ended in Ended if counts[ended]
    ]
    return ": ".join(filter(None, (words.ui(f"review.stage_{shown.stage}"), ", ".join(parts))))


# What is peculiar to a merge request


def _findings(shown: PlanShown, words: Catalogue) -> Section:
    found = sorted(_own(shown), key=lambda each: (each.severity, each.order))
    items = Lazy(found, lambda each: pieces.diagnostic(words, each, placed=True))
    return Section("review.findings", items, "review.more_findings")


def _own(shown: PlanShown) -> list[Diagnostic]:
    """Findings that the plan does not show."""
    if shown.plan is None:
        return [*shown.findings]
    theirs = {(each.order, str(each.params)) for each in _of_plan(shown.plan)}
    return [each for each in shown.findings if (each.order, str(each.params)) not in theirs]


def _of_plan(plan: Plan) -> Iterator[Diagnostic]:
    yield from plan.diagnostics
    for customer in plan.customers:
        yield from customer.diagnostics


def _differences(found: Sequence[Difference], plan: Plan | None, words: Catalogue) -> Section:
    by_id = {c.customer: c for c in plan.customers} if plan else {}

    def item(each: Difference) -> str:
        customer = by_id.get(each.customer)
        steps = {step.id: step for step in customer.steps} if customer else {}
        orders = order_keys(customer) if customer else ()
        said = words.ui(f"review.differs_{_how(each, customer)}")
        lines = [f"- **{pieces.name(each.customer)}**: {markdown(said)}"]
        # that its release is another one is said by the manifest
        other = tuple(id_ for id_ in each.other if not id_.startswith(f"{Kind.RELEASE}/"))
        parts = {"new": each.new, "other": other, "gone": each.gone}
        for key, ids in parts.items():
            if ids:
                label = markdown(words.ui(f"review.steps_{key}"))
                lines.append(f"  - {label}: {_steps(ids, steps, orders, words)}")
        return "\n".join(lines)

    return Section("review.differs", Lazy(found, item), "review.more_differs")


def _how(difference: Difference, now: CustomerPlan | None) -> str:
    if now is None or not now.steps:
        return "going"
    if difference.manifest:
        return "manifest"
    return "coming" if len(difference.new) == len(now.steps) else "otherwise"


def _steps(
    ids: Sequence[str], steps: dict[str, Step], orders: Sequence[str], words: Catalogue
) -> str:
    """The dangerous ones first, and how many more there are."""
    by_danger = sorted(ids, key=lambda id_: not _is_dangerous(steps.get(id_)))
    said = [_step(id_, steps.get(id_), orders, words) for id_ in by_danger[:STEPS]]
    if more := len(ids) - STEPS:
        said += [markdown(words.ui("review.more_steps", count=more))] if more > 0 else []
    return ", ".join(said)


def _is_dangerous(step: Step | None) -> bool:
    return step is not None and step.effect in DANGEROUS


def _step(id_: str, step: Step | None, orders: Sequence[str], words: Catalogue) -> str:
    if step is None:
        symbol, _, what = headline_of_id(id_, words).partition(" ")
    else:
        symbol, what = SYMBOLS[step.action], view.with_changes(step, words, orders)
    return f"{code(symbol)} {markdown(clip(what, pieces.SHORT))}"
