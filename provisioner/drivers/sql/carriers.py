"""Who carries a port order to the donor.

``manual``: nobody does it by itself.  People take the order to the porting desk and enter what it
answers with ``provision porting …``.
"""

from typing import Protocol

from provisioner.contract.resources import PortingOrder


class Carrier(Protocol):
    """Takes orders to the donor.

    Called inside the desk's transaction: an order is stored with its remote id or not at all, so a
    ``submit`` repeated with the same ``reference`` must be one order there.
    """

    name: str

    def submit(self, order: PortingOrder, *, reference: int) -> str:
        """Hand in ``order``; answers with the carrier's own id. ``reference`` is ours, stable."""
        ...

    def cancel(self, order: PortingOrder) -> None:
        """Ask for the order's end; the donor's answer comes as a move of the order."""
        ...


class ManualCarrier:
    """People move the orders."""

    name = "manual"

    def submit(self, order: PortingOrder, *, reference: int) -> str:
        del order
        return f"M-{reference:06d}"

    def cancel(self, order: PortingOrder) -> None:
        del order


CARRIERS: dict[str, type[Carrier]] = {ManualCarrier.name: ManualCarrier}
