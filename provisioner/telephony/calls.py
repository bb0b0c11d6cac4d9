"""Calls to the outside: emergency numbers, premium numbers, and how many at once."""

from dataclasses import dataclass
from enum import StrEnum

from provisioner.telephony.numbers import E164

EMERGENCY_NUMBERS = ("112", "117", "118", "142", "143", "144", "145", "147")
"""What every provider has to connect, with the caller's location and without being hidden.

FDV (SR 784.101.1) Art. 27 to 30, and the annex 1.3 of the BAKOM's ordinance SR 784.101.113.
"""

INDISPENSABLE = frozenset({"112", "117", "118", "144"})
"""Of these none can be left out: emergency, police, fire, ambulance."""

PREMIUM = ("0900", "0901", "0906")
"""Business, entertainment and adult services of the Swiss numbering plan, at any price."""


class Barred(StrEnum):
    """What a customer may have barred.

    Outgoing calls to 0900, 0901 and 0906, each type by itself, at any time and free of charge: FDV
    (SR 784.101.1) Art. 40 par. 1 and 4.  ``international`` is no duty by that article.
    """

    BUSINESS = "0900"
    ENTERTAINMENT = "0901"
    ADULT = "0906"
    INTERNATIONAL = "international"


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """What holds for one customer's calls to the outside.

    ``emergency_caller``: shown on emergency calls of a customer without any number.
    ``simultaneous``: calls at once; ``international``: of these, to other countries.
    """

    emergency_caller: E164 | None = None
    simultaneous: int = 30
    international: int = 5
