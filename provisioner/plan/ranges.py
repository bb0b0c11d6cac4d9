"""A large fleet in ranges, so that what is live of all of it is never in memory at once.  Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from provisioner.contract.resources import PortedNumber, ProvisionalAllocation, StockAllocation
from provisioner.plan.context import CustomerInput
from provisioner.plan.model import Action
from provisioner.plan.notes import is_left_with_notes
from provisioner.plan.planner import Planned
from provisioner.telephony.identity import CustomerId

if TYPE_CHECKING:
    from provisioner.plan.live import LivePlanner

AT_ONCE = 100
"""Customers: few enough to be asked for by name."""


Range = Sequence[CustomerInput]


class Spread(Protocol):
    """Others who plan beside this process, with connections of their own."""

    def planned(
        self, planning: "LivePlanner", ranges: Iterable[Range], count: int
    ) -> Iterator[dict[CustomerId, Planned]]:
        """What ``planning`` says of each range; ``count``: customers in all of them."""

    def ahead(
        self,
        planning: "LivePlanner",
        asked: Mapping[CustomerId, CustomerInput],
        parts: Mapping[CustomerId, Planned],
    ) -> dict[CustomerId, Planned]:
        """``parts`` with what the coming days bring, as ``planning.look_ahead`` tells it."""


def ranges(
    subjects: Sequence[CustomerInput], known: Collection[CustomerId], size: int
) -> Iterator[Range]:
    """All ``subjects``, those of whom one says something about another in one range.

    These are customers between which numbers move, those that are renamed, and, where the file of
    one is gone, those that begin: it may be the same one.  ``known``: who has begun already.
    """
    bound: set[CustomerId] = set()
    for subject in subjects:
        linked = {giver for giver, _ in subject.packed.moved} if subject.packed else set()
        if subject.was is not None:
            linked.add(subject.was)
        if linked:
            bound |= {subject.customer, *linked}
    gone = {s.customer for s in subjects if s.packed is None and not s.broken}
    if gone:
        bound |= gone | {s.customer for s in subjects if s.customer not in known}
    together = [s for s in subjects if s.customer in bound]
    if together:
        yield together
    apart = [s for s in subjects if s.customer not in bound]
    for start in range(0, len(apart), size):
        yield apart[start : start + size]


def kept(part: Planned) -> Planned:
    """What is needed later of a customer of whom there is nothing to say."""
    if is_left_with_notes(part):
        return part
    return replace(part, manifest=None, wanted=(), applied={}, told=None, seen=None)


_OF_POOLS = StockAllocation | ProvisionalAllocation | PortedNumber
_OF_OTHERS = frozenset({Action.MOVE, Action.RENAME})


def judged(part: Planned) -> Planned:
    """What the whole has to know of a customer for whom something is planned elsewhere: what it
    takes from the pools and gives back, and what passes between it and others."""
    tasks = tuple(t for t in part.tasks if isinstance(t.operation.resource, _OF_POOLS))
    steps = tuple(s for s in part.plan.steps if s.action in _OF_OTHERS)
    plan = part.plan.model_copy(update={"steps": steps, "held": ()})
    return replace(kept(part), plan=plan, tasks=tasks, manifest=part.manifest if tasks else None)
