"""Whom a name means: nothing that is not one of the workspace's customers, files or folders."""

import os
from pathlib import Path

import pytest
from cli.conftest import DAY

from provisioner.cli.group import main

NOBODY = ["", " ", "..", "/", "a" * 300, "a\nb", "no-such-customer"]
COMMANDS = [
    ["plan", "--at", DAY],
    ["apply", "--at", DAY, "--auto-approve"],
    ["reconcile", "--at", DAY, "--auto-approve"],
    ["validate"],
    ["calendar"],
    ["billing", "2027-01"],
    ["fmt"],
]


TRIED = [(c, n) for c in COMMANDS for n in NOBODY if c != ["fmt"] or n not in {"..", "/"}]
"""fmt takes files, and refuses those that are not the workspace's with another code."""


@pytest.mark.parametrize(("command", "name"), TRIED, ids=lambda each: ascii(each)[:30])
def test_nobody_is_meant(
    command: list[str],
    name: str,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An empty one is what a shell gives for a variable that is not set."""
    monkeypatch.chdir(workspace)
    assert main([*command, name]) == 3
    out, err = capsys.readouterr()
    assert "PV447" in out + err
    assert not (workspace / "state/desk.sqlite").exists() or "done" not in out


def test_an_id_is_meant_whatever_a_folder_here_is_called(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "velo-werk").mkdir()
    monkeypatch.chdir(workspace)
    assert main(["validate", "velo-werk"]) == 0
    assert main(["validate", "customers/limmat-it"]) == 0
    assert main(["validate", "."]) == 0
    assert "PV447" not in capsys.readouterr().err


def test_a_folder_that_was_deleted_is_no_workspace(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = workspace / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(["plan"]) == 3
    assert main(["validate", "-C", str(workspace)]) == 0
    os.chdir("/")
    assert "PV022" in capsys.readouterr().err


BROKEN = {
    "broken.yaml": "version: [1",
    "another.yml": "version: 1",
    "Not An Id.yaml": "version: 1",
    "deep/inside.yaml": "version: 1",
    "pipe.yaml": None,
    "link.yaml": None,
}
FOLDER = "customers/limmat-it"


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("what", [FOLDER, "customers", "."])
def test_a_folder_is_all_that_lies_in_it(
    name: str,
    what: str,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = workspace / FOLDER / name
    place.parent.mkdir(exist_ok=True)
    match name:
        case "pipe.yaml":
            os.mkfifo(place)
        case "link.yaml":
            place.symlink_to("/etc/passwd")
        case _:
            place.write_text(BROKEN[name] or "", "utf-8")
    other = workspace / "customers/bergnetz-telecom"
    other.mkdir()
    (other / "cafe.yaml").write_text("version: [1", "utf-8")
    monkeypatch.chdir(workspace)
    for command in (["validate"], ["plan", "--at", DAY]):
        assert main([*command, what]) == 3
        out, err = capsys.readouterr()
        assert name.partition("/")[0] in out + err
        assert ("cafe.yaml" in out + err) is (what != FOLDER)
    assert main(["validate", "velo-werk"]) == 0
    (workspace / FOLDER / "velo-werk.yaml").unlink()
    assert main(["validate", what]) == 3, "also if there is nothing else"


def test_a_file_of_that_name_elsewhere_is_no_customer(
    workspace: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "velo-werk.yaml").write_text("version: 1", "utf-8")
    monkeypatch.chdir(workspace)
    wrong = (
        elsewhere / "velo-werk.yaml",
        "/nonexistent/velo-werk.yaml",
        "../velo-werk.yaml",
        "customers/velo-werk.yaml",
        "customers/bergnetz-telecom/velo-werk.yaml",
    )
    for path in wrong:
        for command in ("validate", "plan", "apply --auto-approve", "billing 2027-01"):
            code = 3 if Path(path).exists() else 64
            assert main([*command.split(), str(path)]) == code, (command, path)
            assert "PV447" in capsys.readouterr().err
    right = (workspace / FOLDER / "velo-werk.yaml", f"{FOLDER}/velo-werk.yaml", "velo-werk.yaml")
    for path in right:
        assert main(["validate", str(path)]) == 0
    monkeypatch.chdir(workspace / FOLDER)
    for path in ("velo-werk.yaml", "./velo-werk.yaml", "../limmat-it/velo-werk.yaml"):
        assert main(["validate", path]) == 0
    (workspace / FOLDER / "velo-werk.yaml").write_text("version: [1", "utf-8")
    assert main(["validate", "velo-werk.yaml"]) == 3
    assert "customers/limmat-it/velo-werk.yaml:2" in capsys.readouterr().out
