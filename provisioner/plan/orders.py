"""Steps for port orders: a state machine, so not a difference.

Waiting for the donor is no step.  What is with the donor is locked; what cannot be submitted yet is
held and says why; what needs people is a question.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from provisioner.codes import Code, Fault, Hold
from provisioner.codes.porting import (
    AcceptedWithAnotherDate,
    CancellationNotConfirmed,
    DateIsGranted,
    DateIsWithTheDonor,
    DateNotAgreedYet,
    LetterOfAuthorityMissing,
    NoAnswerToAPortOrder,
    OrderCancelledManifestStillAsks,
    PortCannotBeStoppedAnyMore,
    PortDateTooSoon,
    PortOrderFailed,
    PortOrderRejected,
    PortToBeConfirmed,
    SubmittedForAnotherDate,
)
from provisioner.contract.resources import PortingOrder
from provisioner.desired.ports import locked
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.diff import Draft, masked
from provisioner.plan.digest import step_digest
from provisioner.plan.model import Action, Cause, Effect
from provisioner.telephony.porting import (
    EDITABLE,
    ENDED,
    IN_FLIGHT,
    NO_RETURN,
    SUBMITTABLE,
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

    ``former`` are those that the released manifest would ask for today.  ``promised``: digests of
    steps that an open run was approved for and has not done.  ``ended``: the subscription is over.
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
        ended: bool = False,
    ) -> None:
        self.promised, self.ended = promised, ended
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
            elif found.progress.state in EDITABLE:
                yield from self._editable(wanted, found)
            elif found.progress.state in SUBMITTABLE:
                yield from self._over(wanted, found)
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
        if rejected and self._is_no_answer(wanted, found, changed):
            yield _finding(
                PortOrderRejected(
                    customer=str(found.customer),
                    order=found.key,
                    state=_state(found),
                    reason=str(found.progress.reason or "other"),
                    donor_code=found.progress.donor_code or "-",
                ),
                found,
            )
            return
        action = Action.RESUBMIT if rejected else Action.SUBMIT
        anew = bool(changed) and self._asked_anew(wanted, found, action)
        cause = Cause.EDITED if anew else self._edited(wanted) if changed else Cause.PORTING
        submit = self._draft(action, wanted, found, cause, changed)
        reason = self._reason_to_hold(wanted)
        if reason is None:
            yield submit
            return
        yield HeldDraft(submit, reason)
        if changed and not rejected and not isinstance(reason, PortDateTooSoon):
            yield self._draft(Action.UPDATE, wanted, found, self._edited(wanted), changed)

    def _is_no_answer(
        self, wanted: PortingOrder, found: PortingOrder, changed: tuple[str, ...]
    ) -> bool:
        """Whether nothing that differs was meant for the refusal: a day may have moved by itself,
        and a letter may have come meanwhile, which helps if it was for the signature."""
        late = not found.poa and found.progress.reason is not Reason.SIGNATURE
        unmeant = {"port_date", "poa"} if late else {"port_date"}
        return {*changed} <= unmeant and not (
            changed and self._asked_anew(wanted, found, Action.RESUBMIT)
        )

    def _in_flight(self, wanted: PortingOrder, found: PortingOrder) -> Iterator[Finding]:
        changed = _differing(wanted, found)
        if released := self._not_edited(wanted, changed):
            wanted = replace(wanted, **{name: getattr(found, name) for name in released})
            changed = _differing(wanted, found)
        agreed = changed == ("port_date",) and wanted.port_date == found.progress.port_date
        agreed = agreed and found.progress.state is not State.CANCEL_PENDING
        asked_again = changed == ("port_date",) and found.progress.other_date
        if changed and not agreed and not asked_again and self._edited(wanted) is Cause.EDITED:
            yield _finding(self._refused(wanted, found, changed), found)
            return
        if agreed:
            yield self._draft(Action.UPDATE, wanted, found, Cause.EDITED, changed)
        elif found.progress.other_date:
            yield _finding(
                AcceptedWithAnotherDate(
                    customer=str(found.customer),
                    order=found.key,
                    state=_state(found),
                    asked=str(found.progress.asked),
                    granted=str(found.progress.port_date),
                    entry=self._entry(wanted, found.progress.port_date),
                ),
                found,
            )
        elif "port_date" in changed and found.progress.asked:
            yield _finding(
                SubmittedForAnotherDate(
                    order=found.key,
                    state=_state(found),
                    asked=str(found.progress.asked),
                    wanted=str(wanted.port_date or "-"),
                    entry=self._entry(wanted, found.progress.asked),
                ),
                found,
            )
        if found.progress.state is State.CANCEL_PENDING:
            yield _finding(_unconfirmed(found), found)
        asked = found.progress.port_date
        if found.progress.state is State.SUBMITTED and asked and asked <= self.today:
            yield _finding(
                NoAnswerToAPortOrder(
                    customer=str(found.customer),
                    order=found.key,
                    state=_state(found),
                    date=str(asked),
                ),
                found,
            )
        yield from self._due(found)

    def _not_edited(self, wanted: PortingOrder, changed: tuple[str, ...]) -> set[str]:
        """What the donor has otherwise than it was released: that was meant for another part, or
        the desk has sent the order again as it was.  A day is asked about."""
        former = self.former.get(wanted.key) if changed else None
        return set() if former is None else {*changed} - {*_differing(wanted, former), "port_date"}

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
                    customer=str(found.customer),
                    order=found.key,
                    state=_state(found),
                    date=str(found.progress.port_date),
                ),
                found,
            )

    def _over(self, wanted: PortingOrder, found: PortingOrder) -> Iterator[Finding]:
        """Cancelled or failed. Asked for again by an edit since: a new attempt; else a question.

        What was released before, and a day that the calendar, the operator's rules or the donor
        have moved, is no new wish.
        """
        if self._asked_anew(wanted, None, Action.SUBMIT, Action.CREATE):
            yield from self._new(replace(wanted, progress=found.progress))
            return
        failed = found.progress.state is State.FAILED
        about = PortOrderFailed if failed else OrderCancelledManifestStillAsks
        yield _finding(
            about(customer=str(found.customer), order=found.key, state=_state(found)), found
        )

    def _refused(
        self, wanted: PortingOrder, found: PortingOrder, changed: tuple[str, ...]
    ) -> Fault:
        """Why an edit of what is with the donor is refused, and what can be done instead."""
        state = found.progress.state
        if changed == ("port_date",) and wanted.port_date and state is not State.CANCEL_PENDING:
            kind = DateIsWithTheDonor if state is State.SUBMITTED else DateIsGranted
            alone = self._entry(wanted, found.port_date) if self._parts(wanted) else ""
            return kind(
                customer=str(found.customer),
                order=found.key,
                state=_state(found),
                wanted=str(wanted.port_date),
                entry=alone,
            )
        return locked(found, ", ".join(changed))

    def _parts(self, order: PortingOrder) -> list[PortingOrder]:
        """All orders of a port that is split; none of one that is whole."""
        parts = [o for o in self.desired.values() if o.porting == order.porting]
        return sorted(parts, key=attrgetter("part")) if len(parts) > 1 else []

    def _entry(self, order: PortingOrder, day: date | None) -> str:
        """``agreed_date`` as it has to be written, so that ``order`` alone gets ``day``."""
        dates = {o.part: o.port_date for o in self._parts(order)}
        if not dates:
            return f"agreed_date: {day}"
        dates[order.part] = day
        return f"agreed_date: {{{', '.join(f'{p}: {d}' for p, d in dates.items() if d)}}}"

    def _asked_anew(
        self, wanted: PortingOrder, found: PortingOrder | None, *actions: Action
    ) -> bool:
        """Whether the port is edited by this plan, or was by a run that died before one of
        ``actions``."""
        former = self.former.get(wanted.key)
        if former is None or not {*_differing(wanted, former)} <= _OF_THE_CONTACT:
            return True
        changed = _differing(wanted, found) if found else ()
        drafts = (self._draft(each, wanted, found, Cause.EDITED, changed) for each in actions)
        return any(map(self._is_promised, drafts))

    def _is_promised(self, draft: Draft) -> bool:
        return bool(self.promised) and step_digest(draft.step(())) in self.promised

    def _unwanted(self, found: PortingOrder) -> Iterator[Finding]:
        state = caught_up(found.progress, today=self.today, policy=self.policy)[1].state
        if state is State.CANCEL_PENDING:
            yield _finding(_unconfirmed(found), found)
        if state in ENDED or state is State.CANCEL_PENDING:
            return
        if state in NO_RETURN:
            yield _finding(
                PortCannotBeStoppedAnyMore(
                    customer=str(found.customer),
                    order=found.key,
                    state=_state(found),
                    fields="porting",
                ),
                found,
            )
            return
        cancel = Draft(
            Action.CANCEL,
            found,
            Effect.DISRUPTIVE if state in IN_FLIGHT else Effect.MUTATING,
            Cause.EDITED,
            before=masked(found, {**found.declared(), "state": str(state)}),
        )
        approved = found.key in self.former or self.ended or self._is_promised(cancel)
        # else the desk has sent it, or has entered that the donor ports all the same
        by_hand = state in IN_FLIGHT and not approved
        yield replace(cancel, cause=Cause.DRIFT) if by_hand else cancel

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


def _unconfirmed(order: PortingOrder) -> Code:
    return CancellationNotConfirmed(
        customer=str(order.customer),
        order=order.key,
        state=_state(order),
        date=str(order.progress.port_date),
    )


def _state(order: PortingOrder) -> str:
    return str(order.progress.state)
