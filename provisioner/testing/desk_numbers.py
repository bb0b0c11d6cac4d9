"""What every desk must do with numbers (R3, R11, R12)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from provisioner.contract.desk import Desk
from provisioner.contract.resources import PortedNumber, ProvisionalAllocation, StockAllocation
from provisioner.errors import Refused
from provisioner.telephony.numbers import E164, DdiBlock, Numbers
from provisioner.testing.values import (
    CAFE,
    POOLS,
    QUARANTINE_DAYS,
    SMITHY,
    TODAY,
    key,
    order,
    provisional,
    raises,
    stock,
)

OpenDesk = Callable[..., Desk]
RESTED = TODAY + timedelta(days=QUARANTINE_DAYS)


def allocate(desk: Desk, wanted: StockAllocation | ProvisionalAllocation, **at: object) -> str:
    """The digits that the desk chooses."""
    today = at.get("today", TODAY)
    found = desk.put(wanted, today=today, key=key())  # type: ignore[arg-type]
    assert isinstance(found, StockAllocation | ProvisionalAllocation)
    assert found.digits
    return found.digits


class NumbersContract:
    """Allocation, quarantine, who holds what."""

    def test_r3_number_comes_from_the_pool_of_its_area(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        assert allocate(desk, stock("zentrale")) == "0445550000"
        assert allocate(desk, stock("fax")) == "0445550001"
        assert allocate(desk, stock("winterthur", area="052")).startswith("05255")
        assert E164("0445550000") in desk.holders([E164("0445550000")])

    def test_r3_asking_again_answers_the_same(self, open_desk: OpenDesk) -> None:
        first = allocate(open_desk(), stock("zentrale"))
        assert allocate(open_desk(), stock("zentrale")) == first
        held = open_desk().read([SMITHY])[SMITHY].objects
        assert [getattr(o, "digits", None) for o in held] == [first]

    def test_r3_blocks_are_aligned_and_never_overlap(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        found = [
            allocate(desk, stock(f"s{i}-{size}", area="052", size=size))
            for i, size in enumerate((1, 10, 100, 1, 10, 100, 100, 1))
        ]
        assert [len(d) for d in found] == [10, 9, 8, 10, 9, 8, 8, 10]
        for one in found:
            for other in found:
                assert one is other or not one.startswith(other)

    def test_r3_single_numbers_break_no_whole_block_without_need(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        singles = [allocate(desk, stock(f"s{i}", area="052")) for i in range(12)]
        assert len({d[:8] for d in singles}) == 1
        assert allocate(desk, stock("big", area="052", size=1000)) == "0525555"

    def test_r3_number_held_keeps_area_and_size(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        first = allocate(desk, stock("zentrale"))
        for changed in (stock("zentrale", area="052"), stock("zentrale", size=10)):
            with raises(Refused, "PV527"):
                desk.put(changed, today=TODAY, key=key())
        assert allocate(desk, stock("zentrale")) == first

    def test_r3_empty_pool_is_refused(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        allocate(desk, stock("all", size=100))
        for wanted in (stock("one"), stock("ten", size=10), stock("bern", area="031")):
            with raises(Refused, "PV521"):
                desk.put(wanted, today=TODAY, key=key())
        assert len(desk.read([SMITHY])[SMITHY].objects) == 1

    def test_r12_provisional_number_is_near_the_one_it_stands_in_for(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk()
        assert allocate(desk, provisional("0525551200")).startswith("05255590")
        assert allocate(desk, provisional("0445551200")).startswith("04455590")
        assert allocate(desk, provisional("0315551200")).startswith(("05255590", "04455590"))

    def test_r12_block_gets_a_provisional_block_of_its_size(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        assert len(allocate(desk, provisional("05255520", size=100))) == 8
        assert len(allocate(desk, provisional("052555211", size=10))) == 9

    def test_r12_number_given_back_rests_and_returns_by_time_alone(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk()
        allocate(desk, stock("all", size=100))
        desk.delete(stock("all", size=100), today=TODAY, key=key())
        assert not desk.read([SMITHY])[SMITHY].objects
        assert not desk.holders([DdiBlock("04455500")])
        day_before = RESTED - timedelta(days=1)
        with raises(Refused, "PV521"):
            desk.put(stock("one", customer=CAFE), today=day_before, key=key())
        assert allocate(desk, stock("one", customer=CAFE), today=RESTED) == "0445550000"

    def test_r12_same_key_within_quarantine_gets_its_number_back(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        allocate(desk, stock("first"))
        second = allocate(desk, stock("second"))
        for gone in ("first", "second"):
            desk.delete(stock(gone), today=TODAY, key=key())
        assert allocate(desk, stock("second")) == second
        assert allocate(desk, stock("third")) not in {"0445550000", second}

    def test_r12_new_size_under_a_key_in_quarantine_is_a_new_number(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk()
        single = allocate(desk, stock("zentrale"))
        desk.delete(stock("zentrale"), today=TODAY, key=key())
        block = allocate(desk, stock("zentrale", size=10))
        assert len(block) == 9
        assert not single.startswith(block)

    def test_given_back_twice_is_fine(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        allocate(desk, stock("zentrale"))
        for _ in range(2):
            desk.delete(stock("zentrale"), today=TODAY, key=key())
        later = TODAY + timedelta(days=5)
        desk.delete(stock("zentrale"), today=later, key=key())
        resting = [e for e in desk.pool(TODAY) if e.state == "quarantine"]
        assert [e.until for e in resting] == [RESTED]

    def test_ported_number_leaves_without_quarantine(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        ported = PortedNumber(customer=SMITHY, porting="haupt", digits="0525551200")
        for _ in range(2):
            assert desk.put(ported, today=TODAY, key=key()) == ported
        assert desk.holders([E164("0525551200")]) == {E164("0525551200"): SMITHY}
        desk.delete(ported, today=TODAY, key=key())
        assert not desk.read([SMITHY])[SMITHY].objects
        assert not [e for e in desk.pool(TODAY) if e.state == "quarantine"]

    def test_r11_number_of_another_customer_is_refused(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        block = allocate(desk, stock("ddi", size=10))
        for digits in (block, block + "3", block[:8]):
            theirs = PortedNumber(customer=CAFE, porting="haupt", digits=digits)
            with raises(Refused, "PV522"):
                desk.put(theirs, today=TODAY, key=key())

    def test_r11_holders_sees_every_overlap(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(order(), today=TODAY, key=key())
        asked: list[Numbers] = [
            E164("0525551200"),
            E164("0525552042"),
            DdiBlock("05255520"),
            DdiBlock("0525552"),
            DdiBlock("052555120"),
            E164("0525551201"),
            E164("0525552142"),
        ]
        assert set(desk.holders(asked)) == set(asked[:5])
        assert set(desk.holders(asked).values()) == {SMITHY}
        assert not desk.holders([])

    def test_pool_lists_every_number_once(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        allocate(desk, stock("zentrale"))
        allocate(desk, stock("ddi", area="052", size=100))
        allocate(desk, provisional("0525551200"))
        desk.delete(stock("zentrale"), today=TODAY, key=key())
        entries = desk.pool(TODAY)
        assert list(entries) == sorted(entries, key=lambda e: (e.pool, e.digits))
        total: Counter[str] = Counter()
        for entry in entries:
            total[entry.pool] += entry.size
        assert total["stock"] == sum(b.size for b in POOLS.stock)
        assert total["provisional"] == sum(b.size for b in POOLS.provisional)
        states = Counter(e.state for e in entries if e.state != "free")
        assert states == {"allocated": 2, "quarantine": 1}
        assert all(e.customer == SMITHY for e in entries if e.state != "free")
        assert all(e.state != "quarantine" for e in desk.pool(RESTED))

    def test_r3_key_used_twice_is_one_allocation(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        first = desk.put(stock("zentrale"), today=TODAY, key="once")
        desk.delete(first, today=TODAY, key=key())
        assert desk.put(stock("zentrale"), today=TODAY, key="once") == first
        assert not desk.read([SMITHY])[SMITHY].objects
        with raises(Refused, "PV525"):
            desk.put(stock("other"), today=TODAY, key="once")
