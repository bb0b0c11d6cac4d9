"""What is read from the desk's tables, each time in one snapshot, and their upkeep."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from provisioner.codes.systems import OptionThatCannotBeUsed
from provisioner.contract.checking import Check
from provisioner.contract.desk import (
    AuditEntry,
    BilledInterval,
    DeskState,
    OpenRun,
    PoolEntry,
)
from provisioner.contract.pbx import CONTRACT
from provisioner.contract.quick import Billed, Subscribed
from provisioner.contract.resources import Release
from provisioner.contract.upkeep import Retained, Swept
from provisioner.drivers.options import OptionError
from provisioner.drivers.sql import (
    checks,
    held,
    housekeeping,
    journal,
    ledger,
    numbers,
    opened,
    orders,
    pool,
    states,
    subscribers,
)
from provisioner.drivers.sql.embedded import EmbeddedStore
from provisioner.drivers.sql.proofs import ProvingSql
from provisioner.drivers.sql.rows import ByCustomer, Names
from provisioner.drivers.sql.schema import releases
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock, Numbers
from provisioner.telephony.pools import NumberPools

_RELEASED = ByCustomer(select(releases.c.customer), releases.c.customer)


class SqlReader(ProvingSql):
    """Beside what writes; it gives the database."""

    contract: int = CONTRACT
    target: str
    _pools: NumberPools

    def identity(self) -> str:
        return self._store.identity

    def close(self) -> None:
        self._store.close()

    def upgrade(self) -> tuple[int, int]:
        """Create the tables, or change them to this version's; the versions before and after."""
        return self._store.upgrade()

    def sweep(self, until: Retained, *, carry_out: bool) -> Swept:
        """See :mod:`provisioner.drivers.sql.housekeeping`."""
        return housekeeping.sweep(self._store, until, carry_out=carry_out)

    def hand_over(self, options: Mapping[str, Any], root: Path) -> int:
        """See :mod:`provisioner.drivers.sql.removal`.  ``options``: where the server is.

        Raises OptionError PV506 unless this desk is a file and the other one on a server.
        """
        # once in the life of a desk
        from provisioner.drivers.sql import removal
        from provisioner.drivers.sql.server import ServerStore

        target = opened.store(options, root)
        try:
            if not (isinstance(self._store, EmbeddedStore) and isinstance(target, ServerStore)):
                raise OptionError(OptionThatCannotBeUsed(driver="sql", option="url"))
            return removal.move(self._store, target)
        finally:
            target.close()

    # Reading

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, DeskState]:
        """Each customer's state, in one snapshot and a constant number of queries.

        A customer with a row that cannot be understood is left out; the search for it costs more.
        """
        return self._store.read(lambda db: states.known(db, list(dict.fromkeys(customers))))

    def customers(self) -> Collection[CustomerId]:
        return self._known(None)

    def known(self, customers: Collection[CustomerId]) -> Collection[CustomerId]:
        return self._known(sorted(map(str, customers)))

    def _known(self, some: Names) -> Collection[CustomerId]:
        def known(db: Connection) -> Collection[CustomerId]:
            released = (name for (name,) in _RELEASED.ask(db, some))
            names = {*released, *orders.unfinished(db, some), *numbers.brought(db, some)}
            return [CustomerId(name) for name in sorted(names)]  # texts sort ten times as fast

        return self._store.read(known)

    def knows_somebody(self) -> bool:
        def found(db: Connection) -> bool:
            one = db.execute(select(releases.c.customer).limit(1)).first()
            return one is not None or bool([*orders.unfinished(db), *numbers.brought(db)])

        return self._store.read(found)

    def untouched(self, blocks: Collection[DdiBlock]) -> Collection[DdiBlock]:
        return self._store.read(lambda db: numbers.untouched(db, blocks))

    def holders(self, numbers_: Collection[Numbers]) -> Mapping[Numbers, CustomerId]:
        return self._store.read(lambda db: held.holders(db, numbers_))

    def pool(self, today: date) -> Sequence[PoolEntry]:
        return self._store.read(lambda db: pool.entries(db, self._pools, today))

    def intervals(self, starts: date, ends: date) -> Sequence[BilledInterval]:
        return self._store.read(lambda db: ledger.billed(db, starts, ends))

    def billed(
        self, starts: date, ends: date, customers: Collection[CustomerId] | None = None
    ) -> AbstractContextManager[Iterator[Billed]]:
        some = None if customers is None else frozenset(map(str, customers))
        return self._store.stream(lambda db: ledger.by_customer(db, starts, ends, some))

    def released(self, text: bytes) -> Collection[Release]:
        return self._store.read(lambda db: states.released(db, text))

    def billed_customers(self, starts: date, ends: date) -> Collection[CustomerId]:
        return self._store.read(lambda db: ledger.customers(db, starts, ends))

    def subscribed(self) -> AbstractContextManager[Iterator[Subscribed]]:
        return self._store.stream(subscribers.by_customer)

    def companies(self) -> Mapping[CustomerId, str]:
        return self._store.read(states.companies)

    def open_runs(self, customer: CustomerId | None = None) -> Sequence[OpenRun]:
        return self._store.read(lambda db: journal.open_runs(db, customer))

    def audit(
        self,
        customer: CustomerId | None = None,
        limit: int = 50,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[AuditEntry]:
        return self._store.read(lambda db: ledger.entries(db, customer, limit, since, until))

    def checks(self, now: datetime) -> Iterable[Check]:
        """See :mod:`provisioner.drivers.sql.checks`."""
        return checks.check(self._store, self, now)
