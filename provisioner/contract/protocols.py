"""The two systems of record, as small Protocols.

Readers have no method that writes, so a plan cannot.  All calls are synchronous.  Every method
raises ``Unavailable`` when it cannot answer, a writing one ``OutcomeUnknown`` when it was sent and
no answer came, and ``Refused`` when the system says no.

**Unknown is not empty**: ``read`` answers with one entry for each customer asked for, an empty
state for one that the system does not know.  A customer missing from the answer is unknown.

A driver is a class with ``contract`` and ``open``: ``open(options, root)`` for a PBX, with
``pools``, ``policy`` and ``require_poa`` as keywords too for a desk.  ``open`` checks its options
and touches nothing.  An idempotency key names one call of one run: the same key is the same call.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from provisioner.contract.renaming import RenamingDesk, RenamingPbx
from provisioner.contract.resources import DeskResource, Kind, PbxResource, PortingOrder
from provisioner.errors import ProvisionError
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item
from provisioner.telephony.numbers import Numbers
from provisioner.telephony.porting import Event, Reason

CONTRACT = 1
"""Version of these Protocols; a driver states the one that it was written for."""


@dataclass(frozen=True, slots=True, order=True)
class Foreign:
    """An object on the PBX that has a key of ours but not our mark.

    ``found`` is the object as far as it can be understood, without a version of its password.
    ``owner`` is whose mark it carries, if it carries one: another customer's, or another tool's.
    """

    kind: Kind
    key: str
    found: PbxResource | None = field(default=None, compare=False)
    owner: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PbxState:
    """All of one customer's objects that carry our mark, and foreign ones in its tenant."""

    objects: tuple[PbxResource, ...] = ()
    foreign: tuple[Foreign, ...] = ()


@runtime_checkable
class PbxReader(Protocol):
    """Reads a PBX."""

    contract: int
    target: str
    """Names the system in plans and digests, without secrets: ``local:state/pbx.sqlite``."""

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, PbxState]:
        """What the PBX holds for each of ``customers``."""
        ...

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, str]:
        """Who has a route that overlaps: a customer's id, or an empty string for someone foreign.

        What a customer added by hand within its own tenant is the customer's.
        """
        ...

    def foreign(self, customer: CustomerId) -> Sequence[Foreign]:
        """All that has no mark of ours in the customer's own tenant, ``found`` filled, sorted.

        ``read`` may leave out foreign routes where nothing points to them; this looks everywhere.
        """
        ...

    def size(self) -> int:
        """How many objects carry our mark, over all customers (for the brakes)."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Pbx(PbxReader, RenamingPbx, Protocol):
    """Writes a PBX too. Calls can be repeated: the second changes nothing."""

    def begin(self, customer: CustomerId) -> None:
        """A run over this customer begins: what is read for its writes may serve for all of them.

        Until ``flush``, the next ``begin`` or a fault. Whoever only writes need not call it.
        """
        ...

    def put(self, resource: PbxResource, *, secret: str | None, key: str) -> None:
        """Create or update with our mark: declared fields only, others stay as they are.

        ``secret`` is the password, if it is to be set. ``key`` is the idempotency key.
        Refused PV512 if the object exists without our mark or belongs to another customer, PV513
        if the login is taken by an object of another kind or in other letters, PV515 if a number is
        not known yet.
        """
        ...

    def adopt(self, resource: PbxResource, *, secret: str | None, key: str) -> None:
        """Give an object that has no mark ours, and set its declared fields; others stay.

        The same as ``put`` where it carries our mark by now, or is gone. Until the call is through
        the object reads as it was before. Refused PV512 if it carries the mark of another customer
        or tool, and as for ``put``.
        """
        ...

    def delete(self, resource: PbxResource, *, key: str) -> None:
        """Remove; fine if it is gone already.

        Refused PV512 if it does not carry our mark, PV514 for a tenant that is not empty.
        """
        ...

    def flush(self) -> None:
        """Wait until what was written would survive a crash of the system.

        Called after the last write of one customer or several, before they are read back; where
        every write is durable when it returns there is nothing to wait for.
        """
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be true of a system. ``name``: a key of the interface's words, which
    ``params`` fill."""

    name: str
    fault: ProvisionError | None = None
    params: Mapping[str, str | int] = field(default_factory=dict, hash=False)


@runtime_checkable
class Checkable(Protocol):
    """A driver that can tell more than whether its system answers; ``provision doctor`` asks."""

    def checks(self, now: datetime) -> Iterable[Check]:
        """Each check as it is done. May write a probe that belongs to nobody, and removes it."""
        ...


@runtime_checkable
class Helping(Protocol):
    """A driver whose PBX connects emergency calls; ``provision doctor`` asks."""

    def emergency_numbers(self) -> Collection[str]:
        """What every phone reaches at the carrier, whatever stands elsewhere."""
        ...

    def emergency_caller(self) -> str:
        """Shown on emergency calls where nothing else is known, ``+41445550100``; empty: none."""
        ...


@runtime_checkable
class Telephone(Protocol):
    """A driver whose PBX speaks SIP; ``provision status`` and ``provision check`` ask."""

    sip: str
    """``HOST:PORT`` where phones register."""

    def registered(self, customer: CustomerId) -> Mapping[str, int]:
        """Devices registered now, by login in small letters; who is off is not in it."""
        ...

    def sip_user(self, customer: CustomerId, login: str) -> str:
        """The user with which a workplace's phone registers."""
        ...


@dataclass(frozen=True, slots=True)
class BilledInterval:
    """A row of the ledger: half-open, ``ends`` is the first day that is not billed."""

    customer: CustomerId
    item: Item
    product: str
    once: bool
    starts: date
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class DeskState:
    """What the desk holds for one customer.

    ``objects``: release, account, numbers held (not those in quarantine), open billing intervals
    (``starts`` filled), the latest attempt of every order with its progress, ended ones too.
    ``applied``: per ``(kind, key)`` a hash per field as last written (``settle`` stores it).
    One-off billing items whose day has come stay in ``objects`` for ever: charged once.
    """

    objects: tuple[DeskResource, ...] = ()
    applied: Mapping[tuple[Kind, str], Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoolEntry:
    """A number or block of the operator. ``state``: free, allocated, quarantine."""

    pool: str
    digits: str
    size: int
    state: str
    customer: CustomerId | None = None
    ref: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who changed what, when and why."""

    at: datetime
    who: str
    what: str
    why: str
    customer: CustomerId | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A step that was begun. ``outcome``: None (unknown), done, failed or superseded."""

    step: str
    key: str
    outcome: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that did not end: what was approved for a customer, and what was begun of it.

    ``steps`` maps the id of each approved step to its digest.
    """

    run: str
    customer: CustomerId
    started: datetime
    who: str
    manifest: str
    steps: Mapping[str, str]
    intents: tuple[Intent, ...] = ()


@runtime_checkable
class DeskReader(Protocol):
    """Reads the desk."""

    contract: int
    target: str

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, DeskState]:
        """What the desk holds for each of ``customers``."""
        ...

    def customers(self) -> Collection[CustomerId]:
        """All customers with a release, or with a port order that has not ended."""
        ...

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, CustomerId]:
        """Who holds or ports a number that overlaps; quarantined ones have no holder."""
        ...

    def pool(self, today: date) -> Sequence[PoolEntry]:
        """Stock, provisional numbers and quarantine; free ones as ranges, sorted."""
        ...

    def intervals(self, starts: date, ends: date) -> Sequence[BilledInterval]:
        """Rows of the ledger that touch the half-open interval, sorted by customer and item."""
        ...

    def open_runs(self) -> Sequence[OpenRun]:
        """What runs that died left open, oldest first."""
        ...

    def audit(self, customer: CustomerId | None = None, limit: int = 50) -> Sequence[AuditEntry]:
        """The newest entries first."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Desk(DeskReader, RenamingDesk, Protocol):
    """Writes the desk too. Calls with the same ``key`` are carried out once."""

    def put(self, resource: DeskResource, *, today: date, key: str) -> DeskResource:
        """Record or allocate; answers with what the desk chose (numbers, progress) filled in.

        A stock number that names its digits is recorded as the customer's, wherever it lies.
        A porting order in an editable state is stored and, with a date and signed, submitted; a
        cancelled one begins anew. In flight only the date that the donor granted can be agreed.
        Another product closes an open interval today, or where the new one starts if that is later;
        one that has not begun can be moved, to today too (no start given), also if it is paid once.
        The company of an order in flight stays the one that the donor was given.
        Refused PV521: no free number in the pool; PV522: held by someone else, or here already;
        PV523: the order is locked; PV525: the key was used for another call; PV526: the interval
        has begun; PV527: the number is held with another area or size.
        """
        ...

    def delete(self, resource: DeskResource, *, today: date, key: str) -> None:
        """End it: numbers go to quarantine, intervals are closed, orders are cancelled.

        A number asked for again under the same key within its quarantine is the same one. An order
        that has ended stays as it is. PortingError PV222 past the point of no return.
        """
        ...

    def move(
        self,
        order: PortingOrder,
        event: Event,
        *,
        today: date,
        who: str,
        why: str,
        key: str,
        on: date | None = None,
        donor_code: str | None = None,
        reason: Reason | None = None,
    ) -> PortingOrder:
        """Carry out a move of the order's state machine, with an audit entry.

        On completion the numbers are the customer's in the same transaction. PortingError if the
        state does not allow it; Refused PV524 if there is no such order.
        """
        ...

    def note(
        self, *, at: datetime, who: str, what: str, why: str, customer: CustomerId | None
    ) -> None:
        """Write an audit entry."""
        ...

    # Journal: what is about to be done is on disk before it is done.

    def begin(
        self,
        customer: CustomerId,
        *,
        at: datetime,
        who: str,
        manifest: str,
        steps: Mapping[str, str],
    ) -> str:
        """Open a run for a customer; answers with its id. Earlier open runs of it end here."""
        ...

    def intend(self, run: str, step: str, *, at: datetime, key: str) -> None:
        """The call is about to be made. Refused PV532 if the run has ended."""
        ...

    def settle(
        self,
        run: str,
        step: str,
        *,
        at: datetime,
        outcome: str,
        detail: str = "",
        applied: tuple[Kind, str, Mapping[str, str] | None] | None = None,
    ) -> None:
        """The call's outcome, and in the same transaction what is now applied (None: gone).

        Refused PV532 if the run has ended.
        """
        ...

    def end(self, run: str, *, at: datetime, complete: bool) -> None:
        """Close the run; ``complete`` False leaves it open for ``--resume``."""
        ...

    # Leases: one writer per customer.

    def acquire_lease(
        self, customer: CustomerId, *, holder: str, at: datetime, seconds: int
    ) -> None:
        """Take the lease or renew one's own. Raises Locked PV531 if another holder's is valid.

        ``holder`` is ``host:pid:start`` (``contract.process``); a dead holder on the same host
        loses its lease at once.
        """
        ...

    def release_lease(self, customer: CustomerId, *, holder: str) -> None:
        """Give the lease back."""
        ...
