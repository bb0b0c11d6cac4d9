"""A desk with much to forget and much to keep, on any database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Table, select

from provisioner.contract.upkeep import Retained, Swept
from provisioner.drivers.sql import SqlDesk, schema

NOW = datetime(2040, 6, 1, 12, tzinfo=UTC)
UNTIL = Retained(
    journal=NOW - timedelta(days=400),
    former=NOW - timedelta(days=730),
    bills=datetime(2030, 1, 1, tzinfo=UTC),
)
LONG_AGO, LATELY = datetime(2036, 3, 1, tzinfo=UTC), datetime(2040, 5, 1, tzinfo=UTC)
GONE, BACK, LEFT, HERE = "gone", "back-again", "just-left", "here"
MANY = 1200
"""More than goes in one transaction."""


def fill(desk: SqlDesk) -> None:
    """``gone`` left long ago, ``just-left`` lately, ``back-again`` has a release anew."""
    rows: list[tuple[Table, dict[str, object]]] = []
    for customer in (GONE, BACK, LEFT, HERE):
        last = LATELY if customer == LEFT else LONG_AGO
        for at, what, why in (
            (LONG_AGO, "porting reject alt/1: submitted -> rejected", "plan of Zqhalm"),
            (LONG_AGO, "porting accept alt/1: submitted -> accepted", "Plan of Zqhalm"),
            (last, "applied 3 steps", "plan 0123456789abcdef"),
        ):
            entry = {"customer": customer, "at": at, "who": "meier", "what": what, "why": why}
            rows.append((schema.audit, entry))
        rows.append((schema.orders, _order(customer)))
        for slot, ends in ((1, date(2029, 12, 31)), (2, date(2036, 3, 1))):
            line = {"customer": customer, "item": "workplace/zqnest", "product": "phones"}
            line |= {"slot": -slot if customer == GONE else slot, "once": False}
            rows.append((schema.intervals, {**line, "starts": date(2025, 1, 1), "ends": ends}))
        once = {"customer": customer, "item": "setup", "product": "setup", "once": True}
        slot = -3 if customer == GONE else 0
        rows.append((schema.intervals, {**once, "slot": slot, "starts": date(2025, 1, 1)}))
    for customer in (BACK, HERE):
        release = {"customer": customer, "manifest": "", "reseller": "x", "content": b""}
        rows.append((schema.releases, release))
    rested = {"kind": "stock_number", "key": "a", "slot": 9, "pool": "stock", "size": 1}
    rested |= {"head": "0445557", "area": "044", "until": date(2036, 6, 1)}
    rows.append((schema.numbers, {**rested, "customer": GONE, "digits": "0445557001"}))
    rows.append((schema.numbers, {**rested, "customer": HERE, "digits": "0445557002"}))
    rows += [(schema.runs, _run(f"old-{at}", LONG_AGO)) for at in range(MANY)]
    rows += [(schema.runs, _run("new", LATELY)), (schema.runs, _run("open", None))]
    step = {"step": "s", "key": "k", "begun": LONG_AGO, "detail": ""}
    rows += [(schema.intents, {**step, "run": run}) for run in ("old-0", "new", "open")]
    for batch, at in (("old", NOW - timedelta(days=9999)), ("new", NOW)):
        told = {"batch": batch, "customer": HERE, "at": at, "result": {"error": "Zqhalm"}}
        rows.append((schema.outcomes, told))
    call = {"call": "put", "outcome": {}}
    rows.append((schema.calls, {**call, "key": "old", "day": LONG_AGO.date()}))
    rows.append((schema.calls, {**call, "key": "new", "day": LATELY.date()}))

    def insert(db):
        for table, row in rows:
            db.execute(table.insert().values(**row))

    desk._store.write(insert)


def _order(customer: str) -> dict[str, object]:
    return {
        "customer": customer,
        "key": "alt/1",
        "porting": "alt",
        "part": 1,
        "provider": "Swisscom",
        "scope": "full",
        "time": "09:00",
        "authority": "single",
        "signatories": [f"Zqfeder {customer}"],
        "numbers": ["0525551200"],
        "blocks": [],
        "company": "Zqkorn Vogel",
        "state": "completed",
        "attempt": 1,
        "completed_on": date(2035, 3, 1),
    }


def _run(name: str, ended: datetime | None) -> dict[str, object]:
    about = {"run": name, "customer": HERE, "started": LONG_AGO, "ended": ended}
    return {**about, "who": "meier", "manifest": "", "steps": {}}


def left(desk: SqlDesk, table: Table, column: str) -> list[object]:
    query = select(table.c[column]).order_by(table.c[column])
    return desk._store.read(lambda db: list(db.execute(query).scalars()))


OLD = Swept(runs=MANY, calls=1, orders=1, numbers=1, entries=2, lines=5)


def sweeps(desk: SqlDesk) -> None:
    """What is shown is what goes, once; what has to be kept is kept."""
    fill(desk)
    assert desk.sweep(UNTIL, carry_out=False) == OLD
    assert desk.sweep(UNTIL, carry_out=True) == OLD
    assert desk.sweep(UNTIL, carry_out=True) == Swept()
    assert left(desk, schema.runs, "run") == ["new", "open"]
    assert left(desk, schema.intents, "run") == ["new", "open"]
    assert left(desk, schema.calls, "key") == ["new"]
    assert left(desk, schema.outcomes, "batch") == ["new"]
    assert left(desk, schema.orders, "customer") == [BACK, HERE, LEFT]
    assert left(desk, schema.numbers, "customer") == [HERE]
    entries = left(desk, schema.audit, "customer")
    assert entries == sorted([*3 * (BACK, HERE, LEFT), GONE])
    lines = left(desk, schema.intervals, "ends")
    assert lines.count(date(2029, 12, 31)) == 0
    assert lines.count(date(2036, 3, 1)) == 4
    assert lines.count(None) == 3, "what is paid once by those who are still there"
    later = replace(UNTIL, bills=NOW - timedelta(days=800))
    assert desk.sweep(later, carry_out=True) == Swept(entries=1, lines=4)
    assert left(desk, schema.audit, "customer") == sorted(3 * (BACK, HERE, LEFT))
