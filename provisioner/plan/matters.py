"""What people have to see to: port orders, questions, approvals, runs that died.  Pure.

It follows from the desk and from the manifests that ask something.  No PBX is needed and nothing is
compared, so a list of it costs little; what a release would change is for a plan to tell.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from pydantic import ValidationError

from provisioner.codes import Severity
from provisioner.codes.policy import CustomerChangesItsReseller
from provisioner.codes.porting import (
    AcceptedWithAnotherDate,
    CancellationNotConfirmed,
    DateNotAgreedYet,
    LetterOfAuthorityMissing,
    NoAnswerToAPortOrder,
    PortAfterTheEnd,
    PortBeforeTheActivation,
    PortDateToBeAgreed,
    PortOrderFailed,
    PortOrderRejected,
    PortToBeConfirmed,
    SubmittedForAnotherDate,
)
from provisioner.contract.desk import DeskState, OpenRun
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PortingOrder, Release
from provisioner.desired import Desired, desire
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.plan.context import CustomerInput, released_manifest
from provisioner.plan.diff import Draft
from provisioner.plan.findings import badly_timed, handed_over, still_open
from provisioner.plan.model import Action, Plan
from provisioner.plan.orders import HeldDraft, Orders
from provisioner.telephony.porting import ENDED, NO_RETURN, PortPolicy, State


class Sort(StrEnum):
    """Sorts of matters, in the order in which those of one day are told."""

    PORT = "port"
    ANSWER = "answer"
    LETTER = "letter"
    APPROVAL = "approval"
    RUN = "run"
    HANDOVER = "handover"
    QUESTION = "question"


class Who(StrEnum):
    """Who has to act."""

    STAFF = "staff"
    RESELLER = "reseller"
    DONOR = "donor"
    ENGINEER = "engineer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One thing that somebody has to see to.

    ``about``: a port order, a file, an entry; with ``sort`` and ``text`` it names the matter from
    one day to the next.  ``text``: a code of the catalogue, or the key of a text of the interface.
    ``command``: for a shell in the folder of the workspace; where it needs a reason, ``why`` is the
    key of the one that is proposed.  ``due_on``: the last day on which it
    does no harm; None: nobody has set one.
    """

    sort: Sort
    who: Who
    about: str
    text: str
    params: Mapping[str, str | int]
    command: str
    customer: str = ""
    reseller: str = ""
    due_on: date | None = None
    why: str = ""

    @property
    def urgency(self) -> tuple[date, int, str, str]:
        """Sorts the most urgent first, and what has no day last."""
        return self.due_on or date.max, tuple(Sort).index(self.sort), self.customer, self.about


def typed(*words: str) -> str:
    """The words of a command as a shell takes them."""
    return shlex.join(words)


_OF_STAFF = (PortDateToBeAgreed, PortOrderFailed, CustomerChangesItsReseller)
"""Questions that the operator's staff answer; all others are for who writes the manifest."""

_BY_STATE = (PortToBeConfirmed, NoAnswerToAPortOrder, CancellationNotConfirmed)
"""What the state of the order tells already, and earlier."""

_WAITING = frozenset({Severity.ERROR, Severity.QUESTION})

_AGREED = (
    AcceptedWithAnotherDate,
    SubmittedForAnotherDate,
    PortBeforeTheActivation,
    PortAfterTheEnd,
)
"""Answered in time, the port can still be stopped or moved."""


def of_orders(reseller: str, desk: DeskState, policy: PortPolicy, today: date) -> Iterator[Matter]:
    """What the orders that are with a donor wait for."""
    for order in desk.objects:
        if isinstance(order, PortingOrder) and order.progress.state not in ENDED:
            found = _of_order(order, policy, today)
            if found is not None:
                yield replace(found, customer=str(order.customer), reseller=reseller)


_TOLD = {
    State.ACCEPTED: (Sort.PORT, Who.STAFF, "synchronises", "show", ""),
    State.SYNCHRONISED: (Sort.PORT, Who.STAFF, "ports", "show", ""),
    State.ACTIVATING: (Sort.PORT, Who.STAFF, "confirm", "complete", "tested"),
    State.SUBMITTED: (Sort.ANSWER, Who.DONOR, "answer", "accept", "accepted"),
    State.CANCEL_PENDING: (Sort.ANSWER, Who.DONOR, "cancel", "confirm-cancel", "confirmed"),
}
"""Of each state with a day before it what it waits for, the word that staff type, and why."""


def _of_order(order: PortingOrder, policy: PortPolicy, today: date) -> Matter | None:
    state, day = order.progress.state, order.progress.port_date
    if day is None or state not in _TOLD:
        return None
    sort, who, text, verb, why = _TOLD[state]
    name, last = f"{order.customer}/{order.key}", policy.synchronises_on(day)
    on = day if state in NO_RETURN else last
    if state is State.SUBMITTED and day < today:  # to be accepted it needs another date
        text, verb, why = "unanswered", "show", ""
    command = typed("provision", "porting", verb, name)
    if (state is State.ACCEPTED and last < today) or (state is State.SYNCHRONISED and day <= today):
        text, command, why = "late", typed("provision", "reconcile", str(order.customer)), ""
    return Matter(
        sort=sort,
        who=who,
        about=name,
        text=text,
        params={
            "order": order.key,
            "provider": order.provider,
            "date": day.isoformat(),
            "time": order.time,
        },
        command=command,
        due_on=on,
        why=why,
    )


def of_manifest(
    subject: CustomerInput, desk: DeskState, config: Config, today: date
) -> Iterator[Matter]:
    """What a manifest asks, and what its orders wait for before they go to a donor."""
    customer = str(subject.customer)
    reseller = subject.reseller or reseller_of(desk)
    looked = typed("provision", "plan", customer)

    def question(found: Diagnostic, on: date | None = None) -> Matter:
        staff = found.says(*_OF_STAFF)
        porting = found.params.get("order") or found.params.get("porting")
        return Matter(
            sort=Sort.QUESTION,
            who=Who.STAFF if staff else Who.RESELLER,
            about=f"{customer}/{porting}" if porting else customer,
            text=found.code,
            params=found.params,
            command=looked,
            customer=customer,
            reseller=reseller,
            due_on=on,
        )

    if subject.manifest is None or subject.broken:
        errors = [d for d in subject.diagnostics if d.severity is Severity.ERROR]
        yield from map(question, errors[:1])  # one alone stops the customer
        return
    policy = config.porting.days()
    wanted, orders = _orders(subject, subject.manifest, desk, config, today)
    findings = list(orders.findings())
    asked = [
        *(d for d in still_open(subject, wanted) if d.severity is Severity.QUESTION),
        *wanted.diagnostics,
        *(found for found in findings if isinstance(found, Diagnostic)),
        *badly_timed(subject, wanted),
        *handed_over(subject, CustomerLive(desk=desk)),
    ]
    for found in asked:
        if found.severity in _WAITING and not found.says(*_BY_STATE):
            yield question(found, _answered_by(found, orders, policy))
    for draft in findings:
        match draft:
            case HeldDraft(about=DateNotAgreedYet()):
                pass  # the manifest asks for it
            case HeldDraft(about=LetterOfAuthorityMissing()):
                yield _letter(subject, draft.draft, policy)
            case HeldDraft():
                day = _last_day(draft.draft, policy)
                yield question(Diagnostic.of(draft.about, customer), day)
            case Draft(action=Action.SUBMIT | Action.RESUBMIT):
                yield _to_submit(subject, draft, policy)


def _orders(
    subject: CustomerInput, manifest: Manifest, desk: DeskState, config: Config, today: date
) -> tuple[Desired, Orders]:
    policy, calls = config.porting.days(), config.call_policy(subject.customer)

    def desired(found: Manifest) -> Desired:
        return desire(subject.customer, subject.reseller, found, desk, today, policy, calls)

    def of(found: Desired) -> Iterator[PortingOrder]:
        return (o for o in found.resources if isinstance(o, PortingOrder))

    try:
        former = released_manifest(CustomerLive(desk=desk), manifest)
    except ValidationError:  # of a later version; a plan tells
        former = manifest
    wanted = desired(manifest)
    return wanted, Orders(
        of(wanted),
        (o for o in desk.objects if isinstance(o, PortingOrder)),
        of(wanted if former is manifest else desired(former)) if former else (),
        today=today,
        policy=policy.at(manifest.canton),
        require_poa=config.porting.require_poa,
        promised=subject.promised,
        ended=wanted.ended,
    )


def _answered_by(found: Diagnostic, orders: Orders, policy: PortPolicy) -> date | None:
    """The last day on which the answer does no harm."""
    order = orders.live.get(str(found.params.get("order") or found.params.get("porting")))
    if order is None or order.progress.port_date is None:
        return None
    if found.says(*_AGREED):
        return policy.synchronises_on(order.progress.port_date)
    if found.says(PortOrderRejected):
        return policy.calendar.plus(order.progress.port_date, -policy.lead)
    return None


def _last_day(draft: Draft, policy: PortPolicy) -> date | None:
    """On which the order can be submitted for the day it asks for."""
    order = draft.resource
    if not isinstance(order, PortingOrder) or order.port_date is None:
        return None
    return policy.calendar.plus(order.port_date, -policy.lead)


def _letter(subject: CustomerInput, draft: Draft, policy: PortPolicy) -> Matter:
    porting = draft.resource.key.partition("/")[0]
    return Matter(
        sort=Sort.LETTER,
        who=Who.RESELLER,
        about=f"{subject.customer}/{draft.resource.key}",
        text="letter",
        params={"order": draft.resource.key},
        command=typed("provision", "poa", str(subject.customer), "--porting", porting),
        customer=str(subject.customer),
        reseller=subject.reseller,
        due_on=_last_day(draft, policy),
    )


def _to_submit(subject: CustomerInput, draft: Draft, policy: PortPolicy) -> Matter:
    return Matter(
        sort=Sort.APPROVAL,
        who=Who.STAFF,
        about=f"{subject.customer}/{draft.resource.key}",
        text="submit",
        params={"order": draft.resource.key},
        command=typed("provision", "apply", str(subject.customer)),
        customer=str(subject.customer),
        reseller=subject.reseller,
        due_on=_last_day(draft, policy),
    )


def of_plan(file: str, plan: Plan, count: int, days: int, today: date) -> Matter:
    """The approval of a plan file, of which ``count`` customers are not carried out.

    ``days``: how long it holds.
    """
    until = plan.at + timedelta(days=days)
    over = until < today
    return Matter(
        sort=Sort.APPROVAL,
        who=Who.STAFF,
        about=file,
        text="plan_over" if over else "plan",
        params={"file": file, "count": count},
        command=typed("provision", "plan", "--out", file)
        if over
        else typed("provision", "apply", "--approved", file),
        due_on=until,
    )


def of_runs(runs: Iterable[OpenRun], resellers: Mapping[str, str]) -> Iterator[Matter]:
    """Runs that died: their steps were approved and are not done."""
    for run in runs:
        customer = str(run.customer)
        yield Matter(
            sort=Sort.RUN,
            who=Who.ENGINEER,
            about=customer,
            text="run",
            params={"moment": run.started.isoformat()},
            command=typed("provision", "apply", "--resume"),
            customer=customer,
            reseller=resellers.get(customer, ""),
        )


def reseller_of(state: DeskState) -> str:
    """Whose customer it is, by its release; empty if it has none."""
    return next((o.reseller for o in state.objects if isinstance(o, Release)), "")


def in_time(matters: Iterable[Matter], until: date) -> list[Matter]:
    """Those that are due by ``until`` or have no day, the most urgent first."""
    return sorted(
        (each for each in matters if each.due_on is None or each.due_on <= until),
        key=lambda each: each.urgency,
    )
