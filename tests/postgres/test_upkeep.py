"""``provision desk``: setting up a desk on a server, and what its journal forgets."""

from datetime import timedelta

import pytest

from provisioner.cli.group import main
from provisioner.contract.process import this_holder
from provisioner.errors import Locked
from provisioner.operations import load
from provisioner.testing.values import CAFE, NOW, SMITHY, raises

CONFIG = """\
version: 1
pbx: {{driver: local}}
desk: {{driver: sql, url: "{url}"}}
"""

ENDED = {"old": "now() - interval '500 days'", "new": "now()", "open": "NULL"}


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


def test_pruning_forgets_what_ended_long_ago_and_nothing_else(server, workspace, capsys):
    assert main(["desk", "upgrade"]) == 0
    for name, ended in ENDED.items():
        columns = "run, customer, started, ended, who, manifest, steps"
        run = f"'{name}', '{name}', now() - interval '501 days', {ended}, 'x', '', '{{}}'"
        server.ask(workspace, f"INSERT INTO runs ({columns}) VALUES ({run})")  # noqa: S608
        columns, step = "run, step, key, begun, detail", f"'{name}', 's', 'k', now(), ''"
        server.ask(workspace, f"INSERT INTO intents ({columns}) VALUES ({step})")  # noqa: S608
    capsys.readouterr()
    assert main(["desk", "prune"]) == 0
    assert "1 run " in capsys.readouterr().out
    assert server.ask(workspace, "SELECT run FROM runs ORDER BY run") == [("new",), ("open",)]
    assert server.ask(workspace, "SELECT count(*) FROM intents") == [(2,)]
    assert main(["desk", "prune", "--keep-days", "5"]) == 64


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
