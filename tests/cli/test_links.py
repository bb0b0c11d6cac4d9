"""A link that a change brought along: nothing is written through it, and git leaves it out."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from cli.conftest import Run

from provisioner.durable import unlinked
from provisioner.errors import PolicyError

AWAY = "../away"


@pytest.fixture
def sealed(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace, with a folder beside it. Its reseller has a key: passwords are handed over."""
    made = tmp_path_factory.mktemp("checkout") / "workspace"
    shutil.copytree(workspace, made)
    (made / AWAY).mkdir()
    return made


def wrote(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize(
    "link",
    [
        "state",
        "handover",
        "state/pbx.sqlite",
        "state/desk.sqlite",
        "state/desk.sqlite-wal",
        "state/pbx.sqlite-journal",
        "handover/limmat-it.jsonl",
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_written_through_a_link(
    run: Run, sealed: Path, link: str, *, there: bool
) -> None:
    place = sealed / link
    place.parent.mkdir(exist_ok=True)
    away = sealed / AWAY / "place"
    if there:
        away.mkdir()
    place.symlink_to(away)
    done = run("apply --auto-approve --at 2026-11-24", cwd=sealed)
    assert done.returncode == 3, done.stderr
    assert b"PV030" in done.stderr
    assert link.encode() in done.stderr
    assert not [name for name in wrote(sealed / AWAY) if name != "place"]
    told = run("doctor", cwd=sealed)
    assert told.returncode == 1
    assert b"PV030" in told.stderr


@pytest.mark.parametrize("remedy", ["remove", "name"])
def test_the_remedy_is_accepted(run: Run, sealed: Path, remedy: str) -> None:
    link = sealed / "handover"
    link.symlink_to(sealed / AWAY)
    assert run("apply --auto-approve --at 2026-11-24", cwd=sealed).returncode == 3
    if remedy == "remove":
        link.unlink()
    else:
        config = sealed / "provision.yaml"
        place = (sealed / AWAY).resolve()
        before = config.read_text("utf-8")
        config.write_text(before.replace("handover: handover", f"handover: {place}"), "utf-8")
        assert config.read_text("utf-8") != before
    done = run("apply --auto-approve --at 2026-11-24", cwd=sealed)
    assert done.returncode == 0, done.stderr


def test_links_outside_of_the_workspace_are_the_machines(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "srv").symlink_to("disk")
    root = tmp_path / "root"
    root.mkdir()
    assert unlinked(root, f"{tmp_path}/srv/desk.sqlite") == tmp_path / "srv/desk.sqlite"
    assert unlinked(root, "../srv/desk.sqlite").parent.samefile(tmp_path / "disk")
    (tmp_path / "also").symlink_to("root")
    assert unlinked(tmp_path / "also", "state/desk.sqlite") == tmp_path / "also/state/desk.sqlite"


@pytest.mark.parametrize("found", ["a/b/c", "./a/b/c", "x/../a/b/c", "{root}/a/b/c", "a/b"])
def test_a_link_is_seen_however_the_path_is_written(tmp_path: Path, found: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").symlink_to("/nowhere")
    with pytest.raises(PolicyError) as caught:
        unlinked(tmp_path, found.format(root=tmp_path))
    assert caught.value.code == "PV030"
    assert caught.value.params["link"] == "a/b"


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077])
def test_what_is_made_is_nobody_elses(run: Run, sealed: Path, umask: int) -> None:
    former = os.umask(umask)
    try:
        done = run("apply --auto-approve --at 2026-11-24", cwd=sealed)
    finally:
        os.umask(former)
    assert done.returncode == 0, done.stderr
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in sealed.glob("state/**/*")}
    assert set(modes.values()) == {0o600}, modes
    assert stat.S_IMODE((sealed / "state").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["state", "handover"])
def test_git_leaves_out_a_link_of_that_name(run: Run, tmp_path: Path, name: str) -> None:
    fresh = tmp_path / "fresh"
    run("init fresh")
    subprocess.run(["git", "init", "--quiet"], cwd=fresh, check=True)
    (fresh / name).symlink_to("/nowhere")
    said = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=fresh,
        check=True,
        capture_output=True,
    )
    assert f"?? {name}".encode() not in said.stdout
    assert b"provision.yaml" in said.stdout
