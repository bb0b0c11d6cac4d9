"""Steps of a plan as the lines that people read.  Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from provisioner.contract.resources import Kind
from provisioner.plan.model import Action, Cause, Effect, Step
from provisioner.report.messages import Catalogue
from provisioner.report.plan.given import NOTHING, Given
from provisioner.report.plan.impacts import impact
from provisioner.report.plan.words import (
    DANGEROUS,
    SYMBOLS,
    Change,
    changes,
    full_headline,
    item_text,
    product_text,
    summary,
    value_text,
)
from provisioner.report.sanitise import visible
from provisioner.telephony.items import ItemKind

FOLD = 10
"""So many additions of one kind are shown in full; the rest of them is counted."""


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


def step_lines(
    steps: Sequence[Step],
    words: Catalogue,
    parts: Sequence[str],
    given: Given = NOTHING,
    *,
    show_all: bool = False,
) -> Iterator[Line]:
    """Steps as lines, in their order; ``parts`` are the keys of all orders of the customer,
    ``given`` what a default gives.

    Unless ``show_all``, many additions of one kind are counted and new billing is put together,
    since it follows from the rest.  What is dangerous, changes or goes is never folded.
    """
    for (kind, plain, _), group in groupby(steps, key=lambda s: (s.kind, _plain(s), s.cause)):
        alike = list(group)
        if plain and kind is Kind.BILLING:
            for one in [[step] for step in alike] if show_all else [alike]:
                yield from _billing(one, words)
            continue
        fold = plain and not show_all and len(alike) > FOLD + 2
        for step in alike[:FOLD] if fold else alike:
            yield _line(step, words, parts, given)
        if fold:
            first = alike[FOLD]
            count, name = len(alike) - FOLD, words.ui(f"kinds.{kind}")
            yield Line(SYMBOLS[first.action], name, first.effect, first.cause, folded=count)


def _plain(step: Step) -> bool:
    """May be folded: an addition that harms nobody."""
    return step.action is Action.CREATE and step.effect is Effect.ADDITIVE


def _line(step: Step, words: Catalogue, parts: Sequence[str], given: Given) -> Line:
    moving = step.action in {Action.UPDATE, Action.ADOPT, Action.RENAME, Action.MOVE}
    return Line(
        SYMBOLS[step.action],
        full_headline(step, words, parts),
        step.effect,
        step.cause,
        fields="" if moving else summary(step, words, given),
        changes=tuple(changes(step, words, given)) if moving else (),
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
