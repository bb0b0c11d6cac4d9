"""``provision subscribers``: who has and had which number, where help goes, and who is listed."""

import csv
import io
import shutil
from pathlib import Path

import orjson
import pytest
from cli.conftest import DAY, ROOT, environment
from jsonschema import Draft7Validator, FormatChecker

from tests.here import process_here

PORTED = "2027-02-26"
SAY = ["--who", "R. Frei", "--why", "e-mail"]
ORDER = "schmiedeisen/haupt/1"
LATER = (
    ["porting", "accept", ORDER, *SAY, "--at", "2026-11-27"],
    ["reconcile", "--auto-approve", "--at", "2027-02-24"],
    ["reconcile", "--auto-approve", "--at", PORTED],
    ["porting", "complete", ORDER, *SAY, "--at", PORTED],
    ["reconcile", "--auto-approve", "--at", "2027-03-02"],
)
"""Until the numbers are here, and those that stood in for them have gone."""
SAID = {
    "subscription:\n": "emergency: {street: Hammerweg 14, postcode: 8400, city: Winterthur,"
    " confirmed_on: 2026-11-20}\n"
    'directory: {listed: true, name: "+41 Schmiede", no_advertising: true}\n\nsubscription:\n',
    "extension: 13\n": "extension: 13\n"
    "    emergency: {street: Bergweg 2, postcode: 7000, city: Chur}\n",
    "extension: 21\n": "extension: 21\n"
    "    emergency: {street: Seeweg 3, postcode: 8001, city: Zürich}\n",
}
"""A line of the ported block and one of the new block ring elsewhere."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fleet")
    folder = made / "customers" / "bergnetz-telecom"
    folder.mkdir(parents=True)
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, made / name)
    for name in ("schmiedeisen", "cafe-sonne"):
        shutil.copy(ROOT / "customers/bergnetz-telecom" / f"{name}.yaml", folder)
    smithy = folder / "schmiedeisen.yaml"
    text = smithy.read_text("utf-8")
    for old, new in SAID.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    smithy.write_text(text, "utf-8")
    run(made, "apply", "--at", DAY, "--auto-approve")
    return made


@pytest.fixture(scope="module")
def ported(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("ported")
    shutil.copytree(root, made, dirs_exist_ok=True)
    for line in LATER:
        run(made, *line)
    return made


def run(root: Path, *line: str, code: int = 0) -> str:
    done = process_here(root, environment(), list(line))
    assert done.returncode == code, done.stderr
    return (done.stdout if code == 0 else done.stderr).decode()


def listed(root: Path, *more: str) -> dict[str, dict[str, str]]:
    """Rows of the CSV by number."""
    text = run(root, "subscribers", *more)
    assert text.endswith("\r\n")
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len({row["number"] for row in found}) == len(found)
    return {row["number"]: row for row in found}


def test_every_number_its_location_and_its_entry(root: Path) -> None:
    found = listed(root, "--at", DAY)
    assert found.keys() == {
        *("061 555 70 00", "052 555 70 xx", "052 555 70 11", "052 555 71 00"),
        *("052 555 80 00", "052 555 80 01", "052 555 81 xx", "052 555 81 11"),
    }
    where = {number: (row["street"], row["origin"]) for number, row in found.items()}
    assert where["061 555 70 00"] == ("Marktgasse 3", "stock"), "the contact's, by default"
    assert where["052 555 71 00"] == ("Hammerweg 14", "stock")
    assert where["052 555 70 11"] == ("Seeweg 3", "stock")
    assert where["052 555 81 xx"] == ("Hammerweg 14", "provisional")
    assert where["052 555 81 11"] == ("Bergweg 2", "provisional"), "it stands in for the line"
    smithy, cafe = found["052 555 71 00"], found["061 555 70 00"]
    assert smithy["confirmed_on"] == "2026-11-20"
    assert (smithy["listed"], smithy["no_advertising"]) == ("true", "true")
    assert smithy["name"] == "'+41 Schmiede", "a spreadsheet takes it for no formula"
    assert (cafe["listed"], cafe["name"]) == ("", ""), "nothing is declared"


def test_what_came_and_what_has_ended(ported: Path) -> None:
    now = listed(ported, "--at", "2027-03-02")
    assert {
        n: row["starts"] for n, row in now.items() if row["origin"] == "ported"
    } == dict.fromkeys(("052 555 12 00", "052 555 12 01", "052 555 20 xx", "052 555 20 11"), PORTED)
    assert now["052 555 20 11"]["street"] == "Bergweg 2"
    assert now["052 555 71 00"]["starts"] == "2027-01-01"
    assert not any(row["ends"] for row in now.values())
    since = listed(ported, "--at", "2027-03-02", "--since", "2027-02-01")
    gone = {number: since[number] for number in since.keys() - now.keys()}
    assert gone.keys() == {"052 555 80 00", "052 555 80 01", "052 555 81 xx"}
    for row in gone.values():
        assert (row["ends"], row["street"], row["listed"]) == ("2027-03-02", "", "")
    assert listed(ported, "--at", "2027-03-04", "--since", "2027-03-03") == now
    assert "has not come yet" in run(ported, "subscribers", "--since", "2199-01-01", code=64)


def test_json_is_by_its_schema_and_says_the_same(ported: Path) -> None:
    line = ("subscribers", "--at", "2027-03-02", "--since", "2027-02-01")
    found = orjson.loads(run(ported, *line, "--format", "json"))
    schema = orjson.loads((ROOT / "schemas" / "subscribers.schema.json").read_bytes())
    Draft7Validator(schema, format_checker=FormatChecker()).validate(found)
    assert (found["at"], found["since"]) == ("2027-03-02", "2027-02-01")
    assert len(found["subscribers"]) == len(listed(ported, *line[1:]))
    assert found["subscribers"][1]["name"] == "+41 Schmiede"


def test_a_span_that_ends_before_it_begins(root: Path) -> None:
    assert "--since" in run(root, "subscribers", "--at", DAY, "--since", "2027-01-01", code=64)


def test_no_plan_tells_an_address(root: Path) -> None:
    file = root / "customers/bergnetz-telecom/schmiedeisen.yaml"
    before = file.read_text("utf-8")
    try:
        file.write_text(before.replace("Bergweg 2", "Talweg 99"), "utf-8")
        told = run(root, "plan", "--at", DAY, "schmiedeisen")
        told += run(root, "plan", "--at", DAY, "schmiedeisen", "--format", "json")
    finally:
        file.write_text(before, "utf-8")
    assert "PV823" in told
    assert "Talweg" not in told
    assert "Bergweg" not in told
