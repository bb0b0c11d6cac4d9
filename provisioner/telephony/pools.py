"""The operator's own numbers, and which of them is given out next.

Every desk chooses like this, and a plan reckons with it before anything is asked of a desk.  Ranges
are digit prefixes: a number has all its digits, a block fewer.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from provisioner.telephony.numbers import BLOCK_SIZES, DIGITS, DdiBlock

HEAD = DIGITS - max(BLOCK_SIZES)
"""Two ranges overlap only if these leading digits are the same."""
WIDTHS = {1: DIGITS, **{size: DIGITS - left for left, size in BLOCK_SIZES.items()}}
"""How many digits name a number or a block of a size."""


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


def lowest_free(block: DdiBlock, size: int, taken: Collection[str]) -> str | None:
    """The lowest free range of ``size`` in the smallest range of ``block`` that is broken already;
    in an untouched block the first; None if there is none."""
    width = WIDTHS[size]
    whole = set(taken)
    broken = {t[:n] for t in taken for n in range(HEAD, len(t) + 1)}
    start = block.prefix
    if any(start[:n] in whole for n in range(HEAD, len(start) + 1)):
        return None
    if start not in broken:
        return start.ljust(width, "0")
    for length in range(width - 1, len(start) - 1, -1):
        for parent in sorted(b for b in broken if len(b) == length and b.startswith(start)):
            inside = any(parent[:n] in whole for n in range(HEAD, length + 1))
            children = (parent + digit for digit in "0123456789" if not inside)
            free = next((c for c in children if c not in broken), None)
            if free is not None:
                return free.ljust(width, "0")
    return None
