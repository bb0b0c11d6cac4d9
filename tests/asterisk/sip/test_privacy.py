"""Who does not want a number to be seen: on calls outside it is withheld, and known to the carrier.

FDV (SR 784.101.1) Art. 84: for one call or for all of them, and never on an emergency call.
"""

from collections.abc import Callable, Mapping

import pytest

from tests.asterisk.sip.sip import PLAIN, Ringing, Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"
ASKS = {"shown": '"Anonymous" <sip:anonymous@anonymous.invalid>', "more": "Privacy: id"}
"""What a phone sends that hides its number for one call (RFC 3323)."""
LOGINS = ("hidden", "shown", "boss")


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer("muster-ag", _manifest(hide=True))
    made.customer("andere", _manifest())
    made.apply(DAY)
    return made


def _manifest(*, hide: bool = False) -> Mapping[str, object]:
    more: dict[str, dict[str, object]] = {
        "hidden": {"hide_number": True} if hide else {},
        "shown": {},
        "boss": {"license": "phones+apps", "use": "desk", "hide_number": hide},
    }
    return manifest(
        "Muster AG",
        numbers=[{"id": login, "area": "052"} for login in LOGINS],
        workplaces=[
            workplace(
                login,
                name=login.title(),
                extension=f"2{at}",
                number={"stock": login},
                **more[login],
            )
            for at, login in enumerate(LOGINS)
        ],
    )


@pytest.fixture(scope="module")
def number(office: Workspace) -> Callable[[str, str], str]:
    """The international number of a customer's workplace."""

    def of(customer: str, login: str) -> str:
        for line in office.run("status", customer).splitlines():
            digits = line.split("  ")[0].replace(" ", "")
            if f"stock, {login}" in line and digits.isdecimal():
                return "+41" + digits[1:]
        raise AssertionError(login)

    return of


def _withheld(outside: Ringing, number: str) -> bool:
    """Whether nobody but the carrier learns it."""
    anonymous = "anonymous.invalid" in outside.shown and number not in outside.shown
    carrier = outside.header("P-Asserted-Identity").startswith(f"<sip:{number}@")
    return anonymous and carrier and outside.header("Privacy") == "id"


def test_a_workplace_that_hides_its_number(
    office: Workspace, sip: Sip, number: Callable[[str, str], str]
) -> None:
    phone, own = office.phone("muster-ag", "hidden"), number("muster-ag", "hidden")
    with sip.carrier_answering() as outside:
        assert sip.call(phone, "0441112233") == 200
    assert _withheld(outside, own)
    with sip.carrier_answering() as outside:
        assert sip.call(phone, "112", **ASKS) == 200
    assert outside.shown.startswith(f"<sip:{own}@")
    assert not outside.header("Privacy")


def test_one_call_for_which_the_phone_asks(
    office: Workspace, sip: Sip, number: Callable[[str, str], str]
) -> None:
    phone, own = office.phone("muster-ag", "shown"), number("muster-ag", "shown")
    with sip.carrier_answering() as outside:
        assert sip.call(phone, "0441112233", **ASKS) == 200
    assert _withheld(outside, own)
    for asked in ("user;id;critical", 'id"]&${EXTEN}|('):
        with sip.carrier_answering() as outside:
            assert sip.call(phone, "0441112233", more=f"Privacy: {asked}") == 200
        assert _withheld(outside, own)
    for asked in ("Privacy: none", "Privacy: None", PLAIN):
        with sip.carrier_answering() as outside:
            assert sip.call(phone, "0441112233", more=asked) == 200
        assert outside.shown.startswith(f"<sip:{own}@")
        assert not outside.header("P-Asserted-Identity")


def test_colleagues_see_who_calls_and_other_customers_do_not(
    office: Workspace, sip: Sip, number: Callable[[str, str], str]
) -> None:
    """The same phone, called by its extension and by its number from next door."""
    caller = office.phone("muster-ag", "hidden")
    colleague, other = office.phone("muster-ag", "shown"), office.phone("andere", "shown")
    assert [sip.register(each) for each in (colleague, other)] == [200, 200]
    with sip.answering(colleague) as rings:
        assert sip.call(caller, "21") == 200
    assert rings.shown.startswith('"Hidden" <sip:20@')
    with sip.answering(other) as rings:
        assert sip.call(caller, "0" + number("andere", "shown")[3:]) == 200
    assert "anonymous" in rings.shown
    assert number("muster-ag", "hidden")[3:] not in rings.messages[0].text


def test_shown_again_once_the_manifest_says_so_no_longer(
    office: Workspace, sip: Sip, number: Callable[[str, str], str]
) -> None:
    office.customer("muster-ag", _manifest())
    office.apply(DAY)
    office.plan(DAY)
    for login in ("hidden", "boss"):
        with sip.carrier_answering() as outside:
            assert sip.call(office.phone("muster-ag", login), "0441112233") == 200
        assert outside.shown.startswith(f"<sip:{number('muster-ag', login)}@")
