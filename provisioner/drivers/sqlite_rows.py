"""Rows of a SQLite table as bytes, customer by customer, without looking into them."""

from collections.abc import Sequence


def as_bytes(table: str, columns: Sequence[str], order: Sequence[str], where: str = "") -> str:
    """A query for the customer of each row (the first of ``columns``) and all of its rows.

    SQLite keeps any type in any column, so each value stands there with its type; and each row with
    its length, since ``quote`` ends a text where it has a NUL.  No value is part of the query.
    """
    values = " || ".join(f"quote({c})" for c in columns[1:])
    length = " || ".join(f"ifnull({c}, '')" for c in columns[1:])
    each = f"{values} || length(CAST({length} AS BLOB))"
    rows = f"SELECT * FROM {table} {where} ORDER BY {', '.join(order)}"  # noqa: S608 - no values
    whose = columns[0]
    return (
        f"SELECT {whose}, CAST(group_concat({each}) AS BLOB)"  # noqa: S608 - no values
        f" FROM ({rows}) GROUP BY {whose}"
    )
