"""The workspace is found from a folder in it, and from nowhere else."""

import os
from pathlib import Path

import pytest
from cli.conftest import Run

from provisioner.cli.whereabouts import workspace_around


def test_every_command_works_from_a_folder_in_the_workspace(run: Run, workspace: Path) -> None:
    inside = workspace / "customers/limmat-it"
    done = run("validate", cwd=inside)
    assert (done.returncode, b"1 manifest is good." in done.stdout) == (0, True), done.stderr
    plan = run("plan --at 2026-11-24", cwd=inside)
    assert plan.stdout == run("plan --at 2026-11-24").stdout
    assert run("validate -C limmat-it", cwd=inside.parent).returncode == 0


def test_a_path_means_what_was_typed(run: Run, workspace: Path) -> None:
    inside = workspace / "customers/limmat-it"
    assert run("validate velo-werk.yaml", cwd=inside).returncode == 0
    assert run("validate .", cwd=inside).returncode == 0
    assert run("fmt --check ./velo-werk.yaml", cwd=inside).returncode == 0
    assert run("plan velo-werk --at 2026-11-24 --out plan.json", cwd=inside).returncode == 0
    assert (inside / "plan.json").is_file()
    assert run("show plan.json", cwd=inside).returncode == 0


def test_what_commands_keep_is_in_the_workspace(run: Run, workspace: Path) -> None:
    inside = workspace / "customers/limmat-it"
    done = run("apply --at 2026-11-24 --auto-approve", cwd=inside)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (workspace / "state/desk.sqlite").is_file()
    assert [each.name for each in inside.iterdir()] == ["velo-werk.yaml"]


def test_init_begins_in_the_folder_that_it_is_told(run: Run, workspace: Path) -> None:
    (workspace / "other").mkdir()
    assert run("init", cwd=workspace / "other").returncode == 0
    assert (workspace / "other/provision.yaml").is_file()


def test_the_search_ends_at_a_repository_and_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "provision.yaml").touch()
    inside = tmp_path / "own/deep"
    inside.mkdir(parents=True)
    assert workspace_around(inside) == tmp_path
    (tmp_path / "own/.git").touch()  # a file, as in a second work tree
    assert workspace_around(inside) == inside
    (tmp_path / "own/.git").unlink()
    monkeypatch.setenv("HOME", str(tmp_path / "own"))
    assert workspace_around(inside) == inside
    monkeypatch.setenv("HOME", str(tmp_path))
    assert workspace_around(inside) == tmp_path


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_file_of_somebody_elses_above_is_no_workspace(tmp_path: Path) -> None:
    """Whoever may write to /tmp would choose the systems of all who work below it."""
    inside = tmp_path / "mine"
    inside.mkdir()
    (tmp_path / "provision.yaml").touch()
    os.chown(tmp_path / "provision.yaml", 12345, 12345)
    assert workspace_around(inside) == inside
    assert workspace_around(tmp_path) == tmp_path, "where one stands it counts, whosever it is"
    os.chown(inside, 12345, 12345)
    assert workspace_around(inside) == tmp_path, "both are the same person's"
