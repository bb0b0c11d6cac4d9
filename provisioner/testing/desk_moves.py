"""What every desk must do when a number passes from one customer to another."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from provisioner.contract.desk import Desk, MovingDesk
from provisioner.contract.resources import Kind, PortedNumber, StockAllocation
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import numbers_from
from provisioner.telephony.porting import Event
from provisioner.testing.values import (
    CAFE,
    NOW,
    PORT_DATE,
    SMITHY,
    TODAY,
    key,
    order,
    raises,
    stock,
)


class Movable(Desk, MovingDesk, Protocol):
    """A desk whose driver moves numbers."""


OpenDesk = Callable[..., Movable]
HASHES = {"area": "0011223344556677"}


def taken(digits: str, size: int = 1, name: str = "alt") -> StockAllocation:
    """As the new customer asks for it."""
    asked = stock(name, digits[:3], size, customer=CAFE)
    return replace(asked, number=digits)


def move(desk: Movable, wanted: StockAllocation, was: CustomerId = SMITHY) -> StockAllocation:
    return desk.move_number(wanted, was=was, at=NOW, who="ci", key=key())


def given(desk: Desk, name: str, size: int = 1) -> str:
    """The digits of a number of the first customer."""
    found = desk.put(stock(name, size=size), today=TODAY, key=key())
    assert isinstance(found, StockAllocation)
    assert found.digits
    return found.digits


class MovingDeskContract:
    """Fixture ``open_desk``; see :mod:`provisioner.testing`."""

    def test_r3_a_stock_number_passes_and_does_not_rest(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        digits, other = given(desk, "zentrale"), given(desk, "fax")
        wanted = taken(digits)
        assert move(desk, wanted) == replace(wanted, digits=digits)
        found = open_desk().read([SMITHY, CAFE])
        assert set(found[CAFE].objects) == {replace(wanted, digits=digits)}
        assert set(found[SMITHY].objects) == {replace(stock("fax"), digits=other)}
        assert desk.holders([numbers_from(digits)]) == {numbers_from(digits): CAFE}
        assert not [e for e in desk.pool(TODAY) if e.state == "quarantine"]

    def test_r11_a_block_passes_as_a_whole_only(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        prefix = given(desk, "ddi", size=10)
        for part in (taken(prefix + "1"), taken(prefix[:-1], size=100)):
            with raises(Refused, "PV522"):
                move(desk, part)
        move(desk, taken(prefix, size=10))
        assert desk.holders([numbers_from(prefix + "1")]) == {numbers_from(prefix + "1"): CAFE}

    def test_a_ported_number_passes(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(order(), today=TODAY, key=key())
        told: dict[str, Any] = {"who": "Staff Member", "why": "the donor said so"}
        for event in (Event.ACCEPT, Event.SYNCHRONISE, Event.ACTIVATE, Event.COMPLETE):
            day = TODAY if event is Event.ACCEPT else PORT_DATE
            desk.move(order(), event, today=day, key=key(), **told)
        move(desk, taken("0525551200"))
        found = desk.read([SMITHY, CAFE])
        left = {o.digits for o in found[SMITHY].objects if isinstance(o, PortedNumber)}
        assert left == {"05255520"}
        assert {o.number for o in found[CAFE].objects if isinstance(o, StockAllocation)} == {
            "0525551200"
        }

    def test_once_and_fine_twice_and_back(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        digits = given(desk, "zentrale")
        for _ in range(2):
            move(desk, taken(digits))
        back = replace(stock("zurueck"), number=digits)
        assert move(desk, back, CAFE).digits == digits
        assert not desk.read([CAFE])[CAFE].objects

    def test_what_somebody_else_holds_or_nobody_is_refused(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        digits = given(desk, "zentrale")
        for wanted, was in (
            (taken(digits), CustomerId("third-one")),
            (taken("0445550099"), SMITHY),
        ):
            with raises(Refused, "PV522"):
                move(desk, wanted, was)
        desk.delete(stock("zentrale"), today=TODAY, key=key())
        with raises(Refused, "PV522"):  # it rests
            move(desk, taken(digits))

    def test_an_id_that_holds_another_number_is_refused(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        digits = given(desk, "zentrale")
        desk.put(stock("alt", customer=CAFE), today=TODAY, key=key())
        with raises(Refused, "PV527"):
            move(desk, taken(digits))
        assert desk.holders([numbers_from(digits)]) == {numbers_from(digits): SMITHY}

    def test_r12_it_rests_when_its_new_customer_gives_it_up(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        digits = given(desk, "zentrale")
        move(desk, taken(digits))
        desk.delete(taken(digits), today=TODAY, key=key())
        (resting,) = [e for e in desk.pool(TODAY) if e.state == "quarantine"]
        assert (resting.digits, resting.customer) == (digits, CAFE)

    def test_what_is_applied_of_it_is_gone_and_both_audits_tell(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        digits = given(desk, "ddi", size=10)
        run = desk.begin(SMITHY, at=NOW, who="ci", manifest="ef" * 32, steps={})
        for kind, name in (
            (Kind.STOCK, "ddi"),
            (Kind.ROUTE, "stock:ddi"),
            (Kind.ROUTE, "stock:ddi/3"),
            (Kind.ROUTE, "stock:other"),
        ):
            note = (kind, name, HASHES)
            desk.settle(run, f"{kind}/{name}", at=NOW, outcome="done", applied=note)
        move(desk, taken(digits, size=10))
        assert desk.read([SMITHY])[SMITHY].applied == {(Kind.ROUTE, "stock:other"): HASHES}
        for customer in (SMITHY, CAFE):
            (told,) = desk.audit(customer)
            assert told.what == f"number {digits} moved from {SMITHY} to {CAFE}"
