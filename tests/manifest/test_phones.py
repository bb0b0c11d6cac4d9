"""Desk phones: their addresses in every usual spelling, and the closed table of models."""

import pytest

from provisioner.telephony.phones import OUIS, DeskPhone, Mac, Maker, PhoneError, PhoneModel

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
