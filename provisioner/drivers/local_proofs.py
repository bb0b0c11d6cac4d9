"""What tells whether something has changed on the local PBX since it was read."""

import hashlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from provisioner.contract.proofs import Fingerprints
from provisioner.drivers.local_rows import MARK
from provisioner.drivers.sqlite_rows import as_bytes
from provisioner.telephony.identity import CustomerId

_COLUMNS = ("tenant", "kind", "key", "fields", "owner")


class FingerprintingLocal(ABC):
    """Beside a driver's own methods; it gives the file."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[sqlite3.Connection]: ...

    def fingerprints(self, customers: Sequence[CustomerId] | None = None) -> Fingerprints:
        """Of all rows with the customer as tenant, marked or not.  Raises Unavailable."""
        names = [str(c) for c in customers or ()]
        where = "" if customers is None else f"WHERE tenant IN ({', '.join('?' * len(names))})"
        with self._reading() as db:
            rows = db.execute(as_bytes("objects", _COLUMNS, where), names)
            return {str(tenant): hashlib.sha256(found).digest() for tenant, found in rows}

    def held(self) -> Iterator[tuple[str, str]]:
        """As ``holders`` counts: what stands in a tenant of ours is that customer's."""
        with self._reading() as db:
            mine = "SELECT tenant FROM objects WHERE kind = 'tenant' AND owner = ?"
            tenants = {tenant for (tenant,) in db.execute(mine, (MARK,))}
            routes = (
                "SELECT group_concat(key, char(10)), tenant, owner FROM objects"
                " WHERE kind = 'route' GROUP BY tenant, owner"
            )
            for keys, tenant, owner in db.execute(routes):
                whose = str(tenant) if owner == MARK or tenant in tenants else ""
                yield from ((key, whose) for key in keys.split("\n"))
