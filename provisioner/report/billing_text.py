"""Bills as a table for people, as CSV for spreadsheets and as JSON for programs."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

import orjson

from provisioner.plan.billing import Bill, Charge
from provisioner.report.layout import Column, Paint, clamp, table, wrap
from provisioner.report.lists.formats import cell
from provisioner.report.messages import Catalogue
from provisioner.report.plan.words import ItemNames, product_text
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_date
from provisioner.telephony.items import Item
from provisioner.telephony.money import Money, Month

CSV_FIELDS = (
    "month customer company item product once days of_days starts ends price amount why"
    " former".split()
)
"""Columns of the CSV; new ones are added at the end."""

_OPTIONS = orjson.OPT_INDENT_2
_INDENT = b"\n    "
"""Of an item of ``customers``, as orjson lays it out."""
T = TypeVar("T")


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
        amount = bill.total
        begun, every = True, every + amount
        name = visible(bill.customer)
        who = words.ui("billing.former") if bill.former else visible(bill.company)
        title = wrap(f"{name}  {who}".rstrip(), width, "", "  ")
        rows = [(named.of(item), *about) for item, about in _lines(bill, said)]
        subtotal = words.ui("billing.subtotal", customer=bill.customer)
        lines = table(columns, rows, width, paint)
        if "" in lines:  # rows as blocks: the subtotal is none of the last one
            lines.append("")
        block = [
            *paint.head(title, len(name), "bold"),
            *lines,
            paint(f"{subtotal}: CHF {amount}", "bold"),
        ]
        yield "\n".join(block) + "\n\n"
    if begun:
        yield paint(f"{words.ui('billing.total')}: CHF {every}", "bold") + "\n"
    else:
        yield words.ui("billing.none", month=str(month)) + "\n"


def _lines(bill: Bill, said: Callable[[Charge], T]) -> Iterator[tuple[Item, T]]:
    """The item of each line, and what is said about its charge; many in turn share one."""
    for charge, lines in groupby(bill.lines, key=attrgetter("charge")):
        about = said(charge)
        for line in lines:
            yield line.item, about


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
    def said(charge: Charge) -> tuple[str, ...]:
        return (
            cell(charge.product),
            "true" if charge.once else "false",
            str(charge.days),
            str(charge.of_days),
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
            [(*who, cell(str(item)), *about, former) for item, about in _lines(bill, said)]
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

    @cache
    def said(charge: Charge) -> dict[str, Any]:
        return {
            "product": charge.product,
            "once": charge.once,
            "days": charge.days,
            "of_days": charge.of_days,
            "starts": charge.starts,
            "ends": charge.ends,
            "price": _decimal(charge.price),
            "amount": _decimal(charge.amount),
        }

    for bill in bills:
        amount = bill.total
        every += amount
        found = {
            "customer": bill.customer,
            "company": bill.company,
            "former": bill.former,
            "lines": [{"item": str(item), **about} for item, about in _lines(bill, said)],
            "total": _decimal(amount),
        }
        yield between + _INDENT + orjson.dumps(found, option=_OPTIONS).replace(b"\n", _INDENT)
        between, last = b",", b"\n  "
    tail = orjson.dumps({"total": _decimal(every)}, option=_OPTIONS | orjson.OPT_APPEND_NEWLINE)
    yield last + b"]," + tail.removeprefix(b"{")
