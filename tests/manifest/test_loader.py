"""From bytes to a manifest: which finding, where, with what remedy."""

import re
from collections.abc import Callable

import pytest

from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, InputError
from provisioner.manifest.loader import load_manifest, load_model
from provisioner.manifest.removals import Removals

Edited = Callable[..., bytes]

CASES = {
    "R1 two missing": (
        [("  city: Winterthur\n", ""), ("  email: rechnung@schmiedeisen.example\n", "")],
        ["3:1 PV101 fields=city, email"],
    ),
    "unknown with suggestion": (
        [("uid:", "udi:")],
        ["5:3 PV103 field=udi suggestion=uid"],
    ),
    "unknown without suggestion": (
        [("uid:", "website:")],
        ["5:3 PV103 field=website suggestion="],
    ),
    "field of a workplace": (
        [("subscription:\n", "hide_number: true\nsrtp: off\nsubscription:\n")],
        ["12:1 PV810 field=hide_number where=workplaces", "13:1 PV810 field=srtp where=workplaces"],
    ),
    "field of the customer": (
        [("    password: {generate: true}", "    barred: [international]")],
        ["34:5 PV810 field=barred where=top_level"],
    ),
    "model without its maker": (
        [("    password: {generate: true}", "    phone: {model: T54W, mac: 805EC0A1B2C3}")],
        ["34:20 PV104 found=T54W suggestion=yealink-t54w"],
    ),
    "word for encryption": (
        [("    password: {generate: true}", "    srtp: mandatory")],
        ["34:11 PV104 found=mandatory suggestion=required"],
    ),
    "word for a list": (
        [("subscription:\n", "barred: Ausland\nsubscription:\n")],
        ["12:9 PV811 found=Ausland suggestion=international"],
    ),
    "word that is none for a list": (
        [("subscription:\n", "barred: premium\nsubscription:\n")],
        ["12:9 PV811 found=premium suggestion="],
    ),
    "word in a list": (
        [("subscription:\n", "barred: [Ausland]\nsubscription:\n")],
        ["12:10 PV104 found=Ausland suggestion=international"],
    ),
    "list for a value": ([("city: Winterthur", "city: [Winterthur]")], ["8:3 PV102"]),
    "value for a group": ([("subscription:\n  billing_from: 2027-01-01\n", "subscription: now\n"),
                           ("  activate_from: 2026-12-10\n", "")],
                          ["12:15 PV122 field=subscription"]),
    "value for a list": ([("numbers: [0525551200, 0525551201]", "numbers: 0525551200")],
                         ["25:14 PV123 field=numbers"]),
    "R10 a flood of numbers": (
        [("[0525551200,", f"[{'0525551200, ' * 1000}")],
        ["25:5 PV033 field=numbers"],
    ),
    "R9 spelling": ([("[0525551200,", "[052 555 12 00,")],
                    ["25:15 PV201 found=052 555 12 00 suggestion=0525551200"]),
    "R9 zero lost": ([("[0525551200,", "[525551200,")],
                     ["25:15 PV201 found=525551200 suggestion=0525551200"]),
    "choice": ([("use: fax", "use: fxa")],
               ["37:10 PV104 found=fxa suggestion=fax"]),
    "choice of a number": ([("block: 100", "block: 50")], ["17:33 PV104 found=50 suggestion="]),
    "version": ([("version: 1", "version: 2")], ["2:10 PV104 found=2 suggestion="]),
    "date": ([("2027-01-01", "01.01.2027")], ["13:17 PV107 found=01.01.2027"]),
    "truth": ([("contract: true", "contract: yes")], ["22:27 PV106 found=yes"]),
    "R6 asap with a date": ([("when: date,", "when: asap,")],
                            ["23:34 PV226 field=date when=asap"]),
    "R6 contract_end without its end": (
        [("when: date, date: 2027-03-01", "when: contract_end")],
        ["23:5 PV227 field=contract_ends_on when=contract_end"],
    ),
    "R6 no time": ([(', time: "09:00"', "")], ["23:5 PV101 fields=time"]),
    "R6 time at night": ([('"09:00"', '"19:00"')], ["23:52 PV228 found=19:00"]),
    "R4 nobody signs": ([("[Petra Huber, Hans Huber]", "[]")],
                        ["24:40 PV121 field=signatories"]),
    "R4 no signature": (
        [("    signature: {authority: collective, signatories: [Petra Huber, Hans Huber]}\n", "")],
        ["19:5 PV101 fields=signature"],
    ),
    "R15 no workplace left out of too_short": (
        [("login: petra.huber", "login: petra huber"), ("login: fax", "login: fäx")],
        ["28:12 PV206 found=petra huber suggestion=petra.huber",
         "35:12 PV206 found=fäx suggestion=faex"],
    ),
    "tag of a union is no place": ([("{stock: ddi, line: 11}", "{stock: ddi, lne: 11}")],
                                   ["38:26 PV103 field=lne suggestion=line"]),
    "number or block": ([("number: 0525552011", "number: 0525 55")],
                        ["32:13 PV204 found=0525 55 suggestion="]),
    "clear password": ([("21\n    password: {generate: true}", "11\n    password: hunter2")],
                       ["34:15 PV301"]),
    "neither generated nor sealed": (
        [("21\n    password: {generate: true}", "11\n    password: {generate: false}")],
        ["34:5 PV302"],
    ),
    "empty value": ([("company: Schmiedeisen AG", "company:")], ["4:11 PV120"]),
    "duplicate and missing together": (
        [("  city: Winterthur\n", "  company: Zwei AG\n")],
        ["3:1 PV101 fields=city", "8:3 PV009"],
    ),
}  # fmt: skip

SHOWN = ("fields", "field", "found", "suggestion", "when", "where")


def brief(found: Diagnostic, expected: str) -> str:
    assert found.place
    words = [f"{found.place.line}:{found.place.column}", found.code]
    asked = (name for name in SHOWN if name in found.params and f" {name}=" in expected)
    words += [f"{name}={found.params[name]}" for name in asked]
    return " ".join(words)


@pytest.mark.parametrize("name", CASES)
def test_finding(name: str, edited: Edited) -> None:
    changes, expected = CASES[name]
    with pytest.raises(InputError) as raised:
        load_manifest(edited(*changes), "x.yaml")
    found = raised.value.diagnostics
    assert len(found) == len(expected), [d.code for d in found]
    assert [brief(d, e) for d, e in zip(found, expected, strict=True)] == expected


def test_r1_contact_missing_lists_all_five(whole: str) -> None:
    start, end = whole.index("contact:"), whole.index("subscription:")
    with pytest.raises(InputError) as raised:
        load_manifest((whole[:start] + whole[end:]).encode(), "x")
    (found,) = raised.value.diagnostics
    assert found.code == "PV101"
    assert found.params["fields"] == "company, street, postcode, city, person, email, phone"


def test_whole_manifest_loads(whole: str) -> None:
    loaded = load_manifest(whole.encode(), "x")
    assert str(loaded.value.porting[0].numbers[0]) == "0525551200"
    assert loaded.value.workplaces[1].number.line == 11  # type: ignore[union-attr]


def test_both_spellings_of_license_are_one_field(whole: str) -> None:
    twice = re.sub(r"( +)(license: .*)", r"\1\2\n\1licence: phones", whole, count=1)
    with pytest.raises(InputError) as refused:
        load_manifest(twice.encode(), "x.yaml")
    (found, *_) = refused.value.diagnostics
    assert (found.code, found.path) == ("PV009", ("workplaces", 0, "license"))


def test_order_of_keys_does_not_change_the_digest(whole: str) -> None:
    moved = whole.replace("  city: Winterthur\n", "").replace(
        "contact:\n", "contact:\n  city: Winterthur\n"
    )
    assert moved != whole
    assert (
        load_manifest(moved.encode(), "x").value.digest()
        == load_manifest(whole.encode(), "x").value.digest()
    )


def test_config_and_removals_use_the_same_machinery() -> None:
    with pytest.raises(InputError) as raised:
        load_model(Config, b"version: 1\npbx: {driver: local}\nporting: {canton: ZZ}\n", "p")
    assert {d.code for d in raised.value.diagnostics} == {"PV101", "PV119"}
    with pytest.raises(InputError) as raised:
        load_model(Removals, b"version: 1\nremovals: [{what: x, why: y, until: z}]\n", "r")
    assert [d.code for d in raised.value.diagnostics] == ["PV402", "PV107"]


def test_bad_key_of_a_mapping_is_located() -> None:
    text = b"version: 1\npbx: {driver: a}\ndesk: {driver: b}\nresellers:\n  Bad Name: {name: x}\n"
    with pytest.raises(InputError) as raised:
        load_model(Config, text, "p")
    (found,) = raised.value.diagnostics
    assert found.code == "PV117"
    assert found.params == {"found": "Bad Name"}
    assert str(found.place) == "p:5:3"


@pytest.mark.parametrize(
    "data", [b"- a\n", b"text\n", b"[]", b"{}", b"'[key]': 1", b"'<stock>': 1"]
)
def test_root_of_another_kind(data: bytes) -> None:
    with pytest.raises(InputError):
        load_manifest(data, "x")
