"""One customer's findings are the same whether all manifests are read or those that concern it."""

from collections import Counter
from pathlib import Path

import pytest

from provisioner.manifest.files import Folder
from provisioner.manifest.repository import load_workspace

CONFIG = """\
version: 1
pbx: {driver: local}
desk: {driver: sql}
numbers:
  stock: ["0445550"]
prices:
  - valid_from: 2026-01-01
    monthly: {subscription: 19.00, phones: 6.50, phones+apps: 9.50, number: 1.00, block_10: 5.00}
    once: {setup: 120.00, port_order: 45.00}
resellers: {one: {name: One AG}, two: {name: Two AG}}
"""
HEAD = """\
version: 1
contact: {company: Muster AG, street: Weg 1, postcode: 8400, city: Winterthur, person: Eva Muster,
  email: rechnung@muster.example, phone: "0525550100"}
subscription: {billing_from: 2027-01-01}
"""
PORT = """\
porting:
  - id: haupt
    provider: Swisscom
    scope: partial
    schedule: {{when: date, date: 2027-03-10, time: "09:00"}}
    signature: {{authority: single, signatories: [Eva Muster]}}
    {items}
"""
PHONE = "workplaces: [{{login: {login}, license: phones}}]\n"
MANY = "".join(f"  - {{login: person{n}.of{n}, license: phones}}\n" for n in range(12))
"""Workplaces whose logins have nothing in common."""
PLACE = "  - {{login: {login}, license: phones, phone: {{model: snom-d785, mac: {mac}}}}}\n"
DESK = "workplaces:\n" + PLACE
DESKS = "workplaces:\n" + "".join(
    PLACE.format(login=f"desk{n}.of{n}", mac=f"0004130000{n}") for n in range(10, 22)
)

FILES = {
    "one/port": HEAD + PORT.format(items='numbers: ["0525551201"]') + PHONE.format(login="a.port"),
    "two/same": HEAD + PORT.format(items="numbers: ['+41 52 555 12 01']") + PHONE.format(login="a"),
    "two/wide": HEAD + PORT.format(items='blocks: ["05255512"]') + PHONE.format(login="b.wide"),
    "two/escaped": HEAD
    + PORT.format(items=r'numbers: ["052555120\x31"]')
    + PHONE.format(login="b.escaped"),
    "one/inside": HEAD
    + PORT.format(items='blocks: ["052555120"]')
    + PHONE.format(login="c.inside"),
    "two/login": HEAD + PHONE.format(login="A.Port"),
    "one/many": HEAD + "workplaces:\n" + MANY + "  - {login: alone, license: phones}\n",
    "two/seventh": HEAD + PHONE.format(login="Person7.OF7"),
    "two/undotted": HEAD + PHONE.format(login="ALONE"),
    "one/giver": HEAD
    + 'numbers: [{id: old, held: "0445550001"}]\n'
    + PHONE.format(login="d.giver"),
    "two/taker": HEAD
    + 'numbers: [{id: new, held: "0445550001", from: giver}]\n'
    + PHONE.format(login="d.taker"),
    "two/renamed": HEAD.replace("version: 1", "version: 1\nwas: former")
    + PHONE.format(login="e.renamed"),
    "one/former": HEAD + PHONE.format(login="e.former"),
    "two/broken": "version: 1\nwas: far\n",
    "one/desks": HEAD + DESKS,
    "two/desk": HEAD + DESK.format(login="g.desk", mac="'000413000017'"),
    "one/phone": HEAD + DESK.format(login="g.phone", mac="000413A1B2C3"),
    "two/phone-again": HEAD + DESK.format(login="g.again", mac="000413A1B2C3"),
    "one/far": HEAD + PORT.format(items='numbers: ["0325551201"]') + PHONE.format(login="f.far"),
}


class Counted:
    """Files, and how often each was read."""

    def __init__(self, files: Folder) -> None:
        self.listed, self.below, self._files = files.listed, files.below, files
        self.read_of: Counter[str] = Counter()

    def read(self, path: str) -> bytes:
        self.read_of[path] += 1
        return self._files.read(path)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "provision.yaml").write_text(CONFIG, "utf-8")
    for name, text in FILES.items():
        path = tmp_path / f"customers/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def test_each_customer_hears_what_it_hears_among_all(fleet: Path) -> None:
    whole = load_workspace(fleet)
    codes = {d.code for d in whole.diagnostics}
    assert {"PV405", "PV406", "PV407", "PV805"} <= codes, codes  # they do stand in each other's way
    for name in FILES:
        customer = name.partition("/")[2]
        for asked in (customer, f"customers/{name}.yaml"):
            alone = load_workspace(fleet, around=[asked])
            assert alone.located(customer) == whole.located(customer), asked
            assert {c for c in whole.broken if str(c) == customer} <= alone.broken


def test_what_does_not_concern_a_customer_is_not_read(fleet: Path) -> None:
    found = {str(customer) for customer in load_workspace(fleet, around=["far"]).entries}
    assert found == {"far", "escaped"}  # what an escape spells is known once it is read


def test_others_are_looked_through_once_more_for_each_that_names_one(fleet: Path) -> None:
    """Whom a customer names is in its own file, and is looked for together with it."""
    for name, rounds in {"far": 1, "taker": 1, "giver": 2}.items():
        seen = Counted(Folder(fleet))
        load_workspace(fleet, seen, around=[name])
        assert seen.read_of["customers/two/login.yaml"] == rounds, name


def test_where_all_are_named_none_is_looked_for(fleet: Path) -> None:
    for path in fleet.glob("customers/*/*"):
        if path.stem != "far":
            path.unlink()
    seen = Counted(Folder(fleet))
    assert len(load_workspace(fleet, seen, around=["far"]).entries) == 1
    assert seen.read_of["customers/one/far.yaml"] == 1


def test_a_name_behind_which_is_no_file_reads_all(fleet: Path) -> None:
    everyone = load_workspace(fleet).entries.keys()
    for name in ("nobody", "customers", "customers/one"):
        assert load_workspace(fleet, around=["port", name]).entries.keys() == everyone
