"""Reading live systems, with the rule that unknown is never empty.

A plan is a difference, so an object that a read fails to bring looks like one that is gone.  Hence
each customer is either known as a whole or unknown with the reason, and what is contradictory
between the two systems counts as unknown until a person acknowledges it by name.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import orjson

from provisioner.codes.systems import (
    ContradictoryAnswer,
    DeskDoesNotKnowTheCustomer,
    DeskIsIncomplete,
    DeskKnowsNobody,
    DeskLacksNumbers,
    PBXHoldsNothing,
    StateUnknown,
)
from provisioner.contract.desk import DeskReader, DeskState, PoolEntry
from provisioner.contract.pbx import PbxReader, PbxState
from provisioner.contract.quick import QuickDesk
from provisioner.contract.renames import Former, joined
from provisioner.contract.resources import (
    CLASSES,
    Json,
    Kind,
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    Resource,
    Route,
    StockAllocation,
    System,
)
from provisioner.errors import SystemFault, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock, Numbers, digits_of
from provisioner.telephony.sources import Literal, Source

PBX_EMPTY = "pbx-empty"
DESK_EMPTY = "desk-empty"
DESK_GAPS = "desk-gaps"

AT_A_TIME = 500
"""More customers than these are quicker looked for among all of them."""
_MUST_BE_THERE = frozenset(
    {Kind.RELEASE, Kind.ACCOUNT, Kind.STOCK, Kind.PROVISIONAL, Kind.PORTED, Kind.ORDER}
)
"""Desk objects that only an apply of ours takes away."""


@dataclass(frozen=True, slots=True)
class CustomerLive:
    """Everything that the two systems hold for one customer."""

    pbx: PbxState = PbxState()
    desk: DeskState = field(default_factory=DeskState)
    former: Former | None = None
    """Of a customer that is called otherwise now; what is still under the old id is in here."""

    @property
    def objects(self) -> tuple[Resource, ...]:
        return (*self.desk.objects, *self.pbx.objects)

    def one(self, kind: Kind) -> Resource | None:
        """The object of a kind that exists once."""
        return next((o for o in self.objects if o.kind is kind), None)

    def resolve(self, source: Source) -> str | None:
        """The digits behind a number's source, if the desk has allocated them."""
        return resolve(allocations(self.desk.objects), source)


def allocations(objects: Iterable[Resource]) -> dict[Source, str]:
    """Digits by source of what is allocated."""
    return {
        each.source: each.digits
        for each in objects
        if isinstance(each, StockAllocation | ProvisionalAllocation) and each.digits
    }


def resolve(known: Mapping[Source, str], source: Source) -> str | None:
    """The digits behind ``source``: itself allocated, or a line of an allocated block."""
    if source in known or isinstance(source, Literal):
        return known.get(source)
    digits = known.get(source.whole)
    if digits is None or source.line is None:
        return None
    return DdiBlock(digits).line(source.line).national


def field_hashes(fields: Mapping[str, Json]) -> dict[str, str]:
    """A short hash per field: tells whether a live value is the one that was last written."""
    return {
        name: hashlib.sha256(orjson.dumps(value)).hexdigest()[:16] for name, value in fields.items()
    }


def read_live(
    pbx: PbxReader,
    desk: DeskReader,
    customers: Sequence[CustomerId],
    acknowledged: Collection[str] = (),
    formers: Mapping[CustomerId, CustomerId] | None = None,
    claims: Mapping[CustomerId, Collection[str]] | None = None,
) -> dict[CustomerId, CustomerLive | SystemFault]:
    """Each customer's live state, or the fault that makes it unknown.

    ``formers``: the old ids of customers that are renamed.  ``claims``: digits that others take
    over from a customer; the desk may know them as theirs already.
    """
    was = formers or {}
    asked = [*dict.fromkeys([*customers, *was.values()])]
    try:
        on_desk = desk.read(asked)
        on_pbx = pbx.read(asked)
        if lost := _desk_lost(pbx, desk, on_desk.values(), acknowledged):
            return dict.fromkeys(customers, lost)
        # a read may not find all that has no mark
        others = {c: len(pbx.foreign(c)) for c in _concerned(was, on_pbx)}
    except SystemFault as fault:
        return dict.fromkeys(customers, fault)
    found: dict[CustomerId, CustomerLive | SystemFault] = {}
    for customer in customers:
        former: Former | None = None
        of_pbx, of_desk = on_pbx.get(customer), on_desk.get(customer)
        if customer in was:
            of_pbx, of_desk, former = joined(customer, was[customer], on_pbx, on_desk)
            old = others.get(was[customer], former.foreign)
            former = replace(former, foreign=old, strangers=others.get(customer, 0))
        passing = (claims or {}).get(customer, ())
        whole = _whole(customer, of_pbx, of_desk, acknowledged, passing)
        if isinstance(whole, CustomerLive) and former is not None:
            whole = replace(whole, former=former)
        found[customer] = whole
    return found


def _concerned(
    was: Mapping[CustomerId, CustomerId], on_pbx: Mapping[CustomerId, PbxState]
) -> Iterator[CustomerId]:
    """Ids from which a PBX has something to carry over, and those to which nothing has come yet."""
    for new, old in was.items():
        source, target = on_pbx.get(old), on_pbx.get(new)
        if source and source.objects:
            yield old
            if target and not target.objects:
                yield new


def _desk_lost(
    pbx: PbxReader,
    desk: DeskReader,
    states: Collection[DeskState],
    acknowledged: Collection[str],
) -> SystemFault | None:
    """A desk that knows nobody beside a PBX that serves customers: a wrong or an empty database.

    It makes every customer unknown, also one without anything on the PBX: its port orders may be
    with the donor already.
    """
    if DESK_EMPTY in acknowledged or any(s.objects for s in states):
        return None
    return nobody_known(pbx, desk, DESK_EMPTY)


def known_of(desk: DeskReader, some: Collection[CustomerId]) -> Collection[CustomerId]:
    """Those of ``some`` that are in ``customers()``.  Raises SystemFault."""
    if isinstance(desk, QuickDesk) and len(some) <= AT_A_TIME:
        return desk.known(some)
    return {*desk.customers()}.intersection(some)


def nobody_known(pbx: PbxReader, desk: DeskReader, name: str = "") -> SystemFault | None:
    """PV576 if the desk knows no customer and the PBX holds some; ``name``: what acknowledges it,
    where that can be done.  Raises SystemFault."""
    if desk.knows_somebody() if isinstance(desk, QuickDesk) else desk.customers():
        return None
    count = pbx.size()
    return Unavailable(DeskKnowsNobody(count=count, name=name)) if count else None


def _unbacked(pbx: PbxState, desk: DeskState, passing: Collection[str]) -> list[str]:
    """Numbers that the PBX routes for the customer and the desk knows nothing about."""
    backed = {*passing} | set(allocations(desk.objects).values())
    for each in desk.objects:
        if isinstance(each, PortedNumber):
            backed.add(each.digits)
        elif isinstance(each, PortingOrder):
            backed.update(each.items)
    routed = [r.number.digits for r in pbx.objects if isinstance(r, Route) and r.number.digits]
    return [d for d in routed if not any(d[:n] in backed for n in range(1, len(d) + 1))]


def _whole(
    customer: CustomerId,
    pbx: PbxState | None,
    desk: DeskState | None,
    acknowledged: Collection[str],
    passing: Collection[str],
) -> CustomerLive | SystemFault:
    if pbx is None or desk is None:
        return Unavailable(StateUnknown(system=str(System.PBX if pbx is None else System.DESK)))
    for system, objects in ((System.PBX, pbx.objects), (System.DESK, desk.objects)):
        keys = [(o.kind, o.live_key) for o in objects]
        if len(set(keys)) != len(keys) or any(
            o.customer is not customer and o.customer != customer for o in objects
        ):
            return Unavailable(ContradictoryAnswer(system=str(system)))
    held = {(o.kind, o.key) for o in desk.objects}
    missing = [k for k in desk.applied if k[0] in _MUST_BE_THERE and k not in held]
    if missing:
        return Unavailable(DeskIsIncomplete(count=len(missing), example=missing[0][0]))
    applied = [k for k in desk.applied if lives_on_pbx(k[0])]
    if applied and not pbx.objects and PBX_EMPTY not in acknowledged:
        return Unavailable(PBXHoldsNothing(count=len(applied), name=PBX_EMPTY))
    released = any(o.kind is Kind.RELEASE for o in desk.objects)
    if pbx.objects and not released and DESK_EMPTY not in acknowledged:
        return Unavailable(DeskDoesNotKnowTheCustomer(count=len(pbx.objects), name=DESK_EMPTY))
    unbacked = _unbacked(pbx, desk, passing)
    if unbacked and not {DESK_EMPTY, DESK_GAPS} & set(acknowledged):
        return Unavailable(
            DeskLacksNumbers(count=len(unbacked), example=unbacked[0], name=DESK_GAPS)
        )
    return CustomerLive(pbx, desk)


def lives_on_pbx(kind: Kind) -> bool:
    return CLASSES[kind].system is System.PBX


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds numbers that overlap the ones asked for; an empty id is someone foreign.

    ``resting``: until when the desk lets rest what nobody holds, and who gave it back.
    """

    pbx: Mapping[Numbers, str] = field(default_factory=dict)
    desk: Mapping[Numbers, CustomerId] = field(default_factory=dict)
    resting: Mapping[Numbers, Sequence[PoolEntry]] = field(default_factory=dict)


def read_holders(
    pbx: PbxReader,
    desk: DeskReader,
    numbers: Collection[Numbers],
    held: Collection[Numbers] = (),
    today: date = date.min,
) -> Holders:
    """One question per system, whatever the number of customers. Raises SystemFault.

    ``held``: those of ``numbers`` that customers are said to have already; the pool is asked for
    them if nobody holds them on ``today``.
    """
    if not numbers:
        return Holders()
    known = desk.holders(numbers)
    free = [number for number in held if number not in known]
    resting = [e for e in desk.pool(today) if e.state == "quarantine"] if free else []
    found = {n: [e for e in resting if _overlap(e.digits, digits_of(n))] for n in free}
    return Holders(pbx.holders(numbers), known, found)


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
