"""Where no queue can be: each time one sentence, and what helps."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cli.conftest import DAY, workspace
from many.conftest import Run
from procrastinate.exceptions import ConnectorException

from provisioner.cli import crewing
from provisioner.cli.commands.plan import read_plan
from provisioner.cli.group import main
from provisioner.errors import Unavailable
from provisioner.operations import crew

__all__ = ["workspace"]
USAGE = 64


class Silent:
    """A desk to which no worker has told anything."""

    def connection(self) -> None:
        return None

    def now(self) -> datetime:
        return datetime.now(UTC)

    def tell(self, batch: str, results: Mapping[str, Mapping[str, Any]]) -> None:
        raise AssertionError(batch, results)

    def told(self, batch: str) -> Mapping[str, Mapping[str, Any]]:
        assert batch
        return {}


def test_a_desk_in_a_file_has_no_queue(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(f"plan --at {DAY} --out plan.json").code == 0
    lines = ("worker", f"apply --at {DAY} --queue --approved plan.json")

    def refused(code: str) -> None:
        for line in lines:
            found = run(line)
            assert (found.code, code in found.err) == (1, True), found.err
            assert ("provisioner[queue]" in found.err) is (code == "PV681")

    refused("PV679")
    assert (
        run("apply --queue").code == run("apply --queue --approved plan.json velo-werk").code == 64
    )
    monkeypatch.setitem(sys.modules, "provisioner.cli.crewing", None)
    monkeypatch.delattr("provisioner.cli.crewing")
    refused("PV679")  # the package would not help
    monkeypatch.setattr(crew, "crew_desk", lambda _: (Silent(), {}))
    refused("PV681")


@pytest.mark.parametrize("cron", ["61 * * * *", "nonsense", "", "0 0 30 2 *"])
def test_a_time_that_never_comes_is_refused(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cron: str
) -> None:
    """The worker took it, and never looked for who is due."""
    monkeypatch.chdir(workspace)
    monkeypatch.setattr(crew, "crew_desk", lambda _: (Silent(), {}))
    assert main(["worker", "--due", cron]) == USAGE
    assert "--due" in capsys.readouterr().err


def test_of_whom_no_worker_has_told_came_to_nothing(run: Run, workspace: Path) -> None:
    assert run(f"plan --at {DAY} --out plan.json").code == 0
    plan = read_plan(str(workspace / "plan.json"))
    assert crew.results(Silent(), "b", plan, ended=False) == []
    (result,) = crew.results(Silent(), "b", plan, ended=True)
    assert result.error
    assert (result.customer, result.error.code) == ("velo-werk", "PV682")


def test_a_database_that_is_away_has_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crewing, "ANSWER", 0.2)
    with pytest.raises(Unavailable) as away:
        crewing.set_up({"host": "127.0.0.1", "port": "1", "dbname": "x", "user": "x"})
    assert away.value.code == "PV683"


def test_a_role_that_may_not_is_no_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> bool:
        raise ConnectorException from psycopg.errors.InsufficientPrivilege()

    @contextlib.contextmanager
    def opened(queue: crewing.Queue) -> Iterator[crewing.Queue]:
        yield queue

    monkeypatch.setattr(crewing.Queue, "open", opened)
    monkeypatch.setattr(crewing.Queue, "check_connection", refused)
    with pytest.raises(Unavailable) as refusal:
        crewing.set_up({"service": "desk"})
    assert refusal.value.code == "PV623"
