"""What is filed under numbers and blocks, found by those that overlap them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Prefixes(Generic[T]):
    """By digits as blocks have them: the first that their numbers share.

    A look-up costs as many steps as a number has digits, however much is filed.
    """

    def __init__(self, items: Iterable[tuple[str, T]]) -> None:
        self._at: defaultdict[str, list[T]] = defaultdict(list)
        self._below: defaultdict[str, list[T]] = defaultdict(list)
        for digits, item in items:
            if not digits:
                continue
            self._at[digits].append(item)
            for length in range(1, len(digits)):
                self._below[digits[:length]].append(item)

    def around(self, digits: str) -> Iterator[T]:
        """What is filed under ``digits``, or under a block in which they lie."""
        for length in range(1, len(digits) + 1):
            yield from self._at.get(digits[:length], ())

    def within(self, digits: str) -> Sequence[T]:
        """What is filed under ``digits``, or under a part of that block; nothing for no digits."""
        return [*self._at.get(digits, ()), *self._below.get(digits, ())]

    def overlapping(self, digits: str) -> Iterator[T]:
        """Both, once."""
        yield from self.around(digits)
        yield from self._below.get(digits, ())
