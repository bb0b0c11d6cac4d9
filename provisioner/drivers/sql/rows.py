"""Rows of the desk as plain mappings: hundreds of thousands are read for one plan."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select


def plain_rows(db: Connection, query: Select[Any]) -> Iterator[dict[str, Any]]:
    """What ``query`` finds, by the names of its columns."""
    result = db.execute(query)
    names = tuple(result.keys())
    return (dict(zip(names, row, strict=True)) for row in result)
