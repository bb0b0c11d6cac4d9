"""What the web host is told of phones: all it needs, in time, sealed, and no more than that."""

import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyrage
import pytest
from harness import World

from provisioner.apply.handover import opened
from provisioner.drivers.local import LocalPbx
from provisioner.drivers.password_hash import matches
from provisioner.manifest.sealed import context, seal, unseal_raw
from provisioner.operations.phones import phones_in

DAY = "2026-12-01"
PHONE = {"model": "snom-d785", "mac": "000413A1B2C3"}
OTHER = {"model": "yealink-t54w", "mac": "805EC0A1B2C3"}
WEB_HOST = pyrage.x25519.Identity.generate()
PHONES = {
    "recipient": str(WEB_HOST.to_public()),
    "registrar": "sip.muster.example",
    "url": "https://phones.muster.example/",
}
CASE = {
    "base": "cafe",
    "set": {"workplaces.0.phone": PHONE, "workplaces.0.extension": "21"},
    "config": {"phones": PHONES},
}
HERE = ("cafe", "bar.cafe")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(LocalPbx, "WORK", 2)
    with closing(World(tmp_path, CASE)) as made:
        yield made


def told(world: World) -> list[dict[str, Any]]:
    """What is in every entry, in order."""
    path = world.root / "handover/phones.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []
    found = []
    for line in map(json.loads, lines):
        if "carried_out" in line:
            assert [*line] == ["customer", "kind", "login", "at", "carried_out"]
            continue
        assert [*line] == ["customer", "kind", "login", "at", "call", "now", "sealed"]
        body = json.loads(unseal_raw(line["sealed"], [str(WEB_HOST)]))
        assert {name: body[name] for name in ("customer", "kind", "login")} == {
            name: line[name] for name in ("customer", "kind", "login")
        }
        found.append(body)
    return found


def changed(world: World, how: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """What an edit that is applied adds."""
    before = len(told(world))
    if how:
        world.happen(DAY, {"edit": how})
    world.happen(DAY, {"apply": "", **more})
    return told(world)[before:]


def web_host(world: World) -> dict[str, str]:
    """The MAC and the password of each login that has a phone, as the web host sees it."""
    content = (world.root / "handover/phones.jsonl").read_bytes()
    found = phones_in(content, [str(WEB_HOST)], "phones.jsonl")
    assert found.faults == ()
    for each in found.handsets:
        assert is_password(world, each.place.login, each.password), each.place
    return {each.place.login: str(each.phone.mac) for each in found.handsets}


def places(entries: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    phones = [entry["phone"]["mac"] if entry["phone"] else "" for entry in entries]
    return [(e["customer"], e["login"], mac) for e, mac in zip(entries, phones, strict=True)]


def is_password(world: World, login: str, password: str) -> bool:
    """Whether the PBX takes it."""
    with closing(sqlite3.connect(world.root / "pbx.sqlite")) as db:
        (kept,) = db.execute("SELECT secret FROM objects WHERE key = ?", (login,)).fetchone()
    return matches(kept, password)


def test_a_new_phone_is_told_all_of_it(world: World) -> None:
    (entry,) = changed(world, {})
    password = entry.pop("password")
    assert entry == {
        "customer": "cafe",
        "kind": "phone",
        "login": "bar.cafe",
        "user": "bar.cafe",
        "name": None,
        "extension": "21",
        "srtp": None,
        "phone": PHONE,
    }
    assert is_password(world, "bar.cafe", password)
    folder = world.root / "handover"
    assert stat.S_IMODE((folder / "phones.jsonl").stat().st_mode) == 0o600
    for path, _, names in os.walk(world.root):
        for name in names:
            assert password.encode() not in (Path(path) / name).read_bytes()
    assert changed(world, {}, gives={}) == []


def test_an_entry_for_each_change_that_a_phone_has_to_know(world: World) -> None:
    changed(world, {})
    assert changed(world, {"set": {"contact.city": "Wil", "workplaces.0.use": "desk"}}) == []
    assert changed(world, {"set": {"workplaces.0.license": "phones+apps"}}) == []
    (named,) = changed(world, {"set": {"workplaces.0.name": "Bar", "workplaces.0.extension": "22"}})
    assert (named["name"], named["extension"], named["password"]) == ("Bar", "22", None)
    (other,) = changed(world, {"set": {"workplaces.0.phone": OTHER}})
    assert (other["phone"], other["password"]) == (OTHER, None)
    generation = {"generate": "true", "generation": "2"}
    (renewed,) = changed(world, {"set": {"workplaces.0.password": generation}})
    assert is_password(world, "bar.cafe", renewed["password"])
    (gone,) = changed(world, {"unset": ["workplaces.0.phone"]})
    assert (gone["phone"], gone["password"]) == (None, None)
    assert changed(world, {"set": {"workplaces.0.name": "Theke"}}) == []
    (back,) = changed(world, {"set": {"workplaces.0.phone": PHONE}})
    assert is_password(world, "bar.cafe", back["password"])
    assert back["name"] == "Theke"


def test_a_sealed_password_is_told_as_it_is(world: World) -> None:
    operator = pyrage.x25519.Identity.generate()
    secret = "aB3-long-enough-for-all"
    place = context("cafe", "workplace", "bar.cafe")
    blob = seal(secret, place, [str(operator.to_public())])
    made = world.runner
    world.runner = lambda day: made(day).__class__(  # type: ignore[method-assign]
        who="harness", clock=made(day).clock, identities=[str(operator)]
    )
    how = {"set": {"workplaces.0.password": {"age": blob}}, "unset": ["workplaces.0.phone"]}
    assert changed(world, how) == []
    world.happen(DAY, {"edit": {"set": {"workplaces.0.phone": PHONE}}})
    steps = ["update workplace bar.cafe mutating edited (phone)"]
    world.happen(DAY, {"expect": {"steps": {"contains": steps}}})
    (entry,) = changed(world, {})
    assert entry["password"] == secret


def test_a_renamed_place_is_left_and_a_new_one_is_told(world: World) -> None:
    changed(world, {})
    how = {"set": {"workplaces.0.login": "theke", "workplaces.0.was": "bar.cafe"}}
    entries = changed(world, how)
    assert places(entries) == [(*HERE, ""), ("cafe", "theke", PHONE["mac"])]
    assert is_password(world, "theke", entries[1]["password"])
    world.happen(DAY, {"rename": "muster/cafe", "to": "muster/sonne"})
    how = {"set": {"was": "cafe"}, "unset": ["workplaces.0.was"]}
    entries = changed(world, how)
    assert places(entries) == [("cafe", "theke", ""), ("sonne", "theke", PHONE["mac"])]
    assert is_password(world, "theke", entries[1]["password"])
    assert entries[1]["extension"] == "21"


def test_a_customer_and_a_login_renamed_at_once(world: World) -> None:
    changed(world, {})
    world.happen(DAY, {"rename": "muster/cafe", "to": "muster/sonne"})
    how = {"was": "cafe", "workplaces.0.login": "theke", "workplaces.0.was": "bar.cafe"}
    entries = changed(world, {"set": how})
    last = {place[:2]: place[2] for place in places(entries)}
    assert last == {HERE: "", ("sonne", "bar.cafe"): "", ("sonne", "theke"): PHONE["mac"]}
    assert is_password(world, "theke", entries[-1]["password"])


def test_a_workplace_that_goes_takes_its_phone_away(world: World) -> None:
    changed(world, {})
    second = {"login": "kasse", "license": "phones", "use": "other"}
    assert changed(world, {"set": {"workplaces.+": second}}) == []
    entries = changed(world, {"unset": ["workplaces.0"]}, acknowledge=["deletes"])
    assert places(entries) == [(*HERE, "")]


@pytest.mark.parametrize("when", ["", " after"])
def test_a_run_that_dies_at_the_call_ends_with_a_right_entry(world: World, when: str) -> None:
    """Before the call or after it: what counts is the password that the PBX has."""
    fault = f"pbx put killed call 3{when}"  # after the tenant and the support login
    world.happen(DAY, {"apply": "", "faults": [fault], "gives": {"run": "killed"}})
    before = told(world)
    assert places(before) == [(*HERE, PHONE["mac"])]
    world.happen(DAY, {"resume": "", "gives": {"cafe": "done in part"}})
    assert web_host(world) == {"bar.cafe": PHONE["mac"]}
    assert len(told(world)) == len(before) + (when == "")


@pytest.mark.parametrize(
    ("how", "back"),
    [
        ({"unset": ["workplaces.0.phone"]}, {"set": {"workplaces.0.phone": PHONE}}),
        ({"set": {"workplaces.0.phone": OTHER}}, {"set": {"workplaces.0.phone": PHONE}}),
        (
            {"set": {"workplaces.0.password": {"generate": "true", "generation": "2"}}},
            {"unset": ["workplaces.0.password"]},
        ),
    ],
)
@pytest.mark.parametrize("fault", ["PV507", "killed", "killed after"])
def test_what_is_put_back_after_a_failure_leaves_the_phone_as_it_is(
    world: World, how: dict[str, Any], back: dict[str, Any], fault: str
) -> None:
    world.happen(DAY, {"apply": ""})
    error, _, after = fault.partition(" ")
    faults = [f"pbx put {error} call 1 {after}".strip()]
    ends = {"run": "killed"} if error == "killed" else {"cafe": f"failed {error}"}
    world.happen(DAY, {"edit": how})
    world.happen(DAY, {"apply": "", "faults": faults, "gives": ends})
    world.happen(DAY, {"edit": back})
    world.happen(DAY, {"apply": ""})
    assert web_host(world) == {"bar.cafe": PHONE["mac"]}


def test_a_workplace_without_its_phone_can_be_told_anew(world: World) -> None:
    """Where the entry that took the phone away is damaged."""
    world.happen(DAY, {"apply": ""})
    changed(world, {"unset": ["workplaces.0.phone"]})
    path = world.root / "handover/phones.jsonl"
    *kept, gone, done = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*kept, gone[:-40] + b"\n", done]))
    found = phones_in(path.read_bytes(), [str(WEB_HOST)], "phones.jsonl")
    assert len(found.faults) == 1
    generation = {"generate": "true", "generation": "2"}
    world.happen(DAY, {"edit": {"set": {"workplaces.0.password": generation}}})
    world.happen(DAY, {"apply": ""})
    assert web_host(world) == {}


def test_a_hand_over_that_cannot_be_written_sets_no_password(world: World) -> None:
    (world.root / "handover/phones.jsonl").mkdir(parents=True)
    world.happen(DAY, {"apply": "", "gives": {"cafe": "failed PV572"}})
    world.happen(DAY, {"expect": {"on_pbx": {"workplace bar.cafe": "gone"}}})


def test_what_is_for_phones_is_no_hand_over_of_a_reseller(world: World) -> None:
    changed(world, {})
    content = (world.root / "handover/phones.jsonl").read_bytes()
    found = opened(content, [str(WEB_HOST)])
    assert found.foreign
    assert not found.empty
    assert found.passwords == {}
    assert found.damaged == found.closed == ()


def test_nobody_is_told_where_nobody_configures_phones(tmp_path: Path) -> None:
    with closing(World(tmp_path, {**CASE, "config": {}})) as world:
        assert changed(world, {}) == []
        assert not (tmp_path / "handover/phones.jsonl").exists()
