"""Where an Asterisk keeps SIP objects and rows, as those who read and write them see it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Storage(Protocol):
    """Rows by family and key, SIP objects by sort (aor, auth, endpoint) and id.

    A SIP object is a row too, of the family ``ps/SORT``: its fields as JSON.
    """

    def each(self, call: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """``call`` for all items, maybe some at the same time; results in order."""
        ...

    def row(self, family: str, key: str) -> str | None:
        """One value; None if there is no such row."""
        ...

    def rows(self, asked: Sequence[tuple[str, str]]) -> list[str | None]:
        """What :meth:`row` says of each family and key."""
        ...

    def tree(self, family: str, pattern: str = "") -> dict[str, str]:
        """All rows of a family, by the rest of the key, or those that begin with what stands before
        the ``%`` of ``pattern``, regardless of case or not."""
        ...

    def among(self, family: str, starts: Collection[str]) -> dict[str, str]:
        """The rows of a family that begin with one of ``starts``, maybe with others of it."""
        ...

    def confirm(self, family: str, pattern: str, found: Mapping[str, str]) -> None:
        """That :meth:`tree` says ``found`` is certain.  Raises Unavailable where it is not."""
        ...

    def leading(self, family: str, start: str, sure: Collection[str]) -> dict[str, str]:
        """The rows of a family whose value begins with ``start``; that one of the keys ``sure`` is
        not there is certain.  Raises Unavailable where it is not."""
        ...

    def put_row(self, family: str, key: str, value: str) -> None:
        """Write one row."""
        ...

    def delete_row(self, family: str, key: str) -> None:
        """Take one row away; fine if it is gone."""
        ...

    def put_object(self, kind: str, name: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """Create or merge; answers with all fields as they are then."""
        ...

    def delete_object(self, kind: str, name: str) -> None:
        """Remove; fine if it is gone."""
        ...
