"""Bills as a table for people, as CSV for spreadsheets and as JSON for programs."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import orjson

from provisioner.plan.billing import Bill, BillLine, Charge
from provisioner.report.layout import Column, Paint, clamp, table, wrap
from provisioner.report.lists.formats import cell
from provisioner.report.messages import Catalogue
from provisioner.report.plan.words import ItemNames, product_text
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_date
from provisioner.telephony.money import Money, Month

CSV_FIELDS = (
    "month customer company item product once days of_days starts ends price amount why"
    " former".split()
)
"""Columns of the CSV; new ones are added at the end."""

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATACLASS
_INDENT = b"\n    "
"""Of an item of ``customers``, as orjson lays it out."""


def render_bills(
    bills: Iterable[Bill], month: Month, words: Catalogue, *, width: int, color: bool
) -> Iterator[str]:
    """Lines and subtotal of each customer in turn, then the total; each ended by a newline."""
    paint, width = Paint(color), clamp(width)
    columns = (
        Column(words.ui("billing.item")),
        Column(words.ui("billing.product")),
        Column(words.ui("billing.price"), right=True),
        Column(words.ui("billing.amount"), right=True),
        Column(words.ui("billing.why")),
    )

    @cache
    def said(charge: Charge) -> tuple[str, str, str, str]:
        product = product_text(charge.product, words)
        return product, str(charge.price), str(charge.amount), why(charge, words)

    named = ItemNames(words)
    every = Money()
    begun = False
    for bill in bills:
        if not begun:
            yield paint(words.ui("billing.heading", month=str(month)), "bold") + "\n\n"
        begun, every = True, every + bill.total
        name = visible(bill.customer)
        who = words.ui("billing.former") if bill.former else visible(bill.company)
        title = wrap(f"{name}  {who}".rstrip(), width, "", "  ")
        rows = [(named.of(line.item), *said(line.charge)) for line in bill.lines]
        subtotal = words.ui("billing.subtotal", customer=bill.customer)
        lines = table(columns, rows, width, paint)
        if "" in lines:  # rows as blocks: the subtotal is none of the last one
            lines.append("")
        block = [
            *paint.head(title, len(name), "bold"),
            *lines,
            paint(f"{subtotal}: CHF {bill.total}", "bold"),
        ]
        yield "\n".join(block) + "\n\n"
    if begun:
        yield paint(f"{words.ui('billing.total')}: CHF {every}", "bold") + "\n"
    else:
        yield words.ui("billing.none", month=str(month)) + "\n"


def why(charge: Charge, words: Catalogue) -> str:
    """``active 10 of 30 days, since 21.11.2026``."""
    if charge.once:
        return words.ui("billing.once", day=show_date(charge.starts))
    if charge.days == charge.of_days:
        return words.ui("billing.whole")
    said = words.ui("billing.days", days=charge.days, of=charge.of_days)
    return f"{said}, {_period(charge, words)}"


def _period(charge: Charge, words: Catalogue) -> str:
    first = show_date(charge.starts)
    if charge.ends is None:
        return words.ui("billing.since", day=first)
    last = show_date(charge.ends - timedelta(days=1))
    if charge.starts.day == 1 or (charge.ends - charge.starts).days > charge.days:
        return words.ui("billing.until", day=last)
    return words.ui("billing.between", first=first, last=last)


def bills_csv(bills: Iterable[Bill], month: Month, words: Catalogue) -> Iterator[str]:
    """RFC 4180: CRLF, a header, quotes where needed; amounts ``1234.50``, days in ISO 8601.

    What a spreadsheet would take for a formula begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")

    @cache
    def said(charge: Charge) -> tuple[str | int, ...]:
        return (
            cell(charge.product),
            "true" if charge.once else "false",
            charge.days,
            charge.of_days,
            charge.starts.isoformat(),
            charge.ends.isoformat() if charge.ends else "",
            _decimal(charge.price),
            _decimal(charge.amount),
            cell(why(charge, words)),
        )

    writer.writerow(CSV_FIELDS)
    for bill in bills:
        who = str(month), cell(bill.customer), cell(bill.company)
        former = "true" if bill.former else "false"
        writer.writerows(
            (*who, cell(str(line.item)), *said(line.charge), former) for line in bill.lines
        )
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()  # the header, where there are no bills


def _decimal(amount: Money) -> str:
    francs, rappen = divmod(abs(amount.rappen), 100)
    return f"{'-' if amount.rappen < 0 else ''}{francs}.{rappen:02d}"


def bills_json(bills: Iterable[Bill], month: Month) -> Iterator[bytes]:
    """``month``, ``currency``, ``customers`` with ``lines`` and ``total``, and the ``total``.

    Amounts are decimal strings, so that no reader rounds them.
    """
    head = {"format_version": 1, "month": str(month), "currency": "CHF", "customers": []}
    yield orjson.dumps(head, option=_OPTIONS).removesuffix(b"]\n}")
    every = Money()
    between, last = b"", b""
    for bill in bills:
        every += bill.total
        text = orjson.dumps(bill, _object, _OPTIONS).replace(b"\n", _INDENT)
        yield between + _INDENT + text
        between, last = b",", b"\n  "
    tail = orjson.dumps({"total": _decimal(every)}, option=_OPTIONS | orjson.OPT_APPEND_NEWLINE)
    yield last + b"]," + tail.removeprefix(b"{")


def _object(found: Bill | BillLine) -> dict[str, Any]:
    if isinstance(found, Bill):
        return {
            "customer": found.customer,
            "company": found.company,
            "former": found.former,
            "lines": found.lines,
            "total": _decimal(found.total),
        }
    charge = found.charge
    return {
        "item": str(found.item),
        "product": charge.product,
        "once": charge.once,
        "days": charge.days,
        "of_days": charge.of_days,
        "starts": charge.starts,
        "ends": charge.ends,
        "price": _decimal(charge.price),
        "amount": _decimal(charge.amount),
    }
