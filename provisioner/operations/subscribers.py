"""Who has and had which number; a desk that cannot tell it as one is asked for all of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from provisioner.contract.desk import DeskReader
from provisioner.contract.quick import Subscribed, SubscribersDesk
from provisioner.contract.resources import Account, Kind, PortingOrder, Release

_NUMBERS = {Kind.STOCK, Kind.PROVISIONAL, Kind.PORTED}


@contextmanager
def subscribed(desk: DeskReader) -> Iterator[Iterator[Subscribed]]:
    """As :meth:`SubscribersDesk.subscribed`; of another desk what its customers have now.

    Raises Unavailable, while it is read too.
    """
    if isinstance(desk, SubscribersDesk):
        with desk.subscribed() as found:
            yield found
    else:
        yield _now(desk)


def _now(desk: DeskReader) -> Iterator[Subscribed]:
    states = desk.read(sorted(desk.customers()))
    for customer in sorted(states):
        objects = states[customer].objects
        came = {
            digits: order.progress.completed_on
            for order in objects
            if isinstance(order, PortingOrder) and order.progress.completed_on
            for digits in order.items
        }
        yield Subscribed(
            customer,
            next((o.company for o in objects if isinstance(o, Account)), ""),
            next((o for o in objects if isinstance(o, Release)), None),
            [o for o in objects if o.kind in _NUMBERS],
            (),
            (),
            came,
        )
