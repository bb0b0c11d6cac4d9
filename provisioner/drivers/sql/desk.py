"""The desk on a database: every method is one transaction."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from provisioner.codes.systems import IdempotencyKeyUsedTwice, OptionThatCannotBeUsed
from provisioner.contract.desk import (
    NowApplied,
)
from provisioner.contract.due import Rest
from provisioner.contract.fields import to_plain
from provisioner.contract.resources import (
    Account,
    BillingInterval,
    DeskResource,
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    Release,
    StockAllocation,
)
from provisioner.drivers import options as given
from provisioner.drivers.sql import (
    due,
    journal,
    ledger,
    moves,
    numbers,
    opened,
    orders,
    outcomes,
    renames,
    scopes,
)
from provisioner.drivers.sql.carriers import CARRIERS
from provisioner.drivers.sql.notes import Intended, Note, Notes, Settled
from provisioner.drivers.sql.reader import SqlReader
from provisioner.drivers.sql.schema import accounts, releases
from provisioner.drivers.sql.store import Store
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.pools import NumberPools
from provisioner.telephony.porting import Event, PortPolicy, Reason

T = TypeVar("T")
Chosen = dict[str, Any]
"""What the desk chose in a call, as JSON; kept with the idempotency key."""


class SqlDesk(SqlReader):
    """Options: ``carrier`` (default ``manual``), and of its database what
    :mod:`provisioner.drivers.sql.opened` says."""

    def __init__(self, store: Store, pools: NumberPools, rules: orders.Rules) -> None:
        self.target = store.target
        self._store = store
        self._pools = pools
        self._rules = rules
        self._notes: Notes | None = None

    @classmethod
    def open(
        cls,
        options: Mapping[str, Any],
        root: Path,
        *,
        pools: NumberPools,
        policy: PortPolicy,
        require_poa: bool,
    ) -> Self:
        """Raises OptionError PV501, PV506, PV516, PV620, PV629, PolicyError PV030; touches no
        database."""
        given.only("sql", options, {"carrier", *opened.OPTIONS})
        carrier = given.text("sql", options, "carrier", "manual")
        if carrier not in CARRIERS:
            raise given.OptionError(OptionThatCannotBeUsed(driver="sql", option="carrier"))
        store = opened.store(options, root)
        return cls(store, pools, orders.Rules(policy, CARRIERS[carrier](), require_poa))

    # Several machines

    def connection(self) -> Mapping[str, str] | None:
        return self._store.connection_parameters()

    def now(self) -> datetime:
        return self._store.read(outcomes.now)

    def tell(self, batch: str, results: Mapping[str, Mapping[str, Any]]) -> None:
        self._store.write(lambda db: outcomes.tell(db, batch, results), {f"batch {batch}"})

    def told(self, batch: str) -> Mapping[str, Mapping[str, Any]]:
        return self._store.read(lambda db: outcomes.told(db, batch))

    # Writing

    def together(self, act: Callable[[], T], *, about: Collection[DeskResource]) -> T:
        def joined(db: Connection) -> T:
            self._notes = notes = Notes(db, about)
            try:
                found = act()
                notes.write()
                return found
            finally:
                self._notes = None

        return self._store.together(joined, self._scopes(*about), self._write_notes)

    def _write_notes(self) -> None:
        if self._notes is not None:
            self._notes.write()

    def put(self, resource: DeskResource, *, today: date, key: str) -> DeskResource:
        """Refused PV521, PV522, PV523, PV526 or PV527; PV525 for a key of another call."""
        chosen = self._once(
            key,
            _call("put", resource),
            today,
            self._scopes(resource),
            lambda db: self._put(db, resource, today),
            dated=resource,
            beside=True,
            refuses_first=not isinstance(resource, PortingOrder),
        )
        match resource:
            case StockAllocation() | ProvisionalAllocation():
                return replace(resource, digits=chosen["digits"])
            case BillingInterval():
                return replace(resource, starts=date.fromisoformat(chosen["starts"]))
            case PortingOrder():
                return replace(resource, progress=orders.progress_from_json(chosen))
            case _:
                return resource

    def _put(self, db: Connection, resource: DeskResource, today: date) -> Chosen:
        used = self._notes.used if self._notes else numbers.Used()
        if isinstance(resource, PortedNumber | PortingOrder):
            used.clear()
        match resource:
            case Release():
                _replace(db, releases, resource)
            case Account():
                _replace(db, accounts, resource)
            case StockAllocation() | ProvisionalAllocation():
                return {"digits": numbers.allocate(db, resource, self._pools, today, used)}
            case PortedNumber():
                numbers.hold_ported(db, resource, used)
            case BillingInterval():
                opening = self._notes.opening if self._notes else None
                return {"starts": ledger.put(db, resource, today, opening).isoformat()}
            case PortingOrder():
                return orders.progress_to_json(orders.put(db, resource, self._rules, today))
        return {}

    def delete(self, resource: DeskResource, *, today: date, key: str) -> None:
        """PortingError PV222 for an order past the point of no return."""
        self._once(
            key,
            _call("delete", resource),
            today,
            self._scopes(resource),
            lambda db: self._delete(db, resource, today),
            dated=resource,
        )

    def _delete(self, db: Connection, resource: DeskResource, today: date) -> Chosen:
        match resource:
            case Release():
                _leave(db, resource.customer, today)
            case Account():
                db.execute(accounts.delete().where(accounts.c.customer == str(resource.customer)))
            case StockAllocation() | ProvisionalAllocation() | PortedNumber():
                numbers.give_back(db, resource, self._pools, today)
            case BillingInterval():
                ledger.close(db, resource, today)
            case PortingOrder():
                orders.cancel(db, resource, self._rules, today)
        return {}

    def move(
        self,
        order: PortingOrder,
        event: Event,
        *,
        today: date,
        who: str,
        why: str,
        key: str,
        at: datetime | None = None,
        on: date | None = None,
        donor_code: str | None = None,
        reason: Reason | None = None,
    ) -> PortingOrder:
        """PortingError PV221 to PV225 if the order's state does not allow it, Refused PV524 if
        there is no such order."""

        def carry_out(db: Connection) -> Chosen:
            before, after = orders.step(
                db,
                order,
                event,
                self._rules,
                today,
                on=on,
                donor_code=donor_code,
                reason=reason,
            )
            ledger.note(
                db,
                at=at or datetime.combine(today, time.min, UTC),
                who=who,
                what=f"porting {event} {order.key}: {before} -> {after.progress.state}",
                why=why,
                customer=order.customer,
            )
            return orders.progress_to_json(after.progress)

        chosen = self._once(
            key, _call(f"move {event}", order), today, self._scopes(order), carry_out
        )
        return replace(order, progress=orders.progress_from_json(chosen))

    def rename_login(
        self, customer: CustomerId, *, was: str, login: str, today: date, key: str
    ) -> None:
        """Refused PV519 if both are billed."""

        def carry_out(db: Connection) -> Chosen:
            renames.login(db, customer, was, login, today)
            return {}

        call = f"rename {customer} workplace {was} {login}"
        self._once(key, call, today, scopes.of_customer(customer), carry_out)

    def rename_customer(
        self, release: Release, *, was: CustomerId, at: datetime, who: str, key: str
    ) -> None:
        """Refused PV519 if something is there under the new id."""

        def carry_out(db: Connection) -> Chosen:
            renames.customer(db, was, release.customer, at=at, who=who)
            return self._put(db, release, at.date())

        both = scopes.of_customer(was, release.customer)
        self._once(key, f"rename {was} {release.customer}", at.date(), both, carry_out)

    def move_number(
        self, wanted: StockAllocation, *, was: CustomerId, at: datetime, who: str, key: str
    ) -> StockAllocation:
        """Refused PV522 or PV527."""

        def carry_out(db: Connection) -> Chosen:
            moves.number(db, wanted, was, at=at, who=who)
            return {}

        both = self._scopes(wanted) | scopes.of_customer(was)
        self._once(key, f"{_call('move', wanted)} from {was}", at.date(), both, carry_out)
        return replace(wanted, digits=wanted.number)

    def _scopes(self, *resources: DeskResource) -> set[str]:
        return scopes.of_resources(resources, self._pools)

    def _once(
        self,
        key: str,
        call: str,
        today: date,
        within: set[str],
        act: Callable[[Connection], Chosen],
        dated: DeskResource | None = None,
        **kind: bool,
    ) -> Chosen:
        """Carry out ``act``, unless a call with ``key`` was; then its outcome again.

        ``dated``: what the call writes; Refused PV537 if its customer's ledger was written for a
        later day.  ``kind``: as :meth:`Store.write` has it.
        """

        def carry_out(db: Connection) -> Chosen:
            notes = self._notes or Notes(db)
            done = notes.call(key)
            if done is not None:
                if done[0] != call:
                    raise Refused(IdempotencyKeyUsedTwice(key=key))
                return done[1]
            if dated is not None:
                notes.refuse_earlier(dated, today)
            chosen = act(db)
            notes.called(key, call, chosen, day=today, customers=scopes.customers_in(within))
            if notes is not self._notes:
                notes.write()
            return chosen

        return self._store.write(carry_out, within, **kind)

    def due(self, today: date, basis: str) -> Mapping[CustomerId, int]:
        # as a writer, who may rely on the tables of this version
        return self._store.write(lambda db: due.found(db, today, basis))

    def rest(self, rests: Mapping[CustomerId, Rest]) -> None:
        self._store.write(lambda db: due.rest(db, rests))

    def note(
        self, *, at: datetime, who: str, what: str, why: str, customer: CustomerId | None
    ) -> None:
        self._store.write(
            lambda db: ledger.note(db, at=at, who=who, what=what, why=why, customer=customer)
        )

    # Journal and leases

    def begin(
        self,
        customer: CustomerId,
        *,
        at: datetime,
        who: str,
        manifest: str,
        steps: Mapping[str, str],
        holder: str = "",
    ) -> str:
        def carry_out(db: Connection) -> str:
            due.touch(db, [str(customer)])  # a run that dies is seen on the same day
            return journal.begin(
                db, customer, at=at, who=who, manifest=manifest, steps=steps, holder=holder
            )

        return self._store.write(carry_out, scopes.of_customer(customer))

    def intend(self, run: str, step: str, *, at: datetime, key: str) -> None:
        self._note(run, Intended(step, at, key))

    def settle(
        self,
        run: str,
        step: str,
        *,
        at: datetime,
        outcome: str,
        detail: str = "",
        applied: NowApplied | None = None,
    ) -> None:
        self._note(run, Settled(step, at, outcome, detail, applied))

    def _note(self, run: str, note: Note) -> None:
        def carry_out(db: Connection) -> None:
            notes = Notes(db)
            notes.add(run, note)
            notes.write()

        if self._notes is None:
            self._store.write(carry_out)
        else:
            self._notes.add(run, note)

    def end(self, run: str, *, at: datetime, complete: bool) -> None:
        self._store.write(lambda db: journal.end(db, run, at=at, complete=complete))

    def acquire_lease(
        self, customer: CustomerId, *, holder: str, at: datetime, seconds: int
    ) -> None:
        self._store.write(
            lambda db: journal.acquire_lease(db, customer, holder=holder, at=at, seconds=seconds),
            scopes.of_customer(customer),
        )

    def release_lease(self, customer: CustomerId, *, holder: str) -> None:
        self._store.write(
            lambda db: journal.release_lease(db, customer, holder=holder),
            scopes.of_customer(customer),
        )


def _call(what: str, resource: DeskResource) -> str:
    return f"{what} {resource.customer} {resource.kind} {resource.key}"


def _leave(db: Connection, customer: CustomerId, today: date) -> None:
    """The last thing of a customer goes; nothing where there is no release any more."""
    gone = db.execute(releases.delete().where(releases.c.customer == str(customer)))
    if gone.rowcount:
        ledger.leave(db, customer, today)
        journal.forget(db, customer)


def _replace(db: Connection, table: Any, resource: DeskResource) -> None:
    db.execute(table.delete().where(table.c.customer == str(resource.customer)))
    db.execute(table.insert().values(to_plain(resource)))
