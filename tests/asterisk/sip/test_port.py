"""A port as callers notice it (R12): before, on the day, and after."""

from collections.abc import Callable

import pytest

from tests.asterisk.sip.sip import Phone, Sip
from tests.asterisk.sip.workspace import Workspace, manifest, port, workplace

FIRST, SYNCHRONISED, PORTED = "2026-11-24", "2027-02-24", "2027-02-26"
OWN, LINE, DEFAULT = "+41525551200", "+41525552011", "+41525552042"
STANDS_IN, LINE_STANDS_IN, DEFAULT_STANDS_IN = "+41525558000", "+41525558111", "+41525558142"
"""The first free number of the provisional pool, and lines of its first free block."""
OUTSIDE = "0441112233"
MUSTER = manifest(
    "Muster AG",
    porting=[port("haupt", ["0525551200"], ["05255520"])],
    workplaces=[
        workplace("anna", extension="21", number="0525551200"),
        workplace("beat", extension="12", number="0525552011"),
        # nothing but a number, and two endpoints that have to agree
        workplace("carl", license="phones+apps", use="desk", number="05255520"),
    ],
)


@pytest.fixture
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer("muster-ag", MUSTER)
    made.apply(FIRST)
    return made


def moved(office: Workspace, move: str, at: str) -> None:
    told = ("--who", "Ruth Frei", "--why", "confirmed by the donor")
    office.run("porting", move, "muster-ag/haupt/1", "--at", at, *told)


def rings(sip: Sip, phone: Phone, called: str) -> int:
    """The answer to a call from outside; 200 only if that very phone rang."""
    with sip.answering(phone) as found:
        answer = sip.carrier_calls(called)
    assert found.rang is (answer == 200)
    return answer


def shown(sip: Sip, phone: Phone) -> str:
    """The number that the carrier sees."""
    with sip.carrier_answering() as outside:
        assert sip.call(phone, OUTSIDE) == 200
    return outside.shown.removeprefix("<sip:").partition("@")[0]


def test_r12_a_port_from_the_first_day_to_the_last(office: Workspace, sip: Sip) -> None:
    anna, beat, carl = (office.phone("muster-ag", login) for login in ("anna", "beat", "carl"))
    for phone in (anna, beat, carl):
        assert sip.register(phone) == 200
    provisional = [(anna, STANDS_IN), (beat, LINE_STANDS_IN), (carl, DEFAULT_STANDS_IN)]
    ported = [(anna, OWN), (beat, LINE), (carl, DEFAULT)]

    # as long as the donor has it
    assert [rings(sip, *each) for each in provisional] == [200] * 3
    assert [rings(sip, *each) for each in ported] == [404] * 3
    assert [shown(sip, p) for p in (anna, beat)] == [STANDS_IN, LINE_STANDS_IN]

    # on the day both ring: nobody knows to the minute when the donor switches
    moved(office, "accept", "2026-11-26")
    office.reconcile(SYNCHRONISED)
    assert [rings(sip, *each) for each in ported] == [404] * 3
    office.reconcile(PORTED)
    assert [rings(sip, *each) for each in provisional + ported] == [200] * 6
    assert [shown(sip, p) for p in (anna, beat)] == [STANDS_IN, LINE_STANDS_IN]

    # the desk has confirmed it
    moved(office, "complete", PORTED)
    office.reconcile(PORTED)
    assert [rings(sip, *each) for each in ported] == [200] * 3
    assert [rings(sip, *each) for each in provisional] == [404] * 3
    assert [shown(sip, p) for p in (anna, beat)] == [OWN, LINE]
    assert "nothing to do" in office.plan(PORTED)
