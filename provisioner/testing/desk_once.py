"""What every desk must do so that no number is ever two customers' (R3, R11, R12).

A number is handed out in three ways: chosen from a pool, named by its digits, and given back to the
one who had it before.  Each must look at everything that others have of it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from provisioner.contract.desk import Desk
from provisioner.contract.resources import (
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    StockAllocation,
)
from provisioner.errors import Refused
from provisioner.telephony.numbers import E164, DdiBlock
from provisioner.telephony.pools import NumberPools
from provisioner.telephony.porting import Event
from provisioner.testing.desk_held import held
from provisioner.testing.desk_numbers import RESTED, OpenDesk, allocate
from provisioner.testing.values import (
    CAFE,
    PORT_DATE,
    QUARANTINE_DAYS,
    SMITHY,
    STRANGER,
    TODAY,
    key,
    order,
    provisional,
    raises,
    stock,
)

Allocation = StockAllocation | ProvisionalAllocation
WANTED: tuple[Callable[[], Allocation], ...] = (
    lambda: stock("zentrale"),
    lambda: stock("zentrale", size=10),
    lambda: stock("zentrale", size=100),
    lambda: provisional("0445551200"),
    lambda: provisional("04455512", size=100),
)
"""A number and a block of each pool in 044, where each pool has one hundred."""
ELSEWHERE = NumberPools(
    stock=(DdiBlock("04455501"),),
    provisional=(DdiBlock("04455591"),),
    quarantine_days=QUARANTINE_DAYS,
)
"""The blocks of 044 have left the pools, others have come."""


def given_back(desk: Desk, wanted: Allocation, today: date = TODAY) -> str:
    """The digits that it had until ``today``."""
    digits = allocate(desk, wanted, today=today)
    desk.delete(wanted, today=today, key=key())
    return digits


def ports_in(desk: Desk, digits: str) -> PortingOrder:
    """Another customer's order for the number or block."""
    numbers, blocks = ((digits,), ()) if len(digits) == len("0445550000") else ((), (digits,))
    wanted = order(customer=CAFE, numbers=numbers, blocks=blocks)
    desk.put(wanted, today=TODAY, key=key())
    return wanted


def completed(desk: Desk, wanted: PortingOrder) -> None:
    """It is the other customer's from the port date on."""
    desk.move(
        wanted, Event.ACCEPT, today=TODAY, who="staff", why="", key=key(), on=wanted.port_date
    )
    for event in (Event.SYNCHRONISE, Event.ACTIVATE, Event.COMPLETE):
        desk.move(wanted, event, today=PORT_DATE, who="staff", why="", key=key())


def overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


class OnceContract:
    """A number is one customer's at a time, whatever became of it in between."""

    def test_r12_rested_number_whose_block_left_the_pool_does_not_come_back(
        self, open_desk: OpenDesk
    ) -> None:
        rest, today = timedelta(days=QUARANTINE_DAYS), TODAY
        for wanted in WANTED:
            first = given_back(open_desk(), wanted(), today)
            now = open_desk(pools=ELSEWHERE)
            for day in (today, today + rest):
                found = given_back(now, wanted(), day)
                assert not overlap(found, first), f"{first} left the pool, {found} was given"
            today += 3 * rest

    def test_r12_rested_number_comes_back_while_its_range_is_in_the_pool(
        self, open_desk: OpenDesk
    ) -> None:
        """Also where the range is written as its parts."""
        tens = tuple(DdiBlock(f"04455500{n}") for n in range(10))
        for pools in (replace(ELSEWHERE, stock=tens), None):
            block = given_back(open_desk(), stock("ddi", size=100))
            desk = open_desk(pools=pools) if pools else open_desk()
            assert allocate(desk, stock("ddi", size=100)) == block
            desk.delete(stock("ddi", size=100), today=TODAY, key=key())

    def test_r11_rested_number_that_another_customer_ports_in_does_not_come_back(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk()
        for n, size in enumerate((1, 10)):
            wanted = stock(f"s{n}", size=size)
            first = given_back(desk, wanted)
            theirs = replace(order(), customer=CAFE, porting=f"p{n}")
            inside = first.ljust(10, "0")
            theirs = replace(theirs, numbers=(inside,), blocks=())
            desk.put(theirs, today=TODAY, key=key())
            assert not overlap(allocate(desk, wanted), inside)
            completed(desk, theirs)
            assert desk.holders([E164(inside)]) == {E164(inside): CAFE}
            desk.delete(wanted, today=PORT_DATE, key=key())
            assert not overlap(allocate(desk, wanted, today=PORT_DATE), inside)

    def test_r11_rested_number_is_not_revived_for_who_ports_it_himself(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk()
        first = given_back(desk, stock("zentrale"))
        desk.put(order(numbers=(first,), blocks=()), today=TODAY, key=key())
        assert allocate(desk, stock("zentrale")) != first
        with raises(Refused, "PV522"):
            desk.put(held("again", first), today=TODAY, key=key())

    def test_r11_rested_number_that_others_have_by_now_does_not_come_back(
        self, open_desk: OpenDesk
    ) -> None:
        """Chosen, named or ported, after its quarantine or as a part of it."""
        desk = open_desk()
        for n, size in enumerate((1, 10)):
            first = given_back(desk, stock("old", size=size))
            inside = first.ljust(10, "0")
            their = held(f"theirs{n}", inside, customer=CAFE)
            with raises(Refused, "PV522"):
                desk.put(their, today=TODAY, key=key())
            desk.put(their, today=RESTED, key=key())
            assert not overlap(allocate(desk, stock("old", size=size), today=RESTED), inside)
            desk.delete(stock("old", size=size), today=RESTED, key=key())
        everything = given_back(desk, stock("wide", area="052", size=1000))
        ported = PortedNumber(customer=CAFE, porting="haupt", digits=everything + "777")
        desk.put(ported, today=TODAY, key=key())
        with raises(Refused, "PV521"):
            desk.put(stock("wide", area="052", size=1000), today=TODAY, key=key())

    def test_r11_named_number_that_rests_comes_back_only_while_nobody_has_it(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk()
        for digits in ("0315551200", "03155513"):
            desk.put(held("main", digits), today=TODAY, key=key())
            desk.delete(held("main", digits), today=TODAY, key=key())
            theirs = ports_in(desk, digits)
            for day in (TODAY, RESTED):
                with raises(Refused, "PV522"):
                    desk.put(held("main", digits), today=day, key=key())
            desk.delete(theirs, today=TODAY, key=key())
            desk.move(theirs, Event.CONFIRM_CANCEL, today=TODAY, who="staff", why="", key=key())
            assert allocate(desk, held("main", digits)) == digits
            desk.delete(held("main", digits), today=TODAY, key=key())

    def test_r12_ported_number_of_our_own_range_rests(self, open_desk: OpenDesk) -> None:
        """It falls back to the operator, who holds the range, and is not the next one's yet."""
        desk = open_desk()
        ported = PortedNumber(customer=CAFE, porting="haupt", digits="0445550000")
        desk.put(ported, today=TODAY, key=key())
        desk.delete(ported, today=TODAY, key=key())
        assert not desk.holders([E164("0445550000")])
        (entry,) = (e for e in desk.pool(TODAY) if e.digits == "0445550000")
        assert (entry.pool, entry.state, entry.until) == ("stock", "quarantine", RESTED)
        assert allocate(desk, stock("next")) != "0445550000"
        with raises(Refused, "PV522"):
            desk.put(held("named", "0445550000", customer=STRANGER), today=TODAY, key=key())
        assert desk.put(ported, today=TODAY, key=key()) == ported
        desk.delete(ported, today=TODAY + timedelta(days=1), key=key())
        assert allocate(desk, stock("later"), today=RESTED + timedelta(days=1)) == "0445550000"

    def test_r11_two_customers_never_rest_and_revive_onto_each_other(
        self, open_desk: OpenDesk
    ) -> None:
        """Given back, rested, given to the next one, given back: the first one starts afresh."""
        desk = open_desk()
        mine, day = stock("mine", size=100), TODAY
        theirs = stock("theirs", customer=CAFE, size=100)
        for one, other in ((mine, theirs), (theirs, mine), (mine, theirs)):
            assert allocate(desk, one, today=day)
            desk.delete(one, today=day, key=key())
            with raises(Refused, "PV521"):
                desk.put(other, today=day, key=key())
            day += timedelta(days=QUARANTINE_DAYS)
            assert allocate(desk, other, today=day)
            with raises(Refused, "PV521"):
                desk.put(one, today=day, key=key())
            desk.delete(other, today=day, key=key())
            day += timedelta(days=QUARANTINE_DAYS)
        assert not desk.read([SMITHY])[SMITHY].objects

    def test_r12_rest_of_a_block_rests_on(self, open_desk: OpenDesk) -> None:
        """One number of it that goes out ends nothing for its neighbours."""
        desk, wanted = open_desk(), stock("all", size=100)
        first = given_back(desk, wanted)
        desk.put(held("one", f"{first}42"), today=TODAY, key=key())
        with raises(Refused, "PV521"):
            desk.put(stock("next", customer=CAFE), today=RESTED - timedelta(days=1), key=key())
        with raises(Refused, "PV522"):
            desk.put(held("own", f"{first}43", customer=CAFE), today=TODAY, key=key())
        resting = [e for e in desk.pool(TODAY) if e.state == "quarantine"]
        assert sum(e.size for e in resting) == 99
        assert {e.until for e in resting} == {RESTED}
        assert allocate(desk, stock("next", customer=CAFE), today=RESTED) != f"{first}42"

    def test_r12_rested_block_of_which_one_number_went_out_does_not_come_back(
        self, open_desk: OpenDesk
    ) -> None:
        desk, wanted = open_desk(), stock("all", size=100)
        first = given_back(desk, wanted)
        one = allocate(desk, stock("one", customer=CAFE), today=RESTED)
        assert one.startswith(first)
        with raises(Refused, "PV521"):
            desk.put(wanted, today=RESTED, key=key())
        assert desk.holders([E164(one)]) == {E164(one): CAFE}
