"""What is special about the desk in a database: files, transactions, tables."""

import os
import sqlite3
import stat
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from drivers.desks import open_desk
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateTable

from provisioner.contract.resources import Kind
from provisioner.contract.upkeep import Retained, Swept
from provisioner.drivers.sql import SqlDesk, schema
from provisioner.errors import OutcomeUnknown, ProvisionError, Refused, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock
from provisioner.telephony.pools import WIDTHS, NumberPools, Taken, overlap
from provisioner.testing.desk_ledger import ALWAYS
from provisioner.testing.values import (
    CAFE,
    NOW,
    POLICY,
    SMITHY,
    TODAY,
    billing,
    key,
    order,
    raises,
    stock,
)

TABLES_1 = Path(__file__).with_name("tables-1-sqlite.sql")


@pytest.fixture
def desk(tmp_path):
    made = open_desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state/desk.sqlite"


def fill(desk):
    run = desk.begin(SMITHY, at=NOW, who="ci", manifest="", steps={})
    applied = (Kind.TENANT, "tenant", {"name": "00"})
    desk.settle(run, "x", at=NOW, outcome="done", applied=applied)
    for each in (stock("zentrale"), order(), billing("phones")):
        desk.put(each, today=TODAY, key=key())


def test_reading_creates_nothing(desk, tmp_path):
    assert desk.read([SMITHY])[SMITHY].objects == ()
    assert desk.pool(TODAY)[0].state == "free"
    assert list(tmp_path.iterdir()) == []


def test_file_is_for_its_owner_alone(desk, file):
    fill(desk)
    assert {f.name for f in file.parent.iterdir()} >= {"desk.sqlite"}
    for each in file.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each.name
    assert desk.target == "sql:state/desk.sqlite"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"uri": "x"}, "PV501"),
        ({"carrier": "pigeon"}, "PV506"),
        ({"timeout": "x"}, "PV506"),
        ({"timeout": "101"}, "PV597"),
        ({"url": ""}, "PV506"),
        ({"url": "state/desk.sqlite"}, "PV506"),
        ({"url": "sqlite://"}, "PV506"),
        ({"url": "sqlite:///:memory:"}, "PV506"),
        ({"url": "sqlite:///file:x?uri=true"}, "PV506"),
        ({"url": "nodatabase://u@h/x"}, "PV516"),
        ({"url": "mysql+nodriver://u@h/x"}, "PV516"),
    ],
)
def test_options_that_cannot_be_used(tmp_path, options, code):
    with raises(ProvisionError, code) as caught:
        open_desk(tmp_path, **options)
    assert "canary" not in str(caught.error)


def test_without_the_extra_its_name_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with raises(ProvisionError, "PV620") as caught:
        open_desk(tmp_path, url="postgresql://anna@127.0.0.1/desk")
    assert caught.error.params["extra"] == "postgresql"
    assert "provisioner[postgresql]" in caught.error.params["command"]


def test_server_that_is_not_there_is_unknown_and_shows_no_password(tmp_path):
    (tmp_path / "password").write_text("canary-pw")
    url = "postgresql+psycopg://anna@127.0.0.1:1/desk?connect_timeout=1"
    desk = open_desk(tmp_path, url=url, password_file="password", patience="0")
    for ask in (lambda: desk.read([SMITHY]), lambda: fill(desk)):
        with raises(Unavailable, "PV517") as caught:
            ask()
        assert "canary" not in str(caught.error)
        assert caught.error.__cause__ is None
        assert caught.error.__suppress_context__
    desk.close()


def sql(statement):
    def damage(file):
        db = sqlite3.connect(file, isolation_level=None)
        db.execute(statement)
        db.close()

    return damage


def other_program(file):
    file.unlink()
    sql("CREATE TABLE notes (text)")(file)


DAMAGE = {
    "text": (lambda f: f.write_bytes(b"hello, this is no database\n" * 400), "PV502"),
    "empty": (lambda f: f.write_bytes(b""), "PV575"),
    "half": (lambda f: f.write_bytes(f.read_bytes()[: f.stat().st_size // 2]), "PV502"),
    "other program": (other_program, "PV504"),
    "version": (sql("UPDATE desk SET version = 99"), "PV504"),
    "no version": (sql("DELETE FROM desk"), "PV504"),
    "no table": (sql("DROP TABLE numbers"), "PV504"),
    "no column": (sql("ALTER TABLE orders RENAME COLUMN state TO status"), "PV504"),
}
DAMAGED_ROW = {
    "state": ("orders", "state = 'teleported'"),
    "reason": ("orders", "reason = 'mood'"),
    "date": ("orders", "granted = 'soon'"),
    "json": ("orders", "numbers = '[\"05'"),
    "json of another shape": ("orders", "numbers = '{}'"),
    "kind": ("numbers", "kind = 'tenant'"),
    "day": ("intervals", "starts = '2027-13-77'"),
    "hashes": ("noted", "hashes = '5'"),
    "hash": ("noted", """hashes = '{"tenant": {"tenant": {"name": 5}}}'"""),
    "applied kind": ("noted", """hashes = '{"teapot": {"tenant": {}}}'"""),
    "number as a date": ("orders", "granted = 5"),
    "nested": ("noted", f"hashes = '{'[' * 200_000}'"),
    "nested in an order": ("orders", f"signatories = '{'[' * 200_000}'"),
    "no text": ("orders", "company = CAST(x'ff41' AS TEXT)"),
    "no text of a number": ("numbers", "digits = CAST(x'ff41' AS TEXT)"),
    "bytes as a size": ("numbers", "size = x'ff'"),
    "bytes as an area": ("numbers", "area = x'ff'"),
    "text as a size": ("numbers", "size = 'large'"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_database_is_unknown_not_empty(desk, file, name):
    damage, code = DAMAGE[name]
    fill(desk)
    desk.close()
    damage(file)
    with raises(Unavailable, code) as caught:
        desk.read([SMITHY])
    assert "Huber" not in str(caught.error)
    before = file.read_bytes()
    with raises(Unavailable, code):
        desk.put(stock("other"), today=TODAY, key=key())
        desk.put(order(porting="other"), today=TODAY, key=key())
    assert file.read_bytes() == before or name in {"no table", "no column"}


@pytest.mark.parametrize("name", DAMAGED_ROW)
def test_damaged_row_makes_its_customer_unknown_alone(desk, file, name):
    table, change = DAMAGED_ROW[name]
    fill(desk)
    many = [CustomerId(f"customer-{i}") for i in range(700)]
    for customer in (many[0], CAFE):
        desk.put(stock("zentrale", customer=customer), today=TODAY, key=key())
    desk.close()
    sql(f"UPDATE {table} SET {change} WHERE customer = '{SMITHY}'")(file)  # noqa: S608
    assert desk.read([SMITHY]) == {}
    everyone = [*many, SMITHY, CAFE]
    found = desk.read(everyone)
    assert set(found) == {*everyone} - {SMITHY}
    assert [c for c in everyone if c in found and found[c].objects] == [many[0], CAFE]


def test_bytes_where_none_belong_prove_nothing(desk, file):
    fill(desk)
    desk.close()
    sql("UPDATE numbers SET area = x'ff'")(file)
    with raises(Unavailable):
        desk.fingerprints()


def test_busy_file_is_unavailable_and_comes_back(desk, file):
    fill(desk)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with raises(Unavailable, "PV503"):
        desk.put(stock("other"), today=TODAY, key=key())
    assert len(desk.read([SMITHY])[SMITHY].objects) == 3
    other.execute("ROLLBACK")
    other.close()
    desk.put(stock("other"), today=TODAY, key=key())


def test_commit_without_answer_is_an_unknown_outcome(desk):
    fill(desk)
    engine = desk._store._engine

    def fail(_connection):
        raise OperationalError("COMMIT", {}, Exception("canary"))

    event.listen(engine, "commit", fail)
    with raises(OutcomeUnknown, "PV511") as caught:
        desk.put(stock("other"), today=TODAY, key="unanswered")
    assert "canary" not in str(caught.error)
    event.remove(engine, "commit", fail)
    found = desk.put(stock("other"), today=TODAY, key="unanswered")
    assert found in desk.read([SMITHY])[SMITHY].objects


def test_write_that_fails_leaves_nothing(desk):
    """The number is allocated and the key is noted in one transaction, or neither is."""
    fill(desk)
    before = desk.read([SMITHY])
    with raises(Refused, "PV521"):
        desk.put(stock("bern", area="031"), today=TODAY, key="refused")
    assert desk.read([SMITHY]) == before
    with raises(Refused, "PV521"):
        desk.put(stock("bern", area="031"), today=TODAY, key="refused")


def test_journal_holds_no_personal_data(desk, file):
    fill(desk)
    desk.close()
    db = sqlite3.connect(file)
    for table in ("calls", "audit", "runs", "intents", "noted"):
        assert "Huber" not in str(db.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608
    db.close()


def test_idempotency_keys_are_forgotten_long_after(desk, file):
    desk.put(stock("zentrale"), today=TODAY, key="old")
    desk.begin(SMITHY, at=NOW, who="ci", manifest="", steps={})
    assert _count(file, "calls") == 1
    desk.begin(SMITHY, at=NOW.replace(year=2028), who="ci", manifest="", steps={})
    assert _count(file, "calls") == 0


def _count(file, table):
    db = sqlite3.connect(file)
    (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    db.close()
    return count


def test_many_customers_are_read_in_as_many_queries_as_one(desk):
    fill(desk)
    asked = []
    event.listen(desk._store._engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    desk.read([SMITHY])
    one = len(asked)
    asked.clear()
    many = [SMITHY, *(CustomerId(f"customer-{i}") for i in range(2000))]
    found = desk.read(many)
    assert len(asked) == one <= 10
    assert len(found) == 2001
    assert len(found[SMITHY].objects) == 3


def test_intervals_of_a_transaction_are_asked_for_and_written_together(desk):
    asked = []
    event.listen(desk._store._engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def statements(count):
        wanted = [billing("phones", item=f"workplace/w{n}.of{count}") for n in range(count)]
        asked.clear()
        desk.together(lambda: [desk.put(r, today=TODAY, key=key()) for r in wanted], about=wanted)
        return len(asked)

    statements(1)  # the file is made
    assert statements(20) - statements(10) == 10  # whether its key was used already
    assert len(desk.intervals(*ALWAYS)) == 31


def test_interval_of_a_transaction_is_seen_by_what_follows_in_it(desk):
    one, other, changed = (
        billing("phones"),
        billing("phones", item="workplace/b"),
        billing("number"),
    )
    moved = billing("number", starts=TODAY + timedelta(days=1))

    def act():
        for each in (one, other):
            assert desk.put(each, today=TODAY, key=key()).starts == TODAY
        assert len(desk.intervals(*ALWAYS)) == 2
        for each in (billing("phones", item="workplace/c"), changed):
            desk.put(each, today=TODAY, key=key())
        with raises(Refused, "PV526"):
            desk.put(moved, today=TODAY, key=key())

    desk.together(act, about=[one, other, changed, moved])
    assert [(str(row.item), row.product) for row in desk.intervals(*ALWAYS)] == [
        ("workplace/b", "phones"),
        ("workplace/c", "phones"),
        ("workplace/petra.huber", "number"),
    ]


def test_reading_is_one_snapshot(desk, tmp_path):
    """What another process writes between two queries of a read is in none of them."""
    fill(desk)
    writer = open_desk(tmp_path)
    first = []

    def between(*args):
        if args[2].startswith("SELECT") and not first:
            first.append(True)
            writer.put(billing("phones", item="workplace/late"), today=TODAY, key=key())

    event.listen(desk._store._engine, "after_cursor_execute", between)
    before = desk.read([SMITHY])[SMITHY].objects
    assert len(before) == 3
    assert len(desk.read([SMITHY])[SMITHY].objects) == 4
    writer.close()


def test_tables_are_portable():
    for table in schema.metadata.sorted_tables:
        text = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        assert "CREATE TABLE" in text


def test_pool_that_became_smaller_still_lists_what_is_out(tmp_path, desk):
    desk.put(stock("zentrale"), today=TODAY, key=key())
    small = SqlDesk.open(
        {},
        tmp_path,
        pools=NumberPools(stock=(DdiBlock("05255540"),)),
        policy=POLICY,
        require_poa=False,
    )
    assert [e.ref for e in small.pool(TODAY) if e.state == "allocated"] == ["zentrale"]
    small.close()


def test_allocation_skips_what_travels_on_a_port_order(desk):
    desk.put(order(customer=CAFE, numbers=("0445550000",), blocks=()), today=TODAY, key=key())
    assert desk.put(stock("zentrale"), today=TODAY, key=key()).digits == "0445550001"
    free = [e.digits for e in desk.pool(TODAY) if e.state == "free"]
    assert not any("0445550000".startswith(d) for d in free)


def test_pools_of_ten_are_filled_one_after_the_other(tmp_path):
    pools = NumberPools(stock=(DdiBlock("044555001"), DdiBlock("044555003")))
    desk = SqlDesk.open({}, tmp_path, pools=pools, policy=POLICY, require_poa=False)
    found = [desk.put(stock(f"s{i}"), today=TODAY, key=key()).digits for i in range(20)]
    assert len(set(found)) == 20
    assert {d[:9] for d in found} == {"044555001", "044555003"}
    with raises(Refused, "PV521"):
        desk.put(stock("more"), today=TODAY, key=key())
    desk.close()


RANGES = st.from_regex(r"0445550[0-9]{1,3}", fullmatch=True)
ALIGNED = st.sampled_from([1, 1, 1, 10, 10, 100])


@settings(max_examples=60, deadline=None)
@given(
    taken=st.lists(RANGES, max_size=40),
    gone=st.lists(RANGES, max_size=20),
    block=st.sampled_from(["0445550", "04455502", "044555023"]),
    size=ALIGNED,
)
def test_r3_choice_is_free_aligned_and_found_if_there_is_one(taken, gone, block, size):
    """Against the plain definition: every range of the size that overlaps nothing taken."""
    width = WIDTHS[size]
    if width < len(block):
        return
    left = width - len(block)
    every = [f"{block}{i:0{left}d}" for i in range(10**left)] if left else [block]
    free = [d for d in every if not any(overlap(d, t) for t in taken)]
    known = Taken([*gone, *taken])
    for each in {*gone} - {*taken}:
        known.remove(each)
    assert known.touches(block) == any(overlap(block, t) for t in taken)
    assert sorted(known.overlapping(block)) == sorted({t for t in taken if overlap(block, t)})
    found = known.lowest_free(DdiBlock(block), size)
    assert (found in free) if free else found is None
    if found and size == 1:
        decades = {t[:9] for t in taken}
        assert found[:9] in decades or not any(f[:9] in decades for f in free)


def test_a_folder_that_cannot_be_written_can_be_read(desk, file, monkeypatch):
    """SQLite puts a log beside the file, so it cannot read there by itself."""
    fill(desk)
    before = desk.read([SMITHY])
    desk.close()
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert desk.read([SMITHY]) == before
    assert sorted(p.name for p in file.parent.iterdir()) == [file.name]
    log = file.with_name(f"{file.name}-wal")
    log.write_bytes(b"")  # somebody writes: SQLite itself sorts it out
    assert desk.read([SMITHY]) == before


def test_a_run_that_cannot_be_understood_hides_no_other(desk, file):
    for customer in (SMITHY, CAFE):
        desk.begin(customer, at=NOW, who="x", manifest="d" * 64, steps={"a": "b"})
    desk.close()
    for damage in ("steps = '5'", f"steps = '{'[' * 200_000}'", "started = 'soon'"):
        sql(f"UPDATE runs SET {damage} WHERE customer = '{SMITHY}'")(file)  # noqa: S608
        found = {run.customer: run for run in desk.open_runs()}
        assert found[CAFE].steps == {"a": "b"}
        assert (found[SMITHY].steps, found[SMITHY].manifest) == ({}, "?")
    run = desk.begin(SMITHY, at=NOW, who="x", manifest="", steps={})
    desk.end(run, at=NOW, complete=True)
    assert [run.customer for run in desk.open_runs()] == [CAFE]


def test_a_file_of_the_first_version_is_read_and_brought_up_to_date_by_the_first_write(desk, file):
    """Its name in plans and digests stays, so what was approved for it still is."""
    file.parent.mkdir()
    old = sqlite3.connect(file)
    old.executescript(TABLES_1.read_text("utf-8"))
    many = [CustomerId(f"customer-{i}") for i in range(450)]
    rows = [(str(c), "tenant", "tenant", f'{{"name": "{c}"}}') for c in many]
    old.executemany("INSERT INTO applied VALUES (?, ?, ?, ?)", rows)
    old.commit()
    old.close()
    name = desk.identity()
    before = desk.read([SMITHY, CAFE, *many])
    assert before[SMITHY].applied == {
        (Kind.TENANT, "tenant"): {"name": "00"},
        (Kind.ROUTE, "stock:n0"): {"target": "01", "caller": "02"},
    }
    assert before[many[9]].applied == {(Kind.TENANT, "tenant"): {"name": "customer-9"}}
    assert CAFE not in before  # whose row is damaged
    assert desk.sweep(Retained(NOW, NOW, NOW), carry_out=False) == Swept()
    assert desk.fingerprints([SMITHY, CAFE]).keys() == {str(SMITHY), str(CAFE)}
    assert _version(file) == (1,)
    desk.note(at=NOW, who="ci", what="", why="", customer=None)
    assert _version(file) == (schema.VERSION,)
    assert desk.read([SMITHY, CAFE, *many]) == before
    assert desk.identity() == name == "sql:state/desk.sqlite"
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": False})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_an_upgrade_that_is_interrupted_has_changed_nothing(desk, file):
    file.parent.mkdir()
    old = sqlite3.connect(file, isolation_level=None)
    old.executescript(TABLES_1.read_text("utf-8"))
    old.execute("UPDATE applied SET hashes = CAST(x'ff41' AS TEXT) WHERE customer = 'cafe-sonne'")
    with raises(Unavailable, "PV505"):
        desk.put(stock("zentrale"), today=TODAY, key=key())
    assert _version(file) == (1,)
    assert _count(file, "applied") == 3
    old.execute("UPDATE applied SET hashes = '{}' WHERE customer = 'cafe-sonne'")
    old.close()
    desk.put(stock("zentrale"), today=TODAY, key=key())
    assert _count(file, "noted") == 2


def _version(file):
    db = sqlite3.connect(file)
    found = db.execute("SELECT version FROM desk").fetchone()
    db.close()
    return found
