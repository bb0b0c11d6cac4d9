"""Reading a hand-over: the passwords that were made for a reseller's logins."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from provisioner.manifest.sealed import SealError, unseal_raw


class Place(NamedTuple):
    """Whose password. ``kind``: workplace, support_login or admin."""

    customer: str
    kind: str
    login: str


def opened(content: bytes, identities: Sequence[str]) -> tuple[dict[Place, str], int]:
    """The last password of each place, and how many lines do not open with these keys."""
    found: dict[Place, str] = {}
    closed = 0
    for line in content.splitlines():
        try:
            entry = orjson.loads(unseal_raw(str(orjson.loads(line)["sealed"]), identities))
            place = Place(str(entry["customer"]), str(entry["kind"]), str(entry["login"]))
            found[place] = str(entry["password"])
        except (SealError, orjson.JSONDecodeError, KeyError, TypeError):
            closed += 1
    return found, closed
