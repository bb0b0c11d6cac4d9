"""A day of three people: each question is a few commands, told at the end of the run."""

import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import DAY, ROOT, environment

from tests.conftest import WALK
from tests.here import process_here

Ask = Callable[[str], str]
TEAM = "\ufeffName;Verwendung\r\n" + "".join(f'"Müller, Zoë {n}";\r\n' for n in range(1, 11))


@pytest.fixture
def everyone(tmp_path: Path) -> Path:
    """All examples; nothing is set up yet."""
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "customers", tmp_path / "customers")
    return tmp_path


def typed(folder: Path, line: str) -> str:
    """All that one command wrote."""
    done = process_here(folder, environment(LC_ALL="C.UTF-8"), shlex.split(line))
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


@pytest.fixture
def ask(
    everyone: Path, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Ask:
    """One command of the walk; how many it is and the processor time of all are told."""
    question = request.node.name.removeprefix("test_").replace("_", " ")
    asked: list[str] = []
    spent = 0.0

    def call(line: str) -> str:
        nonlocal spent
        asked.append(line)
        started = time.process_time()
        said = typed(everyone, line)
        spent += time.process_time() - started
        record_property(WALK, (question, len(asked), spent))
        return said

    return call


def test_whose_number_is_this(ask: Ask, everyone: Path) -> None:
    typed(everyone, f"apply --at {DAY} --auto-approve schmiedeisen")
    said = ask("whose 052 555 20 11")
    assert "schmiedeisen" in said
    assert "bergnetz-telecom" in said


def test_what_is_due(ask: Ask) -> None:
    said = ask("due --at 2026-12-15 --reseller bergnetz-telecom")
    assert "provision plan garage-alpenblick" in said
    assert "limmat-it" not in said


def test_why_did_this_change(ask: Ask, everyone: Path) -> None:
    typed(everyone, f"apply --at {DAY} --auto-approve velo-werk")
    manifest = everyone / "customers/limmat-it/velo-werk.yaml"
    text = manifest.read_text("utf-8")
    assert text.count("license: phones+apps") == 1
    manifest.write_text(text.replace("license: phones+apps", "license: phones"), "utf-8")
    said = ask("plan velo-werk --at 2026-12-15")
    assert "because the manifest was edited" in said
    assert "license: phones+apps → phones" in said
    said = ask("audit velo-werk")
    assert "steps carried out" in said
    assert "staff" in said


def test_ten_workplaces_from_a_spreadsheet(ask: Ask, everyone: Path) -> None:
    (everyone / "team.csv").write_text(TEAM, "utf-8")
    ask(
        "new zehn --reseller limmat-it --no-input --workplaces team.csv --new-number 052"
        " --company 'Zehn AG' --street 'Weg 1' --postcode 8400 --city Winterthur"
        " --person 'Zoë Zehn' --email zehn@zehn.example --phone 0525550199"
    )
    written = (everyone / "customers/limmat-it/zehn.yaml").read_text("utf-8")
    assert written.count("Müller, Zoë") == 10
    assert "error" not in ask("validate zehn")
