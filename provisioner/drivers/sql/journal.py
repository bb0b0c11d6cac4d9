"""What runs are about to do and did, and who may write a customer now."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select

from provisioner.codes.desk import LeaseWasLost
from provisioner.codes.systems import (
    AnotherRunHoldsTheCustomer,
    DeskHasALaterDay,
    RunHasEnded,
)
from provisioner.contract.desk import Intent, OpenRun
from provisioner.contract.process import is_dead, shown
from provisioner.contract.resources import Kind
from provisioner.drivers.sql.rows import ByCustomer
from provisioner.drivers.sql.schema import calls, intents, leases, noted, proofs, runs
from provisioner.drivers.sql.store import ROW_FAULTS
from provisioner.errors import Locked, Refused
from provisioner.telephony.identity import CustomerId

SUPERSEDED = "superseded"
UNREADABLE = "?"
"""The digest of no manifest."""
KEPT = timedelta(days=90)
"""How long an idempotency key is known: far longer than any run can still repeat a call."""

_ZONE = timedelta(hours=14)
"""No place on earth is further ahead of UTC: so far a day may lie ahead of its clock."""

# What each run asks and writes is made once

_WHOSE = leases.c.customer == bindparam("whose")
_LEASE = select(leases).where(_WHOSE)
_LEASED = leases.insert()
_RENEWED = leases.update().where(_WHOSE)
_RUN = (
    select(runs.c.customer, runs.c.token, leases.c.token.label("lease"))
    .join_from(runs, leases, leases.c.customer == runs.c.customer, isouter=True)
    .where(runs.c.run == bindparam("asked"), runs.c.ended.is_(None))
    .with_for_update(of=runs)
)
_IS_OPEN = runs.c.ended.is_(None)
# in no order: SQLite would go through all there ever were, by when they began
_OPEN = ByCustomer(select(runs).where(_IS_OPEN), runs.c.customer)
_NAMED = ByCustomer(select(runs.c.run, runs.c.customer).where(_IS_OPEN), runs.c.customer)
_BEGUN = ByCustomer(
    select(intents).join(runs).where(_IS_OPEN).order_by(intents.c.id), runs.c.customer
)


def begin(
    db: Connection,
    customer: CustomerId,
    *,
    at: datetime,
    who: str,
    manifest: str,
    steps: Mapping[str, str],
    holder: str,
) -> str:
    """A new run; what an earlier one left open ends, and can no longer write here.

    Refused PV632 if ``holder`` is given and no longer has the customer's lease.
    """
    token = None
    if holder:
        mine = leases.c.customer == str(customer), leases.c.holder == holder
        lease = db.execute(select(leases.c.token).where(*mine)).one_or_none()
        if lease is None:
            raise Refused(LeaseWasLost(customer=str(customer)))
        token = lease.token
    end_all(db, customer, at=at)
    old = select(calls.c.key).where(calls.c.day < (at - KEPT).date())
    # what another run is about to forget is its own affair
    db.execute(calls.delete().where(calls.c.key.in_(old.with_for_update(skip_locked=True))))
    run = secrets.token_hex(8)
    db.execute(
        runs.insert().values(
            run=run,
            customer=str(customer),
            started=at,
            who=who,
            manifest=manifest,
            steps=dict(steps),
            token=token,
        )
    )
    return run


def end_all(db: Connection, customer: CustomerId, *, at: datetime) -> None:
    """What was left open of a customer ends."""
    earlier = select(runs.c.run).where(runs.c.customer == str(customer), runs.c.ended.is_(None))
    db.execute(
        intents.update()
        .where(intents.c.run.in_(earlier), intents.c.outcome.is_(None))
        .values(outcome=SUPERSEDED, settled=at)
    )
    db.execute(
        runs.update()
        .where(runs.c.customer == str(customer), runs.c.ended.is_(None))
        .values(ended=at)
    )


def end(db: Connection, run: str, *, at: datetime, complete: bool) -> None:
    """Close the run, or leave it open for ``--resume``."""
    customer_of(db, run)
    if complete:
        db.execute(runs.update().where(runs.c.run == run).values(ended=at))


def customer_of(db: Connection, run: str) -> str:
    """Whose run it is.  Refused PV532 if it has ended, PV632 if another one has the lease by now.

    So whoever was held up for longer than its lease writes nothing any more.
    """
    found = db.execute(_RUN, {"asked": run}).one_or_none()
    if found is None:
        raise Refused(RunHasEnded(run=run))
    if found.token is not None and found.token != found.lease:
        raise Refused(LeaseWasLost(customer=found.customer))
    return str(found.customer)


def open_runs(db: Connection, customer: CustomerId | None = None) -> list[OpenRun]:
    """Runs that did not end, of all or of one customer, oldest first.

    One whose rows cannot be understood is there with no steps and no manifest: nobody knows what
    was approved, so it can only be closed by a newer run, and hides no other.
    """
    names = None if customer is None else [str(customer)]
    try:
        rows = sorted(_OPEN.ask(db, names), key=attrgetter("started", "run"))
        return _open_runs(rows, _BEGUN.ask(db, names)) if rows else []
    except ROW_FAULTS:
        named = _NAMED.ask(db, names)
        return [_one_run(db, run, CustomerId(customer)) for run, customer in named]


def _one_run(db: Connection, run: str, customer: CustomerId) -> OpenRun:
    try:
        row = db.execute(select(runs).where(runs.c.run == run)).one()
        begun = select(intents).where(intents.c.run == run).order_by(intents.c.id)
        (found,) = _open_runs([row], db.execute(begun))
    except ROW_FAULTS:
        return OpenRun(run, customer, datetime.min.replace(tzinfo=UTC), "?", UNREADABLE, {}, ())
    return found


def _open_runs(rows: Sequence[Row[Any]], done: Iterable[Row[Any]]) -> list[OpenRun]:
    begun: dict[str, list[Intent]] = {}
    for row in done:
        begun.setdefault(row.run, []).append(Intent(row.step, row.key, row.outcome, row.detail))
    return [
        OpenRun(
            row.run,
            CustomerId(row.customer),
            row.started,
            row.who,
            row.manifest,
            _mapping(row.steps),
            tuple(begun.get(row.run, ())),
        )
        for row in rows
    ]


def _mapping(found: object) -> dict[str, str]:
    if isinstance(found, dict) and all(isinstance(v, str) for v in found.values()):
        return found
    raise ValueError


def refuse_earlier(db: Connection, customer: CustomerId, today: date) -> None:
    """Refused PV537 if the customer's ledger was written for a later day than ``today``.

    A run for a day that lay ahead of its own clock was a trial, and may be taken back.
    """
    about = (f"{what} {customer} {Kind.BILLING} %" for what in ("put", "delete"))
    later = select(calls.c.day, calls.c.key).where(
        calls.c.day > today, or_(*(calls.c.call.like(each) for each in about))
    )
    for day, key in db.execute(later.order_by(calls.c.day.desc())):
        began = select(runs.c.started).where(runs.c.run == key.partition(":")[0])
        started = db.execute(began).scalar_one_or_none()
        if started is None or day <= (started + _ZONE).date():
            raise Refused(DeskHasALaterDay(customer=str(customer), last=str(day), today=str(today)))


def forget(db: Connection, customer: CustomerId) -> None:
    """Nothing of the customer is noted as applied any more, and nothing of it is proven."""
    db.execute(noted.delete().where(noted.c.customer == str(customer)))
    db.execute(proofs.delete().where(proofs.c.customer == str(customer)))


def acquire_lease(
    db: Connection, customer: CustomerId, *, holder: str, at: datetime, seconds: int
) -> None:
    """Take or renew; Locked PV531 if another one's is valid.

    A server's own clock counts, since those of the machines may differ.
    """
    if db.dialect.name != "sqlite":
        at = db.execute(select(func.clock_timestamp())).scalar_one()
    whose = {"whose": str(customer)}
    row = db.execute(_LEASE, whose).one_or_none()
    until = at + timedelta(seconds=seconds)
    taken = {"holder": holder, "until": until, "token": secrets.token_hex(8)}
    if row is None:
        db.execute(_LEASED, {"customer": str(customer), **taken})
        return
    if row.holder == holder and row.token is not None:
        taken["token"] = row.token
    if row.holder != holder and row.until > at and not is_dead(row.holder):
        raise Locked(
            AnotherRunHoldsTheCustomer(
                customer=str(customer),
                holder=shown(row.holder),
                until=row.until.isoformat(timespec="seconds"),
            )
        )
    db.execute(_RENEWED, {**whose, **taken})


def leased_elsewhere(db: Connection, at: datetime, *, but: str) -> set[str]:
    """Customers whose lease is valid and somebody else's than ``but``."""
    if db.dialect.name != "sqlite":
        at = db.execute(select(func.clock_timestamp())).scalar_one()
    found = select(leases.c.customer).where(leases.c.until > at, leases.c.holder != but)
    return {*db.execute(found).scalars()}


def release_lease(db: Connection, customer: CustomerId, *, holder: str) -> None:
    """Give back one's own; another holder's is left alone."""
    db.execute(leases.delete().where(leases.c.customer == str(customer), leases.c.holder == holder))
