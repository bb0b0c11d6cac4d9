"""A large fleet in ranges, so that what is live of all of it is never in memory at once.  Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from provisioner.plan.context import CustomerInput
from provisioner.plan.planner import Planned
from provisioner.telephony.identity import CustomerId

AT_ONCE = 250
"""Customers: few enough to be asked for by name."""


def ranges(
    subjects: Sequence[CustomerInput], known: Collection[CustomerId], size: int
) -> Iterator[Sequence[CustomerInput]]:
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
    return replace(part, manifest=None, settled=(), applied={}, told=None, seen=None)
