"""A PBX, as far as this tool has to know it: it reads, puts and deletes.

Readers have no method that writes, so a plan cannot.  All calls are synchronous.  Every method
raises ``Unavailable`` when it cannot answer, a writing one ``OutcomeUnknown`` when it was sent and
no answer came, and ``Refused`` when the system says no.

**Unknown is not empty**: ``read`` answers with one entry for each customer asked for, an empty
state for one that the system does not know.  A customer missing from the answer is unknown.

A driver is a class with ``contract`` and ``open(options, root)``, which checks its options and
touches nothing.  An idempotency key names one call of one run: the same key is the same call.
Adopting, renaming, moving numbers and telling who is registered are abilities of their own, which
a driver may lack.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from provisioner.contract.resources import Kind, PbxResource, Route, Workplace
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers

CONTRACT = 1
"""Version of the Protocols; a driver states the one that it was written for."""


class MadePassword(str):
    """A password that was made just now, from more random bits than anybody can try.

    Nothing that is kept can be of it, and a fast hash keeps it.
    """

    __slots__ = ()


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
class LoginsPbx(Protocol):
    """A PBX that can tell who has a login, and need not be read as a whole for it."""

    def logins(self, folded: Collection[str]) -> Collection[CustomerId]:
        """Customers that have a login of ours which is one of these in small letters."""
        ...


@runtime_checkable
class Pbx(PbxReader, Protocol):
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


@runtime_checkable
class AdoptingPbx(Protocol):
    """A PBX on which what somebody else set up can become ours."""

    def adopt(self, resource: PbxResource, *, secret: str | None, key: str) -> None:
        """Give an object that has no mark ours, and set its declared fields; others stay.

        The same as ``put`` where it carries our mark by now, or is gone. Until the call is through
        the object reads as it was before. Refused PV512 if it carries the mark of another customer
        or tool, and as for ``put``.
        """
        ...


@runtime_checkable
class RenamingPbx(Protocol):
    """A PBX on which a login, or a whole customer, can get another name.

    Each call can be repeated, and ends what one that died has begun.
    """

    def rename_login(self, workplace: Workplace, *, was: str, secret: str | None, key: str) -> None:
        """The workplace ``was`` becomes ``workplace``, under its new login, with ``secret``.

        Declared fields are written, all others go along, whoever set them (R16), and whatever led
        to the old login leads to the new one.  The new one works before a number is turned to it,
        the old one goes last, and as long as it is there ``read`` tells of the old one alone.  Fine
        if it is done already; a call that died is finished by the next.
        Refused PV512 if either is someone else's, PV513 if the new login is taken.
        """
        ...

    def rename_customer(
        self, was: CustomerId, customer: CustomerId, *, secrets: Mapping[str, str], key: str
    ) -> None:
        """Everything in the tenant ``was`` becomes ``customer``'s, fields of others too (R16).

        ``secrets`` are new passwords by login; a phone's old one may not work any more.  Numbers
        ring all the time.  The old tenant itself goes last; until then ``read`` may tell of an
        object under both ids.  Fine if it is done already; a call that died is finished by the
        next.
        Refused PV512 if something there is without our mark, PV518 if ``customer`` has other
        objects than those of a rename that died.
        """
        ...


@runtime_checkable
class MovingPbx(Protocol):
    """A PBX on which a number can pass from one customer to another while it rings."""

    def move_route(self, route: Route, *, was: CustomerId, key: str) -> None:
        """What leads to ``was`` under the digits of ``route`` leads to its target, with our mark.

        In one write, so every caller reaches the one or the other.  Lines of a block that have
        routes of their own stay where they are.  The same as ``put`` where ``was`` has none (any
        more).  Refused PV512 if it is a third one's or without our mark, PV515 if its digits are
        not known.
        """
        ...


@dataclass(frozen=True, slots=True)
class Devices:
    """What is registered for a workplace now, desk phones and apps apart."""

    phones: int = 0
    apps: int = 0
    refused: tuple[str, ...] = ()
    """SIP users of those that registered with an address that no call goes to; one for each."""

    @property
    def total(self) -> int:
        return self.phones + self.apps + len(self.refused)


@runtime_checkable
class Telephone(Protocol):
    """A driver whose PBX speaks SIP; ``provision status`` and ``provision check`` ask."""

    sip: str
    """``HOST:PORT`` where phones register."""

    def registered(self, customer: CustomerId) -> Mapping[str, Devices]:
        """What is registered now, by login in small letters; who is off is not in it."""
        ...

    def sip_user(self, customer: CustomerId, login: str) -> str:
        """The user with which a workplace's phone registers."""
        ...


class EmergencyLine(Protocol):
    """What connects emergency calls: a PBX, or a node of a fleet, each for the phones at it."""

    @property
    def node(self) -> str:
        """The address of its control; empty where the PBX is one."""
        ...

    def numbers(self) -> Collection[str]:
        """What every phone reaches at the carrier, whatever stands elsewhere.

        Raises Unavailable.
        """
        ...

    def caller(self) -> str:
        """Shown on emergency calls where nothing else is known, ``+41445550100``; empty: none.

        Raises Unavailable.
        """
        ...


@runtime_checkable
class ConnectsEmergencies(Protocol):
    """A driver whose PBX connects emergency calls; ``provision doctor`` asks."""

    def emergency_lines(self) -> Sequence[EmergencyLine]:
        """All that are known; asks nothing."""
        ...


@runtime_checkable
class KeptPbx(Protocol):
    """A PBX whose database people look after."""

    def upgrade(self) -> tuple[int, int]:
        """The tables as this version has them; the version before (0: there were none) and now.

        Raises Unavailable if nothing was changed.
        """
        ...
