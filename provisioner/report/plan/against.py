"""What differs between two plans, as text, as Markdown and as JSON."""

from collections.abc import Iterator, Mapping

import orjson

from provisioner.contract.resources import Json
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.comparing import CustomerDifference, Difference, StepChange
from provisioner.plan.model import CustomerPlan, Status
from provisioner.report.layout import Paint, clamp, clip, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.plan import view
from provisioner.report.plan.ahead import day_text, order_keys
from provisioner.report.plan.details import risk_line
from provisioner.report.plan.diff import appeared, inside
from provisioner.report.plan.pieces import LONG, prose
from provisioner.report.plan.words import SYMBOLS, UNSAID, headline, headline_of_id
from provisioner.report.sanitise import markdown, visible
from provisioner.report.swiss import show_money

Entry = tuple[str, list[str]]
"""A title, and what stands under it: lines that begin with a blank belong to the one before."""


def difference_json(found: Difference) -> bytes:
    return orjson.dumps(found.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n"


def difference_text(found: Difference, words: Catalogue, *, width: int, color: bool) -> str:
    """Ended by a newline; new dangers first."""
    paint, width = Paint(color), clamp(width)
    lines = [paint(line, "bold") for line in wrap(verdict(found, words), width)]
    if found_risks := risks(found, words):
        lines += ["", paint(words.ui("plan.danger"), "bold", "red")]
        for risk in found_risks:
            said = f"{risk.customer}: {risk.when}{risk.symbol} {risk.what} - {risk.means}"
            lines += paint.head(wrap(said, width, "  ! ", "      "), 4, "bold", "red")
    for title, told in sections(found, words):
        lines += ["", *(paint(line, "bold") for line in wrap(title, width, "", "  "))]
        for heading, items in told:
            lines += wrap(heading, width, "  ", "    ")
            for item in items:
                deeper = "      " if item.startswith(" ") else "    "
                lines += wrap(item.lstrip(), width, deeper, f"{deeper}  ")
    return "\n".join([*lines, "", *digests(found, words)]) + "\n"


def difference_markdown(found: Difference, words: Catalogue) -> str:
    """The same for a merge request; ended by a newline."""
    lines = [f"### {markdown(verdict(found, words))}"]
    if found_risks := risks(found, words):
        lines += ["", f"#### {markdown(words.ui('plan.danger'))}", "", *map(risk_line, found_risks)]
    for title, told in sections(found, words):
        lines += ["", f"#### {markdown(clip(title, LONG))}", ""]
        for heading, items in told:
            lines.append(f"- {prose(heading)}")
            for item in items:
                deeper = "    " if item.startswith(" ") else "  "
                lines.append(f"{deeper}- {markdown(clip(item.lstrip(), LONG))}")
    return (
        "\n".join([*lines, "", *(f"- {markdown(each)}" for each in digests(found, words))]) + "\n"
    )


def verdict(found: Difference, words: Catalogue) -> str:
    """How many customers differ, in a sentence."""
    day = words.day(found.before)
    count = len(found.customers)
    if not (count or found.found or found.settled):
        return words.ui("against.same", day=day)
    return words.ui("against.differs", day=day, count=count, same=found.same)


def risks(found: Difference, words: Catalogue) -> list[view.Risk]:
    """Dangerous steps that the earlier plan has not, or has otherwise."""
    new = [
        CustomerPlan(
            customer=each.customer,
            steps=(*each.appeared, *(change.after for change in each.changed)),
            days=each.days,
            lifts=each.lifts,
        )
        for each in found.customers
    ]
    return sorted((r for c in new for r in view.risks_of(c, words)), key=view.gravest_first)


def sections(found: Difference, words: Catalogue) -> Iterator[tuple[str, list[Entry]]]:
    """What differs of the whole run, and then of each customer, under a title each."""
    if whole := run(found, words):
        yield words.ui("reading.run"), whole
    for each in found.customers:
        name = f"{visible(each.customer)}  {visible(each.company)}".rstrip()
        yield name, entries(each, words)


def run(found: Difference, words: Catalogue) -> list[Entry]:
    """What differs of the whole run."""
    return _findings(found.found, found.settled, words)


def entries(each: CustomerDifference, words: Catalogue) -> list[Entry]:
    """What differs of a customer."""
    return [entry for entry in _entries(each, words) if entry[0]]


def _entries(each: CustomerDifference, words: Catalogue) -> Iterator[Entry]:
    if each.was is not each.now:
        was, now = (_status(status, words) for status in (each.was, each.now))
        yield words.ui("against.status", before=was, after=now), []
    for key, before, after in (
        ("monthly", each.monthly_before, each.monthly_after),
        ("once", each.once_before, each.once_after),
    ):
        if before != after:
            amounts = {"before": show_money(before, signed=True)}
            amounts["after"] = show_money(after, signed=True)
            yield words.ui(f"against.{key}", **amounts), []
    if each.appeared:
        told = [appeared(step, words) for step in each.appeared]
        yield words.ui("against.appeared"), _flat(told)
    if each.disappeared:
        told = [[headline_of_id(step.id, words)] for step in each.disappeared]
        yield words.ui("against.disappeared"), _flat(told)
    if each.changed:
        told = [[headline_of_id(c.after.id, words), *_inside(c, words)] for c in each.changed]
        yield words.ui("against.changed"), _flat(told)
    if each.held:
        parts = order_keys(CustomerPlan(customer=each.customer, held=each.held))
        told = [
            [
                f"{SYMBOLS[h.step.action]} {headline(h.step, words, parts)}",
                f"{words.text(h.code, h.params)} [{visible(h.code)}]",
            ]
            for h in each.held
        ]
        yield words.ui("against.held"), _flat(told)
    for key, days in (("against.days", each.days), ("against.days_gone", each.days_gone)):
        if days:
            yield words.ui(key), [f"{words.day(d.on)}: {day_text(d, words)}" for d in days]
    yield from _findings(each.found, each.settled, words)


def _inside(change: StepChange, words: Catalogue) -> list[str]:
    """In words, or that its fields differ where they would tell people nothing."""
    before, after = (
        step.model_copy(update={"before": _said(step.before), "after": _said(step.after)})
        for step in (change.before, change.after)
    )
    return inside(before, after, words, "against.field") or [words.ui("diff.opaque")]


def _said(side: Mapping[str, Json] | None) -> dict[str, Json]:
    return {name: value for name, value in (side or {}).items() if name not in UNSAID}


def _status(status: Status | None, words: Catalogue) -> str:
    return words.ui(f"reading.status_{status}") if status else words.ui("against.not_there")


def _findings(
    found: tuple[Diagnostic, ...], settled: tuple[Diagnostic, ...], words: Catalogue
) -> list[Entry]:
    both = [("against.found", found), ("against.settled", settled)]
    return [(words.ui(key), [_finding(d, words) for d in each]) for key, each in both if each]


def _finding(found: Diagnostic, words: Catalogue) -> str:
    severity = words.ui(f"severity.{found.severity}")
    return f"{severity}[{visible(found.code)}]: {words.text(found.code, found.params)}"


def _flat(told: list[list[str]]) -> list[str]:
    """What belongs to the line before it begins with a blank."""
    return [line for head, *more in told for line in (head, *(f" {each}" for each in more))]


def digests(found: Difference, words: Catalogue) -> list[str]:
    """Of both plans; one where they are the same."""
    if found.digest_before == found.digest_after:
        return [f"{words.ui('plan.digest')}: {visible(found.digest_after)}"]
    return [
        words.ui("against.digest_before", digest=found.digest_before),
        words.ui("against.digest_after", digest=found.digest_after),
    ]
