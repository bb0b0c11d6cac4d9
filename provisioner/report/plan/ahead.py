"""What the coming days of a plan say, in words.  Pure.

What the edit brings about is told in full, like today's steps; what was released already is one
line a day.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from provisioner.codes.policy import ApprovalRunsOut
from provisioner.contract.resources import Json, Kind
from provisioner.manifest.defaults import OF_WORKPLACES
from provisioner.plan.model import MASK, Action, Change, CustomerPlan, Day, Edit, Held, Step
from provisioner.report.messages import Catalogue
from provisioner.report.plan import words as said
from provisioner.report.plan.given import Given, given_to, of_edit, of_path
from provisioner.report.plan.lines import Line, step_lines
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_money


@dataclass(frozen=True, slots=True)
class Ahead:
    """One coming day of a customer, as far as the edit brings it about.

    ``notes``: what is taken for granted, what will wait or be blocked, and the cost.
    """

    on: date
    title: str
    """``On Mon 01.02.2027, by itself: the subscription has ended.``"""
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def days_ahead(
    customer: CustomerPlan, words: Catalogue, *, show_all: bool = False
) -> Iterator[Ahead]:
    """The days that the edit brings about."""
    parts, given = order_keys(customer), given_to(customer)
    for day in customer.days:
        steps, held = day.edited, day.edited_held
        if not (steps or held or day.blocked):
            continue
        lines = (
            *step_lines(steps, words, parts, given, show_all=show_all),
            *step_lines([h.step for h in held], words, parts, given, show_all=show_all),
        )
        yield Ahead(day.on, _title(day, words), lines, tuple(_notes(day, held, words)))


def _title(day: Day, words: Catalogue) -> str:
    about = " ".join(event_texts(day, words))
    return words.ui("ahead.title", day=words.day(day.on), about=about).rstrip(": ")


def _notes(day: Day, held: Sequence[Held], words: Catalogue) -> Iterator[str]:
    yield from assumed_texts(day, words)
    for about, count in _reasons(held):
        yield words.ui("ahead.held", count=count, why=words.text(about[0], dict(about[1])))
    for error in day.blocked:
        yield words.ui("ahead.blocked", why=words.text(error.code, error.params))


def _reasons(
    held: Sequence[Held],
) -> Iterator[tuple[tuple[str, tuple[tuple[str, str | int], ...]], int]]:
    """Why steps will wait, and how many for each reason; not those that only follow others."""
    counts: dict[tuple[str, tuple[tuple[str, str | int], ...]], int] = {}
    for each in held:
        key = each.code, tuple(each.params.items())
        counts[key] = counts.get(key, 0) + 1
    own = {k: n for k, n in counts.items() if not any(name == "step" for name, _ in k[1])}
    yield from (own or counts).items()


def event_texts(day: Day, words: Catalogue) -> list[str]:
    return [words.text(event.code, event.params) for event in day.events]


def assumed_texts(day: Day, words: Catalogue) -> list[str]:
    """What nobody knows yet."""
    return [words.ui(f"ahead.{a.event}", order=visible(a.order)) for a in day.assumed]


def day_text(day: Day, words: Catalogue) -> str:
    """A day in one line: what it is about, and how much is done on it."""
    parts = event_texts(day, words)
    tally = said.Tally.of(day.steps)
    if day.steps:
        parts.append(words.ui("ahead.steps", tally=tally.signs))
    if day.held:
        parts.append(words.ui("plan.held", count=len(day.held)) + ".")
    parts += [words.ui("ahead.blocked", why=words.text(d.code, d.params)) for d in day.blocked]
    if not parts and (cost := change_text(day.cost, words)):
        parts.append(words.ui("plan.cost", cost=cost) + ".")
    return " ".join([*parts, *(f"({each})" for each in assumed_texts(day, words))])


def change_text(cost: Change, words: Catalogue) -> str:
    """``CHF +45.00 per month, CHF +120.00 once``; empty if nothing changes."""
    found = (("plan.monthly", cost.monthly), ("plan.once", cost.once))
    return ", ".join(
        words.ui(key, amount=show_money(rappen, signed=True)) for key, rappen in found if rappen
    )


def dangers_ahead(customer: CustomerPlan, words: Catalogue) -> Iterator[tuple[date, Step, str]]:
    """Dangerous steps of coming days that the edit brings about, and that they will wait."""
    for day in customer.days:
        yield from ((day.on, step, "") for step in day.edited if _is_dangerous(step))
        for held in day.edited_held:
            if _is_dangerous(held.step):
                why = words.title(held.code)
                yield day.on, held.step, words.ui("ahead.will_be_held", why=why)


def _is_dangerous(step: Step) -> bool:
    """A port that was asked for passes its point of no return: its day says so, as each port's."""
    return step.effect in said.DANGEROUS and step.action is not Action.SYNCHRONISE


def later_count(customer: CustomerPlan) -> int:
    """Dangerous steps that the edit brings about later."""
    return sum(1 for day in customer.days for step in edited(day) if _is_dangerous(step))


def edited(day: Day) -> Iterator[Step]:
    """Steps that the edit brings about on a day, those that will wait too."""
    yield from day.edited
    yield from (held.step for held in day.edited_held)


def order_keys(customer: CustomerPlan) -> tuple[str, ...]:
    """Keys of all its port orders in the plan, so that a split (R10) can be told."""
    steps = (*customer.steps, *(held.step for held in customer.held))
    return tuple(s.key for s in steps if s.kind is Kind.ORDER)


def defaults_text(customer: CustomerPlan, words: Catalogue) -> str:
    """What the manifest leaves out: ``license phones+apps (default of limmat-it)``; empty if that
    is nothing."""
    found: Counter[tuple[str, str, str]] = Counter()
    for each in customer.defaults:
        path, _, field = each.path.partition(".")
        label = field.rpartition(".")[2] if path == "workplaces" else path
        found[label, each.value, each.of] += 1
    texts = []
    for (name, value, of), count in found.items():
        whose = words.ui("given.of", of=visible(of))
        text = f"{said.field_text(name, words)} {visible(value)} {whose}"
        many = name in OF_WORKPLACES and len(customer.defaults) > 1
        texts.append(words.ui("given.places", what=text, count=count) if many else text)
    return words.ui("given.line", what="; ".join(texts)) if texts else ""


def edit_changes(edits: Sequence[Edit], words: Catalogue, given: Given) -> list[said.Change]:
    """The record of a release: what the manifest says otherwise, or a default (``given``)."""
    return [_edit(e, words).of_default(of_path(of_edit(e, given), words, given)) for e in edits]


def _edit(edit: Edit, words: Catalogue) -> said.Change:
    label = visible(edit.path)
    if isinstance(edit.before, list) or isinstance(edit.after, list):
        return said.Change(label, note=_listed(edit.before, edit.after, words))
    if MASK in (edit.before, edit.after):
        return said.Change(label, note=words.ui("value.masked_change"))
    name = edit.path.rpartition(".")[2]
    before, after = (said.value_text(name, v, words) for v in (edit.before, edit.after))
    return said.Change(label, before, after)


def _listed(before: Json, after: Json, words: Catalogue) -> str:
    old = before if isinstance(before, list) else [] if before is None else [str(before)]
    new = after if isinstance(after, list) else [] if after is None else [str(after)]
    if before is None or after is None:
        sign = "+" if before is None else "-"
        return f"{sign} {'; '.join(_plain(item, words) for item in (new or old))}"
    come = [f"+ {_plain(i, words)}" for i in new if i not in old]
    gone = [f"- {_plain(i, words)}" for i in old if i not in new]
    return ", ".join([*come, *gone]) or words.ui("value.masked_change")


def _plain(item: str, words: Catalogue) -> str:
    return visible(item.replace(MASK, words.ui("value.masked")))


def cost_line(customers: Sequence[CustomerPlan], words: Catalogue) -> str:
    """``CHF 62.00 → 82.00 per month (+20.00), CHF +120.00 once``; empty if nothing changes."""
    before = sum(c.cost.before for c in customers)
    after = sum(c.cost.after for c in customers)
    once = sum(c.cost.once for c in customers)
    parts = []
    if before != after:
        amounts = {
            "before": show_money(before),
            "after": show_money(after),
            "change": show_money(after - before, signed=True),
        }
        parts.append(words.ui("ahead.monthly", **amounts))
    if once:
        parts.append(words.ui("plan.once", amount=show_money(once, signed=True)))
    return ", ".join(parts)


def cost_days(customer: CustomerPlan, at: date, words: Catalogue) -> list[str]:
    """What changes when: ``from Mon 01.02.2027: CHF -30.50 per month``; empty if all of it is now
    and stays."""
    cost = customer.cost
    if cost.now == Change(monthly=cost.monthly, once=cost.once):
        return []
    changes = [(at, cost.now), *((day.on, day.cost) for day in customer.days)]
    found = [(on, text) for on, change in changes if (text := change_text(change, words))]
    return [words.ui("ahead.cost", day=words.day(on), cost=text) for on, text in found]


def until_text(customer: CustomerPlan, words: Catalogue) -> str:
    """Until when an approval holds, and why; empty if there is nothing to approve."""
    if customer.until is None or customer.until_why is None:
        return ""
    days = customer.until_why.params.get("days")
    if customer.until_why.code == ApprovalRunsOut.code and isinstance(days, int):
        return words.ui("ahead.until_days", day=words.day(customer.until), count=days)
    why = words.text(customer.until_why.code, customer.until_why.params)
    return words.ui("ahead.until", day=words.day(customer.until), why=why)
