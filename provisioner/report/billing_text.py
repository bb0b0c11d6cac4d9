"""Bills as a table for people, as CSV for spreadsheets and as JSON for programs."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson

from provisioner.plan.billing import Bill, BillLine, total
from provisioner.report.layout import Column, Paint, clamp, table, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.plan.words import item_text, product_text
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_date
from provisioner.telephony.money import Money, Month

CSV_FIELDS = (
    "month customer company item product once days of_days starts ends price amount why"
    " former".split()
)
"""Columns of the CSV; new ones are added at the end."""

_FORMULA = re.compile(r"(^|;)(?=\s*[=+\-@|%＝＋－＠])")
"""What a spreadsheet computes: at the start of a cell, and behind a semicolon, which begins a cell
where that is the list separator, as in Switzerland; quotes do not help there."""


def render_bills(
    bills: Sequence[Bill], month: Month, words: Catalogue, *, width: int, color: bool
) -> str:
    """Lines, subtotal for each customer, total; ended by a newline."""
    paint, width = Paint(color), clamp(width)
    if not bills:
        return words.ui("billing.none", month=str(month)) + "\n"
    columns = (
        Column(words.ui("billing.item")),
        Column(words.ui("billing.product")),
        Column(words.ui("billing.price"), right=True),
        Column(words.ui("billing.amount"), right=True),
        Column(words.ui("billing.why")),
    )
    blocks = [[paint(words.ui("billing.heading", month=str(month)), "bold")]]
    for bill in bills:
        name = visible(bill.customer)
        who = words.ui("billing.former") if bill.former else visible(bill.company)
        title = wrap(f"{name}  {who}".rstrip(), width, "", "  ")
        rows = [
            (
                item_text(str(line.item), words),
                product_text(line.product, words),
                str(line.price),
                str(line.amount),
                why(line, words),
            )
            for line in bill.lines
        ]
        subtotal = words.ui("billing.subtotal", customer=bill.customer)
        lines = table(columns, rows, width, paint)
        if "" in lines:  # rows as blocks: the subtotal is none of the last one
            lines.append("")
        blocks.append(
            [
                *paint.head(title, len(name), "bold"),
                *lines,
                paint(f"{subtotal}: CHF {bill.total}", "bold"),
            ]
        )
    every = total(bill.total for bill in bills)
    blocks.append([paint(f"{words.ui('billing.total')}: CHF {every}", "bold")])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def why(line: BillLine, words: Catalogue) -> str:
    """``active 10 of 30 days, since 21.11.2026``."""
    if line.once:
        return words.ui("billing.once", day=show_date(line.starts))
    if line.days == line.of_days:
        return words.ui("billing.whole")
    said = words.ui("billing.days", days=line.days, of=line.of_days)
    return f"{said}, {_period(line, words)}"


def _period(line: BillLine, words: Catalogue) -> str:
    first = show_date(line.starts)
    if line.ends is None:
        return words.ui("billing.since", day=first)
    last = show_date(line.ends - timedelta(days=1))
    if line.starts.day == 1 or (line.ends - line.starts).days > line.days:
        return words.ui("billing.until", day=last)
    return words.ui("billing.between", first=first, last=last)


def bills_csv(bills: Sequence[Bill], month: Month, words: Catalogue) -> str:
    """RFC 4180: CRLF, a header, quotes where needed; amounts ``1234.50``, days in ISO 8601.

    What a spreadsheet would take for a formula begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_FIELDS)
    for bill in bills:
        for line in bill.lines:
            writer.writerow(
                [
                    str(month),
                    _cell(line.customer),
                    _cell(line.company),
                    _cell(str(line.item)),
                    _cell(line.product),
                    "true" if line.once else "false",
                    line.days,
                    line.of_days,
                    line.starts.isoformat(),
                    line.ends.isoformat() if line.ends else "",
                    _decimal(line.price),
                    _decimal(line.amount),
                    _cell(why(line, words)),
                    "true" if bill.former else "false",
                ]
            )
    return text.getvalue()


def _cell(value: str) -> str:
    return _FORMULA.sub(r"\1'", visible(value))


def _decimal(amount: Money) -> str:
    francs, rappen = divmod(abs(amount.rappen), 100)
    return f"{'-' if amount.rappen < 0 else ''}{francs}.{rappen:02d}"


def bills_json(bills: Sequence[Bill], month: Month) -> bytes:
    """``month``, ``currency``, ``customers`` with ``lines`` and ``total``, and the ``total``.

    Amounts are decimal strings, so that no reader rounds them.
    """
    found: dict[str, Any] = {
        "format_version": 1,
        "month": str(month),
        "currency": "CHF",
        "customers": [
            {
                "customer": bill.customer,
                "company": bill.company,
                "former": bill.former,
                "lines": [_object(line) for line in bill.lines],
                "total": _decimal(bill.total),
            }
            for bill in bills
        ],
        "total": _decimal(total(bill.total for bill in bills)),
    }
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _object(line: BillLine) -> dict[str, Any]:
    return {
        "item": str(line.item),
        "product": line.product,
        "once": line.once,
        "days": line.days,
        "of_days": line.of_days,
        "starts": line.starts,
        "ends": line.ends,
        "price": _decimal(line.price),
        "amount": _decimal(line.amount),
    }
