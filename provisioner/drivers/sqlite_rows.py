"""Rows of a SQLite table as bytes, customer by customer, without looking into them."""

from collections.abc import Sequence


def as_bytes(table: str, columns: Sequence[str], where: str = "", index: str = "") -> str:
    """A query for the customer of each row (the first of ``columns``) and all of its rows.

    JSON, in which each value stands with its type, since SQLite keeps any in any column; bytes have
    to be quoted, for it refuses them.  ``index``: the one to follow where several begin with the
    customer, so that rows always come in the same order; to sort them costs as much again.  No
    value is part of the query.
    """
    whose, *values = columns
    by = f"INDEXED BY {index}" if index else ""
    return (
        f"SELECT {whose}, CAST(json_group_array(json_array({', '.join(values)})) AS BLOB)"  # noqa: S608 - no values
        f" FROM {table} {by} {where} GROUP BY {whose}"
    )
