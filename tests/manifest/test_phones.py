"""Desk phones: their addresses in every usual spelling, and the closed table of models."""

from pathlib import Path

import orjson
import pytest

from provisioner.contract.pbx import PbxState
from provisioner.desired.importing import outline
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_manifest
from provisioner.telephony.phones import (
    NO_PHONE,
    OUIS,
    DeskPhone,
    Mac,
    Maker,
    PhoneError,
    PhoneModel,
)
from provisioner.testing.values import tenant, workplace

ROOT = Path(__file__).resolve().parents[2]

SPELLINGS = (
    "00:04:13:a1:b2:c3",
    "00-04-13-A1-B2-C3",
    "0004.13a1.b2c3",
    "00 04 13 a1 b2 c3",
    "000413-A1B2C3",
    "000413a1b2c3",
)


@pytest.mark.parametrize("text", SPELLINGS)
def test_another_spelling_is_refused_with_the_right_one(text: str) -> None:
    with pytest.raises(PhoneError) as caught:
        Mac.parse(text)
    assert caught.value.about.params["suggestion"] == "000413A1B2C3"
    assert str(Mac.parse(Mac.meant(text))) == "000413A1B2C3"


@pytest.mark.parametrize("text", ["", "000413A1B2C", "000413A1B2CG", "00:04-13:A1:B2:C3", "٠" * 12])
def test_what_leaves_a_doubt_has_no_spelling(text: str) -> None:
    with pytest.raises(PhoneError) as caught:
        Mac.parse(text)
    assert (caught.value.about.code, caught.value.about.params["suggestion"]) == ("PV296", "")


@pytest.mark.parametrize("text", ["000000000000", "FFFFFFFFFFFF", "010413A1B2C3", "020413A1B2C3"])
def test_an_address_that_no_maker_gives_is_refused(text: str) -> None:
    with pytest.raises(PhoneError) as caught:
        Mac.parse(text)
    assert caught.value.about.code == "PV297"


def test_every_model_names_its_maker_and_every_prefix_is_that_of_one() -> None:
    assert {model.maker for model in PhoneModel} == set(Maker)
    assert PhoneModel.YEALINK_T54W.shown == "Yealink T54W"
    for maker, prefixes in OUIS.items():
        assert {Mac.parse(f"{prefix}A1B2C3").maker for prefix in prefixes} == {maker}
    assert Mac.parse("001A2BA1B2C3").maker is None


def test_a_phone_reads_back_from_its_text() -> None:
    phone = DeskPhone(PhoneModel.SNOM_D785, Mac.parse("000413A1B2C3"))
    assert DeskPhone.parse(str(phone)) == phone


def test_a_phone_comes_back_from_what_is_live() -> None:
    """Where somebody wrote the mark by hand it may say anything, and nothing is made up."""
    live = [
        workplace("a", phone="snom-d785 000413A1B2C3"),
        workplace("b", phone=NO_PHONE),
        workplace("c", phone="snom-d999 000413A1B2C3"),
        workplace("d"),
    ]
    places = outline(PbxState(objects=(tenant(), *live))).data["workplaces"]
    found = {place["login"]: place.get("phone") for place in places}
    phone = {"model": "snom-d785", "mac": "000413A1B2C3"}
    assert found == {"a": phone, "b": None, "c": None, "d": None}


@pytest.mark.parametrize(
    ("written", "found", "suggestion"),
    [("00:04:13:a1:b2:c3", "00:04:13:a1:b2:c3", "000413A1B2C3"), ("0525550177", "••••••", "")],
)
def test_a_finding_shows_what_looks_like_an_address(
    written: str, found: str, suggestion: str
) -> None:
    """A telephone number that slipped there may be somebody's."""
    text = (ROOT / "customers/bergnetz-telecom/schmiedeisen.yaml").read_text("utf-8")
    phone = f'use: fax\n    phone: {{model: snom-d785, mac: "{written}"}}\n'
    with pytest.raises(InputError) as caught:
        load_manifest(text.replace("use: fax\n", phone, 1).encode(), "a.yaml")
    (told,) = caught.value.diagnostics
    assert (told.code, told.params) == ("PV296", {"found": found, "suggestion": suggestion})


def test_a_manifest_without_phones_means_the_same_as_before() -> None:
    assert b'phone"' not in places(phone=False)
    assert b'"phone":{"mac":"000413A1B2C3","model":"snom-d785"}' in places(phone=True)


def places(*, phone: bool) -> bytes:
    """The canonical form of one, as it is part of a manifest's digest."""
    text = (ROOT / "customers/bergnetz-telecom/schmiedeisen.yaml").read_bytes()
    if phone:
        text = text.replace(
            b"use: fax\n", b"use: fax\n    phone: {model: snom-d785, mac: 000413A1B2C3}\n", 1
        )
    return orjson.dumps(orjson.loads(load_manifest(text, "a.yaml").value.canonical())["workplaces"])
