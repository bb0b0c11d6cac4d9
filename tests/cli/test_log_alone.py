"""With ``--log json`` nothing but lines of the log is on standard error, however a command ends."""

import os
import subprocess
from pathlib import Path

import orjson
import pytest
from cli.conftest import ROOT, Run, command, environment

from provisioner.cli import main as script
from provisioner.cli.context import App
from provisioner.cli.group import main


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("--nonsense", "json"),
        ("", "json"),
        ("-C /nowhere plan", "json"),
        ("--lang rm plan", "json"),
        ("nonsense --log json", ""),
        ("plan --nonsense --log json", ""),
        ("plan --at never --log=json", ""),
    ],
)
def test_a_wrong_call_leaves_its_exit_code_alone(run: Run, line: str, logged: str) -> None:
    done = run(line, PROVISION_LOG=logged)
    assert done.returncode == 64
    begun, ended = map(orjson.loads, done.stderr.splitlines())
    assert (begun["outcome"], ended["exit_code"]) == ("begun", 64)


def test_a_log_of_another_form_is_told_in_words(run: Run) -> None:
    done = run("plan --log xml")
    assert (done.returncode, done.stderr.splitlines()[0][:6]) == (64, b"Usage:")


def test_a_file_whose_name_is_no_text_has_a_line(workspace: Path) -> None:
    name = os.fsdecode(b"t\xff.csv")
    (workspace / name).write_text("name,nonsense\n")
    done = subprocess.run(
        command(f"new --reseller limmat-it --company X --log json --workplaces {name}"),
        cwd=workspace,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=300,
    )
    found = [line for line in map(orjson.loads, done.stderr.splitlines()) if "place" in line]
    assert found[0]["place"].endswith("t?.csv:1:1")


def test_an_interrupt_leaves_no_empty_line(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.chdir(workspace)
    monkeypatch.setattr(App, "root", property(interrupted))
    assert main(["status", "--log", "json"]) == 130
    last = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()][-1]
    assert (last["outcome"], last["exit_code"]) == ("interrupted", 130)


def test_an_interrupt_before_it_began_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["provision", "status"])
    monkeypatch.setattr("provisioner.cli.group.main", interrupted)
    with pytest.raises(SystemExit) as ended:
        script.run()
    assert ended.value.code == 130


@pytest.mark.parametrize(
    ("line", "code"),
    [("nonsense", 64), ("status -C broken", 3), ("status --log json", 0), ("schema", 0)],
)
def test_a_full_disk_behind_the_errors_or_the_log_changes_no_exit_code(
    workspace: Path, line: str, code: int
) -> None:
    (workspace / "broken").mkdir()
    (workspace / "broken/provision.yaml").write_text("x: [")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(line), cwd=workspace, env=environment(), stderr=full, check=False, timeout=300
        )
    assert done.returncode == code


@pytest.mark.parametrize(
    "said",
    [
        "import atexit, os; atexit.register(os.write, 2, b'WARNING: of C\\n')",
        "import atexit, logging; atexit.register(logging.getLogger('pool').error, 'WARNING')",
        "import atexit, warnings; atexit.register(warnings.warn, 'WARNING')",
    ],
)
def test_what_a_library_says_is_no_line(said: str, workspace: Path) -> None:
    """As libpq does of a password file that others may read."""
    site = workspace / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(said)
    for line, alone in (("status --log json", True), ("status", False)):
        done = subprocess.run(
            command(line),
            cwd=workspace,
            env=environment(PYTHONPATH=f"{site}:{ROOT}"),
            capture_output=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0
        assert (b"WARNING" not in done.stderr) == alone
