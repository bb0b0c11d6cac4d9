"""The life of a port order: a state machine, not a difference.

    draft → awaiting_poa → ready → submitted → accepted → synchronised → activating → completed
                                   submitted → rejected → submitted (corrected, next attempt)
    before synchronised: → cancel_pending → cancelled (or accepted, if the donor keeps the port)
    from accepted on: → accepted (the donor has moved the date)
    anywhere between submitted and the end: → failed, or → activating (the numbers are here)
    cancelled, failed: → submitted (asked for again, next attempt), or → activating (they came)

Waiting is neither drift nor failure.  From ``synchronised`` on the donor has announced the move to
all carriers and nothing can be cancelled any more; that the donor moves the date or that nothing
came can still be said.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from provisioner.codes import Code
from provisioner.codes.porting import (
    DateCannotBeAccepted,
    DateMissing,
    MoveNotPossible,
    PortIsComplete,
    TooEarly,
    TooLateToCancel,
)
from provisioner.errors import ProvisionError
from provisioner.telephony.calendar import WorkCalendar

MAX_SINGLE_NUMBERS = 10
"""Single numbers per order: a technical limit of the porting system (R10)."""


class State(StrEnum):
    DRAFT = "draft"
    AWAITING_POA = "awaiting_poa"
    READY = "ready"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SYNCHRONISED = "synchronised"
    ACTIVATING = "activating"
    COMPLETED = "completed"
    CANCEL_PENDING = "cancel_pending"
    CANCELLED = "cancelled"
    FAILED = "failed"


IN_FLIGHT = frozenset(
    {State.SUBMITTED, State.ACCEPTED, State.SYNCHRONISED, State.ACTIVATING, State.CANCEL_PENDING}
)
"""The donor is working on it: its fields are locked."""

NO_RETURN = frozenset({State.SYNCHRONISED, State.ACTIVATING})
"""Cannot be cancelled any more."""

EDITABLE = frozenset({State.DRAFT, State.AWAITING_POA, State.READY, State.REJECTED})
"""Nothing is with the donor: the manifest may change it."""

SUBMITTABLE = EDITABLE | {State.CANCELLED, State.FAILED}
"""Nothing is with the donor: it can be submitted, for the first time or once more."""

SENT_AGAIN = frozenset({State.REJECTED, State.CANCELLED, State.FAILED})
"""The donor had it, and the desk may send it once more as it is."""

LIVE_HERE = frozenset({State.ACTIVATING, State.COMPLETED})
"""The number's own route is on our PBX."""

ENDED = frozenset({State.COMPLETED, State.CANCELLED, State.FAILED})


class Event(StrEnum):
    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    SYNCHRONISE = "sync"
    ACTIVATE = "activate"
    COMPLETE = "complete"
    CANCEL = "cancel"
    CONFIRM_CANCEL = "confirm_cancel"
    POSTPONE = "postpone"
    ARRIVE = "arrive"
    FAIL = "fail"


_MOVES: dict[Event, tuple[frozenset[State], State]] = {
    Event.SUBMIT: (SUBMITTABLE, State.SUBMITTED),
    Event.ACCEPT: (frozenset({State.SUBMITTED, State.CANCEL_PENDING}), State.ACCEPTED),
    Event.REJECT: (frozenset({State.SUBMITTED}), State.REJECTED),
    Event.SYNCHRONISE: (frozenset({State.ACCEPTED}), State.SYNCHRONISED),
    Event.ACTIVATE: (frozenset({State.SYNCHRONISED}), State.ACTIVATING),
    Event.COMPLETE: (frozenset({State.ACTIVATING}), State.COMPLETED),
    Event.CANCEL: (EDITABLE | {State.SUBMITTED, State.ACCEPTED}, State.CANCEL_PENDING),
    Event.CONFIRM_CANCEL: (frozenset({State.CANCEL_PENDING}), State.CANCELLED),
    Event.POSTPONE: (NO_RETURN | {State.ACCEPTED}, State.ACCEPTED),
    Event.ARRIVE: (
        (IN_FLIGHT - {State.ACTIVATING}) | SENT_AGAIN,
        State.ACTIVATING,
    ),
    Event.FAIL: (IN_FLIGHT, State.FAILED),
}

_BY_THE_DESK = tuple(e for e in Event if e not in {Event.SUBMIT, Event.ACTIVATE})
"""Staff's words; an order is submitted by an approved plan and goes live by the calendar."""


class Reason(StrEnum):
    """Why a donor refused, whatever the donor's own code was."""

    NUMBER_UNKNOWN = "number_unknown"
    COMPANY_MISMATCH = "company_mismatch"
    SIGNATURE = "signature"
    DATE = "date"
    CONTRACT = "contract"
    BLOCK_PARTIAL = "block_partial"
    OTHER = "other"


class PortingError(ProvisionError):
    """A move that the state of the order does not allow."""

    exit_code = 3


def words_in(state: State) -> tuple[str, ...]:
    """Staff's commands that an order in ``state`` takes, as they are typed."""
    words = [e.replace("_", "-") for e in _BY_THE_DESK if state in _MOVES[e][0]]
    if state in SENT_AGAIN:
        words.append("resubmit")
    return tuple(words)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an order stands.  ``port_date`` is the date in force: asked, or accepted by the donor.

    ``asked`` is what we asked for, so that a differing ``port_date`` is seen and shown.
    ``attempt`` counts submissions; ``remote_id`` is the carrier's name for the current one.
    """

    state: State = State.DRAFT
    port_date: date | None = None
    asked: date | None = None
    attempt: int = 0
    remote_id: str | None = None
    donor_code: str | None = None
    reason: Reason | None = None
    completed_on: date | None = None

    @property
    def other_date(self) -> bool:
        """The donor accepted another date than the one asked for, and nobody has agreed yet."""
        accepted = {State.ACCEPTED, State.SYNCHRONISED, State.ACTIVATING}
        return self.state in accepted and self.port_date != self.asked


@dataclass(frozen=True, slots=True)
class PortPolicy:
    """The operator's days: ``lead`` before a port, ``sync`` from synchronisation to the port.

    ``at_customer``: days on which numbers can arrive at one customer, if not on all of those.
    """

    calendar: WorkCalendar
    lead: int = 10
    sync: int = 2
    at_customer: WorkCalendar | None = None

    @property
    def arrivals(self) -> WorkCalendar:
        """Days that can be asked for as port dates."""
        return self.at_customer or self.calendar

    def earliest(self, today: date) -> date:
        """The first port date that an order submitted ``today`` can have."""
        return self.arrivals.on_or_after(self.calendar.plus(today, self.lead))

    def at(self, canton: str | None) -> "PortPolicy":
        """For a customer in ``canton``; None: its holidays do not matter."""
        if canton is None:
            return self
        return replace(self, at_customer=replace(self.calendar, also=canton))

    def synchronises_on(self, port: date) -> date:
        return self.calendar.plus(port, -self.sync)


def move(
    progress: Progress,
    event: Event,
    *,
    today: date,
    policy: PortPolicy,
    on: date | None = None,
    remote_id: str | None = None,
    donor_code: str | None = None,
    reason: Reason | None = None,
) -> Progress:
    """The order after ``event``.  Raises PortingError: PV221 to PV225, PV284.

    ``on`` is the date asked (submit), granted (accept; default: the one asked) or given instead
    (postpone).  What has been postponed can be cancelled again, until the calendar announces it
    again.  What arrives has arrived today, whatever its date was.
    """
    sources, target = _MOVES[event]
    if event is Event.CANCEL:  # the donor goes by the calendar, whether we have looked at it or not
        progress = caught_up(progress, today=today, policy=policy)[1]
    if progress.state not in sources:
        raise PortingError(refusal(event, progress.state))
    match event:
        case Event.SUBMIT:
            if on is None:
                raise PortingError(DateMissing(event=str(event)))
            return Progress(target, on, on, progress.attempt + 1, remote_id)
        case Event.ACCEPT | Event.POSTPONE:
            if on is None and event is Event.POSTPONE:
                raise PortingError(DateMissing(event=str(event)))
            # a cancellation taken back keeps what was granted
            granted = _granted(on or progress.port_date, today, policy)
            return replace(progress, state=target, port_date=granted)
        case Event.REJECT:
            why = reason or Reason.OTHER
            return replace(progress, state=target, donor_code=donor_code, reason=why)
        case Event.ACTIVATE | Event.COMPLETE:
            _refuse_too_early(progress, event, today)
            done = today if event is Event.COMPLETE else None
            return replace(progress, state=target, completed_on=done)
        case Event.ARRIVE:  # a fact, so nobody has to agree to its date
            return replace(progress, state=target, port_date=today, asked=today)
        case _:
            by_us = event is Event.CANCEL and progress.state in EDITABLE  # nobody has to confirm it
            return replace(progress, state=State.CANCELLED if by_us else target)


def _granted(day: date | None, today: date, policy: PortPolicy) -> date:
    if day is None or not policy.calendar.is_working(day) or day < today:
        raise PortingError(DateCannotBeAccepted(date=str(day), today=str(today)))
    return day


def _refuse_too_early(progress: Progress, event: Event, today: date) -> None:
    day = progress.port_date
    if day is None or today < day:
        raise PortingError(TooEarly(event=str(event), date=str(day), today=str(today)))


def refusal(event: Event, state: State) -> Code:
    """Why an order in ``state`` does not take ``event``, and what it takes."""
    if event is Event.CANCEL and state in NO_RETURN:
        return TooLateToCancel(event=str(event), state=str(state))
    if state is State.COMPLETED:
        return PortIsComplete(event=str(event))
    return MoveNotPossible(event=str(event), state=str(state), possible=", ".join(words_in(state)))


def due(progress: Progress, *, today: date, policy: PortPolicy) -> Event | None:
    """What the calendar alone brings about: synchronisation, then the day of the port.

    Completion is never assumed: it switches the provisional numbers off, so the donor's word is
    needed.
    """
    if progress.port_date is None:
        return None
    if progress.state is State.ACCEPTED and today >= policy.synchronises_on(progress.port_date):
        return Event.SYNCHRONISE
    if progress.state is State.SYNCHRONISED and today >= progress.port_date:
        return Event.ACTIVATE
    return None


def caught_up(
    progress: Progress, *, today: date, policy: PortPolicy
) -> tuple[tuple[Event, ...], Progress]:
    """All that the calendar has brought about by ``today``, and the order after it."""
    events: list[Event] = []
    while event := due(progress, today=today, policy=policy):
        progress = move(progress, event, today=today, policy=policy)
        events.append(event)
    return tuple(events), progress
