"""``provision audit``: who did what, from what the desk has written down."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft7Validator, FormatChecker

from provisioner.cli.context import App
from provisioner.cli.group import main
from provisioner.contract.desk import AuditEntry
from provisioner.report.audit import act_of, told
from provisioner.report.messages import Catalogue

ROOT = Path(__file__).parents[2]
ORDER = "schmiedeisen/haupt/1"
REASON = ["--who", "R. Frei", "--why", "letter"]


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A customer whose port was accepted on a later day."""
    folder = tmp_path / "customers/bergnetz-telecom"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "customers/bergnetz-telecom/schmiedeisen.yaml", folder)
    shutil.copy(ROOT / "provision.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(App, "now", lambda _: datetime(2026, 11, 24, 22, 30, tzinfo=UTC))
    monkeypatch.setenv("PROVISION_WHO", "meier")
    assert main(["apply", "--auto-approve"]) == 0
    day = "2026-11-27"
    accepted = ["porting", "accept", ORDER, *REASON, "--at", day]
    assert main(accepted) == 0, capsys.readouterr().err
    capsys.readouterr()


def entries(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    assert main(["audit", *arguments, "--format", "json"]) == 0
    found = orjson.loads(capsys.readouterr().out)
    schema = orjson.loads((ROOT / "schemas/audit.schema.json").read_bytes())
    Draft7Validator(schema, format_checker=FormatChecker()).validate(found)
    listed: list[dict[str, str]] = found["entries"]
    return listed


@pytest.mark.usefixtures("workspace")
def test_programs_get_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    ported, applied = entries(capsys)[0], entries(capsys)[-1]
    assert applied["act"] == "applied"
    assert (applied["who"], applied["at"]) == ("meier", "2026-11-24T22:30:00Z")
    assert (ported["act"], ported["who"], ported["why"]) == ("ported", "R. Frei", "letter")
    assert ported["at"] == applied["at"], "when it was done, whatever day --at said"
    assert ported["customer"] == "schmiedeisen"
    assert entries(capsys, "somebody-else") == []
    assert entries(capsys, "--limit", "1") == [ported]
    more = "--limit", "1" + 30 * "0"
    assert entries(capsys, *more) == entries(capsys)
    assert entries(capsys, *more, "--reseller", "bergnetz-telecom") == entries(capsys)


@pytest.mark.usefixtures("workspace")
def test_days_are_those_of_switzerland(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half past eleven in the evening in UTC, which is the next day there."""
    monkeypatch.setattr(App, "now", lambda _: datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert main(["porting", "sync", ORDER, *REASON, "--at", "2027-02-25"]) == 0
    capsys.readouterr()
    before = entries(capsys, "--until", "2026-11-24")
    assert {each["act"] for each in before} == {"applied", "ported"}
    (later,) = entries(capsys, "--since", "2026-11-25")
    assert "accepted -> synchronised" in later["what"]


@pytest.mark.usefixtures("workspace")
def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "schmiedeisen"]) == 0
    said = capsys.readouterr().out
    assert "24.11.2026 23:30" in said
    assert "R. Frei" in said
    assert main(["audit", "--since", "2030-01-01"]) == 0
    assert "nothing about that" in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    ("lang", "ported", "applied"),
    [
        ("de", "Portierungsauftrag haupt/1: eingereicht → angenommen", "ausgeführte Schritte: "),
        ("fr", "ordre de portage haupt/1: ", "étapes exécutées: "),
        ("it", "ordine di portabilità haupt/1: ", "passi eseguiti: "),
    ],
)
def test_what_was_done_is_told_in_the_language_of_the_reader(
    lang: str, ported: str, applied: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--lang", lang]) == 0
    said = capsys.readouterr().out.split()
    assert {*ported.split(), *applied.split()} <= {*said}
    assert "steps" not in said


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("released by hand by meier (7), project 12", "von Hand freigegeben durch meier (7), Proj"),
        ("renamed a to b", "umbenannt von a in b"),
        ("number 0445557001 moved from a to b", "Nummer 0445557001 ging von a an b"),
        ("plan of merge request 5 as it was shown", "Plan des Merge-Requests 5"),
        ("adopted workplace/a", "übernommen: workplace/a"),
        (
            "approved in merge request 1 by a (2), b (3) at 2026-11-24T10, head ab, merged as cd",
            "freigegeben im Merge-Request 1 von a (2), b (3) am 2026-11-24T10, Stand ab, gemergt",
        ),
        ("somebody wrote this", "somebody wrote this"),
    ],
)
def test_each_sentence_of_ours_is_translated(what: str, said: str) -> None:
    assert told(what, Catalogue("de")).startswith(said)


@pytest.mark.parametrize(
    ("what", "act"),
    [
        ("approved in merge request 1 by meier at 2026", "approved"),
        ("released by hand by meier, project 7", "released"),
        ("renamed a to b", "renamed"),
        ("adopted workplace/a", "adopted"),
        ("number 0445557001 moved from a to b", "moved"),
        ("protected branch carried out, project 7", "other"),
    ],
)
def test_what_an_entry_tells_of(what: str, act: str) -> None:
    assert act_of(AuditEntry(datetime(2026, 1, 1, tzinfo=UTC), "x", what, "y")) == act


def test_a_span_that_ends_before_it_begins_is_wrong_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main("audit --since 2027-01-01 --until 2026-01-01".split()) == 64
    assert "--until 2026-01-01 is before" in capsys.readouterr().err
