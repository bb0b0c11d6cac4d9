"""A plan as the comment on a merge or pull request, for GitHub and GitLab alike.

Only what both render: headings, lists, tables, code and ``<details>``.  A comment has a limit; what
does not fit is left out by whole sections, the harmless first, and counted.  A step that cannot be
undone, one that is dangerous on a coming day and one at a lift are never left out: very many are
listed in short, then by what they do, and if even that is too long the comment says at its top that
it cannot be released by.
"""

from collections.abc import Sequence
from functools import cache
from itertools import groupby

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic, has_errors
from provisioner.plan.model import CustomerPlan, Effect, Plan
from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue
from provisioner.report.plan import pieces, view
from provisioner.report.plan.ahead import cost_line
from provisioner.report.plan.alike import Alike, put_together
from provisioner.report.plan.details import details, risk_line
from provisioner.report.plan.fitting import Lazy, Space, size_of
from provisioner.report.plan.pieces import LONG, SHORT
from provisioner.report.plan.sections import (
    RESERVE,
    Frame,
    Rendered,
    Section,
    fitting,
    head_lines,
    joined,
    section_lines,
)
from provisioner.report.plan.since import others_text, since_text
from provisioner.report.plan.words import Tally
from provisioner.report.sanitise import code, markdown, summary, visible
from provisioner.report.swiss import show_money

MARKER = "<!-- provisioner plan -->"
"""First line: by it CI finds its comment and edits it instead of writing one more."""

LIMIT = 60_000
"""Characters. GitHub refuses a comment of more than 65,536; CI may add a line of its own."""

UPCOMING = 20
"""So many coming events are shown."""

_FORMS = ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2))
"""How what cannot be undone and what is dangerous later are told, from the longest on: 0 in full, 1
in short for each customer, 2 by what is done."""

_AT_LEAST = 40
"""Characters of a step that is told in full."""

ERRORS = 10
"""So many errors of one customer are shown."""


def render_markdown(
    plan: Plan, words: Catalogue, *, limit: int = LIMIT, summary: bool = False
) -> str:
    """The plan in at most ``limit`` characters, ended by a newline.  The same plan, the same text.

    ``limit`` has to leave room for the verdict: 5,000 at least.  ``summary``: without the details
    of customers.
    """
    frame = Frame(_head(plan, words), details=not summary)
    return render_framed(plan, words, frame, limit).text


def render_framed(plan: Plan, words: Catalogue, frame: Frame, limit: int) -> Rendered:
    """The same with something else around the plan."""
    return _Comment(plan, words, limit).render(frame)


def plan_facts(plan: Plan, words: Catalogue) -> list[str]:
    """How much it does, and what it costs."""
    if not plan.steps:
        return []
    facts = [markdown(Tally.of(plan.steps).text(words))]
    cost = cost_line(plan.customers, words)
    return [*facts, markdown(words.ui("plan.cost", cost=cost))] if cost else facts


def _head(plan: Plan, words: Catalogue) -> list[str]:
    said = f"{words.ui('plan.for', day=words.day(plan.at))}: {view.verdict(plan, words)}"
    lines = [MARKER, f"### {markdown(said)}"]
    if since := since_text(plan, words):
        lines += ["", markdown(since)]
    if plan.braked:
        lines += ["", f"**{markdown(words.ui('plan.braked'))}**"]
    if facts := plan_facts(plan, words):
        lines += ["", *(f"- {fact}" for fact in facts)]
        digest = code(clip(visible(plan.digest), SHORT))
        lines += [f"- {markdown(words.ui('plan.digest'))}: {digest}"]
    return lines


class _Comment:
    """Sections are filled in the order of their weight and then put in the order of reading."""

    def __init__(self, plan: Plan, words: Catalogue, limit: int) -> None:
        self.plan, self.words = plan, words
        self.space = Space(limit - RESERVE)
        self._whole = True
        self.groups, self.rest = put_together(plan)

    def render(self, frame: Frame) -> Rendered:
        plan, words = self.plan, self.words
        foot = self._foot()
        self.space.take([*frame.head, *foot, words.ui(frame.shortened, count=0)])
        danger = self._danger(view.risks(plan, words))
        sections = [section_lines(section, self.space, words) for section in frame.sections]
        stopped = section_lines(self._stopped(), self.space, words)
        open_ = Section("plan.open", self._open(), "reading.more_open")
        opened = section_lines(open_, self.space, words)
        groups = self._alike()
        overview = self._overview()
        later = self._later() if frame.details else []
        details = self._details(frame.until) if frame.details else []
        head = head_lines(frame, self.space, words)
        changes = [groups, overview, details, later, foot]
        text = joined([head, danger, *sections, stopped, opened, *changes])
        return Rendered(text, self._whole)

    # What is always there

    def _foot(self) -> list[str]:
        count = self.plan.unchanged
        foot = [markdown(self.words.ui("plan.unchanged", count=count))] if count else []
        others = others_text(self.plan, self.words)
        return [*foot, *([""] * bool(foot)), pieces.prose(others)] if others else foot

    # Danger

    def _danger(self, risks: Sequence[view.Risk]) -> list[str]:
        """What must not be left out in full or in short, then other disruptive steps that fit."""
        if not risks:
            return []
        heading = [f"#### {markdown(self.words.ui('plan.danger'))}", ""]
        self.space.take(heading)
        final = [risk for risk in risks if risk.effect is Effect.IRREVERSIBLE]
        others = [risk for risk in risks if risk.effect is not Effect.IRREVERSIBLE]
        ahead = [risk for risk in others if risk.on or risk.lift]
        lines = self._all_of(final, ahead)
        self.space.take(lines)
        rest = Lazy((r for r in others if not (r.on or r.lift)), risk_line)
        more = fitting(rest, "reading.more_disruptive", self.space, self.words)
        return [*heading, *lines, *more]

    def _all_of(self, final: Sequence[view.Risk], ahead: Sequence[view.Risk]) -> list[str]:
        """All of both, in the longest form that fits; in full they leave room for the rest."""
        keys = ("reading.compact", "reading.compact_later")
        forms = (self._in_full, self._in_short, self._by_what)

        @cache
        def made(form: int, which: int) -> list[str]:
            return forms[form]((final, ahead)[which], keys[which])

        many = (len(final) + len(ahead)) * _AT_LEAST > self.space.left
        for one, other in _FORMS[2:] if many else _FORMS:
            lines = made(one, 0) + made(other, 1)
            if size_of(lines) <= self.space.left // (2 if one == 0 else 1):
                self.space.shortened = bool((one and final) or (other and ahead))
                return lines
        self.space.shortened = True
        lines = made(2, 0)
        if size_of(lines) > self.space.left - 1_000:
            lines = self._too_many(final, "reading.too_many")
        return lines + self._too_many(ahead, "reading.too_many_later")

    def _too_many(self, risks: Sequence[view.Risk], key: str) -> list[str]:
        if not risks:
            return []
        self._whole = False
        return [f"- **{pieces.prose(self.words.ui(key, count=len(risks)))}**"]

    def _in_full(self, risks: Sequence[view.Risk], _key: str) -> list[str]:
        return [risk_line(risk) for risk in risks]

    def _in_short(self, risks: Sequence[view.Risk], key: str) -> list[str]:
        """A line for each customer."""
        lines = self._counted(risks, key)
        for customer, alike in groupby(risks, key=lambda risk: risk.customer):
            lines.append(f"- {pieces.name(customer)}: {', '.join(map(_briefly, alike))}")
        return lines

    def _by_what(self, risks: Sequence[view.Risk], key: str) -> list[str]:
        """A line for each thing that is done, with all to whom it is done."""
        found: dict[str, list[str]] = {}
        for risk in risks:
            found.setdefault(_briefly(risk), []).append(pieces.name(risk.customer))
        lines = [f"- {what} ({len(names)}): {', '.join(names)}" for what, names in found.items()]
        return [*self._counted(risks, key), *lines]

    def _counted(self, risks: Sequence[view.Risk], key: str) -> list[str]:
        said = self.words.ui(key, count=len(risks))
        return [f"- **{markdown(said)}**"] if risks else []

    # What stands still and what is open

    def _stopped(self) -> Section:
        plan = self.plan
        found: list[Diagnostic | CustomerPlan] = [*view.of_the_run(plan), *view.stopped(plan)]
        halted = plan.braked or view.stopped(plan) or has_errors(plan.diagnostics)
        title = "reading.stopped" if halted else "reading.notes"
        return Section(title, Lazy(found, self._reason), "reading.more_stopped")

    def _reason(self, found: Diagnostic | CustomerPlan) -> str:
        if isinstance(found, Diagnostic):
            return pieces.diagnostic(self.words, found)
        status = markdown(self.words.ui(f"status.{found.status}"))
        errors = view.of_severity(found, Severity.ERROR)
        lines = [
            pieces.indented(pieces.diagnostic(self.words, error, placed=True))
            for error in errors[:ERRORS]
        ]
        if left := len(errors[ERRORS:]):
            lines.append(f"  - {markdown(self.words.ui('reading.more_stopped', count=left))}")
        return "\n".join([f"- **{pieces.name(found.customer)}**: {status}", *lines])

    def _open(self) -> Sequence[str]:
        found: list[tuple[str, view.Waiting | Diagnostic]] = []
        for customer in self.plan.customers:
            name = visible(customer.customer)
            found += [(name, held) for held in view.waiting(customer, self.words)]
            found += [(name, d) for d in view.of_severity(customer, Severity.QUESTION)]
        return Lazy(found, self._question)

    def _question(self, found: tuple[str, view.Waiting | Diagnostic]) -> str:
        name, cause = found
        said = pieces.sentence(self.words, cause.code, cause.params)
        if isinstance(cause, Diagnostic):
            label = markdown(self.words.ui("severity.question"))
            return f"- **{label} {pieces.name(name)}**: {said}"
        label = markdown(self.words.ui("plan.held_label"))
        what = markdown(clip(", ".join(cause.what), LONG))
        return f"- **{label} {pieces.name(name)}**: {what}  \n  {said}"

    # Equal edits

    def _alike(self) -> list[str]:
        """With all names: whoever approves it has to see whose plans they are."""
        if not self.groups:
            return []
        heading = [f"#### {markdown(self.words.ui('alike.heading'))}", ""]
        self.space.take(heading)
        made = [self._group(group) for group in self.groups]
        return [*heading, "\n\n".join(fitting(made, "alike.more_groups", self.space, self.words))]

    def _group(self, group: Alike) -> str:
        dangers = group.dangers(self.words)
        names = ", ".join(pieces.name(each.customer) for each in group.customers)
        return "\n".join(
            [
                f"<details><summary>{summary(clip(group.title(self.words), LONG))}</summary>",
                "",
                names,
                "",
                *([f"- **{markdown(dangers)}**"] if dangers else []),
                *(f"- {markdown(said)}" for said in group.facts(self.words)),
                "",
                "</details>",
            ]
        )

    # The overview

    def _overview(self) -> list[str]:
        """Rows of the customers that need somebody's eyes are kept; shown in the plan's order."""
        rows = view.rows(self.rest, self.words)
        if len(rows) < (1 if self.groups else 2):
            return []
        told = {
            "customer": True,
            "company": any(row.company for row in rows),
            "changes": any(row.tally for row in rows),
            "monthly": any(row.cost.monthly for row in rows),
            "once": any(row.cost.once for row in rows),
            "status": True,
        }
        shown = [name for name, is_told in told.items() if is_told]
        titles = [markdown(self.words.ui(f"reading.{name}")) for name in shown]
        marks = ["--:" if name in {"monthly", "once"} else "--" for name in shown]
        heading = [f"#### {markdown(self.words.ui('reading.overview'))}", ""]
        heading += [pieces.cells(titles), pieces.cells(marks)]
        made = Lazy(rows, lambda row: pieces.cells(_row(row)[name] for name in shown))
        ranks = [row.rank for row in rows]
        self.space.take(heading)
        kept = self.space.gravest(made, ranks, share=0.5)
        left = len(made) - len(kept)
        more = [markdown(self.words.ui("reading.more_rows", count=left))] if left else []
        if not kept:
            return more
        return [*heading, *(made[at] for at in kept), *(["", *more] if more else [])]

    # Details, folded for each customer

    def _details(self, until: str) -> list[str]:
        customers = view.detailed(self.rest)
        if not customers:
            return []
        words = self.words
        heading = [f"#### {markdown(words.ui('reading.details'))}", ""]
        made = Lazy(customers, lambda one: details(one, words, self.plan.at, until))
        ranks = [view.rank(customer) for customer in customers]
        self.space.take(heading)
        sizes = [1 + sum(1 for _ in view.told(customer)) for customer in customers]
        blocks = [made[at] for at in self.space.gravest(made, ranks, sizes=sizes)]
        if left := len(made) - len(blocks):
            blocks.append(markdown(words.ui("reading.more_details", count=left)))
        return [*heading, "\n\n".join(blocks)]

    def _later(self) -> list[str]:
        events = view.events(self.plan, self.words)
        if not events:
            return []
        title = summary(self.words.ui("reading.later", count=len(events)))
        lines = [f"<details><summary>{title}</summary>", ""]
        for event in events[:UPCOMING]:
            said = markdown(clip(event.text, LONG))
            day = markdown(self.words.day(event.on))
            lines.append(f"- {day} **{pieces.name(event.customer)}**: {said}")
        if len(events) > UPCOMING:
            more = self.words.ui("plan.later_more", count=len(events) - UPCOMING)
            lines.append(f"- {markdown(more)}")
        lines += ["", "</details>"]
        if size_of(lines) > self.space.left:
            self.space.drop(len(events))
            return [markdown(self.words.ui("reading.later", count=len(events)))]
        self.space.take(lines)
        return lines


def _briefly(risk: view.Risk) -> str:
    said = f"{markdown(risk.when.rstrip())} {code(risk.symbol)} {markdown(clip(risk.what, SHORT))}"
    return said.lstrip()


def _row(row: view.Row) -> dict[str, str]:
    return {
        "customer": pieces.name(row.customer),
        "company": markdown(clip(row.company, SHORT)) if row.company else "",
        "changes": code(row.tally.signs) if row.tally else "",
        "monthly": show_money(row.cost.monthly, signed=True) if row.cost.monthly else "",
        "once": show_money(row.cost.once, signed=True) if row.cost.once else "",
        "status": markdown(row.status),
    }
