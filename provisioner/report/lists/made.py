"""Rows of the lists, from what the live systems hold.  Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from provisioner.contract.desk import PoolEntry
from provisioner.report.lists.rows import (
    CustomerRow,
    Customers,
    Held,
    NumberRow,
    OrderRow,
    PoolRow,
    WorkplaceRow,
)
from provisioner.report.views import CustomerView, OrderView
from provisioner.telephony.numbers import DIGITS
from provisioner.telephony.pools import overlap


def due(view: OrderView) -> tuple[date, str, str]:
    """What moves first, or was asked for first, comes first; what has no day comes last."""
    return view.next_on or view.date or date.max, view.customer, view.order.key


def customer_row(view: CustomerView) -> CustomerRow:
    """``due_on``: of orders that are not over the first day on which one moves or is asked for."""
    running = [order for order in view.orders if order.open]
    days = [day for order in running if (day := order.next_on or order.date)]
    return CustomerRow(
        customer=view.customer,
        company=view.company,
        reseller=view.reseller,
        on_pbx=None if view.workplaces is None else view.on_pbx,
        workplaces=view.workplaces,
        numbers=sum(number.origin != "provisional" for number in view.numbers),
        billed_since=view.billed_since,
        ports=len(running),
        due_on=min(days, default=None),
    )


def details(view: CustomerView) -> Customers:
    """All of one customer."""
    return Customers(
        customers=(customer_row(view),),
        numbers=tuple(number_rows(view)),
        orders=tuple(order_row(order, view.reseller) for order in view.orders),
        workplaces=tuple(workplace_rows(view)),
    )


def workplace_rows(view: CustomerView) -> Iterator[WorkplaceRow]:
    for each in view.phones:
        yield WorkplaceRow(
            login=each.login,
            license=each.license,
            extension=each.extension,
            devices=each.devices.total,
            phones=each.devices.phones,
            apps=each.devices.apps,
            refused=len(each.devices.refused),
        )


def number_rows(view: CustomerView) -> Iterator[NumberRow]:
    for each in view.listed:
        yield NumberRow(
            number=each.digits,
            customer=view.customer,
            origin=each.origin,
            name=each.name,
            target=each.target,
            state=str(each.state) if each.state else None,
        )


def order_row(view: OrderView, reseller: str) -> OrderRow:
    order, progress = view.order, view.order.progress
    return OrderRow(
        customer=view.customer,
        reseller=reseller,
        order=order.key,
        state=str(view.state),
        port_date=view.date,
        time=order.time,
        due_on=view.next_on,
        attempt=progress.attempt,
        provider=order.provider,
        company=order.company,
        numbers=tuple(order.items),
        poa=bool(order.poa),
        remote_id=progress.remote_id,
        reason=str(progress.reason) if progress.reason else None,
        donor_code=progress.donor_code,
        completed_on=progress.completed_on,
    )


def pool_row(entry: PoolEntry) -> PoolRow:
    return PoolRow(
        number=entry.digits,
        size=entry.size,
        pool=entry.pool,
        state=entry.state,
        until=entry.until,
        customer=str(entry.customer) if entry.customer else None,
        ref=entry.ref,
    )


def held_by(
    asked: str, views: Iterable[CustomerView], foreign: bool, pool: Sequence[PoolEntry]
) -> Iterator[Held]:
    """Who has something of ``asked``; where nobody has, what ``pool`` and the PBX know of it.

    ``asked`` are digits as a number or a block has them; a line that rings elsewhere than its block
    is told by itself.  ``foreign``: the PBX has a route for it
    that is not ours.
    """
    somebody = False
    for view in views:
        dates = {digits: order.date for order in view.orders for digits in order.order.items}
        lines = [line for line in view.lines if overlap(line.digits, asked)]
        whole = [] if len(asked) == DIGITS and lines else view.numbers
        for number in (*whole, *lines):
            if not overlap(number.digits, asked):
                continue
            somebody = True
            yield Held(
                number=number.digits,
                customer=view.customer,
                company=view.company,
                reseller=view.reseller,
                state="porting" if number.state else "held",
                origin=number.origin,
                name=number.name,
                target=number.target,
                order_state=str(number.state) if number.state else None,
                port_date=dates.get(number.block or number.digits) if number.state else None,
                until=None,
            )
    if foreign:
        yield _nobodys(asked, "routed")
    if somebody:
        return
    for entry in pool:
        if entry.state in {"free", "quarantine"} and overlap(entry.digits, asked):
            yield _nobodys(entry.digits, entry.state, entry)


def _nobodys(digits: str, state: str, entry: PoolEntry | None = None) -> Held:
    return Held(
        number=digits,
        customer=str(entry.customer) if entry and entry.customer else None,
        company="",
        reseller="",
        state=state,
        origin=entry.pool if entry else "",
        name=entry.ref if entry else "",
        target=None,
        order_state=None,
        port_date=None,
        until=entry.until if entry else None,
    )
