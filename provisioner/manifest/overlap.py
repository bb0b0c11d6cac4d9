"""Which numbers and blocks share a number (R11)."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def overlaps(claims: Iterable[tuple[str, T]]) -> Iterator[tuple[tuple[str, T], tuple[str, T]]]:
    """Pairs (wider or first, narrower or later) that share a number.

    A claim is the digits of a number or block, and whatever says where it stands.

    Sorted, every block stands right before all that lies in it, so one pass with a stack of open
    blocks is enough; each claim is paired with the narrowest one around it.
    """
    around: list[tuple[str, T]] = []
    for claim in sorted(claims, key=lambda pair: pair[0]):
        while around and not claim[0].startswith(around[-1][0]):
            around.pop()
        if around:
            yield around[-1], claim
        around.append(claim)
