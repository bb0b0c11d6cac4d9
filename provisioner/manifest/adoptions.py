"""``adoptions.yaml``: the reviewed permission to take over what somebody else set up on the PBX.

Each entry names an object, why it is taken over, and until when the entry counts.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from provisioner.codes.policy import AdoptionNamesNothing
from provisioner.manifest.types import Day, Line, Strict, Version, _text, refusal, scalar

ALL = "all"
"""Stands for every object of the customer's that its manifest asks for."""

_WHAT = re.compile(
    r"[a-z0-9]+(?:-[a-z0-9]+)*/"
    r"(?:all|tenant|number/0\d{6,9}|(?:workplace|login)/[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)",
    re.ASCII,
)


def _what(text: str) -> str:
    if len(text) > 100 or not _WHAT.fullmatch(text):
        raise refusal(AdoptionNamesNothing(found=text))
    return text


What = Annotated[
    str,
    scalar(_what),
    _text(
        examples=[
            "schmiedeisen/all",
            "schmiedeisen/tenant",
            "schmiedeisen/workplace/petra.huber",
            "schmiedeisen/login/muster.support",
            "schmiedeisen/number/0525551200",
        ]
    ),
]


class Adoption(Strict):
    """One permission to adopt."""

    what: What
    """``CUSTOMER/tenant``, ``CUSTOMER/workplace/LOGIN``, ``CUSTOMER/login/LOGIN`` (support or
    admin), ``CUSTOMER/number/DIGITS``, or ``CUSTOMER/all``: whatever the manifest asks for."""
    why: Line
    """The reason, for the audit."""
    until: Day
    """Last day on which the entry counts."""

    @property
    def customer(self) -> str:
        return self.what.partition("/")[0]


class Adoptions(Strict):
    """All permissions to adopt."""

    version: Version
    """Version of this format: 1."""
    adoptions: tuple[Adoption, ...] = ()
    """The permissions."""

    def of(self, customer: str) -> Iterator[Adoption]:
        """The entries of a customer, those that count no longer included."""
        return (a for a in self.adoptions if a.customer == customer)

    def entry(self, customer: str, what: str, today: date) -> Adoption | None:
        """The entry for ``what`` of ``customer`` (``workplace/LOGIN``, …).

        One that counts ``today`` if there is any, else the one that ran out last.
        """
        wanted = {f"{customer}/{what}", f"{customer}/{ALL}"}
        fitting = [a for a in self.adoptions if a.what in wanted]
        valid = [a for a in fitting if today <= a.until]
        return next(iter(valid), None) or max(fitting, key=lambda a: a.until, default=None)


NOTHING = Adoptions(version=1)
