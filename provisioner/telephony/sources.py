"""Where a number comes from: some numbers are known only once they are allocated.

The spelling of a source is the same before and after, so a plan is; it stands in plans, in digests
and in the journal.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from typing import Self


class _Ranged:
    """A source that may be a block; ``line`` is a position in it, counted from 0."""

    line: int | None

    @property
    def whole(self) -> Self:
        """The number, or the block, that is allocated."""
        return replace(self, line=None)  # type: ignore[type-var]  # a dataclass, in both classes

    def at(self, line: int) -> Self:
        """A line of the block."""
        return replace(self, line=line)  # type: ignore[type-var]  # a dataclass, in both classes

    def _behind(self) -> str:
        return "" if self.line is None else f"/{self.line}"


@dataclass(frozen=True, slots=True)
class Stock(_Ranged):
    """From the operator's stock (R3), by its id in the manifest: ``stock:ID`` or
    ``stock:ID/LINE``."""

    id: str
    line: int | None = None

    def __str__(self) -> str:
        return f"stock:{self.id}{self._behind()}"


@dataclass(frozen=True, slots=True)
class Provisional(_Ranged):
    """Stands in for a number, or a block's prefix, that is being ported (R12):
    ``provisional:PORTING/DIGITS``, ``provisional:PORTING/DIGITS/LINE``."""

    porting: str
    replaces: str
    line: int | None = None

    def __str__(self) -> str:
        return f"provisional:{self.porting}/{self.replaces}{self._behind()}"


@dataclass(frozen=True, slots=True)
class Literal:
    """The digits themselves, or a block's prefix."""

    digits: str

    def __str__(self) -> str:
        return self.digits


Source = Stock | Provisional | Literal

_SOURCE = re.compile(
    r"(?P<literal>\d+)"
    r"|stock:(?P<id>[^/:]+)(?:/(?P<line>\d+))?"
    r"|provisional:(?P<porting>[^/:]+)/(?P<replaces>\d+)(?:/(?P<position>\d+))?",
    re.ASCII,
)


def parse_source(text: str) -> Source | None:
    """The source that is spelled so; None for a text that spells none."""
    found = _SOURCE.fullmatch(text)
    if found is None:
        return None
    if found["literal"]:
        return Literal(found["literal"])
    if found["id"]:
        return Stock(found["id"], _line(found["line"]))
    return Provisional(found["porting"], found["replaces"], _line(found["position"]))


def _line(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def number_of(route: str, among: Container[Stock | Literal]) -> Stock | Literal | None:
    """The one whose route, or that of whose line, has this key."""
    found = parse_source(route)
    shorter: Iterable[Stock | Literal] = ()
    if isinstance(found, Literal):
        shorter = (Literal(found.digits[:end]) for end in range(len(found.digits), 0, -1))
    elif isinstance(found, Stock):
        shorter = (found.whole,)
    return next((number for number in shorter if number in among), None)
