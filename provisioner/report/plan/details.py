"""One customer of a plan in Markdown: its risks as lines, and all of it folded."""

from collections.abc import Iterator
from datetime import date

from provisioner.codes import Severity
from provisioner.plan.model import Cause, CustomerPlan, Effect
from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue
from provisioner.report.plan import pieces, view
from provisioner.report.plan.ahead import (
    cost_days,
    cost_line,
    days_ahead,
    defaults_text,
    until_text,
)
from provisioner.report.plan.lines import Line
from provisioner.report.plan.pieces import LONG, SHORT
from provisioner.report.plan.words import Tally
from provisioner.report.sanitise import code, markdown, summary, visible


def risk_line(risk: view.Risk) -> str:
    """A dangerous step with its customer, as an item of a list."""
    return f"- **{pieces.name(risk.customer)}**: {risk_text(risk)}"


def risk_text(risk: view.Risk) -> str:
    """What it does, when, and what that means for people."""
    said = markdown(clip(f"{risk.what} - {risk.means}", LONG))
    when = markdown(risk.when.rstrip()) + " " if risk.when else ""
    if risk.effect is Effect.IRREVERSIBLE:
        said = f"**{said}**"
    return f"{when}{code(risk.symbol)} {said}"


def details(customer: CustomerPlan, words: Catalogue, at: date, told: str = "") -> str:
    """All of a customer, folded.  ``at``: the day of the plan.  ``told``: until when an approval
    holds, if that was said before."""
    facts = [f"<b>{summary(clip(visible(customer.customer), SHORT))}</b>"]
    if customer.company:
        facts.append(summary(clip(visible(customer.company), SHORT)))
    if customer.steps:
        facts.append(summary(Tally.of(customer.steps).text(words)))
    lines = [f"<details><summary>{' &middot; '.join(facts)}</summary>", ""]
    said = [words.ui("plan.reseller", name=customer.reseller)] if customer.reseller else []
    said += [
        cost_line([customer], words),
        view.because(customer, words),
        defaults_text(customer, words),
    ]
    lines += [f"{markdown(clip('; '.join(filter(None, said)), LONG))}", ""]
    common = view.common_cause(customer)
    for line in view.lines(customer, words):
        lines += _line(line, common, words)
    for day in days_ahead(customer, words):
        lines += ["", f"**{markdown(clip(day.title, LONG))}**", ""]
        for line in day.lines:
            lines += _line(line, line.cause, words)
        lines += [f"- {markdown(clip(note, LONG))}" for note in day.notes]
    lines += ["", *(f"- {markdown(each)}" for each in cost_days(customer, at, words))]
    if until := until_text(customer, words):
        lines += [""] if until == told else ["", markdown(until), ""]
    for severity in (Severity.WARNING, Severity.ADVICE):
        for diagnostic in view.of_severity(customer, severity):
            lines.append(pieces.diagnostic(words, diagnostic))
    return "\n".join([*lines, "", "</details>"])


def _line(line: Line, common: Cause | None, words: Catalogue) -> Iterator[str]:
    text = line.text
    if line.folded:
        text = words.ui("reading.folded", count=line.folded, kind=line.text)
    text = markdown(clip(f"{text}: {line.fields}" if line.fields else text, LONG))
    if line.dangerous:
        text = f"**{text}** - {markdown(line.means)}"
    if line.cause is not common:
        text += f" {code(f'[{view.tag(line.cause, words)}]')}"
    yield f"- {code(line.symbol)} {text}"
    for change in line.changes:
        yield f"  - {markdown(clip(change.text, LONG))}"
