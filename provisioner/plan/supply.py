"""Whether the pools can give what a plan asks for, counted over all its customers.  Pure.

Reckoned is what the desk will do, in the order in which it will be asked: a number that was given
back comes back while it rests, a named one takes its place in the stock, the rest is chosen as
:mod:`provisioner.telephony.pools` says.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from provisioner.contract.desk import PoolEntry
from provisioner.contract.resources import PortedNumber, ProvisionalAllocation, StockAllocation
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DIGITS, DdiBlock
from provisioner.telephony.pools import (
    HEAD,
    NumberPools,
    Taken,
    covered,
    in_order,
    left,
    overlap,
)

STOCK, PROVISIONAL = "stock", "provisional"
Allocation = StockAllocation | ProvisionalAllocation


class Sort(NamedTuple):
    """Of what one is to be free; ``area``: the area code, empty where any will do."""

    pool: str
    area: str
    size: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """The pool has nothing left for ``wanted``.

    ``asked``: how many of its sort the customer asks for.  ``free``: how many the desk has, as
    ranges of that size.  ``before``: how many of these go to what this plan asks for earlier.
    """

    wanted: Allocation
    sort: Sort
    asked: int
    free: int
    before: int


@dataclass(frozen=True, slots=True)
class Clash:
    """The number that ``wanted`` names goes to ``holder`` earlier in this plan; None: it rests, and
    another customer had it."""

    wanted: StockAllocation
    digits: str
    holder: CustomerId | None


def plenty(
    wanted: Iterable[Allocation],
    pools: NumberPools,
    untouched: Callable[[Collection[DdiBlock]], Collection[DdiBlock]],
) -> bool:
    """Whether what nobody has touched has room for all: then all that is out need not be read.

    Of n requests of at most one size each breaks one range of that size at most, so n of them are
    enough, wherever the others look first, unless requests of another kind look there too.  A no
    says nothing.
    """
    asked: dict[tuple[DdiBlock, ...], list[int]] = {}
    for each in wanted:
        if isinstance(each, StockAllocation) and each.number:
            return False
        asked.setdefault(_blocks(each, pools), []).append(each.size)
    heads = [{block.prefix[:HEAD] for block in blocks} for blocks in asked]
    if len(set[str]().union(*heads)) < sum(map(len, heads)):
        return False
    return all(_has_room(blocks, sizes, untouched) for blocks, sizes in asked.items())


def _has_room(
    blocks: Sequence[DdiBlock],
    sizes: Sequence[int],
    untouched: Callable[[Collection[DdiBlock]], Collection[DdiBlock]],
) -> bool:
    """Most are found among those that are touched last, and else among all."""
    size, by_head = max(sizes), dict[str, DdiBlock]()
    for block in sorted(blocks, key=lambda b: b.prefix, reverse=True):
        if block.size >= size:
            by_head.setdefault(block.prefix[:HEAD], block)
    every = list(by_head.values())
    last = every[: len(sizes) * size // every[0].size + 1] if every else []
    return any(
        sum(block.size // size for block in untouched(some)) >= len(sizes) for some in (last, every)
    )


class Supply:
    """What is free, less what was given out here.  ``entries`` are the desk's of today."""

    def __init__(self, entries: Iterable[PoolEntry], pools: NumberPools) -> None:
        self._pools = pools
        found = list(entries)
        self._free = [e for e in found if e.state == "free"]
        free: dict[str, set[str]] = {}
        for entry in self._free:
            free.setdefault(entry.digits[:HEAD], set()).add(entry.digits)
        self._taken: dict[str, Taken] = {}
        for block in {*pools.stock, *pools.provisional}:
            head = block.prefix[:HEAD]
            for each in left(block.prefix, free.get(head, ())):
                self._beside(head).add(each)
        self._resting: dict[tuple[CustomerId | None, str], list[PoolEntry]] = {}
        self._quarantine: dict[str, list[PoolEntry]] = {}
        for entry in found:
            # of a ported number that rests in our own range nothing but its digits was asked for
            chosen = not entry.named and entry.ref != entry.digits
            if entry.state != "quarantine":
                continue
            self._quarantine.setdefault(entry.digits[:HEAD], []).append(entry)
            if chosen:
                self._resting.setdefault((entry.customer, entry.ref), []).append(entry)
        self._given: dict[str, dict[str, CustomerId]] = {}
        """Digits and who gets them, by head."""

    def give(
        self, wanted: Sequence[Allocation], names: Sequence[CustomerId]
    ) -> Shortage | Clash | None:
        """Take what one customer asks for, in order; if something is not to be had, nothing.

        ``names``: the customer's id, and the former one whose numbers it takes over.
        """
        chosen: list[Allocation] = []
        taken: list[tuple[str, bool]] = []
        problem: Shortage | Clash | None = None
        for at, each in enumerate(wanted):
            digits: str | None
            if isinstance(each, StockAllocation) and each.number:
                digits, holder = each.number, self._holder(each.number)
                if holder or self._rests_elsewhere(digits, names):
                    problem = Clash(each, digits, holder)
            else:
                digits = self._comes_back(each, names)
                if digits is None:
                    digits = self._choose(each)
                    chosen.append(each)
                if digits is None:
                    waiting = [w for w in wanted[at + 1 :] if not self._comes_back(w, names)]
                    problem = self._shortage(each, chosen, waiting)
            if problem is not None or digits is None:
                self._undo(taken)
                return problem
            taken.append((digits, self._take(digits, each.customer)))
        return None

    def give_back(self, gone: Allocation | PortedNumber) -> None:
        """Free again at once where nothing rests; else it is nobody's for now, as it was."""
        if self._pools.quarantine_days or not gone.digits:
            return
        for block in (*self._pools.stock, *self._pools.provisional):
            if overlap(gone.digits, block.prefix):
                self._release(max(gone.digits, block.prefix, key=len))

    def _comes_back(self, wanted: Allocation, names: Sequence[CustomerId]) -> str | None:
        pool, blocks = self._pool(wanted)
        mine = (entry for name in names for entry in self._resting.get((name, wanted.key), ()))
        for entry in sorted(mine, key=lambda e: (str(e.until), e.digits), reverse=True):
            fits = entry.pool == pool and entry.size == wanted.size
            if not fits or self._holder(entry.digits):
                continue
            if isinstance(wanted, StockAllocation) and not entry.digits.startswith(wanted.area):
                continue
            if covered(entry.digits, [block.prefix for block in blocks]):
                return entry.digits
        return None

    def _choose(self, wanted: Allocation) -> str | None:
        _, blocks = self._pool(wanted)
        broken = {b.prefix[:HEAD] for b in blocks if self._is_broken(b)}
        for block in in_order(blocks, _area(wanted), wanted.size, broken):
            found = self._beside(block.prefix).lowest_free(block, wanted.size)
            if found is not None:
                return found
        return None

    def _pool(self, wanted: Allocation) -> tuple[str, tuple[DdiBlock, ...]]:
        pool = STOCK if isinstance(wanted, StockAllocation) else PROVISIONAL
        return pool, _blocks(wanted, self._pools)

    def _is_broken(self, block: DdiBlock) -> bool:
        return self._beside(block.prefix).touches(block.prefix)

    def _beside(self, digits: str) -> Taken:
        """What is taken of those that could overlap with ``digits``."""
        return self._taken.setdefault(digits[:HEAD], Taken())

    def _holder(self, digits: str) -> CustomerId | None:
        """Who was given it, or a part of it, in this plan."""
        given = self._given.get(digits[:HEAD], {})
        if len(digits) == DIGITS:  # no other lies within it
            around = (digits[:n] for n in range(HEAD, DIGITS + 1))
            return next((given[each] for each in around if each in given), None)
        return next((who for theirs, who in given.items() if overlap(theirs, digits)), None)

    def _rests_elsewhere(self, digits: str, names: Sequence[CustomerId]) -> bool:
        return any(
            overlap(entry.digits, digits) and entry.customer not in names
            for entry in self._quarantine.get(digits[:HEAD], ())
        )

    def _take(self, digits: str, customer: CustomerId) -> bool:
        """Whether it was free: what comes back is not."""
        self._given.setdefault(digits[:HEAD], {})[digits] = customer
        return self._beside(digits).add(digits)

    def _undo(self, taken: Iterable[tuple[str, bool]]) -> None:
        for digits, new in taken:
            del self._given[digits[:HEAD]][digits]
            if new:
                self._beside(digits).remove(digits)

    def _release(self, digits: str) -> None:
        taken = self._beside(digits)
        for each in taken.overlapping(digits):
            taken.remove(each)
            for rest in left(each, [digits]):
                taken.add(rest)

    def _shortage(
        self, wanted: Allocation, chosen: Sequence[Allocation], waiting: Iterable[Allocation]
    ) -> Shortage:
        """``chosen``: what the customer asked the pool for, up to ``wanted``, which it has not."""
        pool, blocks = self._pool(wanted)
        free = sum(
            entry.size // wanted.size
            for entry in self._free
            if entry.pool == pool and any(entry.digits.startswith(b.prefix) for b in blocks)
        )
        sort = _of(wanted)
        given = sum(_of(each) == sort for each in chosen) - 1
        asked = given + 1 + sum(_of(each) == sort for each in waiting)
        return Shortage(wanted, sort, asked, free, max(free - given, 0))


def _blocks(wanted: Allocation, pools: NumberPools) -> tuple[DdiBlock, ...]:
    """Of which one is chosen."""
    if isinstance(wanted, StockAllocation):
        return tuple(block for block in pools.stock if block.area == wanted.area)
    return pools.provisional


def _area(wanted: Allocation) -> str:
    return wanted.area if isinstance(wanted, StockAllocation) else wanted.replaces[:3]


def _of(wanted: Allocation) -> Sort:
    """What names its digits is of a sort of its own: it needs nothing that is free."""
    if isinstance(wanted, ProvisionalAllocation):
        return Sort(PROVISIONAL, "", wanted.size)
    return Sort(wanted.number or STOCK, wanted.area, wanted.size)
