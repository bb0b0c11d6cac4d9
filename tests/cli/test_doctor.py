"""``provision doctor``: each thing that can be wrong, made wrong, and its remedy."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import orjson
import pyrage
import pytest

from provisioner.cli.commands import doctor as module
from provisioner.cli.group import main
from provisioner.drivers.sql.schema import VERSION
from provisioner.operations import machine

ROOT = Path(__file__).parents[2]
DESK, PBX = "state/desk.sqlite", "state/pbx.sqlite"

Faults = Callable[..., dict[str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one customer, set up on both systems."""
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    folder = tmp_path / "customers/limmat-it"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "customers/limmat-it/velo-werk.yaml", folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LC_ALL", "en")
    for name in ("PROVISION_LANG", "FORCE_COLOR", "GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def applied(here: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["apply", "--auto-approve"]) == 0
    capsys.readouterr()
    return here


@pytest.fixture
def faults(capsys: pytest.CaptureFixture[str]) -> Faults:
    """Code by check, of those that fail; what people read says the same."""

    def call(*arguments: str) -> dict[str, str]:
        code = main(["doctor", *arguments])
        out, err = capsys.readouterr()
        again = main(["doctor", "--format", "json", *arguments])
        found = orjson.loads(capsys.readouterr().out)
        bad = [c for c in found["checks"] if not c["ok"]]
        assert code == again == (1 if bad else 0)
        assert found["ok"] is not bad
        assert all(c["ok"] is (not c["faults"]) for c in found["checks"])
        for fault in (f for c in bad for f in c["faults"]):
            assert f"error[{fault['code']}]" in err
            assert fault["help"]
        assert out.count("\n  ok    ") == len(found["checks"]) - len(bad)
        return {f"{c['group']} {c['check']}": c["faults"][0]["code"] for c in bad}

    return call


def rewrite(here: Path, before: str, after: str) -> None:
    file = here / "provision.yaml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), "utf-8")


def sql(here: Path, name: str, *statements: str) -> None:
    with sqlite3.connect(here / name) as db:
        for statement in statements:
            db.execute(statement)
    db.close()


def test_a_new_workspace_is_fine(here: Path, faults: Faults) -> None:
    assert faults() == {}
    assert sorted(p.name for p in here.iterdir()) == [
        "customers",
        "provision.yaml",
        "removals.yaml",
    ]


def test_what_is_fine_is_told(applied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    version = f"  ok    SQLite {sqlite3.sqlite_version}\n"
    assert version in out
    assert out.replace(version, "") == (
        f"Workspace  {applied.name}\n"
        "  ok    provision.yaml can be used\n"
        "  ok    removals.yaml and the folders can be read\n"
        "  ok    time zone Europe/Zurich\n"
        f"  ok    {applied.name} can be written\n"
        "  ok    handover can be written\n"
        "  ok    handover: readable by you alone\n"
        "  ok    keys of the reseller bergnetz-telecom\n"
        "  ok    keys of the reseller limmat-it\n"
        "PBX  local:state/pbx.sqlite\n"
        "  ok    driver local, contract 1\n"
        "  ok    can also: take over, move numbers, rename\n"
        "  ok    answers\n"
        "  ok    every row can be understood\n"
        "  ok    file, readable by you alone\n"
        "Desk  sql:state/desk.sqlite\n"
        "  ok    driver sql, contract 1\n"
        "  ok    can also: take over, move numbers, rename\n"
        "  ok    answers\n"
        f"  ok    tables of version {VERSION}\n"
        "  ok    clock\n"
        "  ok    every row can be understood\n"
        "  ok    file, readable by you alone\n"
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "PV022"),
        ("version: 1\npbx: {driver: local\n", "PV027"),
        ("version: 1\npbx: {driver: local}\n", "PV101"),
        ("version: 1\npbx: {driver: local}\ndesk: {driver: sql}\nprizes: []\n", "PV103"),
    ],
)
def test_without_a_configuration_it_says_so_and_stops(
    here: Path, capsys: pytest.CaptureFixture[str], text: str | None, code: str
) -> None:
    (here / "provision.yaml").unlink()
    if text is not None:
        (here / "provision.yaml").write_text(text, "utf-8")
    assert main(["doctor"]) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert len(lines) == 2
    assert lines[1] == f"  {code} not met: provision.yaml can be used"
    assert f"error[{code}]" in err


def test_broken_removals_do_not_hide_the_rest(here: Path, faults: Faults) -> None:
    (here / "removals.yaml").write_text("- x: [\n", "utf-8")
    assert list(faults()) == ["workspace manifests"]


def test_a_manifest_with_an_error_is_the_business_of_validate(here: Path, faults: Faults) -> None:
    (here / "customers/limmat-it/velo-werk.yaml").write_text("nonsense\n", "utf-8")
    assert faults() == {}


@pytest.mark.usefixtures("here")
def test_time_zone(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIME_ZONE", "Europe/Oberwil")
    assert faults() == {"workspace time_zone": "PV554"}


@pytest.mark.usefixtures("here")
def test_a_disk_that_is_full(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=(machine.MIN_FREE_MB - 1) * 2**20)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage)
    assert faults() == {"workspace disk": "PV556"}


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(here: Path, faults: Faults) -> None:
    (here / "handover").mkdir(mode=0o500)
    assert faults() == {"workspace disk": "PV555"}


def test_a_hand_over_that_is_no_folder(here: Path, faults: Faults) -> None:
    (here / "handover").touch(mode=0o600)
    assert faults() == {"workspace disk": "PV555", "workspace handover": "PV555"}


def test_a_hand_over_that_others_can_read(applied: Path, faults: Faults) -> None:
    (applied / "handover").chmod(0o755)
    assert faults() == {"workspace handover": "PV557"}
    (applied / "handover").chmod(0o700)
    (file,) = (applied / "handover").iterdir()
    file.chmod(0o640)
    assert faults() == {"workspace handover": "PV586"}
    file.chmod(0o600)
    assert faults() == {}


def test_a_reseller_without_key_and_one_with_a_bad_one(here: Path, faults: Faults) -> None:
    key = "[age1q8knl3as3m02zmunrzytqzeyuek4wrz0h32zw9c9h9jqln4r75nqx0mczq]"
    rewrite(here, key, "[]")
    assert faults() == {"workspace reseller_keys": "PV311"}
    rewrite(here, "recipients: []", "recipients: [age1q8knl3]")
    assert faults() == {"workspace reseller_keys": "PV312"}


def identity(here: Path, name: str = "apply.key", mode: int = 0o600) -> str:
    """A private key in a file; its public part."""
    made = pyrage.x25519.Identity.generate()
    file = here / name
    file.write_text(f"{made}\n", "utf-8")
    file.chmod(mode)
    return str(made.to_public())


def test_identity_files(here: Path, faults: Faults) -> None:
    public = identity(here)
    assert faults("--identity", "apply.key") == {}  # nothing is sealed to anybody
    rewrite(
        here, "\nhandover: handover", f"\nsecrets: {{recipients: [{public}]}}\nhandover: handover"
    )
    assert faults("--identity", "apply.key") == {}
    (here / "apply.key").chmod(0o644)
    assert faults("--identity", "apply.key") == {"workspace identity_alone": "PV586"}
    identity(here, "other.key")
    assert faults("--identity", "other.key") == {"workspace identity": "PV313"}
    (here / "other.key").write_text("no key\n", "utf-8")
    assert faults("--identity", "other.key") == {"workspace identity": "PV319"}
    rewrite(here, public, public[:-1])
    assert faults() == {"workspace operator_keys": "PV312"}


def test_an_identity_never_shows(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    identity(here)
    assert main(["doctor", "--identity", "apply.key"]) == 0
    secret = (here / "apply.key").read_text("utf-8").strip()
    assert secret not in "".join(capsys.readouterr())


def test_git_leaves_out_what_is_secret(here: Path, faults: Faults) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=here, check=True, capture_output=True)

    git("init", "--quiet")
    both = {"workspace git": "PV558"}
    assert faults() == both
    (here / ".gitignore").write_text("/state\n", "utf-8")
    assert faults() == both
    (here / ".gitignore").write_text("/state/\n/handover/\n", "utf-8")
    assert faults() == both, "a link of that name would be taken"
    (here / ".gitignore").write_text("/state\n/handover\n", "utf-8")
    assert faults() == {}
    (here / "state").mkdir()
    (here / "state/desk.sqlite-old").touch()
    git("add", "--force", "state")
    assert faults() == both


def test_a_database_of_another_version(applied: Path, faults: Faults) -> None:
    sql(applied, DESK, "UPDATE desk SET version = 99")
    assert faults() == {"desk schema": "PV504"}


def test_a_damaged_database(applied: Path, faults: Faults) -> None:
    (applied / DESK).write_bytes(b"no database" * 500)
    assert faults() == {"desk reachable": "PV502"}


def test_a_row_that_cannot_be_understood(applied: Path, faults: Faults) -> None:
    sql(applied, DESK, "UPDATE intervals SET starts = 'soon'")
    assert faults() == {"desk rows": "PV505"}


def test_a_run_of_the_future(applied: Path, faults: Faults) -> None:
    sql(applied, DESK, "UPDATE runs SET started = '2199-01-01 00:00:00.000000'")
    assert faults() == {"desk clock": "PV560"}


@pytest.mark.parametrize(("name", "group"), [(DESK, "desk"), (PBX, "pbx")])
def test_a_database_that_others_can_read(
    applied: Path, faults: Faults, name: str, group: str
) -> None:
    (applied / name).chmod(0o644)
    assert faults() == {f"{group} permissions": "PV586"}


def test_a_driver_that_is_not_there_does_not_hide_the_other_system(
    applied: Path, faults: Faults, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(applied, "driver: local", "driver: nonesuch")
    assert faults() == {"pbx driver": "PV508"}
    assert main(["doctor"]) == 1
    assert f"tables of version {VERSION}" in capsys.readouterr().out


def test_an_option_that_a_driver_does_not_have(applied: Path, faults: Faults) -> None:
    rewrite(applied, "carrier: manual", "carrier: pigeon")
    assert faults() == {"desk driver": "PV506"}


def test_in_german(applied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (applied / DESK).chmod(0o644)
    assert main(["doctor", "--lang", "de"]) == 1
    out, err = capsys.readouterr()
    assert "  ok    Treiber sql, Schnittstelle 1\n" in out
    assert "  PV586 nicht erfüllt: Datei, nur für den eigenen Benutzer lesbar\n" in out
    assert "Fehler[PV586]" in err
