"""The operator's own numbers, and which of them is given out next.

Every desk chooses like this, and a plan reckons with it before anything is asked of a desk.  Ranges
are digit prefixes: a number has all its digits, a block fewer.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from provisioner.telephony.numbers import BLOCK_SIZES, DIGITS, DdiBlock

HEAD = DIGITS - max(BLOCK_SIZES)
"""Two ranges overlap only if these leading digits are the same."""
WIDTHS = {1: DIGITS, **{size: DIGITS - left for left, size in BLOCK_SIZES.items()}}
"""How many digits name a number or a block of a size."""
_ALL = 10
"""Tenths of a range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPools:
    """``stock`` is for customers (R3), ``provisional`` stands in while a port is on its way (R12).

    ``quarantine_days``: so long a number that was given back rests.
    """

    stock: tuple[DdiBlock, ...] = ()
    provisional: tuple[DdiBlock, ...] = ()
    quarantine_days: int = 90


def overlap(one: str, other: str) -> bool:
    """Whether two digit prefixes have a number in common."""
    return one.startswith(other) or other.startswith(one)


def left(prefix: str, taken: Collection[str]) -> Iterator[str]:
    """The largest ranges of ``prefix`` that ``taken`` leaves, in order."""
    inside = [t for t in taken if overlap(t, prefix)]
    if not inside:
        yield prefix
    elif all(len(t) > len(prefix) for t in inside):
        by_digit: dict[str, list[str]] = {digit: [] for digit in "0123456789"}
        for each in inside:
            by_digit[each[len(prefix)]].append(each)
        for digit, some in by_digit.items():
            yield from left(prefix + digit, some)


def covered(digits: str, prefixes: Collection[str]) -> bool:
    """Whether every number of a range lies in one of ``prefixes``."""
    if any(digits.startswith(prefix) for prefix in prefixes):
        return True
    smaller = [prefix for prefix in prefixes if prefix.startswith(digits)]
    return bool(smaller) and all(covered(digits + digit, smaller) for digit in "0123456789")


def in_order(
    blocks: Collection[DdiBlock], area: str, size: int, broken: Collection[str]
) -> list[DdiBlock]:
    """Blocks that can hold a range of ``size``, as they are tried.

    Those of the area come first, then those beside which something is out already (``broken``: the
    first HEAD digits of such), then by digits.
    """
    return sorted(
        (block for block in blocks if block.size >= size),
        key=lambda b: (b.area != area, b.prefix[:HEAD] not in broken, b.prefix),
    )


class Taken:
    """Ranges beside each other that are not free: their first HEAD digits are the same.

    One more costs the same however many there are.
    """

    def __init__(self, ranges: Iterable[str] = ()) -> None:
        self._whole: set[str] = set()
        self._within: dict[str, int] = {}
        """How many of them each range around them has, each of them itself too."""
        self._tenths: dict[str, int] = {}
        """How many tenths of such a range have some."""
        self._open: dict[int, list[str]] = {n: [] for n in range(HEAD, DIGITS)}
        """Those of which a tenth has none, by length, in order."""
        for each in ranges:
            self.add(each)

    def add(self, digits: str) -> bool:
        """Whether it was not one of them yet."""
        if digits in self._whole:
            return False
        self._whole.add(digits)
        for part in _around(digits):
            self._within[part] = self._within.get(part, 0) + 1
            if self._within[part] == 1:
                self._begin(part)
        return True

    def remove(self, digits: str) -> None:
        """It is one of them."""
        self._whole.remove(digits)
        for part in reversed(_around(digits)):
            self._within[part] -= 1
            if not self._within[part]:
                self._end(part)

    def touches(self, digits: str) -> bool:
        """Whether one of them has a number in common with ``digits``."""
        return digits in self._within or self._covers(digits)

    def overlapping(self, digits: str) -> list[str]:
        """Those that have a number in common with ``digits``."""
        if self._within.get(digits, 0) > (digits in self._whole):
            return [each for each in self._whole if overlap(each, digits)]
        return [part for part in _around(digits) if part in self._whole]

    def lowest_free(self, block: DdiBlock, size: int) -> str | None:
        """The lowest free range of ``size`` in the smallest range of ``block`` that is broken
        already; in an untouched block the first; None if there is none."""
        width, start = WIDTHS[size], block.prefix
        if self._covers(start):
            return None
        if start not in self._within:
            return start.ljust(width, "0")
        for length in range(width - 1, len(start) - 1, -1):
            parts = self._open[length]
            for part in islice(parts, bisect_left(parts, start), None):
                if not part.startswith(start):
                    break
                if not self._covers(part):
                    tenths = (part + digit for digit in "0123456789")
                    return next(t for t in tenths if t not in self._within).ljust(width, "0")
        return None

    def _covers(self, digits: str) -> bool:
        return any(part in self._whole for part in _around(digits))

    def _begin(self, part: str) -> None:
        if len(part) < DIGITS:
            insort(self._open[len(part)], part)
        if HEAD < len(part) <= DIGITS:
            parent = part[:-1]
            self._tenths[parent] = self._tenths.get(parent, 0) + 1
            if self._tenths[parent] == _ALL:
                self._open[len(parent)].remove(parent)

    def _end(self, part: str) -> None:
        del self._within[part]
        if len(part) < DIGITS:
            self._open[len(part)].remove(part)
        if HEAD < len(part) <= DIGITS:
            parent = part[:-1]
            if self._tenths[parent] == _ALL:
                insort(self._open[len(parent)], parent)
            self._tenths[parent] -= 1


def _around(digits: str) -> list[str]:
    """The ranges of which it is a part, the largest first, and itself."""
    return [digits[:n] for n in range(HEAD, len(digits) + 1)]
