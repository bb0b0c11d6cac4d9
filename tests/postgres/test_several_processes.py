"""Two processes plan on one server, each with a connection of its own."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from test_ranges import DAY, ForOthers
from written import plan_json

from provisioner import operations
from provisioner.operations import processes
from provisioner.operations.planning import planner, selected
from tests.postgres.server import Server

ROOT = Path(__file__).parents[2]


def planned(root: Path, jobs: int) -> bytes:
    with operations.open_workspace(root, jobs=jobs) as opened:
        planning = replace(planner(opened, DAY), at_once=1, spread=opened.processes)
        found = selected(opened, ())
        return plan_json(planning.plan_fleet(found.subjects, found.notes).plan)


def test_the_plan_is_the_same_to_the_byte(
    server: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "customers", tmp_path / "customers")
    url = f"  url: {server.url(database)}\n  password_file: password\n"
    (tmp_path / "password").write_text(server.password)
    (tmp_path / "password").chmod(0o600)
    settings = (ROOT / "provision.yaml").read_text("utf-8")
    settings = settings.replace("  url: sqlite:///state/desk.sqlite\n", url)
    (tmp_path / "provision.yaml").write_text(settings, "utf-8")
    shutil.copy(ROOT / "removals.yaml", tmp_path)
    alone = planned(tmp_path, 1)
    for name in ("AT_LEAST", "AT_ONCE"):
        monkeypatch.setattr(processes, name, 1)
    monkeypatch.setattr(processes, "_Shared", ForOthers)
    assert planned(tmp_path, 2) == alone
    assert b'"status": "ready"' in alone
    assert b'"status": "unknown"' not in alone  # the server was read
