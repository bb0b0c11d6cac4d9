"""The two live systems as snapshots tell them: readers, for a plan.

Unknown is not empty here either: a customer of a reseller without a snapshot is unknown, and so is
one of whom another manifest is released than the protected branch has, since what was released is
taken from there.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Protocol, TypeVar

from provisioner.contract.abilities import Ability
from provisioner.contract.desk import (
    AuditEntry,
    BilledInterval,
    DeskState,
    Intent,
    OpenRun,
    PoolEntry,
)
from provisioner.contract.fields import from_plain
from provisioner.contract.pbx import CONTRACT, Foreign, PbxState
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import Kind, Resource
from provisioner.manifest.models import Manifest
from provisioner.review.masking import Customer, unmasked
from provisioner.review.snapshot import Snapshot
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers, digits_of

T = TypeVar("T")


class Released(Protocol):
    """What the protected branch has."""

    def manifest(self, customer: CustomerId) -> Manifest | None:
        """None if it has none, or one that cannot be read."""
        ...

    def made(
        self, customer: CustomerId, reseller: str, manifest: Manifest, desk: DeskState, on: date
    ) -> Iterable[Resource]:
        """What ``manifest`` makes of the customer on that day."""
        ...


class Snapshots:
    """Of one or several resellers.  ``theirs``: all that are written as their customers; who of
    them is in no snapshot has nothing yet."""

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        released: Released,
        theirs: Collection[CustomerId],
    ) -> None:
        self.snapshots = {each.reseller: each for each in snapshots}
        self.released = released
        self._theirs = theirs
        self._live: dict[CustomerId, CustomerLive | None] = {}
        self.of = {
            CustomerId(name): each for each in self.snapshots.values() for name in each.customers
        }

    def found(self, customer: CustomerId) -> Customer:
        """What the snapshots say of one; nothing if they do not know it."""
        snapshot = self.of.get(customer)
        return (snapshot.customers[str(customer)] if snapshot else None) or Customer()

    def known_at_the_desk(self) -> Iterator[CustomerId]:
        for customer, snapshot in self.of.items():
            found = snapshot.customers[str(customer)]
            if found is None or found.desk:
                yield customer

    def live(self, customer: CustomerId) -> CustomerLive | None:
        """None: unknown."""
        if customer not in self._live:
            self._live[customer] = self._read(customer)
        return self._live[customer]

    def _read(self, customer: CustomerId) -> CustomerLive | None:
        snapshot = self.of.get(customer)
        if snapshot is None:
            return CustomerLive() if customer in self._theirs else None
        found = snapshot.customers[str(customer)]
        if found is None:
            return None
        manifest, digest = None, digest_of(found)
        if digest:
            manifest = self.released.manifest(customer)
            if manifest is None or manifest.digest() != digest:
                return None

        def expected(desk: DeskState) -> Iterable[Resource]:
            if manifest is None:
                return ()
            day = snapshot.made.date()
            return self.released.made(customer, snapshot.reseller, manifest, desk, day)

        try:
            return unmasked(customer, found, manifest, expected)
        except ValueError:
            return None

    def known(self, customers: Iterable[CustomerId]) -> Iterator[tuple[CustomerId, CustomerLive]]:
        for customer in customers:
            if (live := self.live(customer)) is not None:
                yield customer, live


def digest_of(found: Customer) -> str:
    """Of the manifest that was released; empty: none was."""
    release = next((row for row in found.desk if row.kind is Kind.RELEASE), None)
    return str(release.fields.get("manifest")) if release else ""


class SnapshotPbx:
    """A PBX as it was."""

    contract = CONTRACT

    def __init__(self, snapshots: Snapshots) -> None:
        self._all = snapshots
        self._any = next(iter(snapshots.snapshots.values()))
        self.target = self._any.targets.pbx
        self.abilities: frozenset[Ability] = frozenset(self._any.pbx)

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, PbxState]:
        return {c: live.pbx for c, live in self._all.known(customers)}

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, str]:
        return _holding(numbers, self._routes)

    @cached_property
    def _routes(self) -> Mapping[str, str]:
        return {
            str(row.fields["number"]): str(customer)
            for customer in self._all.of
            for row in self._all.found(customer).pbx
            if row.kind is Kind.ROUTE and row.fields.get("number")
        }

    def foreign(self, customer: CustomerId) -> Sequence[Foreign]:
        live = self._all.live(customer)
        return live.pbx.foreign if live else ()

    def size(self) -> int:
        """Nothing beside a desk that knows nobody would mean that the desk was lost."""
        return self._any.size if any(self._all.known_at_the_desk()) else 0

    def close(self) -> None:
        """There is nothing to close."""


class SnapshotDesk:
    """A desk as it was."""

    contract = CONTRACT

    def __init__(self, snapshots: Snapshots) -> None:
        self._all = snapshots
        self._any = next(iter(snapshots.snapshots.values()))
        self.target = self._any.targets.desk
        self.abilities: frozenset[Ability] = frozenset(self._any.desk)

    def identity(self) -> str:
        return self.target

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, DeskState]:
        return {c: live.desk for c, live in self._all.known(customers)}

    def customers(self) -> Collection[CustomerId]:
        return sorted(self._all.known_at_the_desk())

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, CustomerId]:
        held = {
            digits: CustomerId(name)
            for snapshot in self._all.snapshots.values()
            for digits, name in snapshot.held.items()
        }
        return _holding(numbers, held)

    def pool(self, today: date) -> Sequence[PoolEntry]:
        """What is free, by the newest snapshot; and what each one tells of its own customers."""
        found = [*self._all.snapshots.values()]
        newest = max(found, key=lambda each: each.made)
        kept = [each for each in newest.pool if each.customer is None]
        kept += [each for snapshot in found for each in snapshot.pool if each.customer]
        return [
            from_plain(PoolEntry, each.model_dump())
            for each in kept
            if each.until is None or each.until > today
        ]

    def intervals(self, starts: date, ends: date) -> Sequence[BilledInterval]:  # noqa: ARG002  a plan does not ask, and none is kept
        return ()

    def companies(self) -> Mapping[CustomerId, str]:
        """None: they are not in it."""
        return {}

    def audit(
        self,
        customer: CustomerId | None = None,
        limit: int = 50,
        *,
        since: datetime | None = None,  # noqa: ARG002  it tells no days
        until: datetime | None = None,  # noqa: ARG002
    ) -> Sequence[AuditEntry]:
        """Which plans were carried out, and no more."""
        if customer is None:
            return ()
        done = Counter(self._all.found(customer).done)
        made = self._any.made
        return [AuditEntry(made, "", "", why, customer) for why in [*done.elements()][:limit]]

    def open_runs(self, customer: CustomerId | None = None) -> Sequence[OpenRun]:
        return [
            OpenRun(
                run=each.run,
                customer=CustomerId(each.customer),
                started=each.started,
                who="",
                manifest=each.manifest,
                steps=each.steps,
                intents=tuple(Intent(step, key, outcome) for step, key, outcome in each.begun),
            )
            for snapshot in self._all.snapshots.values()
            for each in snapshot.runs
            if customer is None or CustomerId(each.customer) == customer
        ]

    def close(self) -> None:
        """There is nothing to close."""


def _holding(numbers: Collection[Numbers], held: Mapping[str, T]) -> dict[Numbers, T]:
    """Whose of ``held`` overlaps: one begins with the other."""
    found: dict[Numbers, T] = {}
    for number in numbers:
        wanted = digits_of(number)
        ways = (held.get(wanted[:length]) for length in range(len(wanted), 0, -1))
        holder = next((each for each in ways if each is not None), None)
        if holder is None:
            holder = next((c for d, c in held.items() if d.startswith(wanted)), None)
        if holder is not None:
            found[number] = holder
    return found
