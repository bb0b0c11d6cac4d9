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
    moves = parts[customer].moves
    for transfer in (*moves.coming, *moves.going):
        for who in (transfer.giver, transfer.taker):
            part = parts.get(who)
            if part is None or not set(_steps(transfer, who)) <= _planned(part.plan):
                return transfer
    return None


def _steps(transfer: Transfer, who: CustomerId) -> Iterator[str]:
    """Ids of the steps of one side."""
    drafts = Moves(going=(transfer,)) if who == transfer.giver else Moves(coming=(transfer,))
    yield from (draft.id for draft in drafts.drafts(()))


def _planned(plan: CustomerPlan) -> set[str]:
    ready = plan.status is Status.READY
    return {step.id for step in plan.steps if step.action is Action.MOVE} if ready else set()
