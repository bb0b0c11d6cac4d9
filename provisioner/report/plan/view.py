"""What every rendering of a plan tells, in the same order and the same words.  Pure.

Text, Markdown and HTML differ in form alone: what is a risk, what is open, how steps are put
together into lines and what is left out is decided here, once.  All texts are plain: values in them
have been made visible, nothing is escaped for any medium yet.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from itertools import groupby

from provisioner.codes import Severity
from provisioner.contract.resources import Kind
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import Action, Cause, Cost, CustomerPlan, Effect, Plan, Status, Step
from provisioner.report.messages import Catalogue, Params
from provisioner.report.plan.words import (
    DANGEROUS,
    SYMBOLS,
    Change,
    Tally,
    changes,
    full_headline,
    headline,
    impact,
    item_text,
    product_text,
    summary,
    value_text,
)
from provisioner.report.sanitise import visible
from provisioner.telephony.items import ItemKind

FOLD = 10
"""So many additions of one kind are shown in full; the rest of them is counted."""


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
class Line:
    """One or more steps as they are read. ``folded``: that many steps were only counted."""

    symbol: str
    text: str
    effect: Effect
    cause: Cause
    fields: str = ""
    """Of an object that comes, goes or moves: ``license phones; extension 11``."""
    changes: tuple[Change, ...] = ()
    """Of an object that stays."""
    means: str = ""
    """Of a dangerous step: what it does to people."""
    folded: int = 0

    @property
    def dangerous(self) -> bool:
        return self.effect in DANGEROUS


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
        "plan.stopped": len(stopped(plan)),
        "plan.held": sum(len(c.held) for c in plan.customers),
        "count.question": sum(1 for _ in _of_all(plan, Severity.QUESTION)),
    }
    parts = [words.ui(key, count=count) for key, count in counts.items() if count]
    if not changing:
        parts.insert(0, words.ui("plan.nothing"))
    return ", ".join(parts)


def risks(plan: Plan, words: Catalogue) -> list[Risk]:
    """Dangerous steps of the whole plan, the irreversible ones first."""
    found = [risk for customer in plan.customers for risk in risks_of(customer, words)]
    return sorted(found, key=lambda risk: risk.effect is not Effect.IRREVERSIBLE)


def risks_of(customer: CustomerPlan, words: Catalogue) -> list[Risk]:
    """Dangerous steps of one customer, in the order in which they run."""
    name, parts = visible(customer.customer), orders(customer)
    return [
        Risk(
            name,
            step.effect,
            SYMBOLS[step.action],
            full_headline(step, words, parts),
            impact(step, words),
        )
        for step in customer.steps
        if step.effect in DANGEROUS
    ]


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
            f"{SYMBOLS[held.step.action]} {headline(held.step, words, orders(customer))}"
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
    said = [words.ui(f"cause.{common}")]
    for cause in others:
        reason = words.ui(f"cause.{cause}")
        said.append(words.ui("reading.marked", tag=tag(cause, words), cause=reason))
    return "; ".join(said)


def tag(cause: Cause, words: Catalogue) -> str:
    """The cause in a word: ``edited``, ``drift``, ``time``, ``porting``."""
    return words.ui(f"reading.cause_{cause}")


def lines(customer: CustomerPlan, words: Catalogue, *, show_all: bool = False) -> Iterator[Line]:
    """Steps as lines, in the order in which they run.

    Unless ``show_all``, many additions of one kind are counted and new billing is put together,
    since it follows from the rest.  What is dangerous, changes or goes is never folded.
    """
    parts = orders(customer)
    for (kind, plain, _), group in groupby(
        customer.steps, key=lambda s: (s.kind, _plain(s), s.cause)
    ):
        steps = list(group)
        if plain and kind is Kind.BILLING:
            for alike in [[step] for step in steps] if show_all else [steps]:
                yield from _billing(alike, words)
            continue
        fold = plain and not show_all and len(steps) > FOLD + 2
        shown = steps[:FOLD] if fold else steps
        for step in shown:
            yield _line(step, words, parts)
        if fold:
            first = steps[FOLD]
            count, name = len(steps) - FOLD, words.ui(f"kinds.{kind}")
            yield Line(SYMBOLS[first.action], name, first.effect, first.cause, folded=count)


def events(plan: Plan, words: Catalogue) -> list[Event]:
    """Coming events of all customers, by day."""
    found = [
        (u.on, c.customer, u.code, words.text(u.code, u.params))
        for c in plan.customers
        for u in c.upcoming
    ]
    return [Event(on, visible(customer), text) for on, customer, _code, text in sorted(found)]


def orders(customer: CustomerPlan) -> tuple[str, ...]:
    """Keys of all its port orders in the plan, so that a split (R10) can be told."""
    steps = (*customer.steps, *(held.step for held in customer.held))
    return tuple(s.key for s in steps if s.kind is Kind.ORDER)


def total_cost(customers: Iterable[CustomerPlan]) -> Cost:
    found = [c.cost for c in customers]
    return Cost(monthly=sum(c.monthly for c in found), once=sum(c.once for c in found))


def status_text(customer: CustomerPlan, words: Catalogue) -> str:
    """``BLOCKED``, ``2 DANGEROUS steps, 1 question`` or ``ready``."""
    if customer.status is not Status.READY:
        return words.ui(f"reading.status_{customer.status}")
    counts = {
        "plan.dangerous": sum(1 for s in customer.steps if s.effect in DANGEROUS),
        "plan.held": len(customer.held),
        "count.question": len(of_severity(customer, Severity.QUESTION)),
        "count.warning": len(of_severity(customer, Severity.WARNING)),
    }
    parts = [words.ui(key, count=count) for key, count in counts.items() if count]
    return ", ".join(parts) or words.ui("reading.status_ready")


def _of_all(plan: Plan, severity: Severity) -> Iterator[Diagnostic]:
    for found in (plan.diagnostics, *(c.diagnostics for c in plan.customers)):
        yield from (d for d in found if d.severity is severity)


def _plain(step: Step) -> bool:
    """May be folded: an addition that harms nobody."""
    return step.action is Action.CREATE and step.effect is Effect.ADDITIVE


def _line(step: Step, words: Catalogue, parts: Sequence[str]) -> Line:
    moving = step.action in {Action.UPDATE, Action.ADOPT, Action.RENAME}
    return Line(
        SYMBOLS[step.action],
        full_headline(step, words, parts),
        step.effect,
        step.cause,
        fields="" if moving else summary(step, words),
        changes=tuple(changes(step, words)) if moving else (),
        means=impact(step, words) if step.effect in DANGEROUS else "",
    )


def _billing(steps: Iterable[Step], words: Catalogue) -> Iterator[Line]:
    """One line for each product and start."""
    groups: dict[tuple[str, str, Cause], list[Step]] = {}
    for step in steps:
        after = step.after or {}
        key = str(after.get("product", "")), str(after.get("starts") or ""), step.cause
        groups.setdefault(key, []).append(step)
    for (product, starts, cause), alike in groups.items():
        once = bool((alike[0].after or {}).get("once"))
        begin = ("once" if once else "from") + ("" if starts else "_apply")
        day = value_text("starts", starts, words) if starts else ""
        begins = words.ui(f"plan.billed_{begin}", day=day)
        name = product_text(product, words)
        text = words.ui("plan.billing", product=name, begins=begins)
        items = [_billed_item(step, words) for step in alike]
        fields = "" if items == [name] else ", ".join(items)
        yield Line(SYMBOLS[Action.CREATE], text, Effect.ADDITIVE, cause, fields=fields)


def _billed_item(step: Step, words: Catalogue) -> str:
    """A workplace by its login alone: the license before it says what it is."""
    head = f"{ItemKind.WORKPLACE}/"
    mine = step.key.startswith(head)
    return visible(step.key.removeprefix(head)) if mine else item_text(step.key, words)
