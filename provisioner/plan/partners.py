"""A number moves between two customers at both, or not at all.  Pure."""

from collections.abc import Iterator, Mapping

from provisioner.codes.moves import OtherCustomerIsNotReady
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import Action, CustomerPlan, Status
from provisioner.plan.moves import Moves, Transfer
from provisioner.plan.planner import Planned, stopped
from provisioner.telephony.identity import CustomerId


def matched(parts: Mapping[CustomerId, Planned]) -> dict[CustomerId, Planned]:
    """``parts``, with those blocked whose counterpart cannot be carried out as it is planned."""
    found = dict(parts)
    while True:
        lacking = {
            customer: transfer
            for customer, part in found.items()
            if part.plan.status is Status.READY and (transfer := _unmatched(customer, found))
        }
        if not lacking:
            return found
        for customer, transfer in lacking.items():
            other = transfer.giver if customer == transfer.taker else transfer.taker
            about = OtherCustomerIsNotReady(found=str(transfer.number), customer=str(other))
            found[customer] = stopped(
                found[customer], Status.BLOCKED, Diagnostic.of(about, customer)
            )


def _unmatched(customer: CustomerId, parts: Mapping[CustomerId, Planned]) -> Transfer | None:
    """What would pass at ``customer`` alone, or in part; what is held at it does neither."""
    part = parts[customer]
    for transfer in (*part.moves.coming, *part.moves.going):
        other = transfer.giver if customer == transfer.taker else transfer.taker
        mine, theirs = (_missing(transfer, who, parts) for who in (customer, other))
        if mine != {*_steps(transfer, customer)} and (mine or theirs):
            return transfer
    return None


def _missing(transfer: Transfer, who: CustomerId, parts: Mapping[CustomerId, Planned]) -> set[str]:
    """Steps of one side that are not planned."""
    part = parts.get(who)
    return {*_steps(transfer, who)} - (_planned(part.plan) if part else set())


def _steps(transfer: Transfer, who: CustomerId) -> Iterator[str]:
    """Ids of the steps of one side."""
    drafts = Moves(going=(transfer,)) if who == transfer.giver else Moves(coming=(transfer,))
    yield from (draft.id for draft in drafts.drafts((), {}))


def _planned(plan: CustomerPlan) -> set[str]:
    ready = plan.status is Status.READY
    return {step.id for step in plan.steps if step.action is Action.MOVE} if ready else set()
