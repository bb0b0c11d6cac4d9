"""The space that a text of limited length has left, and what of a list still fits into it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

MISSES = 20
"""After so many items that did not fit, no smaller one is looked for."""


class Lazy(Sequence[str], Generic[T]):
    """Texts that are made when they are looked at: of 10,000 customers few fit."""

    def __init__(self, items: Iterable[T], make: Callable[[T], str]) -> None:
        self._items, self._make = list(items), make
        self._made: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, at: int) -> str:  # type: ignore[override]  # no slices
        if at not in self._made:
            self._made[at] = self._make(self._items[at])
        return self._made[at]


class Space:
    """``left``: characters; ``shortened``: something was left out or put more briefly.
    ``left_out``: that many lines of it."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.shortened = False
        self.left_out = 0

    def drop(self, lines: int) -> None:
        """Lines that are not there."""
        self.left_out += lines
        self.shortened = self.shortened or lines > 0

    def take(self, lines: Iterable[str]) -> None:
        """Space for what is there in any case."""
        self.left -= size_of(lines)

    def first(self, items: Sequence[str]) -> list[str]:
        """Items from the first on, up to one that does not fit."""
        kept: list[str] = []
        for item in items:
            if len(item) + 1 > self.left:
                self.drop(len(items) - len(kept))
                break
            self.left -= len(item) + 1
            kept.append(item)
        return kept

    def gravest(
        self,
        items: Sequence[str],
        ranks: Sequence[int],
        *,
        share: float = 1,
        sizes: Sequence[int] = (),
    ) -> list[int]:
        """Positions of the items that fit, those of the lowest rank tried first; in order.

        ``share`` of the space is theirs, so that something is left for what comes after.
        ``sizes``: the lines that each has, if more than one.
        """
        end = self.left - int(self.left * share)
        kept: list[int] = []
        missed = 0
        for at in sorted(range(len(items)), key=lambda at: (ranks[at], at)):
            size = len(items[at]) + 2
            if size <= self.left - end:
                self.left -= size
                kept.append(at)
            elif (missed := missed + 1) > MISSES:
                break
        if len(kept) < len(items):
            self.drop(
                sum(sizes or [1] * len(items)) - sum(sizes[at] if sizes else 1 for at in kept)
            )
        return sorted(kept)


def size_of(lines: Iterable[str]) -> int:
    """Characters of ``lines``, each with its end."""
    return sum(len(line) + 1 for line in lines)
