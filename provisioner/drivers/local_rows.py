"""The rows of the local PBX: resources from stored fields, and hashed passwords."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import orjson

from provisioner.contract.fields import from_plain
from provisioner.contract.resources import (
    CLASSES,
    Json,
    Kind,
    NumberRef,
    PbxResource,
    Workplace,
)
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import BLOCK_SIZES, DIGITS, digits_of, numbers_from

MARK = "provisioner"
LOGINS = "('support_login', 'admin', 'workplace')"
HEAD = DIGITS - max(BLOCK_SIZES)
"""Two ranges overlap only if these leading digits are the same."""


def resource(customer: CustomerId, kind: Kind, key: str, fields: Mapping[str, Json]) -> PbxResource:
    """The resource that a row is; ValueError if it is none."""
    cls = CLASSES[kind]
    if not issubclass(cls, PbxResource):
        raise ValueError(kind)  # noqa: TRY004 - it is a row's text
    own: dict[str, object] = {"login": key}
    if kind is Kind.ROUTE:
        if not (key.isdecimal() and key.isascii() and HEAD <= len(key) <= DIGITS):
            raise ValueError(key)
        own = {"number": NumberRef.literal(digits_of(numbers_from(key)))}
    elif kind is Kind.TENANT:
        own = {}
    return from_plain(cls, fields, missing="", customer=customer, **own)


def unmarked(
    customer: CustomerId, kind: Kind, key: str, fields: Mapping[str, Json]
) -> PbxResource | None:
    """An object that somebody else made, as far as it can be understood.

    The version of its password is nobody's, and a license that is none of ours stays empty.
    """
    known = {str(each) for each in License}
    read: dict[str, Json] = {**fields, "credential": ""}
    try:
        if kind is not Kind.WORKPLACE or fields.get("license") in known:
            return resource(customer, kind, key, read)
        guessed = resource(customer, kind, key, {**read, "license": str(License.PHONES)})
    except ValueError:
        return None
    assert isinstance(guessed, Workplace)  # noqa: S101 - of that kind
    return replace(guessed, license="")


def as_json(fields: Mapping[str, Json]) -> str:
    """Fields as a row keeps them."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def from_json(found: object) -> dict[str, Json]:
    """Back from :func:`as_json`; ValueError for anything else."""
    fields = orjson.loads(found) if isinstance(found, str) else None
    if not isinstance(fields, dict):
        raise ValueError  # noqa: TRY004 - a text that is none of ours
    return fields


def pieces(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """``items`` in portions of at most ``size``."""
    return (items[i : i + size] for i in range(0, len(items), size))


def overlap(one: str, other: str) -> bool:
    """Whether two digit prefixes have a number in common."""
    return one.startswith(other) or other.startswith(one)
