"""Four workers on one real PostgreSQL: killed at several stages, the database restarted, one clock
wrong by a day, two in network namespaces of their own.  Nothing is lost and nothing done twice."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from cli.conftest import DAY, ROOT, wait_until

from provisioner.cli.group import INTERRUPTED, main
from provisioner.drivers.local import LocalPbx
from provisioner.operations import open_workspace, plan
from provisioner.telephony.identity import CustomerId
from tests.postgres.conftest import run_script
from tests.postgres.server import Server

CUSTOMERS = 8
PARTLY = 5
"""The exit code of a run of which something is left open."""
SKEW = {0: 0, 1: 1, 2: 0, 3: -1}
"""Days by which the clock of each worker is wrong."""
TWO_APART = (2, 3)
"""Workers that get a network namespace, where the machine allows one."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that answers on a Unix socket too: it is the way into another network namespace."""
    found = Server(tmp_path_factory.mktemp("crew"), run_script)
    try:
        found.start()
        socket = (found.folder / "server").resolve()
        found.ask("postgres", f"ALTER SYSTEM SET unix_socket_directories = '{socket}'")
        found.stop()
        found.start()
        yield found
    finally:
        found.close()


def _workspace(root: Path, url: str, password: str) -> Path:
    root.mkdir()
    settings = (ROOT / "provision.yaml").read_text("utf-8")
    assert "  url: sqlite:///state/desk.sqlite\n" in settings
    desk = f"  url: {url}\n" + ("  password_file: password\n" if password else "")
    (root / "provision.yaml").write_text(
        settings.replace("  url: sqlite:///state/desk.sqlite\n", desk), "utf-8"
    )
    if password:
        (root / "password").write_text(password)
        (root / "password").chmod(0o600)
    shutil.copy(ROOT / "removals.yaml", root)
    folder = root / "customers/limmat-it"
    folder.mkdir(parents=True)
    text = (ROOT / "customers/limmat-it/velo-werk.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if "CHE-" not in line]
    for n in range(CUSTOMERS):
        content = "\n".join(lines).replace("login: ", f"login: c{n}.")
        (folder / f"customer-{n:02}.yaml").write_text(content + "\n", "utf-8")
    return root


class Crew:
    """Processes of one workspace on one database."""

    def __init__(self, server: Server, root: Path) -> None:
        self.server, self.root = server, root
        self.env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PGPORT": server.env["PGPORT"],
            "PGUSER": server.env["PGUSER"],
            "USER": "staff",
        }
        self.apart = _may_unshare()
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, line: str, *, skew: int = 0, apart: bool = False) -> subprocess.Popen[bytes]:
        host = self.server.env["PGHOST"]
        words = [sys.executable, str(Path(__file__).with_name("as_worker.py")), str(skew)]
        if apart:
            words = ["unshare", "--net", *words]
            host = str((self.server.folder / "server").resolve())
        with (self.root / f"log-{len(self.running)}").open("wb") as log:
            made = subprocess.Popen(
                [*words, *shlex.split(line)],
                cwd=self.root,
                env={**self.env, "PGHOST": host},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.running.append(made)
        return made

    def worker(self, number: int) -> subprocess.Popen[bytes]:
        apart = self.apart and number in TWO_APART
        return self.start("worker --heartbeat 0.5", skew=SKEW[number], apart=apart)

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()

    def said(self) -> str:
        logs = sorted(self.root.glob("log-*"))
        return "\n".join(f"{p.name}: {p.read_text('utf-8', 'replace')[-1500:]}" for p in logs)


def _may_unshare() -> bool:
    ran = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    if ran.returncode:
        reason = ran.stderr.decode(errors="replace").strip()
        warnings.warn(f"no network namespaces here: {reason}", stacklevel=2)
    return ran.returncode == 0


@pytest.fixture
def made(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Crew, str]]:
    monkeypatch.setattr(LocalPbx, "WORK", 2)
    monkeypatch.chdir(tmp_path)
    for name in ("PGHOST", "PGPORT", "PGUSER"):
        monkeypatch.setenv(name, server.env[name])
    database = server.database()
    found = Crew(server, _workspace(tmp_path / "w", f"postgresql:///{database}", server.password))
    try:
        yield found, database
    finally:
        found.end()
        server.start()
        server.drop(database)


def _objects(root: Path) -> dict[CustomerId, Counter[tuple[str, str]]]:
    """What both systems hold of each, whichever numbers were chosen."""
    with open_workspace(root) as opened:
        names = sorted(opened.workspace.entries)
        states = [opened.desk.read(names), opened.pbx.read(names)]
        return {
            name: Counter(
                (str(o.kind), "" if o.kind == "route" else o.key)
                for state in states
                for o in state[name].objects
            )
            for name in names
        }


def _taken(root: Path) -> Counter[str]:
    with open_workspace(root) as opened:
        states = opened.desk.read(sorted(opened.workspace.entries)).values()
        found = (getattr(o, "digits", None) for s in states for o in s.objects)
        return Counter(digits for digits in found if digits)


def test_an_approved_plan_survives_bad_days_of_its_workers(
    made: tuple[Crew, str],
    tmp_path: Path,
    server: Server,
    capsys: pytest.CaptureFixture[str],
) -> None:
    crew_, database = made
    assert main(["-C", str(crew_.root), "desk", "upgrade"]) == 0
    assert main(["-C", str(crew_.root), "worker", "--once"]) == 1
    assert "PV680" in capsys.readouterr().err
    for line in ("worker --set-up", f"plan --at {DAY} --out plan.json"):
        assert main(["-C", str(crew_.root), *line.split()]) == 0
    shutil.move("plan.json", crew_.root)
    workers = [crew_.worker(n) for n in SKEW]
    waiting = crew_.start(f"apply --at {DAY} --queue --approved plan.json --chunk 1")

    def rows(query: str) -> int:
        ((count,),) = server.ask(database, query)
        return int(str(count))

    doing = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
    wait_until(lambda: rows(doing) or waiting.poll() is not None)
    workers[0].send_signal(signal.SIGKILL)  # with a job in hand, or about to take one
    begun = "SELECT count(*) FROM intents WHERE outcome IS NULL"
    wait_until(lambda: rows(begun) or waiting.poll() is not None)
    workers[2].send_signal(signal.SIGKILL)  # in the middle of some customer's steps, maybe its own
    told = "SELECT count(*) FROM outcomes"
    wait_until(lambda: rows(told) >= 2 or waiting.poll() is not None)
    server.stop()
    time.sleep(0.5)
    server.start()
    crew_.worker(0)
    wait_until(lambda: waiting.poll() is not None)
    if waiting.returncode == PARTLY:  # the database went before it said what was written last
        assert {*re.findall(r"error\[(PV\d+)\]", crew_.said())} == {"PV511"}, crew_.said()
        assert main(["-C", str(crew_.root), "apply", "--resume", "--at", DAY]) == 0
    else:
        assert waiting.returncode == 0, crew_.said()

    with open_workspace(crew_.root) as opened:
        left = plan(opened, today=date.fromisoformat(DAY)).plan
        assert (left.steps, left.blocked) == ((), False)
        assert opened.desk.open_runs() == []
        for name in opened.workspace.entries:
            marks = [e.why for e in opened.desk.audit(name) if e.what.startswith("applied")]
            assert len(marks) == len({*marks}) == 1, name
    assert {*_taken(crew_.root).values()} == {1}

    # one process alone comes to the same
    alone = _workspace(tmp_path / "alone", "sqlite:///state/desk.sqlite", "")
    assert main(["-C", str(alone), *f"apply --at {DAY} --auto-approve".split()]) == 0
    assert _objects(crew_.root) == _objects(alone)
    assert _taken(crew_.root) == _taken(alone)

    # again: an approval counts once
    again = crew_.start(f"apply --at {DAY} --queue --approved plan.json --chunk 8")
    wait_until(lambda: again.poll() is not None)
    assert rows("SELECT count(*) FROM audit WHERE what LIKE 'applied%'") == CUSTOMERS
    # whoever is asked to stop does so when its job is done
    workers[1].send_signal(signal.SIGTERM)
    wait_until(lambda: workers[1].poll() is not None)
    # without any worker, whoever waits is told so and can take everything back
    crew_.end()
    in_vain = crew_.start(f"apply --at {DAY} --queue --approved plan.json --chunk 8")
    wait_until(lambda: "No worker has begun yet" in crew_.said())
    in_vain.send_signal(signal.SIGINT)
    wait_until(lambda: in_vain.poll() is not None)
    assert (in_vain.returncode, "PV682" in crew_.said()) == (INTERRUPTED, False), crew_.said()
    assert rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'") == 0


def test_the_due_are_looked_for_by_the_clock_of_the_database(
    made: tuple[Crew, str], server: Server
) -> None:
    """A worker that was a day ahead took the looks of that day: until then nobody did any."""
    crew_, database = made
    for line in ("desk upgrade", "worker --set-up"):
        assert main(["-C", str(crew_.root), *line.split()]) == 0
    ahead = [crew_.start("worker --heartbeat 0.5 --due '* * * * * *'", skew=1) for _ in range(2)]
    looks = "SELECT defer_timestamp - extract(epoch FROM now()) FROM procrastinate_periodic_defers"
    done = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'"
    wait_until(lambda: server.ask(database, done) != [(0,)] or ahead[0].poll() is not None)
    ((seconds,),) = server.ask(database, looks)
    assert float(str(seconds)) < 1, crew_.said()
    for worker in ahead:
        worker.send_signal(signal.SIGTERM)
        worker.wait()
    assert [log.read_text("utf-8") for log in crew_.root.glob("log-*")] == ["", ""]
