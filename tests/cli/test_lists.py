"""Lists: for people in four languages, for programs by a schema, for spreadsheets."""

import csv
import io
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from cli.conftest import DAY, ROOT, environment
from jsonschema import Draft7Validator, FormatChecker
from syrupy.assertion import SnapshotAssertion

from provisioner.report.lists.formats import rows_csv
from provisioner.report.lists.rows import OrderRow, PoolRow
from tests.here import process_here

LISTS = {
    "status": "status",
    "status --sort due": "status",
    "status schmiedeisen": "status",
    "porting list": "orders",
    "porting show schmiedeisen/haupt/1": "orders",
    "numbers --list": "numbers",
    "whose 052 555 12 00": "whose",
    "whose 052 555 71 xx": "whose",
    "due --at 2027-02-25 --days 45": "due",
}
"""A command, and the schema of its JSON."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's customers, carried out, with a port that was accepted and one that rests."""
    root = tmp_path_factory.mktemp("fleet")
    for name in ("provision.yaml", "removals.yaml", "customers"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    say = ["--who", "R. Frei", "--why", "e-mail"]
    for line in (
        ["apply", "--at", DAY, "--auto-approve"],
        ["porting", "accept", "schmiedeisen/haupt/1", *say, "--at", "2026-11-27"],
    ):
        done = process_here(root, environment(), line)
        assert done.returncode == 0, done.stderr
    for file in root.glob("handover/*.jsonl"):  # it tells the day on which they were made
        file.write_bytes(
            re.sub(rb'"at":"[^"]+"', f'"at":"{DAY}T09:00:00+00:00"'.encode(), file.read_bytes())
        )
    return root


def said(fleet: Path, line: str, code: int = 0, **env: str) -> str:
    done = process_here(fleet, environment(**env), line.split())
    assert done.returncode == code, (line, done.returncode, done.stderr)
    return (done.stdout if code in (0, 1) else done.stderr).decode()


def rows(fleet: Path, line: str) -> list[dict[str, str]]:
    text = said(fleet, f"{line} --format csv")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def programs(fleet: Path, line: str) -> Any:
    return orjson.loads(said(fleet, f"{line} --format json"))


@pytest.mark.parametrize("language", ["en", "de", "fr", "it"])
@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_people_read_it(
    fleet: Path, snapshot: SnapshotAssertion, width: str, language: str
) -> None:
    for line in LISTS:
        text = said(fleet, f"{line} --lang {language}", COLUMNS=width)
        assert all(len(each) <= int(width) for each in text.splitlines()), line
        assert text == snapshot(name=line)
        table = not line.startswith(("due", "porting show"))
        assert width == "60" or not table or "\n-----" in text, "a table, and no block for a row"


@pytest.mark.parametrize("line", LISTS)
def test_programs_read_it_by_its_schema(fleet: Path, line: str) -> None:
    schema = orjson.loads((ROOT / f"schemas/{LISTS[line]}.schema.json").read_bytes())
    found = programs(fleet, line)
    Draft7Validator(schema, format_checker=FormatChecker()).validate(found)
    assert found["version"] == 1
    if line.startswith("status schm"):
        assert {each["number"] for each in found["numbers"]} >= {"0525551200", "05255520"}
        assert [each["order"] for each in found["orders"]] == ["haupt/1"]


def test_a_spreadsheet_reads_what_programs_read(fleet: Path) -> None:
    for line, of in (("status", "customers"), ("porting list", "orders"), ("numbers", "numbers")):
        table, found = rows(fleet, line), programs(fleet, line)[of]
        assert len(table) == len(found) > 0
        assert list(table[0]) == list(found[0])
    by_order = {each["order"]: each for each in rows(fleet, "porting list")}
    assert by_order["haupt/1"]["numbers"] == "052 555 20 xx, 052 555 12 00, 052 555 12 01"
    assert by_order["garage/1"]["port_date"] == ""
    assert rows(fleet, "status schmiedeisen")[0]["origin"] == "porting"
    assert {each["act"] for each in rows(fleet, "audit")} == {"applied", "ported"}


def test_a_cell_is_no_formula_and_no_second_row() -> None:
    order = OrderRow(
        customer="a",
        reseller="b",
        order="haupt/1",
        state="draft",
        port_date=None,
        time="09:00",
        due_on=None,
        attempt=1,
        provider="=cmd|' /C calc'!A0",
        company='Frei "Kaffee"\r\nGmbH; Zürich',
        numbers=("0525551200", "05255520"),
        poa=True,
        remote_id=None,
        reason=None,
        donor_code="\x1b[31m+1",
        completed_on=None,
    )
    text = rows_csv(OrderRow, [order])
    ((_, found),) = enumerate(csv.DictReader(io.StringIO(text, newline="")))
    assert found["provider"].startswith("'=")
    assert "\x1b" not in text
    assert text.count("\r\n") == 2
    assert found["poa"] == "true"
    assert rows_csv(PoolRow, []) == ",".join(PoolRow.model_fields) + "\r\n"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("porting list --state accepted", ["haupt/1"]),
        ("porting list --state draft --state accepted", ["haupt/1", "garage/1"]),
        ("porting list --from 2027-04-01 --to 2027-04-14", ["kanzlei/1", "kanzlei/2", "buero/1"]),
        ("porting list --number 0525552042", ["haupt/1"]),
        ("porting list --reseller limmat-it", ["filiale/1", "buero/1", "heim/1"]),
        ("porting list --state failed", []),
    ],
)
def test_orders_are_chosen_and_what_is_due_comes_first(
    fleet: Path, line: str, found: list[str]
) -> None:
    assert [each["order"] for each in programs(fleet, line)["orders"]] == found


@pytest.mark.parametrize(
    "line",
    [
        "porting list --number 0445550000",
        "status --number 0445550000",
        "numbers --list --number 0445550000",
    ],
)
def test_filters_that_leave_nothing_are_told(fleet: Path, line: str) -> None:
    done = process_here(fleet, environment(), line.split())
    assert done.returncode == 0
    assert done.stdout == b""
    assert b"Nothing fits; without filters there are " in done.stderr


def test_an_audit_tells_of_one_resellers_customers(fleet: Path) -> None:
    found = programs(fleet, "audit --reseller limmat-it")["entries"]
    assert {each["customer"] for each in found} == {
        "pension-lindenhof",
        "treuhand-limmat",
        "velo-werk",
    }
    every = programs(fleet, "audit")["entries"]
    assert found == [each for each in every if each in found] != every
    assert programs(fleet, "audit --reseller limmat-it --limit 1")["entries"] == found[:1]
    assert "limmat-it" in said(fleet, "audit --reseller limmat", 3)
    assert "CUSTOMER and --reseller do not go" in said(
        fleet, "audit velo-werk --reseller limmat-it", 64
    )


def test_an_audit_of_nobody_asks_who_was_meant(fleet: Path) -> None:
    done = process_here(fleet, environment(), ["audit", "schmideisen"])
    assert b"Did you mean schmiedeisen?" in done.stderr


def test_customers_and_numbers_are_chosen(fleet: Path) -> None:
    def names(line: str, of: str = "customers") -> list[str]:
        return [each["customer"] for each in programs(fleet, line)[of]]

    assert names("status --reseller limmat-it") == [
        "pension-lindenhof",
        "treuhand-limmat",
        "velo-werk",
    ]
    assert names("status --number 0525552042") == ["schmiedeisen"]
    assert names("status --sort due")[:2] == ["schmiedeisen", "treuhand-limmat"]
    held = "numbers --list --state allocated"
    assert {*names(f"{held} --reseller limmat-it", "numbers")} == {
        "pension-lindenhof",
        "treuhand-limmat",
        "velo-werk",
    }
    assert names(f"{held} --number 0525557142", "numbers") == []
    assert {each["state"] for each in programs(fleet, "numbers --state free")["numbers"]} == {
        "free"
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("0525551200", [("schmiedeisen", "porting", "porting")]),
        ("+41 52 555 20 42", [("schmiedeisen", "porting", "porting")]),
        ("052 555 70 13", [("schmiedeisen", "held", "stock")]),
        ("052 555 80 00", [("schmiedeisen", "held", "provisional")]),
        ("052 555 71 0x", [("schmiedeisen", "held", "stock")]),
        ("061 555 70 05", [(None, "free", "stock")]),
    ],
)
def test_whose_number_it_is(
    fleet: Path, asked: str, found: list[tuple[str | None, str, str]]
) -> None:
    told = programs(fleet, f"whose {asked}")["found"]
    assert [(each["customer"], each["state"], each["origin"]) for each in told] == found


@pytest.mark.parametrize(
    ("system", "damage"),
    [
        ("desk", "accounts SET street = CAST(x'ff41' AS TEXT) WHERE customer"),
        ("pbx", "objects SET fields = CAST(x'ff' AS TEXT) WHERE tenant"),
    ],
)
def test_whose_it_is_nobody_knows_is_not_nobodys(
    fleet: Path, tmp_path: Path, system: str, damage: str
) -> None:
    root = tmp_path / "work"
    shutil.copytree(fleet, root)
    with closing(sqlite3.connect(root / f"state/{system}.sqlite")) as db, db:
        assert db.execute(f"UPDATE {damage} = 'velo-werk'").rowcount
    mine = programs(fleet, "status velo-werk")["numbers"][0]["number"]
    done = process_here(root, environment(), ["whose", mine])
    assert done.returncode == 1
    assert b"PV561" in done.stderr
    assert not done.stdout


def test_nobodys_number(fleet: Path) -> None:
    assert "nobody has it" in said(fleet, "whose 044 555 00 00", 1)


@pytest.mark.parametrize(
    "line",
    [
        "whose 0525551200 0525551201",
        "whose 052 555 12 00 052 555 12 01",
        "whose 052 555 12 00, +41 52 555 12 01",
        "whose 052 555 12 00 052 555 12 00,0525551201",
    ],
)
def test_several_numbers_are_asked_for_at_once(fleet: Path, line: str) -> None:
    told = programs(fleet, line)
    assert told["asked"] == "0525551200, 0525551201"
    assert [row["number"] for row in told["found"]] == ["0525551200", "0525551201"]
    text = said(fleet, f"{line} 044 555 00 00", 1)
    assert "052 555 12 01" in text
    assert text.endswith(
        "044 555 00 00: nobody has it, and it is not one of the operator's numbers.\n"
    )


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("porting list --from 1.4.2027 --to 31.12.2027", "porting list --from 2027-04-01"),
        ("billing 3.2027", "billing 2027-03"),
        ("due --at 25.02.2027", "due --at 2027-02-25"),
    ],
)
def test_a_day_is_understood_as_people_write_it(fleet: Path, written: str, iso: str) -> None:
    assert said(fleet, written) == said(fleet, iso)


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("whose 12", 64, "a Swiss number like"),
        ("whose 052 555 12 00 - 052 555 12 14", 64, "a Swiss number like"),
        ("status --number abc", 64, "a Swiss number like"),
        ("whose 052 555 12 00 abc", 64, "a Swiss number like"),
        ("due --at 31.2.2027", 64, "like 2027-03-01 or 1.3.2027"),
        ("billing 13.2027", 64, "PV115"),
        ("porting list --from 2027-05-01 --to 2027-01-01", 64, "is before --from"),
        ("desk move", 64, "Give --service or --url"),
        ("porting list --state gone", 64, "fits: draft, awaiting_poa,"),
        ("status --workplaces", 64, "--workplaces needs CUSTOMER"),
        ("status schmiedeisen --workplaces", 3, "PV592"),
        ("status schmiedeisen --reseller limmat-it", 64, "CUSTOMER and --reseller do not go"),
    ],
)
def test_a_filter_that_cannot_fit_is_wrong_usage(
    fleet: Path, line: str, code: int, text: str
) -> None:
    assert text in said(fleet, line, code)


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("status schmideisen", "schmiedeisen"),
        ("porting show schmiedeisen/haubt/1", "schmiedeisen/haupt/1"),
        ("porting show schmiedeisn/haubt/1", "schmiedeisen/haupt/1"),
        ("porting show Schmiedeisen", "schmiedeisen/haupt/1"),
        ("rename velowerk/laden.velowrk neu", "velo-werk/laden.velowerk"),
        ("plan velowerk", "velo-werk"),
        ("fmt velowerk", "velo-werk"),
        ("rename velowerk velo", "velo-werk"),
        ("poa schmideisen", "schmiedeisen"),
        ("import schmideisen", "schmiedeisen"),
        ("status --reseller limmat", "limmat-it"),
    ],
)
def test_a_name_that_is_nowhere_gets_the_one_that_was_meant(
    fleet: Path, line: str, near: str
) -> None:
    done = process_here(fleet, environment(), line.split())
    assert done.returncode in (1, 3), done
    assert near in done.stderr.decode()


def test_a_desk_that_was_lost_is_not_an_empty_one(fleet: Path, tmp_path: Path) -> None:
    """As a plan says it: with nobody in any list, everybody would look gone."""
    root = tmp_path / "work"
    shutil.copytree(fleet, root)
    (root / "state/desk.sqlite").unlink()
    for line in (
        "status",
        "status velo-werk",
        "numbers --list",
        "whose 0525551200",
        "audit",
        "due",
        "billing 2027-03",
        "porting list",
        "porting show schmiedeisen/haupt/1",
        "calendar",
        "import",
    ):
        done = process_here(root, environment(), line.split())
        assert (done.returncode, done.stdout) == (1, b""), line
        assert b"PV576" in done.stderr, line
        assert b"provision apply --acknowledge desk-empty" in done.stderr


def test_a_bill_says_what_will_change_it(fleet: Path) -> None:
    """Cafe Sonne ends on 15 March, and nobody has carried that out yet."""

    def told(line: str) -> str:
        return process_here(fleet, environment(), line.split()).stderr.decode()

    early = told("billing 2027-03 --at 2027-03-31")
    assert "2027-03 is not over" in early
    assert "warning[PV495]" in early
    assert "cafe-sonne (2027-03-15)" in early
    late = told("billing 2027-03 --at 2027-04-01")
    assert "is not over" not in late
    assert "PV495" in late
    assert "PV495" not in told("billing 2027-02 --at 2027-03-01")
    assert told("billing 2027-03 velo-werk --at 2027-04-01") == ""
