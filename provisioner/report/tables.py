"""Tables of the live state: customers, port orders, numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple

from provisioner.contract.desk import PoolEntry
from provisioner.contract.upkeep import Retained, Swept
from provisioner.report.layout import Column, Paint, clamp, table, wrap
from provisioner.report.lists.rows import Held, Whose
from provisioner.report.messages import Catalogue
from provisioner.report.provider import provider_text
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_date, show_number
from provisioner.report.views import CustomerView, NumberView, OrderView, WorkplaceView
from provisioner.telephony.licenses import License
from provisioner.telephony.pools import HEAD
from provisioner.telephony.porting import State

ROOMY = 100
"""From so many columns on the overview tells what happens next to each port order."""

POOL_STATES = ("free", "allocated", "quarantine")


def render_status(
    views: Sequence[CustomerView], words: Catalogue, *, width: int, color: bool
) -> str:
    """One row for each customer."""
    if not views:
        return words.ui("status_view.none") + "\n"
    rows = [
        (
            visible(view.customer),
            visible(view.company),
            "?" if view.workplaces is None else str(view.workplaces),
            str(len([n for n in view.numbers if n.origin != "provisional"])),
            show_date(view.billed_since) if view.billed_since else "-",
            _orders_in_short(view.orders, words, told=width >= ROOMY),
        )
        for view in views
    ]
    names = ("customer", "company", "workplaces", "numbers", "billed_short", "orders")
    columns = [
        Column(
            words.ui(f"status_view.{name}"),
            right=name in {"workplaces", "numbers"},
            short=name == "company",
        )
        for name in names
    ]
    return _lines(table(columns, rows, clamp(width), Paint(color)))


def render_customer(view: CustomerView, words: Catalogue, *, width: int, color: bool) -> str:
    """All of one customer: what it has, its numbers, its port orders."""
    paint, width = Paint(color), clamp(width)
    name = visible(view.customer)
    title = wrap(f"{name}  {visible(view.company)}".rstrip(), width, "", "  ")
    facts = [("reseller", visible(view.reseller))]
    if view.workplaces is None:
        facts.append(("on_pbx", words.ui("status_view.pbx_unknown")))
    else:
        facts.append(("on_pbx", words.ui("value.yes" if view.on_pbx else "value.no")))
        facts.append(("workplaces", str(view.workplaces)))
    billed = show_date(view.billed_since) if view.billed_since else ""
    facts.append(("billed", billed or words.ui("status_view.not_billed")))
    lines = paint.head(title, len(name), "bold")
    for key, value in facts:
        if value:
            lines += wrap(value, width, f"  {words.ui(f'status_view.{key}')}: ", "    ")
    if view.phones:
        lines += ["", *_phone_table(view.phones, words, width, paint)]
    lines += ["", *_number_table(view, words, width, paint)]
    if view.orders:
        lines += ["", *_order_table(view.orders, words, width, paint, named=False)]
    return _lines(lines)


def render_workplaces(view: CustomerView, words: Catalogue, *, width: int, color: bool) -> str:
    """The workplaces of one customer, and what is registered at each."""
    if not view.phones:
        return words.ui("presence.none") + "\n"
    return _lines(_phone_table(view.phones, words, clamp(width), Paint(color)))


def render_orders(orders: Sequence[OrderView], words: Catalogue, *, width: int, color: bool) -> str:
    """Port orders, one row each."""
    if not orders:
        return words.ui("porting.none") + "\n"
    return _lines(_order_table(orders, words, clamp(width), Paint(color), named=True))


def render_order(view: OrderView, words: Catalogue, *, width: int, color: bool) -> str:
    """One port order with all that staff may see; signatories are personal and left out."""
    paint, width = Paint(color), clamp(width)
    order, progress = view.order, view.order.progress
    unset = words.ui("porting.unset")
    reason = words.word(str(progress.reason)) if progress.reason else ""
    facts = [
        ("state", words.word(view.state)),
        ("next", next_text(view, words)),
        ("date", words.day(view.date) if view.date else unset),
        ("asked", words.day(progress.asked) if progress.asked else ""),
        ("time", order.time),
        ("attempt", str(progress.attempt)),
        ("company", visible(order.company)),
        ("uid", visible(order.uid or "")),
        ("provider", provider_text(order.provider, words)),
        ("scope", words.word(order.scope)),
        ("authority", words.word(order.authority)),
        ("poa", words.ui("porting.poa_yes" if order.poa else "porting.poa_no")),
        ("remote", visible(progress.remote_id or "")),
        ("reason", reason),
        ("donor_code", visible(progress.donor_code or "")),
        ("completed", words.day(progress.completed_on) if progress.completed_on else ""),
        ("numbers", ", ".join(show_number(digits) for digits in order.items)),
    ]
    name = f"{visible(view.customer)}  {visible(order.key)}"
    lines = [paint(name, "bold")]
    for key, value in facts:
        if value:
            lines += wrap(value, width, f"  {words.ui(f'porting.{key}')}: ", "    ")
    if progress.other_date:
        lines += [
            paint(line, "yellow") for line in wrap(words.ui("porting.donor_date"), width, "  ")
        ]
    return _lines(lines)


def next_text(view: OrderView, words: Catalogue) -> str:
    """What happens next, or whom the order waits for."""
    day = words.day(view.next_on) if view.next_on else words.ui("porting.unset")
    reason = words.word(str(view.order.progress.reason or "other"))
    return words.ui(f"porting.next_{view.state}", day=day, reason=reason)


def render_swept(
    swept: Swept, until: Retained, words: Catalogue, *, carried_out: bool, width: int, color: bool
) -> str:
    """What was deleted, or would be, and from when on it is kept."""
    before = {
        "runs": until.journal,
        "calls": until.journal,
        "orders": until.former,
        "numbers": until.former,
        "entries": until.former,
        "lines": until.bills,
    }
    rows = [
        (words.ui(f"desk.swept.{name}"), show_date(day.date()), str(getattr(swept, name)))
        for name, day in before.items()
    ]
    columns = [
        Column(words.ui("desk.swept.what")),
        Column(words.ui("desk.swept.before")),
        Column(words.ui("desk.swept.count"), right=True),
    ]
    said = "done" if carried_out else "shown" if any(astuple(swept)) else "nothing"
    closing = wrap(words.ui(f"desk.swept.{said}"), clamp(width), "")
    return _lines([*table(columns, rows, clamp(width), Paint(color)), "", *closing])


def render_pool(entries: Sequence[PoolEntry], words: Catalogue, *, width: int, color: bool) -> str:
    """How many numbers are free, in use and resting, by pool, area and size of the allocation."""
    if not entries:
        return words.ui("pool.none") + "\n"
    rows = [
        (words.word(pool), area, *map(str, counts)) for pool, area, *counts in pool_counts(entries)
    ]
    columns = [
        Column(words.ui("pool.pool")),
        Column(words.ui("pool.area")),
        *(Column(words.ui(f"pool.{state}"), right=True) for state in POOL_STATES),
    ]
    return _lines(table(columns, rows, clamp(width), Paint(color)))


def pool_counts(entries: Iterable[PoolEntry]) -> list[tuple[str, str, int, int, int]]:
    """Of each pool and area how many numbers are in each of ``POOL_STATES``."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for entry in entries:
        counts[entry.pool, entry.digits[:3], entry.state] += entry.size
    free, allocated, resting = POOL_STATES
    return [
        (
            pool,
            area,
            counts[pool, area, free],
            counts[pool, area, allocated],
            counts[pool, area, resting],
        )
        for pool, area in sorted({(pool, area) for pool, area, _ in counts})
    ]


def render_pool_entries(
    entries: Sequence[PoolEntry], words: Catalogue, *, width: int, color: bool
) -> str:
    """Single entries, one row each: who holds a number, or until when it rests."""
    if not entries:
        return words.ui("pool.none") + "\n"
    names = ("number", "size", "pool", "state", "until", "customer", "ref")
    columns = [
        Column(words.ui(f"pool.{name}"), right=name == "size", extra=name == "size")
        for name in names
    ]
    rows = [
        (
            show_number(entry.digits) if 7 <= len(entry.digits) <= 10 else visible(entry.digits),
            str(entry.size),
            words.word(entry.pool),
            words.word(entry.state),
            show_date(entry.until) if entry.until else "",
            visible(str(entry.customer)) if entry.customer else "",
            visible(entry.ref),
        )
        for entry in entries
    ]
    return _lines(table(columns, rows, clamp(width), Paint(color)))


def render_whose(
    found: Whose, nobodys: Sequence[str], words: Catalogue, *, width: int, color: bool
) -> str:
    """Whose a number is, or what is known of it; one row for each part of a block.  ``nobodys``:
    those that were asked for and of which nothing is known."""
    none = [words.ui("whose.none", number=show_number(digits)) for digits in nobodys]
    if not found.found:
        return _lines(none)
    names = ("number", "customer", "company", "reseller", "kind", "target", "state")
    rows = [
        (
            show_number(each.number) if len(each.number) >= HEAD else visible(each.number),
            visible(each.customer or "-"),
            visible(each.company or "-"),
            visible(each.reseller or "-"),
            _kind(each, words),
            words.ui("value.nobody") if each.target == "" else visible(each.target or "-"),
            _whereabouts(each, words),
        )
        for each in found.found
    ]
    columns = [
        Column(words.ui(f"status_view.{name}"), short=name == "company", extra=name == "reseller")
        for name in names
    ]
    return _lines([*table(columns, rows, clamp(width), Paint(color)), *none])


def _kind(each: Held, words: Catalogue) -> str:
    match each.state:
        case "free" | "quarantine":
            return words.word(each.origin)
        case "routed":
            return words.ui("whose.pbx")
        case _:
            return _origin(each.origin, each.name, words)


def _whereabouts(each: Held, words: Catalogue) -> str:
    match each.state:
        case "porting":
            day = words.day(each.port_date) if each.port_date else words.ui("porting.unset")
            return f"{words.word(each.order_state or '')}, {day}"
        case "quarantine":
            return words.ui("whose.rests", day=show_date(each.until) if each.until else "-")
        case "held":
            return words.ui(f"status_view.{'not_routed' if each.target is None else 'active'}")
        case "routed":
            return words.ui("whose.foreign")
        case _:
            return words.ui("pool.free")


def _order_table(
    orders: Sequence[OrderView], words: Catalogue, width: int, paint: Paint, *, named: bool
) -> list[str]:
    names = ["customer"] if named else []
    names += ["order", "date", "time", "attempt", "numbers", "state", "next"]
    columns = [
        Column(
            words.ui(f"porting.{name}"),
            right=name in {"attempt", "numbers"},
            extra=name in {"time", "attempt"},
        )
        for name in names
    ]
    rows: list[tuple[str, ...]] = []
    for view in orders:
        order = view.order
        row = (
            visible(order.key),
            show_date(view.date) if view.date else words.ui("porting.unset"),
            order.time,
            str(order.progress.attempt),
            str(len(order.items)),
            words.word(view.state),
            next_text(view, words),
        )
        rows.append((visible(view.customer), *row) if named else row)
    return table(columns, rows, width, paint)


def _phone_table(
    phones: Sequence[WorkplaceView], words: Catalogue, width: int, paint: Paint
) -> list[str]:
    names = ("workplace", "license", "extension", "devices")
    columns = [Column(words.ui(f"status_view.{n}")) for n in names]
    rows = [
        (visible(p.login), visible(p.license), visible(p.extension), _registered(p, words))
        for p in phones
    ]
    return table(columns, rows, width, paint)


def _registered(phone: WorkplaceView, words: Catalogue) -> str:
    """``phone and 2 apps``; of two kinds that the license has the one that is there alone."""
    found = phone.devices
    counts = {"phones": found.phones, "apps": found.apps}
    rings = {n: words.ui(f"presence.{n}", count=count) for n, count in counts.items() if count}
    shown = next(iter(rings.values()), "")
    if len(rings) > 1:
        shown = words.ui("presence.both", **rings)
    elif rings and phone.license == License.PHONES_APPS:
        shown = words.ui("presence.only", what=shown)
    refused = words.ui("presence.refused", count=len(found.refused)) if found.refused else ""
    return ", ".join(filter(None, (shown, refused))) or "-"


def _number_table(view: CustomerView, words: Catalogue, width: int, paint: Paint) -> list[str]:
    if not view.numbers:
        return [words.ui("status_view.no_numbers")]
    columns = [Column(words.ui(f"status_view.{n}")) for n in ("number", "kind", "target", "state")]
    rows = [
        (
            show_number(number.digits),
            _origin(number.origin, number.name, words),
            words.ui("value.nobody") if number.target == "" else visible(number.target or "-"),
            _number_state(number, words, read=view.workplaces is not None),
        )
        for number in view.listed
    ]
    return table(columns, rows, width, paint)


def _origin(origin: str, name: str, words: Catalogue) -> str:
    match origin:
        case "stock":
            return words.ui("status_view.stock", id=name)
        case "provisional":
            return words.ui("status_view.provisional_for", number=show_number(name))
        case "ported":
            return words.ui("status_view.ported", porting=name)
        case _:
            return words.ui("status_view.porting", porting=name)


def _number_state(number: NumberView, words: Catalogue, *, read: bool) -> str:
    """``read``: whether the PBX said where numbers lead."""
    if number.state is not None:
        return words.word(number.state)
    if not read:
        return words.word("unknown")
    return words.ui("status_view.not_routed" if number.target is None else "status_view.active")


def _orders_in_short(orders: Iterable[OrderView], words: Catalogue, *, told: bool) -> str:
    """``haupt/1 accepted``, for those that are not over; ``told``: with date and what is next."""
    shown = []
    for view in orders:
        if not view.open and view.state is not State.FAILED:
            continue
        text = f"{visible(view.order.key)} {words.word(view.state)}"
        if told:
            text += f", {show_date(view.date)}" if view.date else ""
            text += f": {next_text(view, words)}"
        shown.append(text)
    return "; ".join(shown) or "-"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
