"""All numbers with who has them, where help goes and what a directory shows.  Pure.

Directory data: FMG (SR 784.10) Art. 21 and FDV (SR 784.101.1) Art. 11 and 31; locations for who
takes an emergency call: FDV Art. 29 to 30, also of those who are in no directory.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Literal

import orjson

from provisioner.contract.quick import GivenBack, Subscribed
from provisioner.contract.resources import (
    DeskResource,
    Kind,
    PortedNumber,
    ProvisionalAllocation,
    StockAllocation,
)
from provisioner.desired.importing import released_manifest
from provisioner.manifest.models import Manifest, StockNumber
from provisioner.manifest.place import Location
from provisioner.report.lists.formats import rows_csv
from provisioner.report.lists.rows import SubscriberRow, Subscribers
from provisioner.telephony.items import Item, ItemKind
from provisioner.telephony.numbers import digits_of

Origin = Literal["stock", "provisional", "ported"]
_ORIGINS: Mapping[Kind, Origin] = {
    Kind.STOCK: "stock",
    Kind.PROVISIONAL: "provisional",
    Kind.PORTED: "ported",
}
_INDENT = b"\n    "


@dataclass(frozen=True, slots=True)
class Span:
    """``since``: what has ended since is told too.  ``quarantine_days``: how long a number rests
    that was given back, by which its last day is known."""

    today: date
    since: date | None
    quarantine_days: int


def subscriber_rows(found: Iterable[Subscribed], span: Span) -> Iterator[SubscriberRow]:
    """Sorted by customer and number.  Raises PolicyError PV434 for a release that is none."""
    for each in found:
        manifest = released_manifest(each.release) if each.release else None
        rows = [*_held(each, manifest, span.today)]
        if span.since is not None:
            rows += _ended(each, span, span.since)
        yield from sorted(rows, key=lambda row: (row.number, row.ends or date.max))


def _held(each: Subscribed, manifest: Manifest | None, today: date) -> Iterator[SubscriberRow]:
    billed = {row.item: row.starts for row in each.ledger if row.ends is None and not row.former}
    for held in each.held:
        digits, stands_for, origin, starts = _of(held, billed, each.came)
        if not digits:
            continue
        known = starts if starts is not None and starts <= today else None
        own, lines = _places(manifest, stands_for)
        yield _row(each, manifest, digits, origin, own, known)
        for line, place in sorted(lines.items()):
            yield _row(each, manifest, digits + line, origin, place, known)


def _of(
    held: DeskResource, billed: Mapping[Item, date], came: Mapping[str, date]
) -> tuple[str, str, Origin, date | None]:
    """Its digits, what the manifest calls it, where it is from and since when the customer has it;
    no digits for what is no number."""
    match held:
        case StockAllocation(id=name, digits=str(digits)):
            return digits, f"stock:{name}", "stock", billed.get(Item(ItemKind.STOCK, name))
        case ProvisionalAllocation(replaces=replaces, digits=str(digits)):
            return digits, replaces, "provisional", None
        case PortedNumber(digits=digits):
            return digits, digits, "ported", came.get(digits)
    return "", "", "stock", None


def _places(manifest: Manifest | None, name: str) -> tuple[Location | None, Mapping[str, Location]]:
    """Of a number or block: where it rings, if that is elsewhere, and which lines of it do.

    A line is told by its last digits.
    """
    own: Location | None = None
    lines: dict[str, Location] = {}
    if manifest is None:
        return own, lines
    sizes = {f"stock:{new.id}": new.size for new in manifest.numbers}
    for workplace in manifest.workplaces:
        number, place = workplace.number, workplace.emergency
        if number is None or place is None:
            continue
        if isinstance(number, StockNumber):
            base, size = f"stock:{number.stock}", sizes.get(f"stock:{number.stock}", 1)
            whole = number.line is None or size == 1
            line = "" if whole else str(number.line).zfill(len(str(size)) - 1)
        else:
            digits = digits_of(number)
            base = name if digits.startswith(name) else digits
            line = digits[len(base) :]
        if base == name and line:
            lines[line] = place
        elif base == name:
            own = place
    return own, lines


def _row(
    each: Subscribed,
    manifest: Manifest | None,
    digits: str,
    origin: Origin,
    place: Location | None,
    starts: date | None,
) -> SubscriberRow:
    entry = manifest.directory if manifest else None
    place = place or (manifest.emergency if manifest else None)
    where = place or (manifest.contact if manifest else None)
    return SubscriberRow(
        number=digits,
        customer=str(each.customer),
        company=each.company,
        origin=origin,
        street=where.street if where else "",
        postcode=where.postcode if where else "",
        city=where.city if where else "",
        confirmed_on=place.confirmed_on if place else None,
        starts=starts,
        ends=None,
        listed=entry.listed if entry else None,
        name=(entry.name or each.company) if entry else "",
        no_advertising=entry.no_advertising if entry else None,
    )


def _ended(each: Subscribed, span: Span, since: date) -> Iterator[SubscriberRow]:
    """What rests was given back so many days before it has rested; a number that went to another
    provider has left its row in the ledger.

    Where the id was somebody else's before, nobody can tell whose company it was.
    """
    doubtful = any(row.former for row in each.ledger)
    resting = span.quarantine_days
    gone = [(r.digits, _origin(r), r.until - timedelta(days=resting), None) for r in each.resting]
    there = {d for d, *_ in gone} | {h.digits for h in each.held if isinstance(h, PortedNumber)}
    ported = [
        (row.item.name, _ORIGINS[Kind.PORTED], row.ends, row.starts)
        for row in each.ledger
        if row.item.kind is ItemKind.NUMBER and row.ends is not None and row.item.name not in there
    ]
    for digits, origin, ends, starts in chain(gone, ported):
        if since <= ends <= span.today:
            yield SubscriberRow(
                number=digits,
                customer=str(each.customer),
                company="" if doubtful else each.company,
                origin=origin,
                street="",
                postcode="",
                city="",
                confirmed_on=None,
                starts=starts,
                ends=ends,
                listed=None,
                name="",
                no_advertising=None,
            )


def _origin(resting: GivenBack) -> Origin:
    return _ORIGINS[resting.kind]


def subscribers_csv(rows: Iterable[SubscriberRow]) -> Iterator[str]:
    """As :func:`rows_csv`, a row at a time."""
    header = rows_csv(SubscriberRow, ())
    yield header
    for row in rows:
        yield rows_csv(SubscriberRow, (row,)).removeprefix(header)


def subscribers_json(rows: Iterable[SubscriberRow], span: Span) -> Iterator[bytes]:
    """As the schema has it, a row at a time."""
    head = Subscribers(at=span.today, since=span.since, subscribers=()).model_dump(mode="json")
    yield orjson.dumps(head, option=orjson.OPT_INDENT_2).removesuffix(b"]\n}")
    between, last = b"", b""
    for row in rows:
        text = orjson.dumps(row.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
        yield between + _INDENT + text.replace(b"\n", _INDENT)
        between, last = b",", b"\n  "
    yield last + b"]\n}\n"
