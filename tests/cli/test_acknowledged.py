"""Advice that the manifest acknowledges: a quiet line in the plan, and what cannot be meant."""

from pathlib import Path

import pytest
from cli.conftest import DAY, Run

VELO = "customers/limmat-it/velo-werk.yaml"


@pytest.fixture
def velo(workspace: Path) -> Path:
    """Advice is given: a desk without an app, and no support login."""
    path = workspace / VELO
    path.write_text(path.read_text("utf-8").replace("license: phones+apps", "license: phones"))
    return path


def acknowledge(velo: Path, *entries: str) -> None:
    text = "".join(f"  - {{{entry}}}\n" for entry in entries)
    velo.write_text(velo.read_text("utf-8") + f"acknowledged:\n{text}", "utf-8")


def test_a_plan_tells_it_in_a_line_with_the_reason(run: Run, velo: Path) -> None:
    assert b"advice[PV239]" in run(f"plan --at {DAY}").stdout
    acknowledge(velo, "code: PV239, reason: Kein Rechner.", "code: PV215, reason: Vorbei.")
    said = run(f"plan --at {DAY}").stdout.decode()
    assert "    = PV239 acknowledged: Kein Rechner.\n" in said
    assert "advice[PV239]" not in said
    assert "advice[PV235]" in said
    gone = "advice[PV689]: The advice PV215 is acknowledged and is no longer given."
    assert said.count(gone) == 1
    assert gone in run("validate").stdout.decode()
    assert "PV690" in run(f"plan --at {DAY} --format markdown").stdout.decode()


def test_a_check_of_the_file_leaves_it_out(run: Run, velo: Path) -> None:
    """And what only a plan can know is left to it."""
    acknowledge(velo, "code: PV239, reason: Kein Rechner.", "code: PV481, reason: Bleibt.")
    said = run("validate").stdout
    assert b"PV689" not in said
    assert b"PV689" in run(f"plan --at {DAY}").stdout
    assert b"PV235" in said
    assert b"PV239" not in said
    assert b"PV690" in run("validate --format json").stdout  # a program is told
    assert run("fmt --check").returncode == 0


@pytest.mark.parametrize(
    ("entries", "code", "says"),
    [
        (["code: PV999, reason: Weg."], 0, "warning[PV687]"),
        (["code: PV298, reason: Weg."], 0, "warning[PV688]"),
        (["code: PV239, reason: Eins.", "code: PV239, reason: Zwei."], 0, "warning[PV691]"),
        (["code: pv239, reason: Weg."], 3, "error[PV686]"),
        (["code: PV239"], 3, "error[PV101]"),
        (['code: PV239, reason: ""'], 3, "error[PV109]"),
    ],
)
def test_what_cannot_be_meant_is_told_where_it_stands(
    entries: list[str], code: int, says: str, run: Run, velo: Path
) -> None:
    acknowledge(velo, *entries)
    done = run("validate")
    assert done.returncode == code
    place = velo.read_text("utf-8").count("\n")
    told = next(block for block in done.stdout.decode().split("\n\n") if says in block)
    assert f"{VELO}:{place}:" in told


def test_an_error_cannot_be_acknowledged(run: Run, velo: Path) -> None:
    text = velo.read_text("utf-8").replace("billing_from: 2026-12-01", "billing_from: 2026-13-01")
    velo.write_text(text, "utf-8")
    said = run("validate").stdout.decode()
    code = said[said.index("[PV") + 1 :][:5]
    acknowledge(velo, f"code: {code}, reason: Egal.")
    again = run("validate")
    assert again.returncode == 3
    assert f"error[{code}]" in again.stdout.decode()
