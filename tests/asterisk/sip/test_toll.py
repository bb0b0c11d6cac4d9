"""What a stolen password may cost: premium numbers, and how many calls at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.asterisk.sip.sip import Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    abroad = {"international": 2}
    made.configure(calls={**LIMITS, "customers": {"gross": abroad, "sperrt": abroad}})
    for name in ("klein", "gross", "sperrt"):
        made.customer(
            name,
            manifest(
                "Muster AG",
                numbers=[{"id": name, "area": "052"} for name in ("main", "second")],
                premium_calls=name != "klein",
                barred=["0906", "international"] if name == "sperrt" else [],
                workplaces=[
                    workplace("anna", extension="21", number={"stock": "main"}),
                    workplace("beat", number={"stock": "second"}),
                ],
            ),
        )
    made.apply(DAY)
    return made


LIMITS = {"simultaneous": 1, "international": 0}
PREMIUM = ["0900123456", "+41901123456", "0041906123456"]


@pytest.mark.parametrize("dialled", PREMIUM)
def test_premium_numbers_only_where_the_manifest_allows_them(
    office: Workspace, sip: Sip, dialled: str
) -> None:
    assert sip.call(office.phone("klein", "anna"), dialled) == 403
    with sip.carrier_answering() as outside:
        assert sip.call(office.phone("gross", "anna"), dialled) == 200
    assert outside.rang


@pytest.mark.parametrize("dialled", ["0800123456", "0842123456", "0790001122", "+41441112233"])
def test_other_numbers_are_no_premium_numbers(office: Workspace, sip: Sip, dialled: str) -> None:
    with sip.carrier_answering() as outside:
        assert sip.call(office.phone("klein", "anna"), dialled) == 200
    assert outside.rang


def test_calls_abroad_up_to_the_limit(office: Workspace, sip: Sip) -> None:
    assert sip.call(office.phone("klein", "anna"), "0049301234567") == 503
    with sip.carrier_answering() as outside:
        assert sip.call(office.phone("gross", "anna"), "0049301234567") == 200
    assert outside.called.startswith("sip:+49301234567@")


def test_what_a_customer_has_barred_is_refused_and_nothing_else(
    office: Workspace, sip: Sip
) -> None:
    """Each type by itself, and abroad as Switzerland sees it: Liechtenstein too."""
    phone = office.phone("sperrt", "anna")
    for refused in ("0906123456", "0041906123456", "0049301234567", "+4232371234"):
        assert sip.call(phone, refused) == 403, refused
    for free in ("0900123456", "0901123456", "0441112233", "112"):
        with sip.carrier_answering() as outside:
            assert sip.call(phone, free) == 200, free
        assert outside.rang


def test_calls_at_once_up_to_the_limit_but_emergencies(office: Workspace, sip: Sip) -> None:
    """One rings for a while: the next is refused, but no emergency call and no other customer."""
    phone = office.phone("klein", "anna")
    with sip.carrier_ringing(12, calls=3) as outside, ThreadPoolExecutor() as pool:
        first = pool.submit(sip.call, phone, "0441112233")
        outside.wait_for_calls(1)
        assert sip.call(phone, "0441112244") == 503
        others = [(phone, "112"), (office.phone("gross", "anna"), "0441112255")]
        waiting = [pool.submit(sip.call, *each) for each in others]
        assert [each.result() for each in (first, *waiting)] == [486, 486, 486]
    with sip.carrier_answering() as outside:
        assert sip.call(phone, "0441112233") == 200, "it is free again"
    assert outside.rang


def test_a_phone_that_forwards_is_not_followed(office: Workspace, sip: Sip) -> None:
    """302 is an answer that anybody who has the password can give, to a number at any price."""
    phone, colleague = office.phone("gross", "anna"), office.phone("gross", "beat")
    assert sip.register(phone) == 200
    with sip.carrier_answering() as outside, sip.forwarding(phone, "0900123456") as rings:
        assert sip.call(colleague, "21") in {480, 486, 603}
    assert rings.rang
    assert not outside.rang
