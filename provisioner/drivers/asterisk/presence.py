"""Who is registered now, in one call for a customer."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from provisioner.contract.pbx import Devices
from provisioner.drivers.asterisk import contacts, ids, rows
from provisioner.drivers.asterisk.wire import Wire
from provisioner.telephony.identity import CustomerId

CONTACTS = "registrar/contact"
"""Where Asterisk keeps registrations: ``ID;@HASH`` → contact."""


def registered(wire: Wire, customer: CustomerId) -> dict[str, Devices]:
    """By login, in small letters; who is off is not in it. Raises Unavailable."""
    found = wire.tree(CONTACTS, ids.prefix(customer))
    now = _seconds(wire.clock)
    read = ((key.partition(";@")[0], rows.read(text) or {}) for key, text in found.items())
    return told(customer, ((aor, str(row.get("uri", ""))) for aor, row in read if _ends(row) > now))


def told(customer: CustomerId, found: Iterable[tuple[str, str]]) -> dict[str, Devices]:
    """What the contacts of a customer amount to; each with the id of its AOR."""
    rings: Counter[tuple[str, bool]] = Counter()
    refused: dict[str, list[str]] = {}
    for aor, contact in found:
        login = ids.login_of(customer, aor)
        if login is None:
            continue
        mute = refused.setdefault(login, [])
        if contacts.rings(aor, contact):
            rings[login, ids.desk_of(aor) != aor] += 1
        else:
            mute.append(aor)
    return {
        login: Devices(rings[login, False], rings[login, True], tuple(sorted(mute)))
        for login, mute in refused.items()
    }


def _ends(row: dict[str, object]) -> int:
    stated = str(row.get("expiration_time", ""))
    return int(stated) if stated.isdecimal() else 0


def _seconds(clock: datetime | None) -> float:
    return clock.timestamp() if clock else 0.0
