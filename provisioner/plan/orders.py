"""Steps for port orders: a state machine, so not a difference.

Waiting for the donor is no step.  What is with the donor is locked; what cannot be submitted yet is
held and says why; what needs people is a question.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from provisioner.codes import Code, Hold
from provisioner.codes.porting import (
    AcceptedWithAnotherDate,
    CancellationNotConfirmed,
    DateNotAgreedYet,
    LetterOfAuthorityMissing,
    NoAnswerToAPortOrder,
    OrderCancelledManifestStillAsks,
    PortCannotBeStoppedAnyMore,
    PortDateTooSoon,
    PortOrderFailed,
    PortOrderIsLocked,
    PortOrderRejected,
    PortToBeConfirmed,
)
from provisioner.contract.resources import PortingOrder
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.diff import Draft, masked
from provisioner.plan.model import Action, Cause, Effect
from provisioner.telephony.porting import (
    EDITABLE,
    ENDED,
    IN_FLIGHT,
    NO_RETURN,
    Event,
    PortPolicy,
    Reason,
    State,
    caught_up,
)


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """A step that waits for people, and for what."""

    draft: Draft
    about: Hold


Finding = Draft | HeldDraft | Diagnostic


class Orders:
    """One customer's port orders, desired and live.

    ``former`` are those that the released manifest would ask for today.  ``promised``: ids of steps
    that an open run was approved for and has not done.
    """

    def __init__(
        self,
        desired: Iterable[PortingOrder],
        live: Iterable[PortingOrder],
        former: Iterable[PortingOrder],
        *,
        today: date,
        policy: PortPolicy,
        require_poa: bool,
        promised: Collection[str] = (),
    ) -> None:
        self.promised = promised
        self.desired = {o.key: o for o in desired}
        self.live = {o.key: o for o in live}
        self.former = {o.key: o for o in former}
        self.today, self.policy, self.require_poa = today, policy, require_poa

    def findings(self) -> Iterator[Finding]:
        """Steps, held steps and diagnostics, unordered."""
        for key, wanted in self.desired.items():
            found = self.live.get(key)
            if found is None:
                yield from self._new(wanted)
            elif found.progress.state in IN_FLIGHT:
                yield from self._in_flight(wanted, found)
            elif found.progress.state is State.CANCELLED:
                yield from self._cancelled(wanted, found)
            elif found.progress.state in EDITABLE:
                yield from self._editable(wanted, found)
            elif found.progress.state is State.FAILED:
                yield _finding(PortOrderFailed(order=found.key, state=_state(found)), found)
        for key, found in self.live.items():
            if key not in self.desired:
                yield from self._unwanted(found)

    def _new(self, wanted: PortingOrder) -> Iterator[Finding]:
        submit = self._draft(Action.SUBMIT, wanted, None, Cause.EDITED)
        reason = self._reason_to_hold(wanted)
        if reason is None:
            yield submit
            return
        yield HeldDraft(submit, reason)
        if not isinstance(reason, PortDateTooSoon):
            yield self._draft(Action.CREATE, wanted, None, Cause.EDITED)

    def _reason_to_hold(self, wanted: PortingOrder) -> Hold | None:
        if wanted.port_date is None:
            return DateNotAgreedYet(order=wanted.key)
        if self.require_poa and not wanted.poa:
            return LetterOfAuthorityMissing(order=wanted.key)
        earliest = self.policy.earliest(self.today)
        if wanted.port_date < earliest:
            return PortDateTooSoon(
                order=wanted.key,
                date=wanted.port_date.isoformat(),
                earliest=earliest.isoformat(),
                lead=self.policy.lead,
            )
        return None

    def _editable(self, wanted: PortingOrder, found: PortingOrder) -> Iterator[Finding]:
        """Draft, awaiting the letter of authority, ready, or rejected."""
        rejected = found.progress.state is State.REJECTED
        changed = _differing(wanted, found)
        moved = changed == ("port_date",) and not self._asked_anew(wanted, Action.RESUBMIT)
        if rejected and (not changed or moved or self._is_late_letter(wanted, found, changed)):
            yield _finding(
                PortOrderRejected(
                    order=found.key,
                    state=_state(found),
                    reason=str(found.progress.reason or "other"),
                    donor_code=found.progress.donor_code or "-",
                ),
                found,
            )
            return
        action = Action.RESUBMIT if rejected else Action.SUBMIT
        cause = self._edited(wanted) if changed else Cause.PORTING
        submit = self._draft(action, wanted, found, cause, changed)
        reason = self._reason_to_hold(wanted)
        if reason is None:
            yield submit
            return
        yield HeldDraft(submit, reason)
        if changed and not rejected and not isinstance(reason, PortDateTooSoon):
            yield self._draft(Action.UPDATE, wanted, found, self._edited(wanted), changed)

    def _is_late_letter(
        self, wanted: PortingOrder, found: PortingOrder, changed: tuple[str, ...]
    ) -> bool:
        """A letter that came while the donor looked at the order is no answer to its refusal,
        unless that was for the signature."""
        late = changed == ("poa",) and not found.poa and self._edited(wanted) is Cause.DRIFT
        return late and found.progress.reason is not Reason.SIGNATURE

    def _in_flight(self, wanted: PortingOrder, found: PortingOrder) -> Iterator[Finding]:
        changed = _differing(wanted, found)
        agreed = changed == ("port_date",) and wanted.port_date == found.progress.port_date
        asked_again = changed == ("port_date",) and found.progress.other_date
        if changed and not agreed and not asked_again and self._edited(wanted) is Cause.EDITED:
            yield _finding(
                PortOrderIsLocked(order=found.key, state=_state(found), fields=", ".join(changed)),
                found,
            )
            return
        if agreed:
            yield self._draft(Action.UPDATE, wanted, found, Cause.EDITED, changed)
        elif found.progress.other_date:
            yield _finding(
                AcceptedWithAnotherDate(
                    order=found.key,
                    state=_state(found),
                    asked=str(found.progress.asked),
                    granted=str(found.progress.port_date),
                ),
                found,
            )
        if found.progress.state is State.CANCEL_PENDING:
            yield _finding(
                CancellationNotConfirmed(
                    order=found.key, state=_state(found), date=str(found.progress.port_date)
                ),
                found,
            )
        asked = found.progress.port_date
        if found.progress.state is State.SUBMITTED and asked and asked <= self.today:
            yield _finding(
                NoAnswerToAPortOrder(order=found.key, state=_state(found), date=str(asked)), found
            )
        yield from self._due(found)

    def _due(self, found: PortingOrder) -> Iterator[Finding]:
        events, after = caught_up(found.progress, today=self.today, policy=self.policy)
        state = found.progress.state
        for event in events:
            action, effect, target = _CALENDAR[event]
            yield _moved(action, found, state, target, effect)
            state = target
        if after.state is State.ACTIVATING:
            yield _finding(
                PortToBeConfirmed(
                    order=found.key, state=_state(found), date=str(found.progress.port_date)
                ),
                found,
            )

    def _cancelled(self, wanted: PortingOrder, found: PortingOrder) -> Iterator[Finding]:
        """Asked for again by an edit since: a new attempt. Still asked for: someone must decide.

        What was released before the cancellation, and a day that the calendar, the operator's rules
        or the donor have moved, is no new wish.
        """
        if self._asked_anew(wanted, Action.SUBMIT):
            yield from self._new(replace(wanted, progress=found.progress))
        else:
            yield _finding(
                OrderCancelledManifestStillAsks(order=found.key, state=_state(found)), found
            )

    def _asked_anew(self, wanted: PortingOrder, action: Action) -> bool:
        """Whether the port is edited by this plan, or was by a run that died before ``action``."""
        former = self.former.get(wanted.key)
        edited = former is None or not {*_differing(wanted, former)} <= _OF_THE_CONTACT
        return edited or self._draft(action, wanted, None, Cause.EDITED).id in self.promised

    def _unwanted(self, found: PortingOrder) -> Iterator[Finding]:
        state = caught_up(found.progress, today=self.today, policy=self.policy)[1].state
        if state is State.CANCEL_PENDING:
            yield _finding(
                CancellationNotConfirmed(
                    order=found.key, state=_state(found), date=str(found.progress.port_date)
                ),
                found,
            )
        if state in ENDED or state is State.CANCEL_PENDING:
            return
        if state in NO_RETURN:
            yield _finding(
                PortCannotBeStoppedAnyMore(order=found.key, state=_state(found), fields="porting"),
                found,
            )
            return
        yield Draft(
            Action.CANCEL,
            found,
            Effect.DISRUPTIVE if state in IN_FLIGHT else Effect.MUTATING,
            Cause.EDITED,
            before=masked(found, {**found.declared(), "state": str(state)}),
        )

    def _edited(self, wanted: PortingOrder) -> Cause:
        former = self.former.get(wanted.key)
        same = former is not None and not _differing(wanted, former)
        return Cause.DRIFT if same else Cause.EDITED

    def _draft(
        self,
        action: Action,
        wanted: PortingOrder,
        found: PortingOrder | None,
        cause: Cause,
        changed: tuple[str, ...] = (),
    ) -> Draft:
        before = None
        if found is not None:
            was = found.declared()
            state = str(found.progress.state)
            before = masked(found, {"state": state, **{n: was.get(n) for n in wanted.declared()}})
        return Draft(
            action,
            wanted,
            Effect.ADDITIVE if action is Action.CREATE else Effect.MUTATING,
            cause,
            before=before,
            after=masked(wanted, wanted.declared()),
            changed=changed,
        )


def _differing(wanted: PortingOrder, found: PortingOrder) -> tuple[str, ...]:
    new, old = wanted.declared(), found.declared()
    return tuple(sorted(n for n in new.keys() | old.keys() if new.get(n) != old.get(n)))


_OF_THE_CONTACT = frozenset({"company", "uid"})
"""Fields of an order that do not stand in the port's entry."""

_CALENDAR = {
    Event.SYNCHRONISE: (Action.SYNCHRONISE, Effect.IRREVERSIBLE, State.SYNCHRONISED),
    Event.ACTIVATE: (Action.ACTIVATE, Effect.MUTATING, State.ACTIVATING),
}
"""Moves that a day brings; from synchronisation on nobody can stop the port."""


def _moved(action: Action, found: PortingOrder, was: State, state: State, effect: Effect) -> Draft:
    return Draft(
        action,
        found,
        effect,
        Cause.TIME,
        before={"state": str(was), "port_date": str(found.progress.port_date)},
        after={"state": str(state), "port_date": str(found.progress.port_date)},
        changed=("state",),
    )


def _finding(about: Code, order: PortingOrder) -> Diagnostic:
    return Diagnostic.of(about, order.customer, path=("porting",))


def _state(order: PortingOrder) -> str:
    return str(order.progress.state)
