"""The operator's own numbers."""

from dataclasses import dataclass

from provisioner.telephony.numbers import DdiBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPools:
    """``stock`` is for customers (R3), ``provisional`` stands in while a port is on its way (R12).

    ``quarantine_days``: so long a number that was given back rests.
    """

    stock: tuple[DdiBlock, ...] = ()
    provisional: tuple[DdiBlock, ...] = ()
    quarantine_days: int = 90
