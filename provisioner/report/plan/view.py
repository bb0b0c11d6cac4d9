"""What every rendering of a plan tells, in the same order and the same words.  Pure.

Text, Markdown and HTML differ in form alone: what is a risk, what is open, how steps are put
together into lines and what is left out is decided here, once.  All texts are plain: values in them
have been made visible, nothing is escaped for any medium yet.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from itertools import groupby

from provisioner.codes import Severity
from provisioner.contract.resources import Kind
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import Action, Cause, Cost, CustomerPlan, Effect, Plan, Status, Step
from provisioner.report.messages import Catalogue, Params
from provisioner.report.plan.ahead import (
    dangers_ahead,
    day_text,
    edit_changes,
    edited,
    later_count,
    order_keys,
)
from provisioner.report.plan.given import because_of_defaults, given_to
from provisioner.report.plan.impacts import impact
from provisioner.report.plan.lines import Line, step_lines
from provisioner.report.plan.words import (
    DANGEROUS,
    SYMBOLS,
    Tally,
    changes,
    full_headline,
    headline,
    kind_text,
)
from provisioner.report.sanitise import visible


class Rank(IntEnum):
    """How much a customer needs somebody's eyes, the gravest first."""

    IRREVERSIBLE = 0
    DISRUPTIVE = 1
    STOPPED = 2
    """Blocked, or a live system could not be read."""
    OPEN = 3
    """A question or a held step."""
    WARNED = 4
    PLAIN = 5


@dataclass(frozen=True, slots=True)
class Risk:
    """A dangerous step: ``- workplace lift``, ``its phones stop working``."""

    customer: str
    effect: Effect
    symbol: str
    what: str
    means: str
    on: date | None = None
    """The coming day on which it will be carried out; None: with this plan."""
    when: str = ""
    """That day in words, ``on Mon 01.02.2027: ``."""
    lift: bool = False
    """It is about a phone in a lift or at a door."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Held steps of one customer for one reason (R6); the reason is a code of the catalogue."""

    customer: str
    what: tuple[str, ...]
    """With their symbol: ``^ submit port order rest/1``."""
    code: str
    params: Params


@dataclass(frozen=True, slots=True)
class Row:
    """A customer in the overview. ``tally`` is None if nothing of it would be applied."""

    customer: str
    company: str
    tally: Tally | None
    cost: Cost
    rank: Rank
    status: str
    """In words: ``blocked``, ``2 DANGEROUS steps, 1 question``, ``ready``."""


@dataclass(frozen=True, slots=True)
class Event:
    """What will happen by itself on a day."""

    on: date
    customer: str
    text: str


def verdict(plan: Plan, words: Catalogue) -> str:
    """``1 customer changes, 2 DANGEROUS steps, 1 question``, or that there is nothing to do."""
    changing = sum(1 for c in plan.customers if c.steps)
    counts = {
        "plan.changing": changing,
        "plan.dangerous": sum(1 for s in plan.steps if s.effect in DANGEROUS),
        "ahead.dangerous": sum(map(later_count, plan.customers)),
        "plan.stopped": len(stopped(plan)),
        "plan.held": sum(len(c.held) for c in plan.customers),
        "count.question": sum(1 for _ in _of_all(plan, Severity.QUESTION)),
    }
    parts = [words.ui(key, count=count) for key, count in counts.items() if count]
    if not changing:
        parts.insert(0, words.ui("plan.nothing"))
    return ", ".join(parts)


def risks(plan: Plan, words: Catalogue) -> list[Risk]:
    """Dangerous steps of the whole plan: phones in lifts and at doors first, then what cannot be
    undone; what is done today before coming days."""
    found = [risk for customer in plan.customers for risk in risks_of(customer, words)]
    return sorted(found, key=gravest_first)


def gravest_first(risk: Risk) -> tuple[bool, bool, date]:
    """To sort by: phones in lifts and at doors, what cannot be undone, then by day."""
    return not risk.lift, risk.effect is not Effect.IRREVERSIBLE, risk.on or date.min


def risks_of(customer: CustomerPlan, words: Catalogue) -> list[Risk]:
    """Dangerous steps of one customer, in the order in which they run, those of coming days that
    the edit brings about among them."""
    name, parts = visible(customer.customer), order_keys(customer)
    every = [(None, step, "") for step in customer.steps if step.effect in DANGEROUS]
    return [
        Risk(
            name,
            step.effect,
            SYMBOLS[step.action],
            with_changes(step, words, parts),
            "; ".join(filter(None, (impact(step, words), waits))),
            on,
            _when(on, words, lift=at_a_lift(step, customer.lifts)),
            at_a_lift(step, customer.lifts),
        )
        for on, step, waits in (*every, *dangers_ahead(customer, words))
    ]


def _when(on: date | None, words: Catalogue, *, lift: bool) -> str:
    parts = [words.ui("ahead.lift")] if lift else []
    parts += [words.ui("ahead.on", day=words.day(on))] if on else []
    return "".join(f"{part} " for part in parts)


def with_changes(step: Step, words: Catalogue, parts: Sequence[str]) -> str:
    """The headline with what changes, from and to."""
    said = full_headline(step, words, parts)
    if step.action not in {Action.UPDATE, Action.MOVE}:
        return said
    changed = ", ".join(change.text for change in changes(step, words))
    return f"{said}: {changed}" if changed else said


def at_a_lift(step: Step, lifts: Collection[str]) -> bool:
    """Whether it is about a phone in a lift or at a door."""
    targets = {str(side.get("target")) for side in (step.before, step.after) if side}
    return step.key in lifts if step.kind is Kind.WORKPLACE else bool(targets & {*lifts})


def of_the_run(plan: Plan) -> list[Diagnostic]:
    """Brakes and what else concerns no single customer, the gravest first."""
    return sorted(plan.diagnostics, key=lambda d: (d.severity, d.order))


def stopped(plan: Plan) -> list[CustomerPlan]:
    """Customers of which nothing can be applied."""
    return [c for c in plan.customers if c.status is not Status.READY]


def waiting(customer: CustomerPlan, words: Catalogue) -> Iterator[Waiting]:
    """Held steps, those with one reason together."""
    name = visible(customer.customer)
    for (code, params), alike in groupby(customer.held, key=lambda h: (h.code, h.params)):
        what = tuple(
            f"{SYMBOLS[held.step.action]} {headline(held.step, words, order_keys(customer))}"
            for held in alike
        )
        yield Waiting(name, what, code, params)


def of_severity(customer: CustomerPlan, severity: Severity) -> list[Diagnostic]:
    return [d for d in customer.diagnostics if d.severity is severity]


def rows(plan: Plan, words: Catalogue) -> list[Row]:
    """The overview, in the plan's order: customers that change or that need somebody's eyes."""
    return [
        Row(
            visible(customer.customer),
            visible(customer.company),
            Tally.of(customer.steps) if customer.steps else None,
            customer.cost,
            rank(customer),
            status_text(customer, words),
        )
        for customer in plan.customers
        if customer.steps or rank(customer) is not Rank.PLAIN
    ]


def rank(customer: CustomerPlan) -> Rank:
    """By the gravest thing about it."""
    effects = {step.effect for step in customer.steps}
    effects |= {step.effect for day in customer.days for step in edited(day)}
    severities = {d.severity for d in customer.diagnostics}
    if Effect.IRREVERSIBLE in effects:
        return Rank.IRREVERSIBLE
    if Effect.DISRUPTIVE in effects:
        return Rank.DISRUPTIVE
    if customer.status is not Status.READY:
        return Rank.STOPPED
    if customer.held or Severity.QUESTION in severities:
        return Rank.OPEN
    return Rank.WARNED if Severity.WARNING in severities else Rank.PLAIN


def detailed(plan: Plan) -> list[CustomerPlan]:
    """Customers that have details: steps, a warning or advice."""
    notes = {Severity.WARNING, Severity.ADVICE}
    return [c for c in plan.customers if c.steps or any(d.severity in notes for d in c.diagnostics)]


def told(customer: CustomerPlan) -> Iterator[Step]:
    """Steps that its details show: today's, and those of coming days that the edit brings about."""
    yield from customer.steps
    for day in customer.days:
        yield from edited(day)


def common_cause(customer: CustomerPlan) -> Cause | None:
    """The cause of most of its steps; None without steps."""
    causes = Counter(step.cause for step in customer.steps)
    return causes.most_common(1)[0][0] if causes else None


def because(customer: CustomerPlan, words: Catalogue) -> str:
    """Why the steps are there; where causes differ, the tags of the others and what they mean."""
    common = common_cause(customer)
    if common is None:
        return ""
    others = sorted({s.cause for s in customer.steps} - {common}, key=list(Cause).index)
    by_default = common is Cause.EDITED and because_of_defaults(customer)
    said = [words.ui("given.cause" if by_default else f"cause.{common}")]
    for cause in others:
        reason = words.ui(f"cause.{cause}")
        said.append(words.ui("reading.marked", tag=tag(cause, words), cause=reason))
    return "; ".join(said)


def tag(cause: Cause, words: Catalogue) -> str:
    """The cause in a word: ``edited``, ``drift``, ``time``, ``porting``."""
    return words.ui(f"reading.cause_{cause}")


def lines(customer: CustomerPlan, words: Catalogue, *, show_all: bool = False) -> Iterator[Line]:
    """Today's steps as lines; the record of a release tells what the manifest says otherwise."""
    given = given_to(customer)
    for line in step_lines(customer.steps, words, order_keys(customer), given, show_all=show_all):
        if customer.edits and line.text == kind_text(Kind.RELEASE, words):
            told = tuple(edit_changes(customer.edits, words, given))
            yield replace(line, changes=(*told, *line.changes))
        else:
            yield line


def events(plan: Plan, words: Catalogue) -> list[Event]:
    """The coming days of all customers, a line each, and what will not happen any more."""
    found = [(day.on, c.customer, day_text(day, words)) for c in plan.customers for day in c.days]
    found += [
        (e.on, c.customer, words.ui("ahead.dropped", about=words.text(e.code, e.params)))
        for c in plan.customers
        for e in c.dropped
    ]
    return [Event(on, visible(customer), text) for on, customer, text in sorted(found)]


def status_text(customer: CustomerPlan, words: Catalogue) -> str:
    """``BLOCKED``, ``2 DANGEROUS steps, 1 question`` or ``ready``."""
    if customer.status is not Status.READY:
        return words.ui(f"reading.status_{customer.status}")
    counts = {
        "plan.dangerous": sum(1 for s in customer.steps if s.effect in DANGEROUS),
        "ahead.dangerous": later_count(customer),
        "plan.held": len(customer.held),
        "count.question": len(of_severity(customer, Severity.QUESTION)),
        "count.warning": len(of_severity(customer, Severity.WARNING)),
    }
    parts = [words.ui(key, count=count) for key, count in counts.items() if count]
    return ", ".join(parts) or words.ui("reading.status_ready")


def _of_all(plan: Plan, severity: Severity) -> Iterator[Diagnostic]:
    for found in (plan.diagnostics, *(c.diagnostics for c in plan.customers)):
        yield from (d for d in found if d.severity is severity)
