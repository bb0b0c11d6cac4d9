"""A driver that cannot rename or take over: the plan is refused before anything is written."""

from pathlib import Path

import pytest
from by_hand import ByHandLocal
from cli.conftest import DAY

from provisioner.cli.group import main
from provisioner.contract.resources import Kind
from provisioner.drivers.local import LocalPbx

BLOCKED = 3


@pytest.fixture
def applied(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(workspace)
    assert main(["apply", "--at", DAY, "--auto-approve"]) == 0
    return workspace


class Bare(LocalPbx):
    """One whose driver lacks what a driver may lack."""

    adopt = None  # type: ignore[assignment]
    rename_login = None  # type: ignore[assignment]
    rename_customer = None  # type: ignore[assignment]
    move_route = None  # type: ignore[assignment]


def test_a_rename_is_refused(
    applied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = applied / "customers/limmat-it/velo-werk.yaml"
    login = next(line for line in file.read_text("utf-8").splitlines() if "login: " in line)
    name = login.partition("login: ")[2].split(",")[0].split("}")[0].strip()
    assert main(["rename", f"velo-werk/{name}", "new.login"]) == 0
    monkeypatch.setattr("provisioner.drivers.local.LocalPbx", Bare)
    for line in (["plan"], ["apply", "--auto-approve"]):
        capsys.readouterr()
        assert main([*line, "--at", DAY]) == BLOCKED
        assert "PV429" in capsys.readouterr().out
    assert main(["doctor"]) in {0, 1}
    assert "can also: nothing else\n" in capsys.readouterr().out


def test_a_move_is_refused(
    applied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = applied / "customers/limmat-it/velo-werk.yaml"
    text, reserve = file.read_text("utf-8"), '  - {id: reserve, area: "031"}\n'
    taken = '  - {id: reserve, held: "0315557001", from: velo-werk}\n'
    other = text.replace(reserve, taken).replace("laden.velowerk", "laden.zwei")
    file.with_name("zwei-rad.yaml").write_text(other, "utf-8")
    file.write_text(text.replace(reserve, ""), "utf-8")
    assert main(["plan", "velo-werk", "--at", "2026-12-15"]) == 0
    monkeypatch.setattr("provisioner.drivers.local.LocalPbx", Bare)
    for line in (["plan"], ["apply", "--auto-approve"]):
        capsys.readouterr()
        assert main([*line, "--at", "2026-12-15"]) == BLOCKED
        assert "PV451" in capsys.readouterr().out


def test_what_somebody_else_set_up_is_not_taken_over(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand = ByHandLocal(LocalPbx.open({"path": "state/pbx.sqlite"}, workspace))
    hand.by_hand_add("velo-werk", Kind.TENANT, "tenant", name="Velo-Werk Kollektivgesellschaft")
    (workspace / "adoptions.yaml").write_text(
        "version: 1\nadoptions: [{what: velo-werk/all, why: by hand, until: 2027-01-31}]\n", "utf-8"
    )
    monkeypatch.chdir(workspace)
    assert main(["plan", "--at", DAY]) == 0
    assert "PV428" not in capsys.readouterr().out
    monkeypatch.setattr("provisioner.drivers.local.LocalPbx", Bare)
    for line in (["plan"], ["apply", "--auto-approve"]):
        assert main([*line, "--at", DAY]) == BLOCKED
        assert "PV428" in capsys.readouterr().out
