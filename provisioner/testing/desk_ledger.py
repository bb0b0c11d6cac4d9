"""What every desk must do with the ledger (R2, R13)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from provisioner.contract.desk import BilledInterval, Desk
from provisioner.contract.resources import BillingInterval, Release
from provisioner.errors import Refused
from provisioner.telephony.items import Item, ItemKind
from provisioner.testing.desk_numbers import OpenDesk
from provisioner.testing.values import CAFE, SMITHY, TODAY, billing, key, raises

ITEM = "workplace/petra.huber"
LATER = date(2027, 2, 10)
AHEAD = date(2027, 3, 1)
ALWAYS = (date(2026, 1, 1), date(2029, 1, 1))


def put(desk: Desk, wanted: BillingInterval, today: date = TODAY) -> date:
    found = desk.put(wanted, today=today, key=key())
    assert isinstance(found, BillingInterval)
    assert found.starts is not None
    return found.starts


def rows(desk: Desk) -> list[tuple[str, date, date | None]]:
    return [(r.product, r.starts, r.ends) for r in desk.intervals(*ALWAYS)]


class LedgerContract:
    """Intervals are half-open and never overlap; what is paid once is paid once."""

    def test_r13_interval_opens_today_or_on_its_day(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        assert put(desk, billing("phones")) == TODAY
        assert put(desk, billing("subscription", AHEAD, item="subscription")) == AHEAD
        assert set(open_desk().read([SMITHY])[SMITHY].objects) == {
            billing("phones", TODAY),
            billing("subscription", AHEAD, item="subscription"),
        }

    def test_r13_put_again_changes_nothing(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        assert put(desk, billing("phones"), LATER) == TODAY
        assert rows(desk) == [("phones", TODAY, None)]

    def test_r13_change_of_license_splits_the_interval(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        assert put(desk, billing("phones+apps"), LATER) == LATER
        assert rows(desk) == [("phones", TODAY, LATER), ("phones+apps", LATER, None)]
        assert desk.read([SMITHY])[SMITHY].objects == (billing("phones+apps", LATER),)

    def test_r13_change_with_a_start_ahead_waits_for_it(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        assert put(desk, billing("phones+apps", AHEAD), LATER) == AHEAD
        assert rows(desk) == [("phones", TODAY, AHEAD), ("phones+apps", AHEAD, None)]

    def test_r13_change_never_reaches_back(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        assert put(desk, billing("phones+apps", TODAY), LATER) == LATER
        assert rows(desk) == [("phones", TODAY, LATER), ("phones+apps", LATER, None)]

    def test_r13_changes_on_one_day_leave_the_last(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        put(desk, billing("phones+apps"))
        assert rows(desk) == [("phones+apps", TODAY, None)]

    def test_r2_start_that_lies_ahead_can_be_moved(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones", AHEAD))
        assert put(desk, billing("phones", LATER)) == LATER
        assert rows(desk) == [("phones", LATER, None)]

    def test_r2_start_that_lies_ahead_can_be_moved_to_today(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones", AHEAD))
        assert put(desk, billing("phones"), LATER) == LATER
        assert rows(desk) == [("phones", LATER, None)]
        assert put(desk, billing("phones"), AHEAD) == LATER
        assert rows(desk) == [("phones", LATER, None)]

    def test_r13_change_that_waits_can_be_had_today(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        put(desk, billing("phones+apps", AHEAD))
        assert put(desk, billing("phones+apps"), LATER) == LATER
        assert rows(desk) == [("phones", TODAY, LATER), ("phones+apps", LATER, None)]

    def test_r2_start_that_has_passed_stays(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        with raises(Refused, "PV526"):
            put(desk, billing("phones", AHEAD), LATER)
        assert rows(desk) == [("phones", TODAY, None)]

    def test_r13_end_is_today_or_the_day_given(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        put(desk, billing("subscription", item="subscription"))
        for _ in range(2):
            desk.delete(billing("phones"), today=AHEAD, key=key())
            gone = billing("subscription", item="subscription", ends=LATER)
            desk.delete(gone, today=AHEAD, key=key())
        assert rows(desk) == [("subscription", TODAY, LATER), ("phones", TODAY, AHEAD)]
        assert not desk.read([SMITHY])[SMITHY].objects

    def test_r13_interval_that_never_began_is_removed(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones", AHEAD))
        desk.delete(billing("phones"), today=LATER, key=key())
        assert rows(desk) == []

    def test_r13_same_item_again_does_not_overlap(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        desk.delete(billing("phones", ends=AHEAD), today=LATER, key=key())
        assert put(desk, billing("phones"), LATER) == LATER
        found = rows(desk)
        assert found == [("phones", TODAY, LATER), ("phones", LATER, None)]

    def test_once_is_recorded_once_for_ever(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        setup = billing("setup", item="setup", once=True)
        assert put(desk, setup) == TODAY
        assert put(desk, setup, LATER) == TODAY
        desk.delete(setup, today=LATER, key=key())
        assert put(desk, setup, AHEAD) == TODAY
        wanted = billing("setup", TODAY, item="setup", once=True)
        assert desk.read([SMITHY])[SMITHY].objects == (wanted,)
        assert len(rows(desk)) == 1

    def test_r2_once_is_moved_until_its_day_has_come(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        setup = billing("setup", AHEAD, item="setup", once=True)
        assert put(desk, setup) == AHEAD
        for day in (date(2027, 4, 1), date(2027, 2, 15)):
            assert put(desk, replace(setup, starts=day), LATER) == day
            assert rows(desk) == [("setup", day, None)]
        assert put(desk, replace(setup, starts=None), LATER) == LATER
        for late in (setup, replace(setup, starts=None)):
            assert put(desk, late, LATER) == LATER
        assert rows(desk) == [("setup", LATER, None)]

    def test_r2_once_that_never_came_is_never_charged(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        setup = billing("setup", AHEAD, item="setup", once=True)
        put(desk, setup)
        desk.delete(setup, today=LATER, key=key())
        assert rows(desk) == []
        assert not desk.read([SMITHY])[SMITHY].objects
        put(desk, setup, LATER)
        desk.delete(setup, today=AHEAD, key=key())
        assert rows(desk) == [("setup", AHEAD, None)]

    def test_who_comes_under_the_id_of_one_who_left_is_charged_anew(
        self, open_desk: OpenDesk
    ) -> None:
        """Also twice: what each was billed stays, and is known as what is over."""
        desk = open_desk()
        release = Release(customer=SMITHY, manifest="0" * 64, reseller="muster")
        setup = billing("setup", item="setup", once=True)
        for day in (TODAY, AHEAD):
            desk.put(release, today=day, key=key())
            assert put(desk, setup, day) == day
            assert put(desk, billing("phones"), day) == day
            desk.delete(billing("phones"), today=day + timedelta(days=9), key=key())
            for _ in range(2):
                desk.delete(release, today=day + timedelta(days=9), key=key())
            assert not desk.read([SMITHY])[SMITHY].objects
        back = AHEAD + timedelta(days=9)
        desk.put(release, today=back, key=key())
        found = sorted((r.starts, r.product, r.former) for r in desk.intervals(*ALWAYS))
        assert found == [
            (day, product, True) for day in (TODAY, AHEAD) for product in ("phones", "setup")
        ]
        for wanted in (setup, billing("phones")):
            assert put(desk, wanted, back) == back
        assert sum(r.former for r in desk.intervals(*ALWAYS)) == len(found)

    def test_a_run_for_an_earlier_day_moves_nothing_back(self, open_desk: OpenDesk) -> None:
        """What has begun to be billed would begin again, or never have been there."""
        desk = open_desk()
        put(desk, billing("phones"), LATER)
        for wanted in (billing("phones"), billing("phones+apps"), billing("phones", TODAY)):
            with raises(Refused, "PV537"):
                put(desk, wanted, TODAY)
        with raises(Refused, "PV537"):
            desk.delete(billing("phones"), today=TODAY, key=key())
        assert rows(desk) == [("phones", LATER, None)]
        theirs = replace(billing("phones"), customer=CAFE)
        assert put(desk, theirs, TODAY) == TODAY

    def test_rows_that_touch_a_month(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        put(desk, billing("phones"))
        put(desk, billing("setup", item="setup", once=True))
        desk.put(
            BillingInterval(customer=CAFE, item=Item.parse(ITEM), product="phones"),
            today=LATER,
            key=key(),
        )
        desk.delete(billing("phones"), today=date(2027, 2, 1), key=key())
        january = desk.intervals(date(2027, 1, 1), date(2027, 2, 1))
        assert list(january) == [
            BilledInterval(SMITHY, Item(ItemKind.SETUP), "setup", True, TODAY),
            BilledInterval(SMITHY, Item.parse(ITEM), "phones", False, TODAY, date(2027, 2, 1)),
        ]
        february = desk.intervals(date(2027, 2, 1), date(2027, 3, 1))
        assert [(r.customer, r.starts) for r in february] == [(CAFE, LATER)]

    def test_same_key_bills_once(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        first = desk.put(billing("phones"), today=TODAY, key="bill-once")
        desk.delete(billing("phones"), today=LATER, key=key())
        assert desk.put(billing("phones"), today=AHEAD, key="bill-once") == first
        assert rows(desk) == [("phones", TODAY, LATER)]

    def test_audit_has_the_newest_first_and_a_limit(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        for number in range(3):
            at = datetime(2027, 1, 11, 10, number, tzinfo=UTC)
            customer = CAFE if number == 1 else SMITHY
            desk.note(at=at, who="Ägidius", what=f"did {number}", why="asked", customer=customer)
        desk.note(at=datetime(2027, 1, 12, tzinfo=UTC), who="x", what="all", why="y", customer=None)
        assert [e.what for e in desk.audit()] == ["all", "did 2", "did 1", "did 0"]
        assert [e.what for e in desk.audit(SMITHY)] == ["did 2", "did 0"]
        assert [e.what for e in desk.audit(limit=1)] == ["all"]
        first, last = (datetime(2027, 1, 11, 10, minute, tzinfo=UTC) for minute in (1, 2))
        assert [e.what for e in desk.audit(since=first, until=last)] == ["did 1"]
        assert [e.what for e in desk.audit(SMITHY, since=first)] == ["did 2"]
        assert desk.audit(CAFE)[0].at == datetime(2027, 1, 11, 10, 1, tzinfo=UTC)
        assert desk.audit(CAFE)[0].who == "Ägidius"
