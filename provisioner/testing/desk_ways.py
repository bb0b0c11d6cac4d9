"""What every desk must do with a port order that does not go its way."""

from datetime import timedelta

from provisioner.contract.resources import PortedNumber
from provisioner.errors import Refused
from provisioner.telephony.numbers import Numbers, numbers_from
from provisioner.telephony.porting import Event, PortingError, State
from provisioner.testing.desk_numbers import OpenDesk
from provisioner.testing.desk_orders import bring, live, move
from provisioner.testing.values import (
    CAFE,
    OTHER_DATE,
    PORT_DATE,
    SMITHY,
    TODAY,
    key,
    order,
    raises,
)

_SUNDAY = PORT_DATE - timedelta(days=1)
_EARLY = PORT_DATE - timedelta(days=3)


def _numbers() -> list[Numbers]:
    return [numbers_from(digits) for digits in order().items]


class WaysOutContract:
    """Postponed, failed, arrived, cancelled, sent again."""

    def test_donor_may_move_the_date_after_the_synchronisation(self, open_desk: OpenDesk) -> None:
        """The date that was asked for stays, so that the other one is a question."""
        for state in (State.ACCEPTED, State.SYNCHRONISED, State.ACTIVATING):
            desk = open_desk()
            bring(desk, state)
            with raises(PortingError, "PV223"):
                move(desk, Event.POSTPONE)
            for day in (TODAY - timedelta(days=1), _SUNDAY):
                with raises(PortingError, "PV224"):
                    move(desk, Event.POSTPONE, on=day)
            move(desk, Event.POSTPONE, on=OTHER_DATE)
            found = live(desk)
            assert (found.progress.state, found.progress.port_date) == (State.ACCEPTED, OTHER_DATE)
            assert (found.port_date, found.progress.other_date) == (PORT_DATE, True)
            move(desk, Event.CANCEL)
            move(desk, Event.CONFIRM_CANCEL)
            desk.put(order(), today=TODAY, key=key())

    def test_numbers_that_come_early_are_here_today(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        bring(desk, State.ACCEPTED)
        arrived = move(desk, Event.ARRIVE, _EARLY)
        assert (arrived.state, arrived.port_date) == (State.ACTIVATING, _EARLY)
        assert not arrived.other_date
        move(desk, Event.COMPLETE, _EARLY)
        ported = [o for o in desk.read([SMITHY])[SMITHY].objects if isinstance(o, PortedNumber)]
        assert len(ported) == len(order().items)

    def test_numbers_may_come_against_all_expectation(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        for state in (State.REJECTED, State.CANCEL_PENDING, State.CANCELLED, State.FAILED):
            bring(desk, state)
            assert move(desk, Event.ARRIVE).state is State.ACTIVATING
            assert set(desk.holders([*_numbers()]).values()) == {SMITHY}
            move(desk, Event.FAIL)
            assert not desk.holders([*_numbers()])

    def test_a_number_that_came_is_not_lost_with_its_customer(self, open_desk: OpenDesk) -> None:
        """Whoever has no release any more is listed until the number is given back."""
        desk = open_desk()
        bring(desk, State.CANCELLED)
        assert not desk.customers()
        move(desk, Event.ARRIVE)
        move(desk, Event.COMPLETE)
        assert list(desk.customers()) == [SMITHY]
        for found in desk.read([SMITHY])[SMITHY].objects:
            if isinstance(found, PortedNumber):
                desk.delete(found, today=TODAY, key=key())
        assert not desk.customers()

    def test_what_failed_or_was_cancelled_is_sent_again_for_a_new_date(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk()
        for attempt, state in enumerate((State.FAILED, State.CANCELLED), start=1):
            before = bring(desk, state).progress
            assert before.attempt == 2 * attempt - 1
            with raises(PortingError, "PV223"):
                move(desk, Event.SUBMIT)
            with raises(PortingError, "PV224"):
                move(desk, Event.SUBMIT, on=_SUNDAY)
            move(desk, Event.SUBMIT, on=OTHER_DATE)
            again = live(desk)
            assert (again.progress.state, again.port_date) == (State.SUBMITTED, OTHER_DATE)
            assert again.progress.attempt == before.attempt + 1
            assert again.progress.remote_id != before.remote_id
            move(desk, Event.FAIL)

    def test_failed_order_begins_anew_with_new_fields(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        bring(desk, State.FAILED)
        desk.put(order(provider="Bergnetz", port_date=OTHER_DATE), today=TODAY, key=key())
        again = live(desk)
        assert (again.provider, again.progress.state) == ("Bergnetz", State.SUBMITTED)
        assert again.progress.attempt == 2

    def test_r11_numbers_that_are_in_another_order_by_now_stay_there(
        self, open_desk: OpenDesk
    ) -> None:
        for ours in (order(customer=CAFE), order(porting="again")):
            for state in (State.FAILED, State.CANCELLED):
                desk = open_desk()
                before = bring(desk, state)
                desk.put(ours, today=TODAY, key=key())
                for event, on in ((Event.SUBMIT, OTHER_DATE), (Event.ARRIVE, None)):
                    with raises(Refused, "PV522"):
                        move(desk, event, on=on)
                assert before in desk.read([SMITHY])[SMITHY].objects
                desk.delete(ours, today=TODAY, key=key())
                desk.move(
                    ours, Event.CONFIRM_CANCEL, today=TODAY, who="staff", why="told", key=key()
                )

    def test_r4_nothing_is_sent_again_without_its_letter(self, open_desk: OpenDesk) -> None:
        desk = open_desk(require_poa=True)
        desk.put(order(), today=TODAY, key=key())
        move(desk, Event.CANCEL)
        with raises(PortingError, "PV291"):
            move(desk, Event.SUBMIT, on=OTHER_DATE)
        assert live(desk).progress.state is State.CANCELLED

    def test_only_the_donors_word_confirms_a_cancellation(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        before = bring(desk, State.CANCEL_PENDING)
        with raises(PortingError, "PV221"):
            move(desk, Event.CANCEL)
        assert live(desk) == before
        move(desk, Event.CONFIRM_CANCEL)
        with raises(PortingError, "PV221"):
            move(desk, Event.CONFIRM_CANCEL)

    def test_what_the_donor_does_not_have_is_cancelled_at_once(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(order(port_date=None), today=TODAY, key=key())
        with raises(PortingError, "PV221"):
            move(desk, Event.CONFIRM_CANCEL)
        assert move(desk, Event.CANCEL).state is State.CANCELLED

    def test_completed_order_takes_no_word(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        before = bring(desk, State.COMPLETED)
        for event in Event:
            with raises(PortingError, "PV284"):
                move(desk, event, PORT_DATE, on=OTHER_DATE)
        assert live(desk) == before
