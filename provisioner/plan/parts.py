"""A plan in parts, made on several machines, and the whole that is joined from them.  Pure.

A part is a plan of the customers of one shard, without what only the whole can tell: brakes, what
the pools can give, numbers or logins that two customers claim, and a phone that one customer takes
while another one keeps it.  For these it carries counts,
needs and claims, and the whole is judged as if it had been planned at once.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from provisioner.codes import Code
from provisioner.codes.many import (
    CustomerInTwoParts,
    PartIsMissing,
    PartsDoNotBelongTogether,
    PartStandsTwice,
    PoolsTooSmallForAllParts,
)
from provisioner.codes.phones import PhoneIsAtAnotherCustomer, PhoneOfTwoCustomers
from provisioner.codes.policy import (
    LoginOfTwoCustomers,
    NumberOfTwoCustomers,
    OverlapWithAnotherCustomer,
)
from provisioner.contract.desk import PoolEntry
from provisioner.contract.resources import PortedNumber, ProvisionalAllocation, StockAllocation
from provisioner.errors import PolicyError
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, InputError
from provisioner.manifest.overlap import overlaps
from provisioner.manifest.removals import Removals
from provisioner.plan.digest import checksum, plan_digest
from provisioner.plan.model import CustomerPlan, Frozen, Plan, Status, Targets
from provisioner.plan.policy import brakes
from provisioner.plan.supply import Allocation, Clash, Supply
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import numbers_from

MAX_PARTS = 1_000
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""A customer's id."""
Digits = Annotated[str, Field(pattern=r"^[0-9]{5,10}$")]
"""Of a number or block."""
MacDigits = Annotated[str, Field(pattern=r"^[0-9A-F]{12}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Shard(NamedTuple):
    """The ``number``-th of ``of`` shards, from 1."""

    number: int
    of: int

    def has(self, customer: CustomerId, was: CustomerId | None) -> bool:
        """Whether a customer is in it: by the SHA-256 of its id, or of the former one while it is
        renamed, so that both ids are in the same."""
        digest = hashlib.sha256(str(was or customer).encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1


class Claim(Frozen):
    """A number, block, phone or login that a manifest names.  ``what``: digits, the MAC address, or
    the SHA-256 of the login as systems compare it.  ``reseller``: of a support login, which its
    customers share.  A phone may also be ``taken`` in the plan, or ``kept`` without being named."""

    customer: Name
    kind: Literal["number", "phone", "taken", "kept", "login", "support"]
    what: Digits | MacDigits | Sha256
    reseller: str = ""


class Ask(Frozen):
    """What a customer's plan asks of the desk's pools."""

    kind: Literal["stock", "provisional"]
    key: str
    area: str = ""
    size: int = Field(ge=1, le=10_000)
    number: Digits | None = None

    def allocation(self, customer: CustomerId) -> Allocation:
        if self.kind == "stock":
            return StockAllocation(
                customer=customer, id=self.key, area=self.area, size=self.size, number=self.number
            )
        porting, _, replaces = self.key.rpartition("/")
        return ProvisionalAllocation(
            customer=customer, porting=porting, replaces=replaces, size=self.size
        )


class Need(Frozen):
    """One customer's share of the pools.  ``names``: its id, and the former one whose numbers it
    takes over; ``gives``: digits that it gives back."""

    customer: Name
    names: tuple[Name, ...]
    asks: tuple[Ask, ...] = ()
    gives: tuple[Digits, ...] = ()


class Unfinished(Frozen):
    """A run that died; ``at``: its place among all of the desk's, oldest first."""

    at: int
    about: Diagnostic


class Part(Frozen):
    """What one shard's machine found."""

    part_version: Literal[1]
    shard: int = Field(ge=1, le=MAX_PARTS)
    of: int = Field(ge=1, le=MAX_PARTS)
    tool: str
    at: date
    commit: str
    """That is checked out; empty outside of git."""
    settings: str
    """SHA-256 of what ``provision.yaml``, ``removals.yaml`` and ``adoptions.yaml`` say."""
    targets: Targets
    customers: tuple[CustomerPlan, ...]
    unchanged: int = Field(ge=0)
    notes: tuple[Diagnostic, ...] = ()
    """Of the whole run: the same in every part."""
    unfinished: tuple[Unfinished, ...] = ()
    unused: tuple[Diagnostic, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    """Why the desk could not tell of unfinished runs."""
    live: int | None = None
    """How many objects are on the PBX, for the brakes; None if this part has no steps."""
    size_fault: Diagnostic | None = None
    claims: tuple[Claim, ...] = ()
    needs: tuple[Need, ...] = ()
    checksum: str = ""

    def sealed(self) -> "Part":
        return self.model_copy(update={"checksum": checksum(self)})


def joined(
    parts: Sequence[Part],
    config: Config,
    removals: Removals,
    acknowledged: Collection[str],
) -> Plan:
    """The plan as one machine would have made it, but for the pools (:func:`supply_holds`).

    Raises PolicyError PV671 to PV673 and PV676 for parts that make no whole, and InputError for
    claims of two customers that no part could see.
    """
    ordered = _whole(parts)
    first = ordered[0]
    customers = tuple(
        sorted((c for part in ordered for c in part.customers), key=lambda c: c.customer)
    )
    _check_customers(customers)
    _check_claims(ordered, customers, config)
    holding = _brakes(ordered, customers, config, removals, acknowledged)
    runs = sorted((u for part in ordered for u in part.unfinished), key=lambda u: u.at)
    faults: list[Diagnostic] = []
    for part in ordered:
        faults += [d for d in part.faults if d not in faults]
    unused = sorted((d for part in ordered for d in part.unused), key=lambda d: d.customer or "")
    plan = Plan(
        tool=first.tool,
        at=first.at,
        targets=first.targets,
        customers=customers,
        unchanged=sum(part.unchanged for part in ordered),
        diagnostics=(*first.notes, *faults, *(u.about for u in runs), *holding, *unused),
        braked=bool(holding),
        digest=plan_digest(customers),
    )
    return plan.model_copy(update={"checksum": checksum(plan)})


def _whole(parts: Sequence[Part]) -> list[Part]:
    """All parts of one plan, in order."""
    ordered = sorted(parts, key=lambda part: part.shard)
    first = ordered[0]
    for part in ordered:
        for name in ("of", "tool", "at", "commit", "settings", "targets", "notes"):
            if getattr(part, name) != getattr(first, name):
                about = PartsDoNotBelongTogether(what=name, first=first.shard, second=part.shard)
                raise PolicyError(about)
    counted = Counter(part.shard for part in ordered)
    twice = next((number for number, count in counted.items() if count > 1), None)
    if twice is not None:
        raise PolicyError(PartStandsTwice(number=twice, of=first.of))
    missing = sorted({*range(1, first.of + 1)} - counted.keys())
    if missing or len(ordered) > first.of:
        shown = ", ".join(map(str, missing[:10])) or str(ordered[-1].shard)
        raise PolicyError(PartIsMissing(numbers=shown, of=first.of))
    return ordered


def _check_customers(customers: Sequence[CustomerPlan]) -> None:
    for name, group in groupby(customers, key=lambda c: c.customer):
        if len([*group]) > 1:
            raise PolicyError(CustomerInTwoParts(customer=name))


def _check_claims(parts: Iterable[Part], customers: Iterable[CustomerPlan], config: Config) -> None:
    """Each part has looked at all manifests that it saw; here it is seen whether they saw the same.

    Raises InputError for a pair of which not both are blocked anyway, and for a phone that stays at
    a customer of another part.
    """
    every = [claim for part in parts for claim in part.claims]
    blocked = {c.customer for c in customers if c.status is Status.BLOCKED}
    kept = {claim.what: claim.customer for claim in every if claim.kind == "kept"}
    found = [
        Diagnostic.of(PhoneIsAtAnotherCustomer(mac=c.what, customer=kept[c.what]), c.customer)
        for c in every
        if c.kind == "taken" and kept.get(c.what, c.customer) != c.customer
    ]
    for one, other, about in _clashes(every, config):
        if not {one, other} <= blocked:
            found += [Diagnostic.of(about(other), one), Diagnostic.of(about(one), other)]
    if found:
        raise InputError(found)


class _Number(NamedTuple):
    wide: str
    narrow: str

    def __call__(self, customer: str) -> Code:
        found, other = str(numbers_from(self.narrow)), str(numbers_from(self.wide))
        if self.wide == self.narrow:
            return NumberOfTwoCustomers(found=found, other=other, customer=customer)
        return OverlapWithAnotherCustomer(found=found, other=other, customer=customer)


class _Login(NamedTuple):
    hashed: str

    def __call__(self, customer: str) -> Code:
        return LoginOfTwoCustomers(login=f"SHA-256 {self.hashed[:12]}", customer=customer)


class _Phone(NamedTuple):
    mac: str

    def __call__(self, customer: str) -> Code:
        return PhoneOfTwoCustomers(mac=self.mac, customer=customer)


def _clashes(
    claims: Sequence[Claim], config: Config
) -> Iterator[tuple[str, str, "_Number | _Phone | _Login"]]:
    numbers = ((c.what, c.customer) for c in claims if c.kind == "number")
    for (wide, one), (narrow, other) in overlaps(numbers):
        if one != other:
            yield one, other, _Number(wide, narrow)
    phones: dict[str, str] = {}
    for claim in claims:
        one = phones.setdefault(claim.what, claim.customer) if claim.kind == "phone" else ""
        if one and one != claim.customer:
            yield one, claim.customer, _Phone(claim.what)
    if config.login_scope != "fleet":
        return
    seen: dict[str, Claim] = {}
    for claim in claims:
        if claim.kind not in {"login", "support"}:
            continue
        first = seen.setdefault(claim.what, claim)
        shared = first.kind == claim.kind == "support" and first.reseller == claim.reseller
        if first.customer != claim.customer and not shared:
            yield first.customer, claim.customer, _Login(claim.what)


def _brakes(
    parts: Iterable[Part],
    customers: Sequence[CustomerPlan],
    config: Config,
    removals: Removals,
    acknowledged: Collection[str],
) -> list[Diagnostic]:
    """Over the sum; where machines have counted the PBX differently, by the smallest count."""
    with_steps = [part for part in parts if any(c.steps for c in part.customers)]
    if not with_steps:
        return []
    fault = next((part.size_fault for part in with_steps if part.size_fault), None)
    if fault is not None:
        return [fault]
    live = min(part.live or 0 for part in with_steps)
    return brakes(customers, config.brakes, live, removals, with_steps[0].at, acknowledged)


def needs_of(parts: Iterable[Part]) -> Mapping[str, Need]:
    """What the pools are asked for and given back, in the order in which it will be carried out."""
    return {n.customer: n for n in sorted((n for p in parts for n in p.needs), key=_by_customer)}


def _by_customer(need: Need) -> str:
    return need.customer


def supply_holds(needs: Mapping[str, Need], entries: Iterable[PoolEntry], config: Config) -> None:
    """Whether the pools can give what all parts ask for together.

    Raises PolicyError PV674: a plan that is made at once says more.
    """
    supply = Supply(entries, config.numbers.pools())
    for need in needs.values():
        customer = CustomerId(need.customer)
        wanted = [ask.allocation(customer) for ask in need.asks]
        problem = supply.give(wanted, [CustomerId(name) for name in need.names])
        if problem is not None:
            key = problem.wanted.key
            reason = "taken" if isinstance(problem, Clash) else "none"
            about = PoolsTooSmallForAllParts(customer=need.customer, key=key, reason=reason)
            raise PolicyError(about)
        for digits in need.gives:
            supply.give_back(PortedNumber(customer=customer, porting="", digits=digits))
