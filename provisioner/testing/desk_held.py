"""What every desk must do with numbers that a customer had before it was managed (R3, R11)."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from provisioner.contract.desk import Desk
from provisioner.contract.resources import StockAllocation
from provisioner.errors import Refused
from provisioner.telephony.numbers import E164
from provisioner.testing.desk_numbers import RESTED, OpenDesk, allocate
from provisioner.testing.values import CAFE, POOLS, SMITHY, TODAY, key, order, raises, stock

OUTSIDE, INSIDE, BLOCK = "0315551200", "0445550000", "03155513"


def held(name: str, digits: str, **more: object) -> StockAllocation:
    size = 10 ** (10 - len(digits))
    wanted = stock(name, area=digits[:3], size=size, **more)  # type: ignore[arg-type]
    return replace(wanted, number=digits)


def put(desk: Desk, wanted: StockAllocation) -> None:
    desk.put(wanted, today=TODAY, key=key())


class HeldContract:
    """The digits are known: the desk records them and chooses nothing."""

    def test_r3_held_number_is_recorded_with_its_digits(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        for wanted in (held("main", OUTSIDE), held("ddi", BLOCK)):
            for _ in range(2):
                assert allocate(desk, wanted) == wanted.number
        found = {o.key: o for o in open_desk().read([SMITHY])[SMITHY].objects}
        assert found["main"] == replace(held("main", OUTSIDE), digits=OUTSIDE)
        assert found["ddi"] == replace(held("ddi", BLOCK), digits=BLOCK)
        assert desk.holders([E164("0315551377")]) == {E164("0315551377"): SMITHY}

    def test_r3_held_number_takes_nothing_from_the_pool(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        before = list(desk.pool(TODAY))
        put(desk, held("main", OUTSIDE))
        assert list(desk.pool(TODAY)) == before

    def test_r3_held_number_in_the_stock_is_given_to_nobody(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, held("main", INSIDE))
        assert allocate(desk, stock("next", customer=CAFE)) != INSIDE
        (entry,) = (e for e in desk.pool(TODAY) if e.digits == INSIDE)
        assert (entry.pool, entry.state, entry.customer) == ("stock", "allocated", SMITHY)
        total: Counter[str] = Counter()
        for each in desk.pool(TODAY):
            total[each.pool] += each.size
        assert total["stock"] == sum(b.size for b in POOLS.stock)

    def test_r11_held_number_is_nobody_elses(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, held("ddi", BLOCK))
        desk.put(order(), today=TODAY, key=key())
        chosen = allocate(desk, stock("own"))
        refused = [
            held("main", "0315551377", customer=CAFE),
            held("wide", "0315551", customer=CAFE),
            held("again", "0315551377"),
            held("travelling", "0525551200", customer=CAFE),
            held("chosen", chosen, customer=CAFE),
            held("twice", chosen),
        ]
        for wanted in refused:
            with raises(Refused, "PV522"):
                put(desk, wanted)
        assert desk.read([CAFE])[CAFE].objects == ()

    def test_r3_name_stands_for_one_number(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, held("main", OUTSIDE))
        chosen = allocate(desk, stock("own"))
        other = replace(stock("main", area=OUTSIDE[:3]))
        for wanted in (held("main", "0315551201"), other, held("own", chosen)):
            with raises(Refused, "PV527"):
                put(desk, wanted)

    def test_r3_held_number_rests_and_comes_back(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, held("main", INSIDE))
        desk.delete(held("main", INSIDE), today=TODAY, key=key())
        assert desk.read([SMITHY])[SMITHY].objects == ()
        with raises(Refused, "PV522"):
            put(desk, held("main", INSIDE, customer=CAFE))
        assert allocate(desk, stock("main")) != INSIDE
        put(desk, held("back", INSIDE))
        assert desk.holders([E164(INSIDE)]) == {E164(INSIDE): SMITHY}
        desk.delete(held("back", INSIDE), today=TODAY, key=key())
        later = RESTED + timedelta(days=1)
        desk.put(held("main", INSIDE, customer=CAFE), today=later, key=key())
        assert desk.holders([E164(INSIDE)]) == {E164(INSIDE): CAFE}
