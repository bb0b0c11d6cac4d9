"""`provision adopt`: entries for review, and the way from a hand-made customer to an empty plan."""

import sqlite3
import subprocess
from pathlib import Path

import pytest
from by_hand import ByHandLocal

from provisioner.contract.resources import Kind, Workplace
from provisioner.drivers.local import LocalPbx
from provisioner.errors import Refused
from provisioner.manifest.repository import load_workspace
from provisioner.telephony.identity import CustomerId
from tests.cli.conftest import DAY, Run

FILLED = {
    'street: ""': "street: Bergweg 3 #",
    'postcode: ""': "postcode: 7000 #",
    'city: ""': "city: Chur #",
    'person: ""': "person: Anna Berg #",
    'email: ""': "email: rechnung@bergblick.example #",
    'phone: ""': 'phone: "0815550100" #',
    'billing_from: ""': "billing_from: 2026-12-01 #",
    'license: ""': "license: phones #",
}


@pytest.fixture
def by_hand(workspace: Path) -> LocalPbx:
    """A hotel that somebody set up on the PBX."""
    pbx = LocalPbx.open({"path": "state/pbx.sqlite"}, workspace)
    hand = ByHandLocal(pbx)
    hand.by_hand_add("bergblick", Kind.TENANT, "tenant", name="Hotel Bergblick AG", theme="dark")
    hand.by_hand_add(
        "bergblick", Kind.WORKPLACE, "rezeption", license="phones+apps", name="Rosa", ring="loud"
    )
    hand.by_hand_add("bergblick", Kind.WORKPLACE, "kueche", license="standard", extension="21")
    hand.by_hand_add("bergblick", Kind.SUPPORT, "muster.support")
    hand.by_hand_add("bergblick", Kind.ROUTE, "0525553300", target="rezeption")
    hand.by_hand_add("bergblick", Kind.ROUTE, "05255534", target="kueche")
    hand.by_hand_add("bergblick", Kind.ROUTE, "0525553499", target="nobody.known")
    return pbx


def filled_in(workspace: Path) -> Path:
    path = workspace / "customers/limmat-it/bergblick.yaml"
    text = path.read_text("utf-8")
    for old, new in FILLED.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return path


def said(ended: "subprocess.CompletedProcess[bytes]", code: int = 0) -> str:
    text = (ended.stdout + ended.stderr).decode()
    assert ended.returncode == code, text
    return text


def test_from_hand_made_to_managed(run: Run, workspace: Path, by_hand: LocalPbx) -> None:
    said(run(f"apply --at {DAY} --auto-approve"))
    said(run("import bergblick --foreign --reseller limmat-it"))
    failing = said(run("validate bergblick"), 3)
    assert failing.count("error[") == 8
    filled_in(workspace)
    said(run("validate bergblick"))

    refused = said(run(f"plan bergblick --at {DAY}"), 3)
    assert refused.count("error[PV422]") == 6
    assert "PV247" not in refused
    assert by_hand.size() > 0
    before = ByHandLocal(by_hand).by_hand_look("bergblick", Kind.WORKPLACE, "rezeption")
    said(run(f"adopt bergblick --at {DAY} --until 2026-12-10"))
    assert ByHandLocal(by_hand).by_hand_look("bergblick", Kind.WORKPLACE, "rezeption") == before
    entries = load_workspace(workspace).adoptions.adoptions
    assert [e.what for e in entries] == [
        "bergblick/login/muster.support",
        "bergblick/number/0525553300",
        "bergblick/number/05255534",
        "bergblick/tenant",
        "bergblick/workplace/kueche",
        "bergblick/workplace/rezeption",
    ]
    assert {str(e.until) for e in entries} == {"2026-12-10"}

    shown = said(run(f"plan bergblick --at {DAY} --out plan.json"))
    assert "adopt workplace rezeption" in shown
    assert "Rosa" not in shown + (workspace / "plan.json").read_text("utf-8")
    said(run(f"apply bergblick --at {DAY} --approved plan.json"))
    after = said(run(f"plan --at {DAY} --detailed-exitcode"))
    assert after.count("PV432") == len(entries)
    looked = ByHandLocal(by_hand).by_hand_look("bergblick", Kind.WORKPLACE, "rezeption") or {}
    assert (looked["ring"], looked["name"]) == ("loud", "Rosa")
    assert (ByHandLocal(by_hand).by_hand_look("bergblick", Kind.TENANT, "tenant") or {})[
        "theme"
    ] == "dark"
    lines = ByHandLocal(by_hand).by_hand_look("bergblick", Kind.ROUTE, "0525553499")
    assert lines == {"target": "nobody.known"}
    said(run("import bergblick"))


def test_file_keeps_its_comments_and_old_entries(
    run: Run, workspace: Path, by_hand: LocalPbx
) -> None:
    del by_hand
    said(run("import bergblick --foreign --reseller limmat-it"))
    filled_in(workspace)
    path = workspace / "adoptions.yaml"
    path.write_text(
        "# of staff\nversion: 1\nadoptions:\n"
        "  # the kitchen moved\n"
        "  - {what: bergblick/workplace/kueche, why: Long ago, until: 2026-01-31}\n"
        "  - {what: velo-werk/tenant, why: Keep me, until: 2027-01-31} # really\n",
        "utf-8",
    )
    refused = said(run(f"plan bergblick --at {DAY}"), 3)
    assert "PV423" in refused
    said(run(f"adopt bergblick --at {DAY} --why Agreed"))
    text = path.read_text("utf-8")
    assert text.startswith("# of staff\n")
    assert "Keep me, until: 2027-01-31} # really" in text
    assert text.count("bergblick/workplace/kueche") == 1
    assert "Long ago" not in text
    again = said(run(f"adopt bergblick --at {DAY}"))
    assert "Nothing that could be adopted is in the way" in again
    assert path.read_text("utf-8") == text


def test_mark_of_another_tool_is_final(run: Run, workspace: Path, by_hand: LocalPbx) -> None:
    said(run("import bergblick --foreign --reseller limmat-it"))
    filled_in(workspace)
    by_hand.close()
    with sqlite3.connect(workspace / "state/pbx.sqlite") as db:
        db.execute("UPDATE objects SET owner = 'other-tool' WHERE key = 'kueche'")
    db.close()
    (workspace / "adoptions.yaml").write_text(
        "version: 1\nadoptions: [{what: bergblick/all, why: All, until: 2027-01-31}]\n", "utf-8"
    )
    refused = said(run(f"plan bergblick --at {DAY}"), 3)
    assert "PV424" in refused
    assert "other-tool" in refused
    assert "PV422" not in refused
    assert "PV424" in said(run(f"adopt bergblick --at {DAY}"), 3)
    place = Workplace(
        customer=CustomerId("bergblick"), login="kueche", license="phones", credential="x"
    )
    with pytest.raises(Refused):
        by_hand.adopt(place, secret=None, key="k")
    by_hand.close()


def test_customer_that_is_renamed_is_known_by_both_names(run: Run) -> None:
    said(run(f"apply --at {DAY} --auto-approve"))
    said(run("rename velo-werk velo-laden"))
    for name in ("velo-werk", "velo-laden"):
        assert "Nothing that could be adopted" in said(run(f"adopt {name} --at {DAY}"))


def test_row_that_nobody_understands_can_be_adopted_and_shows_nothing(
    run: Run, workspace: Path, by_hand: LocalPbx
) -> None:
    said(run("import bergblick --foreign --reseller limmat-it"))
    filled_in(workspace)
    by_hand.close()
    with sqlite3.connect(workspace / "state/pbx.sqlite") as db:
        db.execute("UPDATE objects SET fields = '{\"extension\": 21}' WHERE key = 'kueche'")
    db.close()
    (found,) = (f for f in by_hand.foreign(CustomerId("bergblick")) if f.key == "kueche")
    assert found.found is None
    by_hand.close()
    said(run(f"adopt bergblick --at {DAY}"))
    assert "adopt workplace kueche" in said(run(f"plan bergblick --at {DAY}"))


def test_broken_file_of_adoptions_stops_everything(run: Run, workspace: Path) -> None:
    path = workspace / "adoptions.yaml"
    path.write_text("version: 1\nadoptions: [{what: velo-werk, why: x, until: 2026-01-01}]\n")
    for line in (f"plan --at {DAY}", f"adopt velo-werk --at {DAY}", "validate"):
        assert "PV409" in said(run(line), 3)
    path.unlink()
    path.symlink_to(workspace / "provision.yaml")
    assert "PV020" in said(run("validate"), 3)


def test_broken_manifest_is_said_and_nothing_is_written(run: Run, workspace: Path) -> None:
    path = workspace / "customers/limmat-it/velo-werk.yaml"
    path.write_text(path.read_text("utf-8").replace("city: ", "town: "), "utf-8")
    assert "PV103" in said(run(f"adopt velo-werk --at {DAY}"), 3)
    assert not (workspace / "adoptions.yaml").exists()
    assert "PV447" in said(run("adopt nobody"), 3)
