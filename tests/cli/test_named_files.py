"""A file that somebody names on the command line: not there, no file, or far too large."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import DAY

from provisioner import durable
from provisioner.cli.commands import plan
from provisioner.cli.commands.plan import PLAN_KIB
from provisioner.cli.files import HANDOVER_KIB, KEY_KIB
from provisioner.cli.group import main
from provisioner.cli.workplace_table import TABLE_KIB

KEY = "good.key"
READ = {
    "show {}": PLAN_KIB,
    "show --timeline {}": PLAN_KIB,
    f"apply --at {DAY} --approved {{}}": PLAN_KIB,
    f"apply --at {DAY} --auto-approve --identity {{}}": KEY_KIB,
    f"apply --at {DAY} --resume --identity {{}}": KEY_KIB,
    f"reconcile --at {DAY} --identity {{}}": KEY_KIB,
    f"secret open {{}} -i {KEY}": HANDOVER_KIB,
    f"secret open {KEY} -i {{}}": KEY_KIB,
    "plan merge {}": PLAN_KIB,
    f"plan --at {DAY} --against {{}}": PLAN_KIB,
    f"due --at {DAY} --approved {{}}": PLAN_KIB,
    "new --no-input --reseller limmat-it --workplaces {}": TABLE_KIB,
    "doctor --identity {}": KEY_KIB,
}
"""Command → what the file may have, in KiB."""
NONE = {"./pipe": "PV031", "/dev/zero": "PV031", "folder": "PV031", "missing.json": "PV020"}


Call = Callable[[str], tuple[int, str]]


@pytest.fixture
def call(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Call:
    """Exit code, and all that was printed."""
    monkeypatch.chdir(workspace)
    os.mkfifo("pipe")
    Path("folder").mkdir()
    Path(KEY).write_text("AGE-SECRET-KEY-1", "ascii")

    def called(line: str) -> tuple[int, str]:
        code = main(line.split())
        return code, "".join(capfd.readouterr())

    return called


@pytest.mark.parametrize("line", READ)
def test_what_is_no_file_is_a_coded_error(call: Call, line: str) -> None:
    for name, about in NONE.items():
        code, told = call(line.format(name))
        wrong = 1 if line.startswith("doctor") else 64  # which lists it among what it found
        assert (code, about in told, name in told) == (wrong, True, True), (name, told)
    assert not Path("state").exists()


@pytest.mark.parametrize("line", READ)
def test_what_is_too_large_is_not_read(call: Call, line: str) -> None:
    with Path("large").open("wb") as file:
        file.truncate(READ[line] * 1024 + 1)
    code, told = call(line.format("./large"))
    assert (code, "PV032" in told) == (1 if line.startswith("doctor") else 64, True), told


@pytest.mark.parametrize(
    "line", ["plan {}", "validate {}", "fmt {}", "calendar {}", "poa {}", f"apply --at {DAY} {{}}"]
)
def test_a_path_to_nothing_is_wrong_usage_and_an_unknown_customer_is_not(
    line: str, call: Call
) -> None:
    for name, wrong in {
        "customers/limmat-it/nobody.yaml": 64,
        "gone.yaml": 64,
        "nobody": 3,
    }.items():
        code, told = call(line.format(name))
        assert (code, "PV447" in told, name in told) == (wrong, True, True), (name, told)


def test_a_link_to_a_file_is_that_file(call: Call) -> None:
    assert call(f"plan --at {DAY} --out plan.json")[0] == 0
    Path("current.json").symlink_to("plan.json")
    assert call("show current.json") == call("show plan.json")
    assert call("show current.json")[0] == 0


def test_a_plan_too_large_to_be_read_again_is_not_written(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "PLAN_KIB", 1)
    code, told = call(f"plan --at {DAY} --out plan.json")
    assert (code, "PV032" in told) == (1, True), told
    assert not Path("plan.json").exists()


WRITTEN = (
    f"plan --at {DAY} --out {{}}",
    "calendar --out {}",
)


@pytest.mark.parametrize("line", WRITTEN)
def test_a_pipe_or_a_device_stays_what_it_is(
    line: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the place of /dev/null a file would fill up with everybody's output."""
    code, told = call(line.format("./pipe"))
    assert (code, "PV031" in told) == (1, True), told
    assert Path("pipe").is_fifo()
    monkeypatch.setattr(durable, "beside", None)  # should it go on, nothing is to happen there
    for device in ("/dev/null", "/dev/stdout"):
        code, told = call(line.format(device))
        assert (code, "PV031" in told) == (1, True), told


def test_a_folder_that_cannot_be_made_is_a_coded_error(call: Call) -> None:
    for name in ("pipe", "pipe/etc"):
        code, told = call(f"schema --out {name}")
        assert (code, "PV461" in told) == (1, True), told
