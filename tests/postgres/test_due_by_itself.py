"""`provision worker` looks by itself for whom a day brings something, and carries it out."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from cli.conftest import ROOT, wait_until

from provisioner.cli.group import main
from provisioner.operations import open_workspace
from provisioner.telephony.identity import CustomerId
from tests.postgres.server import Server

WHO = CustomerId("velo-werk")
LOCAL = "  url: sqlite:///state/desk.sqlite\n"


def workspace(root: Path, url: str, ends_on: date) -> None:
    """One customer, whose subscription ends."""
    settings = (ROOT / "provision.yaml").read_text("utf-8")
    assert LOCAL in settings
    (root / "provision.yaml").write_text(settings.replace(LOCAL, f"  url: {url}\n"), "utf-8")
    until = ends_on + timedelta(days=90)
    removal = {"what": f"{WHO}/customer", "why": "Notice was given", "until": until}
    removals = yaml.safe_dump({"version": 1, "removals": [removal]})
    (root / "removals.yaml").write_text(removals, "utf-8")
    text = (ROOT / f"customers/limmat-it/{WHO}.yaml").read_text("utf-8")
    first = "billing_from: 2026-12-01\n"
    assert first in text
    file = root / f"customers/limmat-it/{WHO}.yaml"
    file.parent.mkdir(parents=True)
    ends = f"billing_from: {ends_on - timedelta(days=90)}\n  ends_on: {ends_on}\n"
    file.write_text(text.replace(first, ends), "utf-8")


def workplaces(root: Path) -> int:
    with open_workspace(root) as opened:
        return len(opened.pbx.read([WHO])[WHO].objects)


def test_what_a_day_brings_is_carried_out_once(
    server: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the day of a worker is that of the database, which is real
    ((today,),) = server.ask(database, "SELECT CURRENT_DATE")
    assert isinstance(today, date)
    ended = today - timedelta(days=3)
    workspace(tmp_path, server.url(database), ended)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROVISION_WHO", "night shift")
    assert main(["apply", "--at", str(ended - timedelta(days=30)), "--auto-approve"]) == 0
    assert workplaces(tmp_path) > 0
    assert main(["worker", "--set-up"]) == 0

    def looked() -> bool:
        """Whoever has nothing to do ends, so it may end before it has looked."""
        assert main(["worker", "--once", "--due", "* * * * *"]) == 0
        ended = "SELECT 1 FROM procrastinate_jobs WHERE task_name = 'provision.due'"
        return bool(server.ask(database, f"{ended} AND status = 'succeeded'"))

    wait_until(looked)
    assert workplaces(tmp_path) == 0
    with open_workspace(tmp_path) as opened:
        told = [e for e in opened.desk.audit(WHO) if e.what.startswith("applied")]
    assert [e.who for e in told] == ["night shift"] * 2

    # the next round finds nobody
    server.ask(database, "DELETE FROM procrastinate_periodic_defers")
    jobs = "SELECT task_name, count(*) FROM procrastinate_jobs GROUP BY 1 ORDER BY 1"
    wait_until(lambda: looked() and ("provision.due", 2) in server.ask(database, jobs))
    assert server.ask(database, jobs) == [("provision.chunk", 1), ("provision.due", 2)]
