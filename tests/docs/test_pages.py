"""The pages are real: who follows them gets what they show."""

import os
import runpy
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docs.console import ROOT, Reader, fences, shows

from provisioner.cli.context import App

EMPTY = ["docs/tutorials/port-and-bill.md", "docs/tutorials/first-ten-minutes.md"]
APPLIED = [
    "docs/how-to/a-day-of-staff.md",
    "docs/how-to/adopting.md",
    "docs/how-to/backup.md",
    "docs/how-to/defaults.md",
    "docs/how-to/duties.md",
    "docs/how-to/find.md",
    "docs/how-to/phones.md",
    "docs/how-to/ports.md",
    "docs/how-to/reading.md",
    "docs/how-to/writing.md",
    "docs/how-to/removals.md",
    "docs/how-to/renaming.md",
    "docs/how-to/moving.md",
    "docs/how-to/secrets.md",
    "docs/how-to/ci.md",
    "docs/how-to/many-machines.md",
    "docs/how-to/recovery.md",
    "docs/de/anleitung.md",
    "docs/fr/guide.md",
    "docs/it/guida.md",
]
BY_REQUEST = "docs/tutorials/merge-request.md"
"""Told as `make demo-review` plays it, for a terminal of 80 columns and on the day it is."""
ON_ASTERISK = "docs/tutorials/real-telephone.md"
"""Followed where there is a real one: tests/asterisk/sip/test_tutorial.py."""


@pytest.mark.parametrize("page", EMPTY)
def test_page_from_an_empty_folder(
    page: str, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a new workspace holds depends on the day, and who begins has no --at in mind.
    monkeypatch.setattr(App, "now", lambda _: datetime(2026, 12, 14, 9, tzinfo=UTC))
    reader.follow((ROOT / page).read_text("utf-8"))


@pytest.mark.parametrize("page", APPLIED)
def test_page_in_the_example_workspace(page: str, reader: Reader, applied: Path) -> None:
    shutil.copytree(applied, reader.folder, dirs_exist_ok=True)
    reader.follow((ROOT / page).read_text("utf-8"))


def test_the_way_of_a_merge_request(reader: Reader) -> None:
    reader.width = 80
    start = reader.folder
    try:
        reader.follow((ROOT / BY_REQUEST).read_text("utf-8"))
    finally:
        reader.folder = start
        reader.run("forge-double stop")


@pytest.mark.parametrize(
    ("page", "command"), [(BY_REQUEST, "forge-double"), (ON_ASTERISK, "asterisk-server")]
)
def test_the_shell_finds_what_a_page_begins_with(page: str, command: str, tmp_path: Path) -> None:
    """In a checkout whose path has a blank, and in a script that the page runs, too."""
    checkout = tmp_path / "a checkout"
    (checkout / ".venv/bin").mkdir(parents=True)
    for name in ("scripts", "tests"):
        (checkout / name).symlink_to(ROOT / name)
    begin = next(f.body for f in fences((ROOT / page).read_text("utf-8")) if f.lang == "sh")
    line = f"{begin}\nsh -c 'command -v {command}'"
    ran = subprocess.run(
        ["bash", "-euc", line],
        cwd=checkout,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(ran.stdout.strip()).is_relative_to(checkout)


def test_every_page_with_commands_is_followed() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = {
        str(page.relative_to(ROOT))
        for page in pages
        for fence in fences(page.read_text("utf-8"))
        if fence.lang == "console"
    }
    assert shown == {*EMPTY, *APPLIED, BY_REQUEST, ON_ASTERISK}


def test_the_picture_in_the_readme_is_what_is_printed(reader: Reader, applied: Path) -> None:
    shutil.copytree(applied, reader.folder, dirs_exist_ok=True)
    picture = runpy.run_path(str(ROOT / "scripts/picture"))
    assert picture["draw"](reader) == picture["PICTURE"].read_text("utf-8"), "run `make picture`"


def test_the_tutorial_tells_the_whole_job() -> None:
    text = (ROOT / "docs/tutorials/port-and-bill.md").read_text("utf-8")
    commands = [
        command.split()[1]
        for fence in fences(text)
        if fence.lang == "console"
        for command, _ in fence.commands()
        if command.startswith("provision ")
    ]
    told = {"validate", "plan", "apply", "reconcile", "porting", "status", "billing", "explain"}
    assert told <= set(commands)
    assert "error[PV" in text


@pytest.mark.parametrize(
    ("output", "expected", "same"),
    [
        ("a\nb\n", ["a", "b"], True),
        ("a\nb\n", ["a"], False),
        ("a\nb\nc\n", ["a", "…"], True),
        ("a\nb\nc\n", ["…", "c"], True),
        ("a\nb\nc\n", ["…", "b"], False),
        ("a\nb\nc\n", ["a", "…", "c"], True),
        ("a\nc\n", ["a", "…", "c"], True),
        ("Digest: 12ab\n", ["Digest: …"], True),
        ("Digest: 12ab\n", ["Digest: 12"], False),
        ("a.b\n", ["a…b"], True),
        ("axb\n", ["a.b"], False),
        ("", [], True),
    ],
)
def test_the_comparison_itself(output: str, expected: list[str], same: bool) -> None:
    assert shows(output, expected) is same
