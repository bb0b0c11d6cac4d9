"""Who is registered now, in one call for a customer."""

from collections import Counter
from datetime import datetime

from provisioner.drivers.asterisk import ids, rows
from provisioner.drivers.asterisk.wire import Wire
from provisioner.telephony.identity import CustomerId

CONTACTS = "registrar/contact"
"""Where Asterisk keeps registrations: ``ID;@HASH`` → contact."""


def registered(wire: Wire, customer: CustomerId) -> dict[str, int]:
    """Devices by login, in small letters; who is off is not in it. Raises Unavailable."""
    found: Counter[str] = Counter()
    contacts = wire.tree(CONTACTS, ids.prefix(customer))
    now = _seconds(wire.clock)
    for key, text in contacts.items():
        login = ids.login_of(customer, key.partition(";@")[0])
        if login is not None and _ends(text) > now:
            found[login] += 1
    return dict(found)


def _ends(text: str) -> int:
    stated = str((rows.read(text) or {}).get("expiration_time", ""))
    return int(stated) if stated.isdecimal() else 0


def _seconds(clock: datetime | None) -> float:
    return clock.timestamp() if clock else 0.0
