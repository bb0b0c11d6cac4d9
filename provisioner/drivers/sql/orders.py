"""Port orders: stored, submitted, moved, ended.  The state machine itself is telephony's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from provisioner.codes.porting import DateCannotBeAccepted, NotWithoutTheLetter
from provisioner.codes.systems import NoSuchPortOrder, NumberHeldAlready, OrderIsLocked
from provisioner.contract.fields import from_plain, to_plain
from provisioner.contract.resources import PortedNumber, PortingOrder
from provisioner.drivers.sql import numbers as held
from provisioner.drivers.sql.carriers import Carrier
from provisioner.drivers.sql.rows import ByCustomer, Names
from provisioner.drivers.sql.schema import desk, order_numbers, orders
from provisioner.errors import Refused
from provisioner.telephony.pools import HEAD
from provisioner.telephony.porting import (
    EDITABLE,
    ENDED,
    IN_FLIGHT,
    SUBMITTABLE,
    Event,
    PortingError,
    PortPolicy,
    Progress,
    Reason,
    State,
    move,
)
from provisioner.telephony.prefixes import Prefixes

_UNFINISHED = ByCustomer(
    select(orders.c.customer)
    .where(orders.c.state.not_in([str(state) for state in sorted(ENDED)]))
    .distinct(),
    orders.c.customer,
)
_ORDERS = ByCustomer(select(orders).order_by(orders.c.porting, orders.c.part), orders.c.customer)
_ORDER = select(orders).where(
    orders.c.customer == bindparam("of"), orders.c.key == bindparam("asked")
)
_OURS = ("customer", "porting", "part", "progress")
"""Fields that the donor is not asked for."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decided about orders."""

    policy: PortPolicy
    carrier: Carrier
    require_poa: bool


def put(db: Connection, wanted: PortingOrder, rules: Rules, today: date) -> Progress:
    """Store it and, with a date and signed, submit it. Refused PV522 or PV523."""
    row = _row(db, wanted)
    if row is None:
        return _submitted(db, wanted, None, Progress(), rules, today)
    stored = _order(row)
    progress = stored.progress
    if progress.state in SUBMITTABLE:
        return _submitted(db, wanted, row.id, progress, rules, today)
    wanted = replace(wanted, company=stored.company, uid=stored.uid)  # as the donor has them
    asked, now = to_plain(wanted, *_OURS), to_plain(stored, *_OURS)
    changed = [name for name in asked if asked[name] != now[name]]
    if not changed:
        return progress
    agreed = (
        changed == ["port_date"]
        and progress.state in IN_FLIGHT - {State.CANCEL_PENDING}
        and wanted.port_date == progress.port_date
    )
    if not agreed:
        raise Refused(
            OrderIsLocked(order=wanted.key, state=str(progress.state), fields=", ".join(changed))
        )
    progress = replace(progress, asked=wanted.port_date)
    _store(db, wanted, row.id, progress)
    return progress


def _submitted(
    db: Connection,
    wanted: PortingOrder,
    stored: int | None,
    progress: Progress,
    rules: Rules,
    today: date,
) -> Progress:
    if wanted.port_date is not None and (wanted.poa or not rules.require_poa):
        progress = _submit(db, wanted, progress, rules, today, wanted.port_date)
        _store(db, wanted, stored, progress)
        return progress
    held.refuse_held(db, wanted.customer, wanted.items)
    if progress.state is not State.REJECTED:
        waits = State.DRAFT if wanted.port_date is None else State.AWAITING_POA
        progress = Progress(state=waits, attempt=progress.attempt)
    _store(db, wanted, stored, progress)
    return progress


def _submit(
    db: Connection,
    wanted: PortingOrder,
    progress: Progress,
    rules: Rules,
    today: date,
    on: date | None,
) -> Progress:
    # both first: what the state or another order does not allow must not reach the carrier
    after = move(progress, Event.SUBMIT, today=today, policy=rules.policy, on=on)
    held.refuse_held(db, wanted.customer, wanted.items)
    _refuse_sent(db, wanted)
    db.execute(desk.update().values(submissions=desk.c.submissions + 1))
    reference = db.execute(select(desk.c.submissions)).scalar_one()
    return replace(after, remote_id=rules.carrier.submit(wanted, reference=reference))


def _refuse_sent(db: Connection, wanted: PortingOrder) -> None:
    """Refused PV522 if the customer has another order with a donor for a part of it.

    Donors are asked for a number once; what is not with one yet may go from order to order.
    """
    sent = select(order_numbers.c.digits).join(orders)
    sent = sent.where(
        order_numbers.c.head.in_({d[:HEAD] for d in wanted.items}),
        orders.c.customer == str(wanted.customer),
        orders.c.key != wanted.key,
        orders.c.state.in_([str(state) for state in IN_FLIGHT]),
    )
    theirs = Prefixes((digits, digits) for digits in db.execute(sent).scalars())
    for mine in wanted.items:
        if any(theirs.overlapping(mine)):
            raise Refused(NumberHeldAlready(number=mine))


def step(
    db: Connection,
    order: PortingOrder,
    event: Event,
    rules: Rules,
    today: date,
    *,
    on: date | None,
    donor_code: str | None,
    reason: Reason | None,
) -> tuple[State, PortingOrder]:
    """Carry out ``event``: the state before, and the order after.

    What has been cancelled or has failed is submitted again for a date that is given anew.
    PortingError if it is not allowed, Refused PV524 if there is no such order. On completion its
    numbers are the customer's.
    """
    row = _row(db, order)
    if row is None:
        raise Refused(NoSuchPortOrder(order=order.key, customer=str(order.customer)))
    stored = _order(row)
    before = stored.progress
    over = before.state in SUBMITTABLE - EDITABLE
    if over and event in {Event.SUBMIT, Event.ARRIVE}:  # its numbers may be in another order by now
        held.refuse_held(db, None, stored.items)
    if event is Event.SUBMIT:
        if rules.require_poa and not stored.poa:
            raise PortingError(NotWithoutTheLetter(order=stored.key))
        asked = on or (None if over else stored.port_date)
        if asked is not None and not _can_be_asked(asked, today, rules):
            raise PortingError(DateCannotBeAccepted(date=str(asked), today=str(today)))
        after = _submit(db, stored, before, rules, today, asked)
        stored = replace(stored, port_date=after.port_date)
    else:
        after = move(
            before,
            event,
            today=today,
            policy=rules.policy,
            on=on,
            donor_code=donor_code,
            reason=reason,
        )
    if event is Event.CANCEL:
        _tell_carrier(stored, after, rules)
    _store(db, stored, row.id, after)
    if after.state is State.COMPLETED:
        for digits in stored.items:
            ported = PortedNumber(customer=stored.customer, porting=stored.porting, digits=digits)
            held.hold_ported(db, ported, held.Used())
    return before.state, replace(stored, progress=after)


def _can_be_asked(day: date, today: date, rules: Rules) -> bool:
    return day >= today and rules.policy.calendar.is_working(day)


def cancel(db: Connection, order: PortingOrder, rules: Rules, today: date) -> None:
    """End it: at once if nothing is with the donor, else by asking the donor.

    PortingError PV222 past the point of no return. One that has ended stays as it is.
    """
    row = _row(db, order)
    if row is None or row.state in ENDED | {State.CANCEL_PENDING}:
        return
    stored = _order(row)
    after = move(stored.progress, Event.CANCEL, today=today, policy=rules.policy)
    _tell_carrier(stored, after, rules)
    _store(db, stored, row.id, after)


def _tell_carrier(stored: PortingOrder, after: Progress, rules: Rules) -> None:
    """That it is to be cancelled, unless nothing was with the donor."""
    if after.state is State.CANCEL_PENDING:
        rules.carrier.cancel(stored)


def read(db: Connection, names: Names) -> Iterator[PortingOrder]:
    """The orders of customers."""
    return (_order(row) for row in _ORDERS.ask(db, names))


def unfinished(db: Connection, names: Names = None) -> Iterable[str]:
    """Customers with an order that has not ended, whether they have a release or not."""
    return (name for (name,) in _UNFINISHED.ask(db, names))


def _row(db: Connection, order: PortingOrder) -> Row[Any] | None:
    return db.execute(_ORDER, {"of": str(order.customer), "asked": order.key}).one_or_none()


def _store(db: Connection, order: PortingOrder, stored: int | None, progress: Progress) -> None:
    values: dict[str, Any] = {"key": order.key, **to_plain(order, "progress"), **_kept(progress)}
    if stored is None:
        made = db.execute(orders.insert().values(values)).inserted_primary_key
        assert made is not None  # noqa: S101 - every insert of one row has a key
        stored = int(made[0])
    else:
        db.execute(orders.update().where(orders.c.id == stored).values(values))
    db.execute(order_numbers.delete().where(order_numbers.c.order_id == stored))
    if progress.state not in ENDED and order.items:
        db.execute(
            order_numbers.insert(),
            [
                {"order_id": stored, "digits": d, "head": d[:HEAD]}
                for d in dict.fromkeys(order.items)
            ],
        )


def _kept(progress: Progress) -> dict[str, Any]:
    """Columns of the order's state: the date that it has is the one that was granted."""
    found = to_plain(progress)
    return {"granted" if name == "port_date" else name: v for name, v in found.items()}


def _order(row: Row[Any]) -> PortingOrder:
    found = row._asdict()
    progress = from_plain(Progress, {**found, "port_date": row.granted})
    return from_plain(PortingOrder, found, progress=progress)


def progress_to_json(progress: Progress) -> dict[str, Any]:
    """For the table of idempotency keys."""
    found = to_plain(progress)
    return {n: v.isoformat() if isinstance(v, date) else v for n, v in found.items()}


def progress_from_json(found: Mapping[str, Any]) -> Progress:
    """Back from :func:`progress_to_json`."""
    return from_plain(Progress, found)
