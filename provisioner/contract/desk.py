"""The desk: numbers, port orders, the ledger, the journal and the leases; each a small Protocol.

What holds for a PBX (:mod:`provisioner.contract.pbx`) holds here too.  ``open`` of a driver has
``pools``, ``policy`` and ``require_poa`` as keywords besides.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from provisioner.contract.resources import (
    DeskResource,
    Kind,
    PortingOrder,
    Release,
    StockAllocation,
)
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item
from provisioner.telephony.numbers import Numbers
from provisioner.telephony.porting import Event, Reason

T = TypeVar("T")
NowApplied = tuple[Kind, str, Mapping[str, str] | None]
"""An object, and a hash per field as it was written; None: it is gone."""


class BilledInterval(NamedTuple):
    """A row of the ledger: half-open, ``ends`` is the first day that is not billed."""

    customer: CustomerId
    item: Item
    product: str
    once: bool
    starts: date
    ends: date | None = None
    former: bool = False
    """Of whoever had the customer's id before and left; the id may be somebody else's by now."""


@dataclass(frozen=True, slots=True)
class DeskState:
    """What the desk holds for one customer.

    ``objects``: release, account, numbers held (not those in quarantine), open billing intervals
    (``starts`` filled), the latest attempt of every order with its progress, ended ones too.
    ``applied``: per ``(kind, key)`` a hash per field as last written (``settle`` stores it).
    One-off billing items whose day has come stay in ``objects`` until the release goes: charged
    once.
    """

    objects: tuple[DeskResource, ...] = ()
    applied: Mapping[tuple[Kind, str], Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoolEntry:
    """A number or block of the operator. ``state``: free, allocated, quarantine.

    ``ref``: the key of what holds it, or held it.  ``named``: its digits are, or were, named by a
    manifest, so nothing was chosen.
    """

    pool: str
    digits: str
    size: int
    state: str
    customer: CustomerId | None = None
    ref: str = ""
    until: date | None = None
    named: bool = False


ALL = 1_000_000
"""Entries of an audit."""


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
    """A step that was begun. ``outcome``: None or unknown, done, failed, superseded, or skipped if
    its call was not made after all."""

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

    @property
    def promised(self) -> frozenset[str]:
        """Digests of steps that were approved and are not done."""
        done = {each.step for each in self.intents if each.outcome == "done"}
        return frozenset(digest for step, digest in self.steps.items() if step not in done)


@runtime_checkable
class NumbersReader(Protocol):
    """Who has which number."""

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, CustomerId]:
        """Who holds or ports a number that overlaps; quarantined ones have no holder."""
        ...

    def pool(self, today: date) -> Sequence[PoolEntry]:
        """Stock, provisional numbers and quarantine; free ones as ranges, sorted.

        A plan counts on it: what the ranges that are free can hold, chosen as
        ``telephony.pools`` says, is given out.
        """
        ...


@runtime_checkable
class LedgerReader(Protocol):
    """What is billed, and who changed what."""

    def intervals(self, starts: date, ends: date) -> Sequence[BilledInterval]:
        """Rows of the ledger that touch the half-open interval, sorted by customer and item."""
        ...

    def companies(self) -> Mapping[CustomerId, str]:
        """To whom the bills of each customer go."""
        ...

    def audit(
        self,
        customer: CustomerId | None = None,
        limit: int = 50,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[AuditEntry]:
        """The newest entries first; ``since`` a moment, and before ``until``."""
        ...


@runtime_checkable
class JournalReader(Protocol):
    """What runs that died left open."""

    def open_runs(self, customer: CustomerId | None = None) -> Sequence[OpenRun]:
        """What runs that died left open, of all or of one customer, oldest first."""
        ...


@runtime_checkable
class DeskReader(NumbersReader, LedgerReader, JournalReader, Protocol):
    """Reads the desk."""

    contract: int
    target: str
    """Names the system in messages, without secrets."""

    def identity(self) -> str:
        """Names the system in plans and digests, the same under every address.

        Raises Unavailable.
        """
        ...

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, DeskState]:
        """What the desk holds for each of ``customers``."""
        ...

    def customers(self) -> Collection[CustomerId]:
        """All with a release, a port order that has not ended, or a number that a port brought."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Orders(Protocol):
    """Moves port orders."""

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
        """Carry out a move of the order's state machine, with an audit entry.

        ``today`` is the calendar's day, ``at`` when it is done, for the audit; if nobody says so,
        midnight of ``today`` in UTC.

        On completion the numbers are the customer's in the same transaction. Submitting again what
        was cancelled or has failed needs a date, and its numbers must still be free.
        PortingError if the state or the date does not allow it; Refused PV522: held by someone
        else, or in another order; PV524: there is no such order.
        """
        ...


@runtime_checkable
class Ledger(LedgerReader, Protocol):
    """Keeps the audit; what is billed is put and deleted like every resource."""

    def note(
        self, *, at: datetime, who: str, what: str, why: str, customer: CustomerId | None
    ) -> None:
        """Write an audit entry."""
        ...


@runtime_checkable
class Journal(JournalReader, Protocol):
    """What is about to be done is on disk before it is done."""

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
        """Open a run for a customer; answers with its id. Earlier open runs of it end here.

        With the ``holder`` of the customer's lease it is a run under that lease: once somebody else
        has taken it, this and every later call of the run is Refused PV632.
        """
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
        applied: NowApplied | None = None,
    ) -> None:
        """The call's outcome, and in the same transaction what is now applied (None: gone).

        Refused PV532 if the run has ended.
        """
        ...

    def end(self, run: str, *, at: datetime, complete: bool) -> None:
        """Close the run; ``complete`` False leaves it open for ``--resume``."""
        ...


@runtime_checkable
class Leases(Protocol):
    """One writer per customer."""

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


@runtime_checkable
class Desk(DeskReader, Orders, Ledger, Journal, Leases, Protocol):
    """Writes the desk too. Calls with the same ``key`` are carried out once."""

    def together(self, act: Callable[[], T], *, about: Collection[DeskResource]) -> T:
        """What ``act`` answers; all that it writes here is written, or nothing of it is.

        ``about``: what it puts, moves or deletes.  A call that is refused takes back its own part
        alone, and what is read meanwhile has in it what was written.  ``act`` may be called more
        than once, so all that it does besides can be repeated.  Raises Unavailable if nothing was
        written, OutcomeUnknown if nobody knows.
        """
        ...

    def put(self, resource: DeskResource, *, today: date, key: str) -> DeskResource:
        """Record or allocate; answers with what the desk chose (numbers, progress) filled in.

        A stock number that names its digits is recorded as the customer's, wherever it lies.
        A porting order in an editable state is stored and, with a date and signed, submitted; one
        that was cancelled or has failed begins anew. In flight only the date that the donor granted
        can be agreed.
        Another product closes an open interval today, or where the new one starts if that is later;
        one that has not begun can be moved, to today too (no start given), also if it is paid once.
        The company of an order in flight stays the one that the donor was given.
        Refused PV521: no free number in the pool; PV522: held by someone else, or here already;
        PV523: the order is locked; PV525: the key was used for another call; PV526: the interval
        has begun; PV527: the number is held with another area or size; PV537, of a release or an
        interval: the customer's ledger was written for a later day already.
        """
        ...

    def delete(self, resource: DeskResource, *, today: date, key: str) -> None:
        """End it: numbers go to quarantine, intervals are closed, orders are cancelled.

        A number asked for again under the same key within its quarantine is the same one. An order
        that has ended stays as it is. With the release the customer has left: what it was billed
        stays in the ledger as a former customer's, nothing is noted as applied any more, and
        whoever comes under its id is charged anew. PortingError PV222 past the point of no return.
        """
        ...


@runtime_checkable
class RenamingDesk(Protocol):
    """A desk on which a login, or a whole customer, can get another name.

    Each call can be repeated, and ends what one that died has begun.
    """

    def rename_login(
        self, customer: CustomerId, *, was: str, login: str, today: date, key: str
    ) -> None:
        """The workplace ``was`` is billed as ``login``, without a gap and without a day twice.

        From the first of the month on, so that past bills stay as they were.  What is noted as
        applied of it goes along.  Fine if there is nothing.  Refused PV519 if ``login`` is billed.
        """
        ...

    def rename_customer(
        self, release: Release, *, was: CustomerId, at: datetime, who: str, key: str
    ) -> None:
        """All that the desk holds for ``was`` is the customer's of ``release``, and it is released.

        In one transaction: numbers, those in quarantine too, orders with everything that the donor
        knows them by, the ledger, what is noted as applied, and the audit, which tells of it.  Runs
        of ``was`` end.  Fine if nothing is left of it.  Refused PV519 if the desk knows the new id.
        """
        ...


@runtime_checkable
class MovingDesk(Protocol):
    """A desk on which a number can pass from one customer to another."""

    def move_number(
        self, wanted: StockAllocation, *, was: CustomerId, at: datetime, who: str, key: str
    ) -> StockAllocation:
        """What ``was`` holds under the digits ``wanted.number`` is held as ``wanted``.

        In one transaction: it does not rest, and nobody else can get it.  What is noted as applied
        of it for ``was``, its routes too, is gone, and the audit of both tells of it.  Fine if it
        is done already.  Refused PV522 unless ``was`` holds exactly this number or block, PV527 if
        another one is held under ``wanted.id``.
        """
        ...
