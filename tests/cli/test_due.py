"""The work list: what is due, for whom, and that its commands work when they are copied."""

import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from by_hand import ByHandLocal
from cli.conftest import DAY, ROOT, Run, environment
from icalendar import Calendar
from report.hostile import page_of

from provisioner.contract.resources import Kind
from provisioner.drivers.local import LocalPbx
from tests.here import process_here

OTHERS = ("treuhand-limmat", "velo-werk")
LATER = "2027-02-25"
"""The day after one on which a port that was accepted should have been synchronised."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three customers, carried out: a port that was accepted, two that were not, a password."""
    root = tmp_path_factory.mktemp("work")
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, root)
    for name in ("bergnetz-telecom/schmiedeisen", *(f"limmat-it/{c}" for c in OTHERS)):
        (root / "customers" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / f"customers/{name}.yaml", root / f"customers/{name}.yaml")
    say = ["--who", "R. Frei", "--why", "e-mail"]
    done(root, ["apply", "--at", DAY, "--auto-approve"])
    done(root, ["porting", "accept", "schmiedeisen/haupt/1", *say, "--at", "2026-11-27"])
    return root


@pytest.fixture
def mine(fleet: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    shutil.copytree(fleet, tmp_path / "mine")
    return tmp_path / "mine"


def done(root: Path, arguments: list[str], code: int = 0) -> str:
    found = process_here(root, environment(), arguments)
    assert found.returncode == code, (arguments, found.stdout, found.stderr)
    return (found.stdout if code == 0 else found.stderr).decode()


def due(root: Path, *options: str, day: str = LATER) -> list[dict[str, Any]]:
    found = done(root, ["due", "--at", day, "--format", "json", *options])
    matters: list[dict[str, Any]] = orjson.loads(found)["matters"]
    return matters


def told(matters: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(each["kind"], each["about"], each["due_on"]) for each in matters]


def test_who_does_what_it_says_has_less_to_do(mine: Path) -> None:
    """Every command is typed as it stands; what it was about is gone, or a step further."""
    before = due(mine, "--days", "50")
    assert told(before) == [
        ("port", "schmiedeisen/haupt/1", "2027-02-24"),
        ("answer", "treuhand-limmat/filiale/1", "2027-03-25"),
        ("answer", "treuhand-limmat/buero/1", "2027-04-12"),
        ("handover", "handover/limmat-it.jsonl", None),
    ]
    assert [each["overdue"] for each in before] == [True, False, False, False]
    for each in before:
        words = shlex.split(each["command"].replace("$USER", "frei"))
        if words[0] == "rm":
            (mine / words[1]).unlink()
        else:
            extra = ["--auto-approve"] if words[1] == "reconcile" else []
            done(mine, [*words[1:], *extra, "--at", LATER])
    assert told(due(mine, "--days", "50")) == [
        ("port", "schmiedeisen/haupt/1", "2027-02-26"),
        ("port", "treuhand-limmat/filiale/1", "2027-03-25"),
        ("port", "treuhand-limmat/buero/1", "2027-04-12"),
        ("handover", "handover/bergnetz-telecom.jsonl", None),  # by then its PBX was due too
    ]
    (mine / "handover/bergnetz-telecom.jsonl").unlink()
    done(mine, ["reconcile", "--auto-approve", "--at", "2027-02-26"])
    theirs = ["--reseller", "bergnetz-telecom"]
    (confirm,) = due(mine, *theirs, day="2027-02-26")
    assert "complete schmiedeisen/haupt/1" in confirm["command"]
    words = shlex.split(confirm["command"].replace("$USER", "frei"))
    done(mine, [*words[1:], "--at", "2027-02-26"])
    assert due(mine, *theirs, day="2027-02-26") == []
    for language, said in (("en", "Nothing is due"), ("de", "nichts fällig")):
        line = ["due", *theirs, "--at", "2027-02-26", "--lang", language]
        assert said in done(mine, line)


def test_a_reseller_gets_its_own_alone(fleet: Path) -> None:
    found = due(fleet, "--days", "50", "--reseller", "limmat-it")
    assert {each["reseller"] for each in found} == {"limmat-it"}
    line = ["due", "--format", "html", "--reseller", "limmat-it", "--at", LATER]
    text = done(fleet, line)
    assert "treuhand-limmat" in text
    assert "schmiedeisen" not in text
    assert 'id="numbers"' not in text
    assert "limmat-it" in done(fleet, ["due", "--reseller", "limmat"], 3)


def test_a_manifest_asks_before_it_is_carried_out(mine: Path) -> None:
    """Nothing is read of those that ask nothing; a letter has its day, an error its remedy."""
    settings = mine / "provision.yaml"
    settings.write_text(
        settings.read_text("utf-8").replace("require_poa: false", "require_poa: true")
    )
    folder = mine / "customers/bergnetz-telecom"
    for name in ("kanzlei-seeblick", "garage-alpenblick"):
        shutil.copy(ROOT / f"customers/bergnetz-telecom/{name}.yaml", folder)
    shutil.copy(ROOT / "customers/limmat-it/pension-lindenhof.yaml", mine / "customers/limmat-it")
    (folder / "hotel.yaml").write_text("version: 1\n")
    found = {(e["about"], e["code"]): e for e in due(mine, "--days", "20", day="2027-03-20")}

    def said(about: str, code: str | None = None) -> tuple[str, ...]:
        each = found[about, code]
        return each["kind"], each["who"], each["due_on"], each["reseller"], each["command"]

    letter = "provision poa pension-lindenhof --porting heim"
    assert said("pension-lindenhof/heim/1") == (
        "letter",
        "reseller",
        "2027-04-06",
        "limmat-it",
        letter,
    )
    ready = said("kanzlei-seeblick/kanzlei/1")
    assert ready[:3] == ("approval", "staff", "2027-03-23")
    assert ready[-1] == "provision apply kanzlei-seeblick"
    assert said("garage-alpenblick/garage", "PV216")[:3] == ("question", "staff", None)
    assert said("garage-alpenblick/garage", "PV209")[:4] == (
        "question",
        "reseller",
        None,
        "bergnetz-telecom",
    )
    assert [each["who"] for (about, _), each in found.items() if about == "hotel"] == ["reseller"]


def test_a_customer_that_gets_another_name_asks_once(mine: Path) -> None:
    """By the old one, until the rename is carried out."""
    before = due(mine, "--days", "50")
    folder = mine / "customers/limmat-it"
    text = (folder / "treuhand-limmat.yaml").read_text("utf-8")
    (folder / "treuhand-limmat.yaml").unlink()
    named = text.replace("version: 1", "version: 1\nwas: treuhand-limmat", 1)
    (folder / "treuhand-uster.yaml").write_text(named, "utf-8")
    assert due(mine, "--days", "50") == before


def test_an_approval_ends(mine: Path) -> None:
    manifest = mine / "customers/limmat-it/velo-werk.yaml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace("license: phones+apps", "license: phones"), "utf-8")
    done(mine, ["plan", "velo-werk", "--at", "2026-12-10", "--out", "plan.json"])
    approved = ["--approved", "plan.json"]

    def approvals(day: str) -> list[tuple[str, bool, str]]:
        found = due(mine, *approved, day=day)
        assert [each for each in due(mine, day=day) if each["kind"] == "approval"] == []
        kinds = (e for e in found if e["kind"] == "approval")
        return [(e["due_on"], e["overdue"], e["command"]) for e in kinds]

    assert approvals("2026-12-11") == []
    assert approvals("2026-12-18") == [
        ("2026-12-24", False, "provision apply --approved plan.json")
    ]
    assert approvals("2026-12-25") == [("2026-12-24", True, "provision plan --out plan.json")]
    done(mine, ["apply", "velo-werk", *approved, "--auto-approve", "--at", "2026-12-18"])
    assert approvals("2026-12-18") == []


def test_a_calendar_has_each_matter_once(fleet: Path, tmp_path: Path) -> None:
    out = tmp_path / "work.ics"
    line = ["due", "--days", "50", "--format", "ics"]
    assert "4 entries" in done(fleet, [*line, "--at", LATER, "--out", str(out)])
    data = out.read_bytes()
    assert all(len(each) <= 75 for each in data.split(b"\r\n"))
    first = Calendar.from_ical(data)
    events, tasks = first.walk("VEVENT"), first.walk("VTODO")
    assert (len(events), len(tasks)) == (3, 1)
    assert {str(e["DTSTART"].dt) for e in events} == {LATER, "2027-03-25", "2027-04-12"}
    again = Calendar.from_ical(done(fleet, [*line, "--at", "2027-03-01", "--lang", "it"]))
    uids = {str(each["UID"]) for each in (*events, *tasks)}
    assert {str(each["UID"]) for each in again.subcomponents} == uids
    assert len(uids) == 4


def test_a_page_stands_on_its_own(fleet: Path) -> None:
    found = done(fleet, ["due", "--at", LATER, "--days", "50", "--format", "html", "--lang", "de"])
    page = page_of(found)
    assert page.find(".//script") is None
    assert {each.attrib["id"] for each in page.iter("section") if "id" in each.attrib} == {
        "waits",
        "timeline",
        "customers",
        "numbers",
    }
    text = "".join(page.itertext())
    for each in due(fleet, "--days", "50", "--lang", "de"):
        assert each["command"] in text
    for signed in ("Petra Huber", "Hans Huber", "rechnung@schmiedeisen.example"):
        assert signed not in found


def test_who_cannot_be_read_is_told(mine: Path) -> None:
    with closing(sqlite3.connect(mine / "state/desk.sqlite")) as db, db:
        damage = "UPDATE accounts SET street = CAST(x'ff41' AS TEXT) WHERE customer = ?"
        assert db.execute(damage, ["schmiedeisen"]).rowcount
    shutil.rmtree(mine / "handover")
    (mine / "handover/limmat-it.jsonl").mkdir(parents=True)
    line = ["due", "--at", LATER, "--format"]
    found = process_here(mine, environment(), [*line, "json"])
    assert found.returncode == 1
    assert orjson.loads(found.stdout)["unknown"] == ["schmiedeisen"]
    assert b"PV020" in found.stderr
    calendar = process_here(mine, environment(), [*line, "ics"])
    assert (calendar.returncode, calendar.stdout) == (1, b"")
    assert "schmiedeisen" in process_here(mine, environment(), [*line, "html"]).stdout.decode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("due --days -1", 64),
        ("due --format pdf", 64),
        ("due --approved gone.json", 64),
        ("due --requests", 1),
    ],
)
def test_wrong_usage(fleet: Path, line: str, code: int) -> None:
    done(fleet, line.split(), code)


def test_an_empty_workspace_has_nothing_to_do(workspace: Path, run: Run) -> None:
    (workspace / "customers/limmat-it/velo-werk.yaml").unlink()
    assert b"Nothing is due" in run("due").stdout


def test_what_is_to_go_waits_for_its_permission(mine: Path) -> None:
    """A number that a manifest gave up, a subscription that ended, a manifest that is gone."""
    (mine / "removals.yaml").write_text("version: 1\nremovals: []\n")
    velo = mine / "customers/limmat-it/velo-werk.yaml"
    velo.write_text(
        velo.read_text("utf-8")
        .replace('  - {id: reserve, area: "031"}\n', "")
        .replace("license: phones+apps", "license: phones"),
        "utf-8",
    )

    def held(day: str = "2026-12-10") -> list[tuple[str, str]]:
        found = [each for each in due(mine, day=day) if "held back" in each["what"]]
        assert all(each["command"] == f"provision plan {each['customer']}" for each in found)
        return [(each["about"], each["who"]) for each in found]

    assert held() == []  # an edit is for its merge request
    done(mine, ["apply", "velo-werk", "--at", "2026-12-10", "--auto-approve"])
    assert held() == [("velo-werk/stock/reserve", "staff")]
    permission = "  - {what: velo-werk/stock/reserve, why: notice, until: 2026-12-12}\n"
    (mine / "removals.yaml").write_text(f"version: 1\nremovals:\n{permission}")
    assert held() == []
    assert held("2026-12-13") == [("velo-werk/stock/reserve", "staff")]
    (mine / "customers/limmat-it/treuhand-limmat.yaml").unlink()
    assert held() == [("treuhand-limmat/customer", "staff")]


def test_a_permission_to_adopt_ends_while_the_object_is_there(mine: Path) -> None:
    entry = "  - {what: velo-werk/workplace/alt, why: set up by hand, until: 2026-12-12}\n"
    (mine / "adoptions.yaml").write_text(f"version: 1\nadoptions:\n{entry}")
    velo = mine / "customers/limmat-it/velo-werk.yaml"
    text = velo.read_text("utf-8")
    velo.write_text(text.rstrip() + "\n  - {login: alt, license: phones}\n", "utf-8")

    def adoptions(*options: str) -> list[tuple[str, str | None]]:
        found = due(mine, *options, day="2026-12-10")
        return [(each["about"], each["due_on"]) for each in found if "take over" in each["what"]]

    assert adoptions() == []  # nothing is there that it would fit
    pbx = LocalPbx.open({"path": "state/pbx.sqlite"}, mine)
    ByHandLocal(pbx).by_hand_add("velo-werk", Kind.WORKPLACE, "alt", license="standard")
    pbx.close()
    assert adoptions() == [("velo-werk/workplace/alt", "2026-12-12")]
    assert adoptions("--days", "1") == []
    assert adoptions("--reseller", "bergnetz-telecom") == []
    (mine / "state/pbx.sqlite").write_bytes(b"not a database")
    unseen = process_here(mine, environment(), ["due", "--at", "2026-12-10"])
    assert unseen.returncode == 1
    assert b"nobody knows whether it has been used" in b" ".join(unseen.stdout.split())
    assert b"PV502" in unseen.stderr
    told = process_here(mine, environment(), ["due", "--at", "2026-12-10", "--format", "json"])
    assert orjson.loads(told.stdout)["faults"] == ["PV502"]
