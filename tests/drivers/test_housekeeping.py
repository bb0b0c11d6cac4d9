"""``provision desk housekeeping`` on a desk in a file."""

import shutil
from pathlib import Path

import pytest
from forgetting import MANY, NOW, fill, sweeps

from provisioner.cli.context import App
from provisioner.cli.group import main
from provisioner.drivers.sql import SqlDesk
from provisioner.testing import POLICY, POOLS

ROOT = Path(__file__).parents[2]


def desk_in(folder: Path) -> SqlDesk:
    options = {"url": "sqlite:///state/desk.sqlite"}
    return SqlDesk.open(options, folder, pools=POOLS, policy=POLICY, require_poa=False)


def test_what_is_old_goes_and_the_rest_is_kept(tmp_path):
    desk = desk_in(tmp_path)
    sweeps(desk)
    desk.close()


def test_it_shows_first_and_then_deletes(tmp_path, monkeypatch, capsys):
    """By what provision.yaml says; nothing of it is left in the file."""
    shutil.copy(ROOT / "provision.yaml", tmp_path)
    desk = desk_in(tmp_path)
    fill(desk)
    desk.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(App, "now", lambda _: NOW)
    file = Path("state/desk.sqlite")
    assert main(["desk", "housekeeping"]) == 0
    shown = capsys.readouterr().out
    assert "With --yes it is." in shown
    assert b"Zqfeder gone" in file.read_bytes()
    assert main(["desk", "housekeeping", "--yes"]) == 0
    table = shown.partition("\n\n")[0]
    assert table in capsys.readouterr().out
    assert str(MANY) in table
    names = [b"Zqfeder gone" in file.read_bytes(), b"Zqfeder here" in file.read_bytes()]
    assert names == [False, True]
    assert main(["desk", "housekeeping"]) == 0
    assert "Nothing is that old." in capsys.readouterr().out


@pytest.mark.parametrize(
    "rule",
    [
        "bills_years: 9",  # the law asks for ten
        "bills_years: 101",
        "journal_days: 99",
        "journal_days: 36501",
        "former_customers_days: 36501",
    ],
)
def test_it_is_kept_neither_too_short_nor_beyond_the_calendar(rule, tmp_path, monkeypatch, capsys):
    config = (ROOT / "provision.yaml").read_text("utf-8")
    (tmp_path / "provision.yaml").write_text(f"{config}\nretention: {{{rule}}}\n")
    monkeypatch.chdir(tmp_path)
    assert main(["desk", "housekeeping", "--yes"]) == 3
    assert rule in capsys.readouterr().err


def test_a_number_rests_within_the_calendar(tmp_path, monkeypatch, capsys):
    config = (ROOT / "provision.yaml").read_text("utf-8")
    config = config.replace("quarantine_days: 90", "quarantine_days: 36501")
    (tmp_path / "provision.yaml").write_text(config)
    monkeypatch.chdir(tmp_path)
    assert main(["plan"]) == 3
    assert "quarantine_days: 36501" in capsys.readouterr().err
