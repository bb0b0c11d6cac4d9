"""A plan as a JUnit report, for CI systems that show one: a test case for each customer.

It fails if the customer is blocked, and ends in an error if a live system could not be read.
"""

from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import has_errors
from provisioner.plan.model import CustomerPlan, Plan, Status
from provisioner.report.messages import Catalogue, Params
from provisioner.report.plan import view
from provisioner.report.plan.ahead import cost_line, days_ahead
from provisioner.report.plan.since import others_text, since_text
from provisioner.report.plan.words import Tally
from provisioner.report.sanitise import visible

_OUTCOME = {Status.BLOCKED: "failure", Status.UNKNOWN: "error"}


def render_junit(plan: Plan, words: Catalogue) -> Iterator[str]:
    """The report as XML, case by case, ended by a newline.  It holds no time: the same plan, the
    same text."""
    run = _run(plan, words)
    outcomes = Counter(_OUTCOME.get(customer.status) for customer in plan.customers)
    counts = {
        "tests": 1 + len(plan.customers),
        "failures": outcomes["failure"] + (run.find("failure") is not None),
        "errors": outcomes["error"],
        "skipped": 0,
    }
    numbers = {name: str(count) for name, count in counts.items()}
    root = ET.Element("testsuites", numbers)
    ET.SubElement(root, "testsuite", {"name": "provision plan", **numbers}).append(run)
    ET.indent(root)
    head, end, tail = ET.tostring(root, encoding="unicode").rpartition("\n  </testsuite>")
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{head}'
    for customer in plan.customers:
        case = _case(customer, words)
        ET.indent(case, level=2)
        yield f"\n    {ET.tostring(case, encoding='unicode')}"
    yield f"{end}{tail}\n"


def _run(plan: Plan, words: Catalogue) -> ET.Element:
    """The plan as a whole: brakes and other findings that belong to no customer."""
    case = ET.Element("testcase", {"classname": "plan", "name": words.ui("reading.run")})
    said = [f"{words.ui('plan.for', day=words.day(plan.at))}: {view.verdict(plan, words)}"]
    if plan.steps:
        said.append(Tally.of(plan.steps).text(words))
        said.append(f"{words.ui('plan.digest')}: {visible(plan.digest)}")
    if plan.unchanged:
        said.append(words.ui("plan.unchanged", count=plan.unchanged))
    said += filter(None, (since_text(plan, words), others_text(plan, words)))
    found = [_sentence(d.code, d.params, words) for d in view.of_the_run(plan)]
    if plan.braked or has_errors(plan.diagnostics):
        title = words.ui("plan.braked") if plan.braked else found[0]
        _outcome(case, "failure", title, found)
    else:
        said += found
    _said(case, said)
    return case


def _case(customer: CustomerPlan, words: Catalogue) -> ET.Element:
    """``classname`` is the reseller, so that reports group by it."""
    names = {"classname": visible(customer.reseller) or "-", "name": visible(customer.customer)}
    case = ET.Element("testcase", names)
    if outcome := _OUTCOME.get(customer.status):
        found = [
            _sentence(d.code, d.params, words) + (f" ({visible(str(d.place))})" if d.place else "")
            for d in view.of_severity(customer, Severity.ERROR)
        ]
        _outcome(case, outcome, words.ui(f"status.{customer.status}"), found)
    parts = [view.status_text(customer, words)]
    if customer.steps:
        parts.append(Tally.of(customer.steps).text(words))
        parts.append(cost_line([customer], words))
    said = ["; ".join(part for part in parts if part)]
    said += [
        f"! {risk.when}{risk.symbol} {risk.what} - {risk.means}"
        for risk in view.risks_of(customer, words)
    ]
    for held in view.waiting(customer, words):
        label = words.ui("plan.held_label")
        said.append(f"{label}: {', '.join(held.what)}. {_sentence(held.code, held.params, words)}")
    for question in view.of_severity(customer, Severity.QUESTION):
        label = words.ui("severity.question")
        said.append(f"{label}: {_sentence(question.code, question.params, words)}")
    for day in days_ahead(customer, words):
        said += [day.title, *(f"  {line.symbol} {line.text}" for line in day.lines)]
        said += [f"  {note}" for note in day.notes]
    _said(case, said)
    return case


def _outcome(case: ET.Element, name: str, message: str, lines: list[str]) -> None:
    ET.SubElement(case, name, {"message": message}).text = "\n".join(lines)


def _said(case: ET.Element, lines: list[str]) -> None:
    ET.SubElement(case, "system-out").text = "\n".join(lines)


def _sentence(code: str, params: Params, words: Catalogue) -> str:
    return f"{words.text(code, params)} [{visible(code)}]"
