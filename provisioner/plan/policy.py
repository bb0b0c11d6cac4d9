"""What the operator allows: removals with a second signature, and brakes on mass changes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from provisioner.codes.moves import WaitsForItsNewCustomer
from provisioner.codes.policy import (
    NeedsAnEntryInRemovalsYaml,
    SubscriptionHasNotEndedYet,
    TooManyChangesAtOnce,
    WaitsForAnotherStep,
    WaitsForAPort,
)
from provisioner.contract.reading import field_hashes
from provisioner.contract.resources import Kind, PortingOrder, System
from provisioner.manifest.config import Brake, Brakes
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.manifest.removals import Removals
from provisioner.plan.model import Action, Cause, CustomerPlan, Effect, Held, Step
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import Use
from provisioner.telephony.porting import IN_FLIGHT
from provisioner.telephony.sources import Literal, Stock, number_of

MINIMUM = 10
"""With fewer live objects a share says nothing, so only the count brakes."""

CUSTOMER = "customer"
_OF_A_PHONE = frozenset({Kind.WORKPLACE, Kind.BILLING})

Noted = Mapping[tuple[Kind, str], Mapping[str, str]]
"""What the desk has noted as applied, as hashes: ``DeskState.applied``."""

_WHOLE = frozenset({Kind.TENANT, Kind.RELEASE})
"""Whoever loses one of them is on its way out."""


def removal_of(step: Step) -> str | None:
    """The entry of ``removals.yaml`` that it needs: ``customer``, ``stock/ID``, ``number/DIGITS``.

    A port that passes its point of no return is irreversible too, but it removes nothing: the
    manifest and the donor have both asked for it.
    """
    if step.effect is not Effect.IRREVERSIBLE or step.action is not Action.DELETE:
        return None
    match step.kind:
        case Kind.STOCK:
            return f"stock/{step.key}"
        case Kind.PORTED:
            return f"number/{step.key}"
        case _:
            return CUSTOMER


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a whole customer is to go: every step that takes something away needs its entry then.

    ``deleted``: the manifest is gone; ``ends_on``: the last day that the manifest, or the one
    released last, names.
    """

    deleted: bool = False
    ends_on: date | None = None


def hold_removals(
    steps: Iterable[Step],
    customer: str,
    removals: Removals,
    today: date,
    ending: Ending | None = None,
) -> tuple[list[Step], list[Held]]:
    """Steps that may run, and those that wait for an entry.

    An entry that was written for a coming end does not count before it: a manifest that is deleted
    meanwhile is held, and so is a single number without an entry of its own.  Billing ends with the
    subscription, entry or not.
    """
    early = ending and ending.deleted and ending.ends_on and today <= ending.ends_on
    free: list[Step] = []
    held: list[Held] = []
    for step in steps:
        takes = step.action in {Action.DELETE, Action.CANCEL} or gives(step, customer)
        needed = CUSTOMER if ending and takes else removal_of(step)
        ended = ending is not None and not ending.deleted
        if ended and step.kind is Kind.BILLING:
            free.append(step)
        elif needed and early:
            ends = str(ending.ends_on) if ending else ""
            held.append(Held.of(step, SubscriptionHasNotEndedYet(ends=ends)))
        elif needed and not removals.allows(customer, needed, today):
            held.append(Held.of(step, NeedsAnEntryInRemovalsYaml(what=f"{customer}/{needed}")))
        else:
            free.append(step)
    return free, held


def gives(step: Step, customer: str) -> bool:
    """Whether a number passes from ``customer`` to another one."""
    return step.action is Action.MOVE and (step.before or {}).get("customer") == customer


def hold_promised(
    steps: Iterable[Step], promised: Mapping[str, CustomerId]
) -> tuple[list[Step], list[Held]]:
    """Without those that would give up a number which another customer takes over (``promised``,
    by the step's id): it passes in a plan of both, or stays."""
    free: list[Step] = []
    held: list[Held] = []
    for step in steps:
        if (taker := promised.get(step.id)) is None:
            free.append(step)
        else:
            held.append(Held.of(step, WaitsForItsNewCustomer(customer=str(taker))))
    return free, held


def hold_while_porting(
    steps: Iterable[Step], orders: Iterable[PortingOrder], *, ended: bool
) -> tuple[list[Step], list[Held]]:
    """A customer that goes, kept as it is while the donor may still port a number to it.

    The order is asked to be cancelled; everything else waits for the donor's word, but billing
    once the subscription has ``ended``.
    """
    flying = next((o for o in orders if o.progress.state in IN_FLIGHT), None)
    free: list[Step] = []
    held: list[Held] = []
    for step in steps:
        billing = ended and step.kind is Kind.BILLING
        if flying is None or step.action is not Action.DELETE or billing:
            free.append(step)
        else:
            about = WaitsForAPort(
                customer=str(flying.customer), order=flying.key, state=str(flying.progress.state)
            )
            held.append(Held.of(step, about))
    return free, held


def hold_dependents(
    steps: Iterable[Step], held: Collection[Held], noted: Noted, *, ended: bool = False
) -> tuple[list[Step], list[Held]]:
    """Steps whose needs, or whose use of a held number, keep them waiting as well.

    A number rings on at the phone that is ``noted``, and that is billed, also where a faulty read
    of the PBX lacks the route or the phone.  The billing of a subscription that has ``ended`` waits
    for nothing.
    """
    kept: dict[str, Held] = {h.step.id: h for h in held}
    free, before = list(steps), -1
    while len(free) != before:  # a number that waits with the tenant keeps routes that come first
        before, rest = len(free), free
        free = []
        numbers = staying(kept.values())
        phones = _phones(numbers, noted)
        for step in rest:
            if ended and step.kind is Kind.BILLING:
                free.append(step)
                continue
            blocker = next((n for n in step.needs if n in kept), None)
            if blocker is None and step.action is Action.DELETE:
                if step.kind is Kind.ROUTE and (number := number_of(step.key, numbers)):
                    blocker = numbers[number]
                elif phones and step.kind in _OF_A_PHONE:
                    blocker = phones.get(_target(step.key.removeprefix(f"{Kind.WORKPLACE}/")))
            if blocker is None:
                free.append(step)
                continue
            kept[step.id] = Held.of(step, WaitsForAnotherStep(step=blocker))
    return free, list(kept.values())


def staying(held: Iterable[Held]) -> dict[Stock | Literal, str]:
    """The numbers that are held, and the step that waits of each."""
    return {n: h.step.id for h in held if (n := _number(h.step)) is not None}


def _phones(numbers: Mapping[Stock | Literal, str], noted: Noted) -> dict[str, str]:
    """Where those ring, by hash, and the step that waits."""
    return {
        hashes["target"]: numbers[number]
        for (kind, key), hashes in noted.items()
        if numbers and kind is Kind.ROUTE and "target" in hashes
        if (number := number_of(key, numbers))
    }


def _target(login: str) -> str:
    return field_hashes({"target": login})["target"]


def _number(step: Step) -> Stock | Literal | None:
    """The number that a step is about, if it is one that may have to stay."""
    match step.kind:
        case Kind.STOCK:
            return Stock(step.key)
        case Kind.PORTED:
            return Literal(step.key)
        case _:
            return None


def brakes(
    customers: Iterable[CustomerPlan],
    limits: Brakes,
    live: int,
    removals: Removals,
    today: date,
    acknowledged: Collection[str],
) -> list[Diagnostic]:
    """Errors for each brake that holds. Names to acknowledge: ``deletes``, ``updates``.

    A customer that goes as ``removals.yaml`` says has its second signature already, and what a
    completed port brings about is expected: neither counts.
    """
    deletes = updates = 0
    for customer in customers:
        going = any(s.action is Action.DELETE and s.kind in _WHOLE for s in customer.steps)
        signed = going and removals.allows(customer.customer, CUSTOMER, today)
        for step in customer.steps:
            if step.cause is Cause.PORTING:
                continue
            deletes += step.action is Action.DELETE and not signed
            # what passes from one to the other counts once
            turned = step.action in {Action.RENAME, Action.MOVE} and step.system is System.PBX
            moved = turned and not gives(step, customer.customer)
            updates += step.action is Action.UPDATE or moved
    found = []
    for name, count, limit in (
        ("deletes", deletes, limits.deletes),
        ("updates", updates, limits.updates),
    ):
        if name not in acknowledged and _too_many(count, live, limit):
            about = TooManyChangesAtOnce(
                name=name,
                count=count,
                live=live,
                limit=limit.count,
                percent=limit.percent,
                over=f"brakes.{name}.{'count' if count > limit.count else 'percent'}",
            )
            found.append(Diagnostic.of(about))
    return found


def _too_many(count: int, live: int, limit: Brake) -> bool:
    share = live >= MINIMUM and count * 100 > limit.percent * live
    return count > limit.count or (share and count > 1)


def lifts(*manifests: Manifest | None) -> tuple[str, ...]:
    """Logins of phones on which somebody's safety hangs, as they are or were."""
    places = (w for m in manifests if m for w in m.workplaces if w.use in _SAFETY)
    return tuple(sorted({str(w.login) for w in places}))


_SAFETY = frozenset({Use.LIFT, Use.DOOR})
