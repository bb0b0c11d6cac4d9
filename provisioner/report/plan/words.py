"""A step of a plan in human words: its kind, what it is about, its fields.  Used by all texts."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from provisioner.contract.resources import Json, Kind
from provisioner.plan.model import MASK, Action, Effect, Step
from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue
from provisioner.report.plan.given import NOTHING, Given, of_field
from provisioner.report.provider import provider_text
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_number
from provisioner.telephony.items import Item, ItemKind
from provisioner.telephony.sources import Provisional, Stock, parse_source

SYMBOLS = {
    Action.CREATE: "+",
    Action.ADOPT: "~",
    Action.RENAME: "~",
    Action.MOVE: "~",
    Action.UPDATE: "~",
    Action.DELETE: "-",
    Action.SUBMIT: "^",
    Action.RESUBMIT: "^",
    Action.CANCEL: "x",
    Action.SYNCHRONISE: ">",
    Action.ACTIVATE: ">",
}
"""First character of every step: ASCII, so that it is there without colour and in any encoding."""

COLOURS = {"+": "green", "~": "yellow", "-": "red", "^": "cyan", "x": "red", ">": "cyan"}

DANGEROUS = frozenset({Effect.DISRUPTIVE, Effect.IRREVERSIBLE})

_DIGITS = re.compile(r"0\d{6,9}", re.ASCII)
_DAY = re.compile(r"2\d{3}-\d\d-\d\d", re.ASCII)
UNSAID = frozenset({"manifest", "content", "once", "number"})
"""Fields that would tell staff nothing: a hash, what the product's name says, or what stands in the
headline."""
_USUAL = (("credential", "generated:1"), ("size", 1), ("premium_calls", False))
_LIMITS = frozenset({"max_calls", "max_international"})
"""The operator's own; told where they change, not with each new customer."""
_STATE_ONLY = frozenset({Action.SYNCHRONISE, Action.ACTIVATE, Action.CANCEL})
"""Moves of an order whose name says all."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a plan adds, changes and destroys, by whether there is something before and after."""

    add: int = 0
    change: int = 0
    destroy: int = 0

    @classmethod
    def of(cls, steps: Iterable[Step]) -> "Tally":
        add = change = destroy = 0
        for step in steps:
            if step.action in {Action.DELETE, Action.CANCEL}:
                destroy += 1
            elif step.action is Action.CREATE or step.before is None:
                add += 1
            else:
                change += 1
        return cls(add, change, destroy)

    @property
    def signs(self) -> str:
        """``+33 ~2``; what there is none of is not said."""
        counts = (("+", self.add), ("~", self.change), ("-", self.destroy))
        return " ".join(f"{sign}{count}" for sign, count in counts if count)

    def text(self, words: Catalogue) -> str:
        return words.ui("plan.tally", add=self.add, change=self.change, destroy=self.destroy)


def kind_text(kind: str, words: Catalogue) -> str:
    return words.ui(f"kind.{kind}")


def item_text(item: str, words: Catalogue) -> str:
    """An item of the ledger: ``workplace/petra.huber``, ``number/0525551200``, ``setup``."""
    try:
        found = Item.parse(item)
    except ValueError:  # a plan file may say anything
        return visible(item)
    return ItemNames(words).of(found)


class ItemNames:
    """What items of the ledger are called; the words around a name are asked for once a kind."""

    _NAME = "{name}"

    def __init__(self, words: Catalogue) -> None:
        self._words = words
        self._around: dict[ItemKind, list[str]] = {}

    def of(self, item: Item) -> str:
        if item.kind not in self._around:
            said = self._words.ui(f"item.{item.kind}", name=self._NAME)
            self._around[item.kind] = said.split(self._NAME)
        return _digits_text(item.name).join(self._around[item.kind])


def _digits_text(found: str) -> str:
    return show_number(found) if _DIGITS.fullmatch(found) else visible(found)


def product_text(product: str, words: Catalogue) -> str:
    """A product of the ledger: ``phones+apps``, ``block_100``, ``setup``."""
    return words.name(f"product.{product.replace('+', '_')}", visible(product))


_STRANGE = 30


def source_text(source: str, words: Catalogue, resolved: Mapping[str, str] | None = None) -> str:
    """A number by where it comes from; with its digits once they are known.

    ``resolved`` None: digits are not expected here, so nothing is said about them.
    """
    match parse_source(source):
        case Stock(id=name, line=line):
            said = words.ui("number.stock", id=visible(name))
        case Provisional(replaces=digits, line=line):
            said = words.ui("number.provisional", replaces=_digits_text(digits))
        case _:  # digits, or what is no source at all and may be of any length
            return clip(_digits_text(source), _STRANGE)
    if line is not None:
        said = words.ui("number.line", number=said, line=line)
    if resolved is None:
        return said
    if source in resolved:
        return f"{_digits_text(resolved[source])} ({said})"
    return f"{said} {words.ui('value.after_apply')}"


def value_text(
    field: str, value: Json, words: Catalogue, resolved: Mapping[str, str] | None = None
) -> str:
    """The value of a field, as people write it."""
    match value:
        case None:
            return words.ui("value.unset")
        case bool():
            return words.ui("value.yes" if value else "value.no")
        case int():
            return words.ui("value.size", count=value) if field == "size" else str(value)
        case str():
            return _string(field, value, words, resolved)
        case _:
            shown = [_string(field, item, words, resolved) for item in value]
            return ", ".join(shown) or words.ui("value.none")


def _string(field: str, value: str, words: Catalogue, resolved: Mapping[str, str] | None) -> str:
    if value == MASK:
        return words.ui("value.masked")
    if field == "credential":
        return _credential(value, words) if value else words.ui("value.foreign")
    if field in _SPOKEN:
        return _SPOKEN[field](value, words)
    if field == "target" and not value:
        return words.ui("value.nobody")
    if field in {"caller_id", "emergency_caller", "phone"} and value in {"", "none"}:
        return words.ui("value.none")
    if _DAY.fullmatch(value):
        try:
            return words.day(date.fromisoformat(value))
        except ValueError:
            return value
    if _DIGITS.fullmatch(value) or isinstance(parse_source(value), Stock | Provisional):
        return source_text(value, words, resolved)
    return visible(value) or words.ui("value.empty")


def _word(value: str, words: Catalogue) -> str:
    return words.word(value)


_SPOKEN: dict[str, Callable[[str, Catalogue], str]] = {
    "state": _word,
    "scope": _word,
    "authority": _word,
    "provider": provider_text,
    "product": product_text,
    "item": item_text,
    "barred": _word,
}
"""Fields whose values have words of their own."""


def _credential(value: str, words: Catalogue) -> str:
    form, _, rest = value.partition(":")
    match form:
        case "generated":
            return words.ui("value.generated", number=rest)
        case "age":
            return words.ui("value.sealed", print=rest[:8])
        case _:
            return visible(value)


def field_text(field: str, words: Catalogue) -> str:
    return words.name(f"field.{field}", visible(field))


def subject(kind: str, key: str, words: Catalogue, parts: Sequence[str] = ()) -> str:
    """What a step is about: ``workplace petra.huber``.

    ``parts`` are the keys of all orders of the customer, so that a split (R10) is told.
    """
    name = kind_text(kind, words)
    match kind:
        case Kind.RELEASE | Kind.ACCOUNT:
            return name
        case Kind.TENANT:
            return name
        case Kind.STOCK:
            return words.ui("number.stock", id=visible(key))
        case Kind.PROVISIONAL:
            porting, _, digits = key.partition("/")
            return source_text(str(Provisional(porting, digits)), words)
        case Kind.PORTED:
            return f"{name} {source_text(key, words)}"
        case Kind.BILLING:
            return f"{name} {item_text(key, words)}"
        case Kind.ROUTE:
            return f"{name} {source_text(key, words)}"
        case Kind.ORDER:
            return f"{name} {visible(key)}{_part(key, words, parts)}"
        case _:
            return f"{name} {visible(key)}"


def _part(key: str, words: Catalogue, parts: Sequence[str]) -> str:
    porting, _, part = key.rpartition("/")
    count = len({other for other in parts if other.rpartition("/")[0] == porting})
    return " " + words.ui("plan.part", part=part, count=count) if count > 1 else ""


def headline(step: Step, words: Catalogue, parts: Sequence[str] = ()) -> str:
    """``workplace petra.huber`` or, for a move of an order, ``submit port order haupt/1``."""
    what = subject(step.kind, step.key, words, parts)
    move = step.action not in {Action.CREATE, Action.UPDATE, Action.DELETE}
    return words.ui(f"move.{step.action}", what=what) if move else what


def full_headline(step: Step, words: Catalogue, parts: Sequence[str] = ()) -> str:
    """The headline with the digits of the number that it is about, where they are known."""
    if step.kind is Kind.ROUTE:
        resolved = step.resolved if step.after is not None or step.resolved else None
        what = f"{kind_text(step.kind, words)} {source_text(step.key, words, resolved)}"
        moves = step.action in {Action.ADOPT, Action.MOVE}
        return words.ui(f"move.{step.action}", what=what) if moves else what
    said, number = headline(step, words, parts), number_text(step, words)
    if not number or number == words.ui("value.after_apply"):
        return f"{said} {number}".rstrip()
    return f"{said} ({number})"


def headline_of_id(step_id: str, words: Catalogue) -> str:
    """The same for an id, ``kind/key:action``, where only that is at hand; with its symbol."""
    path, _, action = step_id.rpartition(":")
    kind, _, key = path.partition("/")
    if kind not in set(Kind) or action not in set(Action):
        return visible(step_id)
    what = subject(kind, key, words)
    done = Action(action)
    if done not in {Action.CREATE, Action.UPDATE, Action.DELETE}:
        what = words.ui(f"move.{action}", what=what)
    return f"{SYMBOLS[done]} {what}"


def summary(step: Step, words: Catalogue, given: Given = NOTHING) -> str:
    """The fields of an object that comes, goes or moves: ``license phones; caller ID 052 …``.

    What goes without saying is left out: a first generated password, a single number's size.
    """
    if step.action in _STATE_ONLY:
        return ""
    shown = step.after if step.after is not None else step.before or {}
    resolved = step.resolved if step.after is not None else None
    parts, masked = [], []
    for field, value in shown.items():
        if field in UNSAID | _LIMITS or value in (None, [], "") or (field, value) in _USUAL:
            continue
        label = field_text(field, words)
        if value == MASK:
            masked.append(label)
        elif field == "size":
            parts.append(value_text(field, value, words))
        else:
            said = f"{label} {value_text(field, value, words, resolved)}"
            parts.append(said + of_field(step, field, words, given))
    if whose := of_field(step, "login", words, given):
        parts.append(whose.strip())
    if masked:
        parts.append(f"{', '.join(masked)} {words.ui('value.masked')}")
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field in words.

    ``before`` and ``after`` are its values; both are empty where ``note`` says all there is to say:
    personal data, or what a list gains and loses.
    """

    label: str
    before: str = ""
    after: str = ""
    note: str = ""

    def of_default(self, whose: str) -> "Change":
        """With whose default it is that holds now, if it is one."""
        if self.note:
            return replace(self, note=self.note + whose)
        return replace(self, after=self.after + whose)

    @property
    def text(self) -> str:
        return f"{self.label}: {self.note or f'{self.before} → {self.after}'}"


def changes(step: Step, words: Catalogue, given: Given = NOTHING) -> list[Change]:
    """The changed fields of a step."""
    before, after = step.before or {}, step.after or {}
    names = step.changed or tuple(
        name for name in {**before, **after} if before.get(name) != after.get(name)
    )
    return [
        _change(name, before.get(name), after.get(name), step, words).of_default(
            of_field(step, name, words, given)
        )
        for name in names
        if name not in UNSAID
    ]


def differences(step: Step, words: Catalogue) -> list[str]:
    """The same as texts: ``license: phones → phones+apps``."""
    return [change.text for change in changes(step, words)]


def _change(name: str, old: Json, new: Json, step: Step, words: Catalogue) -> Change:
    label = field_text(name, words)
    if MASK in (old, new) or (isinstance(new, list) and MASK in new):
        return Change(label, note=words.ui("value.masked_change"))
    if isinstance(old, list) and isinstance(new, list):
        gone = [value_text(name, item, words) for item in old if item not in new]
        come = [value_text(name, item, words) for item in new if item not in old]
        if gone or come:
            both = [*(f"+ {item}" for item in come), *(f"- {item}" for item in gone)]
            return Change(label, note=", ".join(both))
    shown = value_text(name, new, words, step.resolved)
    if step.action is Action.MOVE and name not in (step.before or {}):
        return Change(label, note=shown)  # at whom it rang is nobody's business here
    return Change(label, value_text(name, old, words), shown)


def number_text(step: Step, words: Catalogue) -> str:
    """For an allocation: its digits, or that they are known after the apply; else empty."""
    if step.kind not in {Kind.STOCK, Kind.PROVISIONAL}:
        return ""
    prefix = "stock" if step.kind is Kind.STOCK else "provisional"
    digits = step.resolved.get(f"{prefix}:{step.key}")
    if digits and _DIGITS.fullmatch(digits):
        return show_number(digits)
    return words.ui("value.after_apply") if step.action is Action.CREATE else ""
