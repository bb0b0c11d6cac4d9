"""``removals.yaml``: the second signature under everything that cannot be undone.

Each entry names what may be removed, why, and until when the entry counts.
"""

import re
from datetime import date
from typing import Annotated

from provisioner.codes.policy import RemovalNamesNothing
from provisioner.manifest.types import Day, Line, Strict, Version, _text, refusal, scalar

_WHAT = re.compile(
    r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/(?:customer|stock/[a-z0-9-]{1,32}|number/0\d{6,9}))", re.ASCII
)


def _what(text: str) -> str:
    if len(text) > 100 or not _WHAT.fullmatch(text):
        raise refusal(RemovalNamesNothing(found=text))
    return text


What = Annotated[
    str,
    scalar(_what),
    _text(
        examples=[
            "cafe-sonne/customer",
            "schmiedeisen/stock/zentrale",
            "schmiedeisen/number/0525551200",
        ]
    ),
]


class Removal(Strict):
    """One permission to remove."""

    what: What
    """``CUSTOMER/customer`` (all of it, at its end), ``CUSTOMER/stock/ID`` or
    ``CUSTOMER/number/DIGITS``."""
    why: Line
    """The reason, for the audit."""
    until: Day
    """Last day on which the entry counts."""


class Removals(Strict):
    """All permissions to remove."""

    version: Version
    """Version of this format: 1."""
    removals: tuple[Removal, ...] = ()
    """The permissions."""

    def allows(self, customer: str, what: str, today: date) -> bool:
        """Whether ``what`` of ``customer`` (``customer``, ``stock/ID``, ``number/DIGITS``) may go.

        That all of it may go, once it does, permits no single number to go before.
        """
        return any(r.what == f"{customer}/{what}" and today <= r.until for r in self.removals)


NOTHING = Removals(version=1)
