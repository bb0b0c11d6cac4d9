"""What every desk must do with port orders."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from provisioner.contract.desk import Desk
from provisioner.contract.resources import PortedNumber, PortingOrder
from provisioner.errors import Refused
from provisioner.telephony.numbers import numbers_from
from provisioner.telephony.porting import Event, PortingError, Progress, Reason, State
from provisioner.testing.desk_numbers import OpenDesk
from provisioner.testing.values import (
    CAFE,
    OTHER_DATE,
    POLICY,
    PORT_DATE,
    SMITHY,
    TODAY,
    key,
    order,
    raises,
)

_TO = {
    State.SUBMITTED: (),
    State.ACCEPTED: (Event.ACCEPT,),
    State.REJECTED: (Event.REJECT,),
    State.SYNCHRONISED: (Event.ACCEPT, Event.SYNCHRONISE),
    State.ACTIVATING: (Event.ACCEPT, Event.SYNCHRONISE, Event.ACTIVATE),
    State.COMPLETED: (Event.ACCEPT, Event.SYNCHRONISE, Event.ACTIVATE, Event.COMPLETE),
    State.CANCEL_PENDING: (Event.CANCEL,),
    State.CANCELLED: (Event.CANCEL, Event.CONFIRM_CANCEL),
    State.FAILED: (Event.FAIL,),
}


def move(desk: Desk, event: Event, today: date = TODAY, **more: Any) -> Progress:
    who = {"who": "Staff Member", "why": "the donor said so", "key": key(), **more}
    return desk.move(order(), event, today=today, **who).progress


def bring(desk: Desk, state: State) -> PortingOrder:
    """The order in ``state``."""
    found = desk.put(order(), today=TODAY, key=key())
    for event in _TO[state]:
        move(desk, event, PORT_DATE if event in {Event.ACTIVATE, Event.COMPLETE} else TODAY)
    assert isinstance(found, PortingOrder)
    return live(desk)


def live(desk: Desk) -> PortingOrder:
    every = [o for o in desk.read([SMITHY])[SMITHY].objects if isinstance(o, PortingOrder)]
    orders = [o for o in every if o.key == order().key]
    assert len(orders) == 1
    return orders[0]


class OrdersContract:
    """Submitting, moving, locking, ending."""

    def test_an_order_does_not_vanish_with_its_customer(self, open_desk: OpenDesk) -> None:
        """Whoever has no release any more is listed until the donor has no order of it."""
        desk = open_desk()
        bring(desk, State.CANCEL_PENDING)
        assert list(desk.customers()) == [SMITHY]
        move(desk, Event.CONFIRM_CANCEL)
        assert not desk.customers()

    def test_complete_order_is_submitted(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        found = desk.put(order(), today=TODAY, key=key())
        assert isinstance(found, PortingOrder)
        progress = found.progress
        assert progress.state is State.SUBMITTED
        assert (progress.port_date, progress.asked, progress.attempt) == (PORT_DATE, PORT_DATE, 1)
        assert progress.remote_id
        assert live(open_desk()) == found

    def test_r6_order_without_date_is_a_draft(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(order(port_date=None), today=TODAY, key=key())
        assert live(desk).progress == Progress(State.DRAFT)
        desk.put(order(), today=TODAY, key=key())
        assert live(desk).progress.state is State.SUBMITTED

    def test_r4_order_waits_for_the_letter_of_authority(self, open_desk: OpenDesk) -> None:
        desk = open_desk(require_poa=True)
        desk.put(order(), today=TODAY, key=key())
        assert live(desk).progress.state is State.AWAITING_POA
        desk.put(order(poa="ab" * 32), today=TODAY, key=key())
        assert live(desk).progress.state is State.SUBMITTED

    def test_editable_order_takes_new_fields(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(order(port_date=None), today=TODAY, key=key())
        wanted = order(port_date=None, provider="Bergnetz", numbers=("0525551201",), blocks=())
        desk.put(wanted, today=TODAY, key=key())
        assert live(desk) == wanted

    def test_same_key_submits_once(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        first = desk.put(order(), today=TODAY, key="submit-once")
        move(desk, Event.REJECT)
        assert desk.put(order(), today=TODAY, key="submit-once") == first
        assert live(desk).progress.state is State.REJECTED

    def test_order_in_flight_can_be_put_unchanged(self, open_desk: OpenDesk) -> None:
        for state in (State.SUBMITTED, State.ACCEPTED, State.SYNCHRONISED, State.ACTIVATING):
            desk = open_desk()
            before = bring(desk, state) if state is State.SUBMITTED else _on(desk, state)
            desk.put(order(), today=TODAY, key=key())
            assert live(desk) == before

    def test_fields_in_flight_are_locked(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        before = bring(desk, State.ACCEPTED)
        for changed in (
            {"provider": "Bergnetz"},
            {"port_date": OTHER_DATE},
            {"numbers": ()},
            {"signatories": ("Hans Huber",)},
        ):
            with raises(Refused, "PV523") as caught:
                desk.put(order(**changed), today=TODAY, key=key())
            assert "Huber" not in str(caught.error)
        assert live(desk) == before

    def test_other_date_is_never_taken_silently(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(order(), today=TODAY, key=key())
        move(desk, Event.ACCEPT, on=OTHER_DATE)
        assert live(desk).progress.other_date
        assert live(desk).port_date == PORT_DATE
        desk.put(order(port_date=OTHER_DATE), today=TODAY, key=key())
        agreed = live(desk)
        assert (agreed.port_date, agreed.progress.asked) == (OTHER_DATE, OTHER_DATE)
        assert not agreed.progress.other_date
        assert agreed.progress.state is State.ACCEPTED

    def test_rejected_order_is_submitted_again_under_its_key(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        first = bring(desk, State.SUBMITTED).progress
        refused = move(desk, Event.REJECT, donor_code="E17", reason=Reason.COMPANY_MISMATCH)
        assert (refused.donor_code, refused.reason) == ("E17", Reason.COMPANY_MISMATCH)
        desk.put(order(provider="Bergnetz"), today=TODAY, key=key())
        again = live(desk).progress
        assert (again.state, again.attempt, again.reason) == (State.SUBMITTED, 2, None)
        assert again.remote_id != first.remote_id

    def test_rejected_order_takes_the_corrected_company(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        bring(desk, State.SUBMITTED)
        move(desk, Event.REJECT, reason=Reason.COMPANY_MISMATCH)
        wanted = order(company="Schmiedeisen Muster AG", uid=None)
        desk.put(wanted, today=TODAY, key=key())
        again = live(desk)
        assert (again.company, again.uid) == ("Schmiedeisen Muster AG", None)
        assert (again.progress.state, again.progress.attempt) == (State.SUBMITTED, 2)

    def test_company_in_flight_is_the_one_that_the_donor_was_given(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk()
        bring(desk, State.SUBMITTED)
        renamed = order(company="Schmiedeisen Muster AG", uid=None)
        desk.put(renamed, today=TODAY, key=key())
        move(desk, Event.ACCEPT, on=OTHER_DATE)
        desk.put(replace(renamed, port_date=OTHER_DATE), today=TODAY, key=key())
        found = live(desk)
        assert (found.company, found.uid) == (order().company, order().uid)
        assert (found.port_date, found.progress.state) == (OTHER_DATE, State.ACCEPTED)

    def test_rejected_order_is_submitted_again_as_it_is(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        first = bring(desk, State.REJECTED)
        with raises(PortingError, "PV224"):
            move(desk, Event.SUBMIT, PORT_DATE + timedelta(days=1))
        assert live(desk) == first
        move(desk, Event.SUBMIT)
        again = live(desk)
        assert replace(again, progress=first.progress) == first
        assert (again.progress.state, again.progress.attempt) == (State.SUBMITTED, 2)
        assert again.progress.remote_id != first.progress.remote_id
        assert "rejected -> submitted" in desk.audit(SMITHY)[0].what
        with raises(PortingError, "PV221"):
            move(desk, Event.SUBMIT)
        assert live(desk) == again

    def test_completion_makes_the_numbers_the_customers(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        done = bring(desk, State.COMPLETED).progress
        assert (done.state, done.completed_on) == (State.COMPLETED, PORT_DATE)
        ported = [o for o in desk.read([SMITHY])[SMITHY].objects if isinstance(o, PortedNumber)]
        assert {(p.porting, p.digits) for p in ported} == {
            ("haupt", "0525551200"),
            ("haupt", "05255520"),
        }

    def test_move_that_the_state_does_not_allow_is_refused(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        before = bring(desk, State.SUBMITTED)
        with raises(PortingError, "PV221"):
            move(desk, Event.COMPLETE)
        with raises(PortingError, "PV224"):
            move(desk, Event.ACCEPT, on=TODAY - timedelta(days=1))
        assert live(desk) == before
        with raises(Refused, "PV524"):
            desk.move(
                order(porting="other"), Event.ACCEPT, today=TODAY, who="x", why="y", key=key()
            )

    def test_move_with_the_same_key_is_carried_out_once(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        bring(desk, State.SUBMITTED)
        answers = [move(desk, Event.ACCEPT, key="accept-once") for _ in range(2)]
        assert answers[0] == answers[1]
        assert len(desk.audit(SMITHY)) == 1

    def test_every_move_says_who_and_why(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        bring(desk, State.SYNCHRONISED)
        newest, older = desk.audit(SMITHY)
        assert (newest.who, newest.why) == ("Staff Member", "the donor said so")
        assert str(State.SYNCHRONISED) in newest.what
        assert str(State.ACCEPTED) in older.what
        assert "haupt/1" in newest.what

    def test_the_audit_tells_when_a_move_was_made(self, open_desk: OpenDesk) -> None:
        """And not on which day of the calendar."""
        desk, made = open_desk(), datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
        bring(desk, State.SUBMITTED)
        move(desk, Event.ACCEPT, at=made)
        assert desk.audit(SMITHY)[0].at == made

    def test_editable_order_is_cancelled_at_once(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(order(port_date=None), today=TODAY, key=key())
        desk.delete(order(), today=TODAY, key=key())
        assert live(desk).progress.state is State.CANCELLED
        assert not desk.holders([*_numbers()])

    def test_order_at_the_donor_is_cancelled_by_the_donor(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        bring(desk, State.ACCEPTED)
        for _ in range(2):
            desk.delete(order(), today=TODAY, key=key())
            assert live(desk).progress.state is State.CANCEL_PENDING
        with raises(Refused, "PV523"):
            desk.put(order(provider="Bergnetz"), today=TODAY, key=key())
        move(desk, Event.CONFIRM_CANCEL)
        assert live(desk).progress.state is State.CANCELLED

    def test_past_the_point_of_no_return_nothing_is_cancelled(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        before = bring(desk, State.SYNCHRONISED)
        with raises(PortingError, "PV222"):
            desk.delete(order(), today=TODAY, key=key())
        assert live(desk) == before
        move(desk, Event.ACTIVATE, PORT_DATE)
        with raises(PortingError, "PV222"):
            desk.delete(order(), today=PORT_DATE, key=key())

    def test_donor_may_keep_a_port_that_we_want_to_cancel(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        bring(desk, State.CANCEL_PENDING)
        move(desk, Event.ACCEPT)
        found = live(desk).progress
        assert (found.state, found.port_date) == (State.ACCEPTED, PORT_DATE)
        assert set(desk.holders([*_numbers()]).values()) == {SMITHY}

    def test_nothing_is_cancelled_once_the_day_of_synchronisation_has_come(
        self, open_desk: OpenDesk
    ) -> None:
        """Though nobody has carried the synchronisation out yet."""
        desk = open_desk()
        before = bring(desk, State.ACCEPTED)
        locked = POLICY.synchronises_on(PORT_DATE)
        with raises(PortingError, "PV222"):
            move(desk, Event.CANCEL, locked)
        with raises(PortingError, "PV222"):
            desk.delete(order(), today=locked, key=key())
        assert live(desk) == before
        desk.delete(order(), today=locked - timedelta(days=1), key=key())
        assert live(desk).progress.state is State.CANCEL_PENDING

    def test_cancelled_order_can_begin_anew(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        first = bring(desk, State.CANCELLED).progress
        desk.put(order(provider="Bergnetz", port_date=None), today=TODAY, key=key())
        assert live(desk).progress.state is State.DRAFT
        desk.put(order(provider="Bergnetz"), today=TODAY, key=key())
        again = live(desk).progress
        assert (again.state, again.attempt) == (State.SUBMITTED, first.attempt + 1)
        assert again.remote_id != first.remote_id

    def test_order_that_ended_stays_as_it_is(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        before = bring(desk, State.COMPLETED)
        desk.delete(order(), today=PORT_DATE, key=key())
        assert live(desk) == before
        with raises(Refused, "PV523"):
            desk.put(order(provider="Bergnetz"), today=PORT_DATE, key=key())

    def test_r11_number_that_another_customer_ports_is_refused(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(order(), today=TODAY, key=key())
        with raises(Refused, "PV522"):
            desk.put(
                order(customer=CAFE, numbers=("0525552042",), blocks=()), today=TODAY, key=key()
            )
        assert not desk.read([CAFE])[CAFE].objects

    def test_r11_number_that_is_here_is_not_ordered_again(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        bring(desk, State.COMPLETED)
        for digits in ("0525551200", "0525552042"):
            for customer in (SMITHY, CAFE):
                again = order(customer=customer, porting="again", numbers=(digits,), blocks=())
                for wanted in (again, replace(again, port_date=None)):
                    with raises(Refused, "PV522"):
                        desk.put(wanted, today=PORT_DATE, key=key())
        assert not desk.read([CAFE])[CAFE].objects
        assert live(desk).porting == order().porting
        given_up = PortedNumber(customer=SMITHY, porting="haupt", digits="0525551200")
        desk.delete(given_up, today=PORT_DATE, key=key())
        again = order(porting="again", port_date=OTHER_DATE, numbers=("0525551200",), blocks=())
        found = desk.put(again, today=PORT_DATE, key=key())
        assert isinstance(found, PortingOrder)
        assert found.progress.state is State.SUBMITTED

    def test_r11_donors_are_asked_for_a_number_once(self, open_desk: OpenDesk) -> None:
        """Of another order of the same customer's too, and inside of a block."""
        desk = open_desk()
        desk.put(order(numbers=("0525551200",), blocks=()), today=TODAY, key=key())
        for numbers, blocks in ((("0525551200",), ()), ((), ("052555120",))):
            again = order(porting="again", numbers=numbers, blocks=blocks)
            with raises(Refused, "PV522"):
                desk.put(again, today=TODAY, key=key())
            desk.put(replace(again, port_date=None), today=TODAY, key=key())
            desk.delete(again, today=TODAY, key=key())
        assert live(desk).progress.state is State.SUBMITTED

    def test_failed_order_frees_its_numbers(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        assert bring(desk, State.FAILED).progress.state is State.FAILED
        assert not desk.holders([*_numbers()])


def _numbers() -> list[Any]:

    return [numbers_from(d) for d in order().items]


def _on(desk: Desk, state: State) -> PortingOrder:
    """From the state before to ``state``."""
    event = _TO[state][-1]
    move(desk, event, PORT_DATE if event is Event.ACTIVATE else TODAY)
    return live(desk)
