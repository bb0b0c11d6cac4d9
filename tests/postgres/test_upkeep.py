"""``provision desk``: setting up a desk on a server, and what it forgets."""

from datetime import timedelta

import pytest
from forgetting import sweeps

from provisioner.cli.group import main
from provisioner.contract.process import this_holder
from provisioner.contract.resources import Release
from provisioner.drivers.sql import SqlDesk, schema
from provisioner.errors import Locked, Unavailable
from provisioner.operations import load
from provisioner.testing.values import CAFE, NOW, POLICY, POOLS, SMITHY, TODAY, key, order, raises

CONFIG = """\
version: 1
pbx: {{driver: local}}
desk: {{driver: sql, url: "{url}"}}
"""


@pytest.fixture
def workspace(server, bare, tmp_path, monkeypatch):
    (tmp_path / "customers").mkdir()
    (tmp_path / "provision.yaml").write_text(CONFIG.format(url=server.url(bare)))
    monkeypatch.chdir(tmp_path)
    return bare


def test_a_desk_is_set_up_once(server, workspace, capsys):
    assert main(["status"]) == 1
    assert "PV621" in capsys.readouterr().err
    for said in ("is set up", "nothing to do"):
        assert main(["desk", "upgrade"]) == 0
        assert said in capsys.readouterr().out
    assert main(["status"]) == 0
    assert server.ask(workspace, "SELECT count(*) FROM desk") == [(1,)]


def test_housekeeping_forgets_what_is_old_and_keeps_the_rest(open_desk):
    sweeps(open_desk())


def test_housekeeping_shows_before_it_deletes(server, workspace):
    assert main(["desk", "upgrade"]) == 0
    run = "'old', 'old', now() - interval '501 days', now() - interval '500 days', 'x', '', '{}'"
    columns = "run, customer, started, ended, who, manifest, steps"
    server.ask(workspace, f"INSERT INTO runs ({columns}) VALUES ({run})")  # noqa: S608
    for arguments, rows in (([], [(1,)]), (["--yes"], [(0,)])):
        assert main(["desk", "housekeeping", *arguments]) == 0
        assert server.ask(workspace, "SELECT count(*) FROM runs") == rows


@pytest.mark.usefixtures("workspace")
def test_a_desk_without_tables_needs_no_upkeep(capsys, monkeypatch):
    class Plain:
        def close(self):
            pass

    monkeypatch.setattr(load, "open_desk", lambda *_: Plain())
    assert main(["desk", "upgrade"]) == 1
    assert "PV631" in capsys.readouterr().err


def test_the_servers_clock_says_whether_a_lease_is_over(open_desk):
    """A machine whose clock is a day ahead takes nothing away from anybody."""
    desk = open_desk()
    desk.acquire_lease(SMITHY, holder="another-host.example:4711:1", at=NOW, seconds=60)
    with raises(Locked, "PV531"):
        ahead = NOW + timedelta(days=3650)
        open_desk().acquire_lease(SMITHY, holder=this_holder(), at=ahead, seconds=60)
    desk.acquire_lease(CAFE, holder=this_holder(), at=NOW, seconds=60)


def test_open_runs_are_found_by_their_index(server, workspace):
    assert main(["desk", "upgrade"]) == 0
    server.ask(
        workspace,
        "INSERT INTO runs (run, customer, started, ended, who, manifest, steps)"
        " SELECT 'r' || n, 'c' || n, now(), now(), 'x', '', '{}' FROM generate_series(1, 20000) n;"
        "ANALYZE runs",
    )
    for which in ("", " AND customer = 'c1'"):
        query = f"EXPLAIN SELECT * FROM runs WHERE ended IS NULL{which}"  # noqa: S608
        assert "ix_runs_open" in str(server.ask(workspace, query))


def test_a_desk_moves_to_a_server_once(server, database, tmp_path, monkeypatch, capsys):
    """All of it or nothing, and nobody goes on with the file."""
    (tmp_path / "customers").mkdir()
    (tmp_path / "provision.yaml").write_text(
        "version: 1\npbx: {driver: local}\ndesk: {driver: sql}\n"
    )
    monkeypatch.chdir(tmp_path)
    options = {"pools": POOLS, "policy": POLICY, "require_poa": False}
    file = SqlDesk.open({}, tmp_path, **options)
    file.put(Release(customer=SMITHY, manifest="ab", reseller="muster"), today=TODAY, key=key())
    file.put(order(), today=TODAY, key=key())
    file.note(at=NOW, who="hanna", what="é", why="", customer=SMITHY)
    run = file.begin(SMITHY, at=NOW, who="hanna", manifest="", steps={})
    move = ["desk", "move", "--url", server.url(database)]
    assert main(move) == 1
    assert "PV442" in capsys.readouterr().err
    file.end(run, at=NOW, complete=True)
    before = file.read([SMITHY]), file.audit(SMITHY)
    with monkeypatch.context() as patch:  # it is killed once the server has all
        patch.setattr(schema, "MOVED", None)
        assert main(move) == 1
    capsys.readouterr()
    there = SqlDesk.open({"url": server.url(database)}, tmp_path, **options)
    assert (there.read([SMITHY]), there.audit(SMITHY)) == before
    assert main(move) == 0
    assert "was moved" in capsys.readouterr().out
    assert (there.read([SMITHY]), there.audit(SMITHY)) == before
    there.note(at=NOW, who="hanna", what="on", why="", customer=SMITHY)
    assert there.audit(SMITHY)[0].what == "on"
    assert main(["status"]) == 1
    assert "PV649" in capsys.readouterr().err
    second = SqlDesk.open({"url": "sqlite:///other.sqlite"}, tmp_path, **options)
    with raises(Unavailable, "PV648"):
        second.hand_over({"url": server.url(database)}, tmp_path)
    for each in (file, there, second):
        each.close()
