"""The rows of astdb beside the SIP objects: tenants, logins, routes, extensions, the journal. Pure.

prov/CUSTOMER   meta            the tenant, with our mark; the dialplan reads it at calls outside
                login/LOGIN     support login or admin: Asterisk has no such thing
                number/DIGITS   our mark for the route of these digits; ``ends``: it is to go
                pending/ID      what a workplace was before a write that has not ended
                was             the id from which everything here comes, until all of it is here
did, blk        +41…            where a number or a block leads: an id, ``CUSTOMER--`` nobody,
                                ``CUSTOMER--?`` held by the customer and left to the PBX
ext/CUSTOMER    EXTENSION       id
"""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from provisioner.codes.systems import PbxRowNotUnderstood
from provisioner.contract.fields import from_plain
from provisioner.contract.resources import Admin, Kind, NumberRef, Route, SupportLogin, Tenant
from provisioner.drivers.asterisk.ids import GAP, RESERVED, login_of, object_id, owner_of
from provisioner.drivers.asterisk.objects import MARK
from provisioner.errors import Unavailable
from provisioner.telephony.identity import CustomerId

ALL = "prov"
DID, BLK, EXT = "did", "blk", "ext"
META, LOGIN, NUMBER, PENDING, WAS = "meta", "login/", "number/", "pending/", "was"


def family(customer: CustomerId) -> str:
    """Family of a customer's rows."""
    return f"{ALL}/{customer}"


def read(text: str | None) -> dict[str, Any] | None:
    """A row's JSON object; None if there is no row or if it holds something else."""
    if text is None:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def write(**fields: Any) -> str:
    """A row with our mark."""
    return json.dumps({"managed": MARK, **fields}, ensure_ascii=False, sort_keys=True)


def ending(mark: str | None) -> str:
    """The mark of a route that is about to go: whoever finds it without the route takes it away."""
    return write(**{**(read(mark) or {}), "ends": True})


def ends(mark: str) -> bool:
    return (read(mark) or {}).get("ends") is True


def is_ours(row: Mapping[str, Any] | None) -> bool:
    return row is not None and row.get("managed") == MARK


def tenant(customer: CustomerId, row: Mapping[str, Any]) -> Tenant:
    """Raises Unavailable PV552 for a row of ours in which a field has another type."""
    try:
        return from_plain(Tenant, row, missing="", customer=customer)
    except ValueError:
        raise Unavailable(PbxRowNotUnderstood(family=family(customer), key=META)) from None


def login(customer: CustomerId, key: str, row: Mapping[str, Any]) -> SupportLogin | Admin:
    """Raises Unavailable PV552 for a row of ours that is no login."""
    name, credential = _text(row, "login"), _text(row, "credential")
    if name.lower() != key:
        raise Unavailable(PbxRowNotUnderstood(family=family(customer), key=LOGIN + key))
    match row.get("kind"):
        case "support_login":
            return SupportLogin(customer=customer, login=name, credential=credential)
        case "admin":
            return Admin(customer=customer, login=name, credential=credential)
        case _:
            raise Unavailable(PbxRowNotUnderstood(family=family(customer), key=LOGIN + key))


def login_kind(row: Mapping[str, Any] | None) -> Kind:
    return Kind.ADMIN if row and row.get("kind") == str(Kind.ADMIN) else Kind.SUPPORT


def route(
    customer: CustomerId,
    digits: str,
    value: str,
    mark: Mapping[str, Any],
    logins: Mapping[str, str],
) -> Route:
    """``logins``: spelling by id, for a target with capital letters."""
    number = NumberRef.literal(digits)
    rest = value.removeprefix(f"{customer}{GAP}")
    if rest == RESERVED:
        return Route(customer=customer, number=number)
    if not rest:
        return Route(customer=customer, number=number, target="")
    by_id = login_of(customer, value)
    stated = _text(mark, "target")
    spelled = stated if stated.lower() == by_id else logins.get(value, by_id)
    return Route(customer=customer, number=number, target=spelled or value)


def route_value(wanted: Route, now: str | None) -> str:
    """What the row of a route is to hold; a target that is not declared stays as it is."""
    if wanted.target is None:
        if now is not None and owner_of(now) == str(wanted.customer):
            return now
        return f"{wanted.customer}{GAP}{RESERVED}"
    if not wanted.target:
        return f"{wanted.customer}{GAP}"
    return object_id(wanted.customer, wanted.target)


def _text(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name, "")
    return found if isinstance(found, str) else ""
