"""Names on the PBX: ids of SIP objects and keys of rows. Pure.

An id is ``CUSTOMER--LOGIN`` in small letters with a hyphen for each dot; it is the phone's SIP
user.  A customer's id has no double hyphen and a login no hyphen at all, so no two customers and no
two logins share an id, and ``CUSTOMER--%`` matches the objects of one customer and of no other.
Logins are unique regardless of case; the spelling in the manifest is kept beside the object.  Only
``[a-z0-9-]`` occurs: the storage compares by LIKE, where ``_`` and ``%`` match other tenants' rows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import BLOCK_SIZES, DIGITS

GAP = "--"
APP = "--app"
"""Ends the id of a workplace's second endpoint, for apps in a browser."""
RESERVED = "?"
_COUNTRY = "+41"
_ID = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)--([a-z0-9]+(?:-[a-z0-9]+)*)(--app)?", re.ASCII)
_OWNER = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)--(.*)", re.ASCII)
_NATIONAL = re.compile(r"\+41([1-9]\d{5,8})", re.ASCII)
_HEAD = DIGITS - max(BLOCK_SIZES)


def object_id(customer: CustomerId, login: str) -> str:
    """Of a workplace's endpoint, AOR and auth, and the SIP user."""
    return f"{customer}{GAP}{login.lower().replace('.', '-')}"


def login_of(customer: CustomerId, found: str) -> str | None:
    """The login behind an id of this customer, in small letters; None for any other id."""
    match = _ID.fullmatch(found)
    if match is None or match[1] != str(customer):
        return None
    return match[2].replace("-", ".")


def desk_of(found: str) -> str:
    """The id of the workplace that an object belongs to: an app's without its end.

    A workplace may itself have the login ``app``, so the end alone tells nothing.
    """
    match = _ID.fullmatch(found)
    return f"{match[1]}{GAP}{match[2]}" if match else found


def owner_of(found: str) -> str:
    """The customer that an id or the value of a route begins with; empty if there is none."""
    match = _OWNER.fullmatch(found)
    return match[1] if match else ""


def value_of(customer: CustomerId, found: str) -> str:
    """The value of a route as another customer's: whatever it says behind the id stays."""
    return f"{customer}{GAP}{found.partition(GAP)[2]}"


def prefix(customer: CustomerId) -> str:
    """LIKE pattern of a customer's ids."""
    return f"{customer}{GAP}%"


@dataclass(frozen=True, slots=True)
class RouteKey:
    """Where the row of a number or block is."""

    family: str
    key: str

    @classmethod
    def of(cls, digits: str) -> "RouteKey":
        """``digits`` is a national number or a block's prefix."""
        return cls("did" if len(digits) == DIGITS else "blk", _COUNTRY + digits[1:])


def digits_from(family: str, key: str) -> str | None:
    """The national digits behind a row; None if it is no Swiss number or block."""
    match = _NATIONAL.fullmatch(key)
    if match is None:
        return None
    digits = "0" + match[1]
    return digits if (len(digits) == DIGITS) == (family == "did") else None


def head(digits: str) -> str:
    """Two ranges overlap only if their heads are the same."""
    return digits[:_HEAD]


def head_of_keys(found: str) -> str:
    """What the keys of all rows with that head begin with."""
    return f"{_COUNTRY}{found[1:]}"


def wider(digits: str) -> Iterator[str]:
    """Prefixes of all blocks that would hold ``digits``."""
    for missing in BLOCK_SIZES:
        if DIGITS - missing < len(digits):
            yield digits[: DIGITS - missing]
