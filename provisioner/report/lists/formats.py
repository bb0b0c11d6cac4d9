"""Rows as JSON and as CSV."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import orjson

from provisioner.report.lists.rows import Row
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_number

_FORMULA = re.compile(r"(^|;)(?=\s*[=+\-@|%＝＋－＠])")
_NUMBERS = frozenset({"number", "numbers"})
"""Fields that hold numbers: written as people do, or a spreadsheet would take their zero away."""


def cell(value: str) -> str:
    """What a spreadsheet would take for a formula begins with an apostrophe."""
    shown = visible(value)
    if shown[:1].isalnum() and ";" not in shown:  # as nearly always: to look costs five times more
        return shown
    return _FORMULA.sub(r"\1'", shown)


def rows_json(found: Row) -> bytes:
    return orjson.dumps(found.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n"


def rows_csv(kind: type[Row], rows: Iterable[Row]) -> str:
    """RFC 4180: CRLF, a header of field names, quotes where needed; days and moments in ISO 8601.

    Yes and no are ``true`` and ``false``; what is not known is empty; of several a cell has all.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    fields = list(kind.model_fields)
    writer.writerow(fields)
    for row in rows:
        writer.writerow([_shown(name, getattr(row, name)) for name in fields])
    return text.getvalue()


def _shown(field: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(_shown(field, each) for each in value)
        case str() if field in _NUMBERS and value.isdecimal():
            return show_number(value)
        case _:
            return cell(str(value))
