"""How rows of the desk are asked for and read: hundreds of thousands for one plan."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, CursorResult, Select, bindparam

from provisioner.contract.fields import from_row

AT_ONCE = 1000
"""Rows that are asked of the database together."""

T = TypeVar("T")
Names = Sequence[str] | None
"""Customers; None: all."""


class ByCustomer:
    """A question about customers, made once: making it takes longer than SQLite does to answer.

    ``customer``: the column that says whose a row is.
    """

    def __init__(self, query: Select[Any], customer: ColumnElement[str]) -> None:
        self._all = query
        self._one = query.where(customer == bindparam("customer"))
        self._some = query.where(customer.in_(bindparam("customers", expanding=True)))

    def ask(self, db: Connection, names: Names) -> Any:
        """The rows, as SQLAlchemy gives them."""
        if names is None:
            return db.execute(self._all)
        if len(names) == 1:
            return db.execute(self._one, {"customer": names[0]})
        return db.execute(self._some, {"customers": names})


def read_as(cls: type[T], result: CursorResult[Any]) -> Iterator[T]:
    """Each row as a value of ``cls``."""
    made = from_row(cls, tuple(result.keys()))
    return map(made, chain.from_iterable(result.partitions(AT_ONCE)))


def plain_rows(result: CursorResult[Any]) -> Iterator[dict[str, Any]]:
    """By the names of their columns."""
    names = tuple(result.keys())
    return (dict(zip(names, row, strict=True)) for row in result)
