"""What is special about the desk on a server: isolation, scopes, limits, logins, tables."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from provisioner.contract.process import this_holder
from provisioner.contract.resources import Kind
from provisioner.contract.upkeep import Retained, Swept
from provisioner.drivers.sql import schema
from provisioner.drivers.sql.server import _key
from provisioner.errors import ProvisionError, Unavailable
from provisioner.testing.values import CAFE, NOW, SMITHY, TODAY, billing, key, raises, stock

TABLES_1 = Path(__file__).parents[1] / "drivers" / "tables-1-postgresql.sql"


def at_once(*acts):
    """What each raised, or None; they run at the same time."""
    found = [None] * len(acts)

    def run(number, act):
        try:
            act()
        except ProvisionError as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("isolation", ["serializable", "repeatable read"])
def test_isolation_does_not_depend_on_the_servers_default(server, database, open_desk, isolation):
    server.ask(
        "postgres", f"ALTER DATABASE {database} SET default_transaction_isolation = '{isolation}'"
    )
    desks = [open_desk() for _ in range(4)]

    def allocate(number):
        return lambda: [
            desks[number].put(stock(f"s{number}-{i}"), today=TODAY, key=key()) for i in range(5)
        ]

    assert at_once(*(allocate(n) for n in range(4))) == [None] * 4
    held = desks[0].read([SMITHY])[SMITHY].objects
    assert len({each.digits for each in held}) == 20


def test_what_another_writer_hinders_is_tried_again(open_desk):
    """Two that lock in opposite orders: one is thrown out, and comes through all the same."""
    desks = [open_desk(), open_desk()]
    tried = [0, 0]
    both_hold_one = threading.Barrier(2)

    def crossing(number, mine, other):
        def act():
            tried[number] += 1
            store = desks[number]._store
            store.write(lambda _db: None, {mine})
            if sum(tried) <= 2:
                both_hold_one.wait()
            store.write(lambda _db: None, {other})

        return lambda: desks[number].together(act, about=())

    assert at_once(crossing(0, "a", "b"), crossing(1, "b", "a")) == [None, None]
    assert sorted(tried) == [1, 2]


def test_a_conflict_that_does_not_end_is_given_up(open_desk):
    desk = open_desk()
    tried = []

    def conflict(db):
        tried.append(1)
        db.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")

    with raises(Unavailable):
        desk._store.write(conflict)
    assert 2 < len(tried) < 20


def test_customers_do_not_wait_for_each_other_and_one_customer_does(open_desk):
    """While one customer's transaction is open, another one's goes through."""
    first, second = open_desk(), open_desk(lock_timeout="1")

    def act():
        first.put(billing("phones"), today=TODAY, key=key())
        second.put(stock("zentrale", customer=CAFE), today=TODAY, key=key())
        with raises(Unavailable, "PV503"):
            second.put(billing("phones", item="workplace/late"), today=TODAY, key=key())

    first.together(act, about=[billing("phones")])
    assert len(second.read([SMITHY])[SMITHY].objects) == 1


def test_an_area_is_a_scope_of_its_own(open_desk):
    first, second = open_desk(), open_desk(lock_timeout="1")

    def act():
        first.put(stock("zentrale"), today=TODAY, key=key())
        second.put(stock("zentrale", customer=CAFE, area="052"), today=TODAY, key=key())
        with raises(Unavailable, "PV503"):
            second.put(stock("other", customer=CAFE), today=TODAY, key=key())

    first.together(act, about=[stock("zentrale")])


def test_a_number_leaves_while_its_former_customer_is_written(open_desk):
    """Both change what is noted as applied of it, in one row: the second one waits."""
    first, second = open_desk(), open_desk()
    second._store._limits = replace(second._store._limits, lock=0.1)
    run = first.begin(SMITHY, at=NOW, who="ci", manifest="", steps={})
    held = first.put(stock("zentrale"), today=TODAY, key=key())
    for kind in (Kind.STOCK, Kind.TENANT):
        note = (kind, "zentrale", {"name": "00"})
        first.settle(run, f"{kind}", at=NOW, outcome="done", applied=note)
    wanted = replace(stock("number", customer=CAFE), number=held.digits)
    later = (Kind.ACCOUNT, "account", {"city": "01"})

    def act():
        first.move_number(wanted, was=SMITHY, at=NOW, who="ci", key=key())
        with raises(Unavailable, "PV503"):
            second.settle(run, "account", at=NOW, outcome="done", applied=later)

    first.together(act, about=[wanted])
    second.settle(run, "account", at=NOW, outcome="done", applied=later)
    found = first.read([SMITHY])[SMITHY].applied
    assert found == {(Kind.TENANT, "zentrale"): {"name": "00"}, later[:2]: later[2]}


def test_scopes_are_numbers_that_postgres_takes():
    assert all(-(2**63) <= _key(scope) < 2**63 for scope in "abcdefgh")


# Limits


def test_a_statement_that_takes_too_long_is_stopped(open_desk):
    desk = open_desk(statement_timeout="1")
    with raises(Unavailable, "PV627") as caught:
        desk._store.read(lambda db: db.exec_driver_sql("SELECT pg_sleep(30)"))
    assert caught.error.params["seconds"] == 1


# Logins and rights


@pytest.fixture
def role(server, database):
    """A role that may connect and nothing else, and its password."""
    name = f"role_{database}"
    server.ask("postgres", f"CREATE ROLE {name} LOGIN PASSWORD 'canary-pw'")
    yield name
    server.ask(database, f"DROP OWNED BY {name}")
    server.ask("postgres", f"DROP ROLE {name}")


def test_a_role_without_rights_has_a_code_of_its_own(server, database, role, open_desk, tmp_path):
    (tmp_path / "password").write_text("canary-pw\n")
    desk = open_desk(url=server.url(database, user=role), password_file="password")
    with raises(Unavailable, "PV623"):
        desk.read([SMITHY])
    server.ask(database, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    assert desk.read([SMITHY])[SMITHY].objects == ()
    with raises(Unavailable, "PV623"):
        desk.put(stock("zentrale"), today=TODAY, key=key())


def test_a_role_that_may_create_nothing_cannot_set_up_a_desk(
    server, bare, role, open_desk, tmp_path
):
    (tmp_path / "password").write_text("canary-pw\n")
    desk = open_desk(url=server.url(bare, user=role), password_file="password")
    with raises(Unavailable, "PV623"):
        desk.upgrade()


def test_least_rights_are_enough(server, database, role, open_desk, tmp_path):
    (tmp_path / "password").write_text("canary-pw\n")
    server.ask(
        database,
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};"
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    )
    desk = open_desk(url=server.url(database, user=role), password_file="password")
    desk.acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=60)
    run = desk.begin(SMITHY, at=NOW, who="ci", manifest="", steps={})
    desk.put(stock("zentrale"), today=TODAY, key=key())
    desk.end(run, at=NOW, complete=True)


def logins(server, database):
    plain = server.url(database)
    return {
        "PV624": [server.url(database, user="nobody_at_all"), plain],
        "PV625": [server.url("desk_that_is_not_there")],
        "PV626": [f"{plain}?sslmode=require"],
    }


@pytest.mark.parametrize("code", ["PV624", "PV625", "PV626"])
def test_a_login_that_fails_is_told_at_once_and_without_the_password(
    server, database, open_desk, tmp_path, code
):
    wrong = tmp_path / "wrong"
    right = tmp_path / "right"
    wrong.write_text("canary-pw")
    right.write_text(server.password)
    file = wrong if code == "PV624" else right
    for url in logins(server, database)[code]:
        desk = open_desk(url=url, password_file=file.name, patience="100")
        for ask in (lambda d=desk: d.read([SMITHY]), lambda d=desk: d.identity()):
            with raises(Unavailable, code) as caught:
                ask()
            assert "canary" not in str(caught.error)
            assert caught.error.__cause__ is None


@pytest.mark.parametrize("content", [None, "", "[other]\nhost=127.0.0.1\n", "no section at all"])
def test_a_service_that_is_not_defined_is_told_at_once(content, open_desk, tmp_path, monkeypatch):
    file = tmp_path / "services.conf"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    desk = open_desk(url="postgresql:///?service=desk", patience="100")
    with raises(Unavailable, "PV634"):
        desk.read([SMITHY])


def test_a_new_password_counts_at_the_next_connection(server, database, role, open_desk, tmp_path):
    file = tmp_path / "password"
    desk = open_desk(url=server.url(database, user=role), password_file=file.name)
    for bad in (None, "", "x" * 5000):
        if bad is not None:
            file.write_text(bad)
        with raises(Unavailable, "PV630"):
            desk.read([SMITHY])
    server.ask(database, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    file.write_text("before")
    with raises(Unavailable, "PV624"):
        desk.read([SMITHY])
    file.write_text("canary-pw")
    assert desk.read([SMITHY])[SMITHY].objects == ()


@pytest.mark.parametrize("where", ["owner:canary-pw@h/x", "owner@h/x?password=canary-pw"])
def test_a_password_in_the_address_is_refused(open_desk, where):
    with raises(ProvisionError, "PV629") as caught:
        open_desk(url=f"postgresql://{where}")
    assert "canary" not in str(caught.error)


def test_a_service_names_server_and_password(server, database, tmp_path, monkeypatch, open_desk):
    file = tmp_path / "services.conf"
    file.write_text(
        f"[desk]\nhost=127.0.0.1\nport={server.env['PGPORT']}\nuser=owner\ndbname={database}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    plain = open_desk()
    found = type(plain).open(
        {"service": "desk"},
        tmp_path,
        pools=plain._pools,
        policy=plain._rules.policy,
        require_poa=False,
    )
    assert found.identity() == plain.identity()
    found.close()
    with raises(ProvisionError, "PV506"):
        open_desk(service="desk")  # and an address


def test_a_transaction_ends_before_the_lease_does(open_desk):
    """Though each of its statements is quick."""
    desk = open_desk()
    desk._store._limits = replace(desk._store._limits, call=1)
    asked = []

    def slow(db):
        while len(asked) < 1000:
            asked.append(1)
            db.exec_driver_sql("SELECT pg_sleep(0.2)")

    with raises(Unavailable, "PV517"):
        desk._store.write(slow)
    assert len(asked) < 20
    desk._store._limits = replace(desk._store._limits, call=60)
    desk.put(stock("zentrale"), today=TODAY, key=key())


def test_no_time_out_is_longer_than_a_call_may_take(open_desk):
    for name in ("connect_timeout", "statement_timeout", "lock_timeout", "tcp_timeout", "patience"):
        with raises(ProvisionError, "PV597"):
            open_desk(**{name: "101"})
        if name != "patience":
            with raises(ProvisionError, "PV506"):
                open_desk(**{name: "0"})  # which would be for ever


def test_options_of_a_server_are_none_of_a_file(open_desk):
    for name in ("password_file", "patience", "statement_timeout"):
        with raises(ProvisionError, "PV506"):
            open_desk(url="sqlite:///desk.sqlite", **{name: "5"})


def test_a_server_that_can_only_be_read_says_so(server, database, open_desk):
    desk = open_desk()
    server.ask("postgres", f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    desk.put(stock("zentrale"), today=TODAY, key=key())  # which a writer asks for itself
    with raises(Unavailable, "PV628"):
        desk._store.write(
            lambda db: (
                db.exec_driver_sql("SET TRANSACTION READ ONLY"),
                db.exec_driver_sql("DELETE FROM calls"),
            )
        )


# Tables


def test_no_command_but_one_makes_tables_on_a_server(server, bare, open_desk):
    desk = open_desk(url=server.url(bare))
    for ask in (
        lambda: desk.read([SMITHY]),
        lambda: desk.put(stock("zentrale"), today=TODAY, key=key()),
        desk.identity,
    ):
        with raises(Unavailable, "PV621"):
            ask()
    made = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert server.ask(bare, made) == [(0,)]
    assert desk.upgrade() == (0, schema.VERSION)
    assert desk.upgrade() == (schema.VERSION, schema.VERSION)
    desk.put(stock("zentrale"), today=TODAY, key=key())


def test_many_who_set_up_at_once_make_one_desk(server, bare, open_desk):
    desks = [open_desk(url=server.url(bare)) for _ in range(6)]
    assert at_once(*(desk.upgrade for desk in desks)) == [None] * 6
    assert server.ask(bare, "SELECT count(*), count(identity) FROM desk") == [(1, 1)]


def test_tables_of_the_first_version_are_read_and_upgraded(server, bare, open_desk):
    server.ask(bare, TABLES_1.read_text("utf-8"))
    desk = open_desk(url=server.url(bare))
    before = desk.read([SMITHY, CAFE])
    assert before[SMITHY].applied == {
        (Kind.TENANT, "tenant"): {"name": "00"},
        (Kind.ROUTE, "stock:n0"): {"target": "01", "caller": "02"},
    }
    assert CAFE not in before  # whose row is damaged
    assert desk.sweep(Retained(NOW, NOW, NOW), carry_out=False) == Swept()
    assert desk.identity() == f"sql:postgresql://127.0.0.1/{bare}"
    with raises(Unavailable, "PV622"):
        desk.put(stock("zentrale"), today=TODAY, key=key())
    assert desk.upgrade() == (1, schema.VERSION)
    assert desk.read([SMITHY, CAFE]) == before
    desk.put(stock("zentrale"), today=TODAY, key=key())
    assert server.ask(bare, "SELECT version, submissions FROM desk") == [(schema.VERSION, 7)]
    assert open_desk(url=server.url(bare)).identity().startswith("sql:postgresql:")


def test_upgraded_tables_are_those_of_a_new_desk(server, bare, open_desk):
    server.ask(bare, TABLES_1.read_text("utf-8"))
    open_desk(url=server.url(bare)).upgrade()
    url = server.url(bare).replace("postgresql", "postgresql+psycopg")
    engine = create_engine(url)
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("change", ["UPDATE desk SET version = 99", "DELETE FROM desk"])
def test_tables_of_a_later_version_are_left_alone(server, database, open_desk, change):
    server.ask(database, change)
    desk = open_desk()
    for ask in (lambda: desk.read([SMITHY]), desk.upgrade):
        with raises(Unavailable, "PV504"):
            ask()


def test_tables_of_another_program_are_left_alone(server, bare, open_desk):
    server.ask(bare, "CREATE TABLE orders (id integer)")
    with raises(Unavailable, "PV504"):
        open_desk(url=server.url(bare)).upgrade()


def test_a_desk_is_the_same_under_every_address(server, database, open_desk):
    here, there = open_desk(), open_desk(url=server.url(database, host="localhost"))
    assert here.identity() == there.identity()
    assert "127.0.0.1" not in here.identity()


def test_two_desks_have_two_names(server, bare, open_desk):
    other = open_desk(url=server.url(bare))
    other.upgrade()
    assert other.identity() != open_desk().identity()
