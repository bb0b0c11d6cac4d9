"""Which step needs which, and the total order in which they run.

A number goes live last and dies first, and a donor is asked for one after everything else.  Order
and dependencies follow from kinds and fields alone, so two plans of the same content are the same
to the byte.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from provisioner.contract.resources import (
    BillingInterval,
    Kind,
    NumberRef,
    PortingOrder,
    ProvisionalAllocation,
    Route,
    StockAllocation,
    System,
    Tenant,
    Workplace,
)
from provisioner.plan.diff import Draft
from provisioner.plan.digest import with_digest
from provisioner.plan.model import SUBMITTING, Action, Step
from provisioner.telephony.items import ItemKind
from provisioner.telephony.prefixes import Prefixes
from provisioner.telephony.sources import Literal, Provisional, Source, Stock

_TAKEN_DOWN = {
    kind: rank
    for rank, kind in enumerate(
        (
            Kind.ORDER,
            Kind.ROUTE,
            Kind.WORKPLACE,
            Kind.ADMIN,
            Kind.SUPPORT,
            Kind.TENANT,
            Kind.PORTED,
            Kind.PROVISIONAL,
            Kind.STOCK,
            Kind.BILLING,
            Kind.ACCOUNT,
            Kind.RELEASE,
        )
    )
}
_MOVES = {
    Action.RENAME: -1,
    Action.CREATE: 0,
    Action.ADOPT: 0,
    Action.MOVE: 0,
    Action.UPDATE: 1,
    Action.SYNCHRONISE: 2,
    Action.ACTIVATE: 3,
}


_CREATING = frozenset({Action.CREATE, Action.ADOPT, Action.RENAME, Action.MOVE})
_ENDING = frozenset({Action.DELETE, Action.MOVE})
_EARNED_BY = {
    ItemKind.WORKPLACE: Kind.WORKPLACE,
    ItemKind.STOCK: Kind.STOCK,
    ItemKind.NUMBER: Kind.PORTED,
}


def goes(draft: Draft) -> bool:
    """Whether it takes something away."""
    return draft.action in {Action.DELETE, Action.CANCEL} or gives(draft)


def gives(draft: Draft) -> bool:
    """Whether a number passes to another customer."""
    was = (draft.before or {}).get("customer")
    return draft.action is Action.MOVE and was == str(draft.resource.customer)


def position(draft: Draft) -> tuple[int, int, str, int]:
    """Sort key. Moves of a port by the calendar come before the routes that they switch on.

    What goes to a donor comes last: nobody can tell whether it can be had back.
    """
    kind = draft.resource.kind
    if draft.action in SUBMITTING:
        return 2, kind.rank, draft.resource.key, 0
    if gives(draft):
        return 1, (-1 if kind is Kind.ROUTE else -2), draft.resource.key, 0
    if goes(draft):
        return 1, _TAKEN_DOWN[kind], draft.resource.key, 0
    if kind is Kind.RELEASE and draft.action is Action.RENAME:
        return 0, -1, draft.resource.key, 0  # nothing else is the new customer's before
    rank = kind.rank
    if draft.action in {Action.SYNCHRONISE, Action.ACTIVATE}:
        rank = Kind.RELEASE.rank
    return 0, rank, draft.resource.key, _MOVES.get(draft.action, 4)


class Sequencer:
    """Dependencies between the drafts of one customer: looked up, so that a thousand numbers cost
    each what ten do.

    ``ended``: the subscription is over, so its billing waits for nothing.
    """

    def __init__(self, drafts: Iterable[Draft], *, ended: bool = False) -> None:
        self.ended = ended
        self.drafts: Sequence[Draft] = sorted(drafts, key=position)
        self._kinds: defaultdict[Kind, list[Draft]] = defaultdict(list)
        self._named: defaultdict[tuple[Kind, str], list[Draft]] = defaultdict(list)
        for draft in self.drafts:
            self._kinds[draft.resource.kind].append(draft)
            self._named[draft.resource.kind, draft.resource.key].append(draft)
        self._made = {(d.resource.kind, d.resource.key): d.id for d in self.drafts if not goes(d)}
        self._created = {
            (d.resource.kind, d.resource.key): d.id for d in self.drafts if d.action in _CREATING
        }
        self._renamed = {
            (d.resource.kind, d.resource.key): d.id
            for d in self.drafts
            if d.action is Action.RENAME
        }
        self._going = [draft.id for draft in self.drafts if goes(draft)]
        self._led: defaultdict[object, list[str]] = defaultdict(list)
        """Routes by the workplace to which they lead until now."""
        self._numbered: defaultdict[Source, list[str]] = defaultdict(list)
        """Routes that go, by where their number is from."""
        for draft in self._kinds[Kind.ROUTE]:
            self._led[(draft.before or {}).get("target")].append(draft.id)
            if goes(draft) and isinstance(draft.resource, Route):
                self._numbered[draft.resource.number.source].append(draft.id)
        self._gone = Prefixes(self._routes_that_go())
        self._come = Prefixes(self._routes_that_come())
        self._given = Prefixes(self._numbers_given())
        self._shown = Prefixes(self._callers())
        self._activated = Prefixes(self._activations())

    def _routes_that_go(self) -> Iterator[tuple[str, str]]:
        for draft in self._kinds[Kind.ROUTE]:
            if goes(draft) and not gives(draft) and isinstance(draft.resource, Route):
                yield draft.resource.number.digits or "", draft.id

    def _routes_that_come(self) -> Iterator[tuple[str, str]]:
        """From another customer: a line of its own can be set up in a block after that."""
        for draft in self._kinds[Kind.ROUTE]:
            if draft.action is Action.MOVE and not gives(draft):
                yield draft.resource.live_key, draft.id

    def _numbers_given(self) -> Iterator[tuple[str, str]]:
        for draft in (*self._kinds[Kind.STOCK], *self._kinds[Kind.PORTED]):
            if gives(draft):
                yield str((draft.before or {}).get("number")), draft.id

    def _callers(self) -> Iterator[tuple[str, str]]:
        """What shows a number to whom it calls, by that number."""
        for kind, field in ((Kind.WORKPLACE, "caller_id"), (Kind.TENANT, "emergency_caller")):
            for draft in self._kinds[kind]:
                if not goes(draft):
                    yield str((draft.before or {}).get(field) or ""), draft.id

    def _activations(self) -> Iterator[tuple[str, str]]:
        for draft in self._kinds[Kind.ORDER]:
            if draft.action is Action.ACTIVATE and isinstance(draft.resource, PortingOrder):
                yield from ((digits, draft.id) for digits in draft.resource.items)

    def steps(self) -> list[Step]:
        """In their order."""
        return [with_digest(draft.step(self.needs(draft))) for draft in self.drafts]

    def needs(self, draft: Draft) -> set[str]:
        """Ids of the drafts that must have succeeded before ``draft``."""
        if gives(draft):
            found = set(self._to_give(draft))
        else:
            found = set(self._to_go(draft) if goes(draft) else self._to_come(draft))
        release = self._made.get((Kind.RELEASE, str(Kind.RELEASE)))
        names = [(draft.resource.kind, draft.resource.key)]
        if draft.resource.system is System.PBX:
            names.append((Kind.TENANT, str(Kind.TENANT)))
        renamed = (self._renamed.get(name) for name in names)
        return (found | {each for each in (release, *renamed) if each}) - {draft.id}

    def _to_come(self, draft: Draft) -> Iterable[str]:
        resource = draft.resource
        if resource.system is System.PBX and resource.kind is not Kind.TENANT:
            yield from self._created_by((Kind.TENANT, str(Kind.TENANT)))
        match resource:
            case (
                Workplace(caller_id=NumberRef(source=source))
                | Tenant(emergency_caller=NumberRef(source=source))
            ):
                yield from self._allocating(source)
            case Route():
                yield from self._allocating(resource.number.source)
                yield from self._created_by((Kind.WORKPLACE, resource.target or ""))
                yield from self._activated.around(resource.number.digits or "")
                if draft.action is not Action.MOVE:
                    yield from self._come.around(resource.number.digits or "")
            case BillingInterval():
                yield from self._earning(resource, goes=False)
            case PortingOrder():
                for digits in resource.items:
                    yield from self._made_by((Kind.PROVISIONAL, f"{resource.porting}/{digits}"))
                if draft.action is Action.ACTIVATE:
                    same = self._named.get((Kind.ORDER, resource.key), ())
                    yield from (d.id for d in same if d.action is Action.SYNCHRONISE)

    def _to_give(self, draft: Draft) -> Iterable[str]:
        """Nothing shows it any more, its lines that do not pass are gone, and the desk comes first:
        it knows whose the number is."""
        digits = str((draft.before or {}).get("number"))
        yield from self._shown.within(digits)
        yield from self._gone.within(digits)
        if draft.resource.kind is Kind.ROUTE:
            yield from self._given.around(draft.resource.live_key)

    def _to_go(self, draft: Draft) -> Iterable[str]:
        resource = draft.resource
        match resource:
            case Workplace(login=login):
                yield from self._led.get(login, ())
            case StockAllocation() | ProvisionalAllocation():
                yield from self._using(resource.source, resource.digits or "")
                yield from self._taken_down()
            case BillingInterval() if not self.ended:
                yield from self._earning(resource, goes=True)
                if resource.item.kind is ItemKind.SUBSCRIPTION:
                    yield from self._taken_down()
            case Route():
                yield from self._shown.within(resource.number.digits or "")
        if resource.kind is Kind.PORTED:
            yield from self._using(Literal(resource.key), resource.key)
            yield from self._taken_down()
        if resource.kind is Kind.TENANT:
            yield from (d.id for d in self.drafts if d.resource.system is System.PBX and goes(d))
        if resource.kind in {Kind.ACCOUNT, Kind.RELEASE}:
            yield from self._going[: self._going.index(draft.id)]

    def _taken_down(self) -> Iterable[str]:
        """The tenant, if it goes: what somebody has put into it may keep it, who has one has a
        subscription, and a number that was given up cannot be had back."""
        same = self._named.get((Kind.TENANT, str(Kind.TENANT)), ())
        yield from (d.id for d in same if d.action is Action.DELETE)

    def _made_by(self, identity: tuple[Kind, str]) -> Iterable[str]:
        if identity in self._made:
            yield self._made[identity]

    def _created_by(self, identity: tuple[Kind, str]) -> Iterable[str]:
        """An object that exists serves as well, whatever is still to be changed about it."""
        if identity in self._created:
            yield self._created[identity]

    def _allocating(self, source: Source) -> Iterable[str]:
        match source:
            case Stock(id=name):
                yield from self._made_by((Kind.STOCK, name))
            case Provisional(porting=porting, replaces=digits):
                yield from self._made_by((Kind.PROVISIONAL, f"{porting}/{digits}"))

    def _earning(self, interval: BillingInterval, *, goes: bool) -> Iterable[str]:
        """What is billed begins after it works, and ends after it is gone."""
        kind = _EARNED_BY.get(interval.item.kind)
        actions = _ENDING if goes else _CREATING
        if kind:
            same = self._named.get((kind, interval.item.name), ())
            yield from (d.id for d in same if d.action in actions)

    def _using(self, source: Source, digits: str) -> Iterable[str]:
        """Routes of the number, or of lines of the block, that go; and what shows it until now,
        whether a route of it is left or not."""
        yield from self._numbered.get(source, ())
        yield from self._gone.within(digits)
        yield from self._shown.within(digits)
