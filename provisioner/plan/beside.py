"""What customers have on the PBX that are not planned for, or that could not be read as a whole.

Unknown is not empty: of whom one system tells nothing, the other is asked what it should have.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from provisioner.codes.systems import StateUnknown
from provisioner.contract.desk import DeskReader
from provisioner.contract.pbx import LoginsPbx, PbxReader, PbxState
from provisioner.contract.reading import CustomerLive, known_of
from provisioner.contract.resources import Kind, System, Workplace
from provisioner.errors import SystemFault, Unavailable
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.plan.phones import asked_macs, live_macs
from provisioner.plan.ranges import AT_ONCE
from provisioner.telephony.identity import CustomerId

Live = Mapping[CustomerId, CustomerLive | SystemFault]


def others(
    pbx: PbxReader,
    desk: DeskReader,
    subjects: Sequence[CustomerInput],
    live: Live,
    formers: Mapping[CustomerId, CustomerId],
    context: PlanContext,
    *,
    alone: bool,
) -> dict[CustomerId, CustomerLive]:
    """What is on the PBX of those who are not planned for, or could not be read, if a login is new
    to it, or a phone that only they can tell of.

    ``formers``: old ids by new.  ``alone``: of the ``subjects`` only.  Raises SystemFault.
    """
    known = {c: state for c, state in live.items() if isinstance(state, CustomerLive)}
    unread = {each: c for c in live.keys() - known.keys() for each in (c, formers.get(c, c))}
    if alone and not unread:
        return {}
    there = {o.key.casefold() for state in known.values() for o in state.pbx.objects}
    asked = {w.login.folded for s in subjects if s.manifest for w in s.manifest.workplaces}
    if context.config.login_scope != "fleet" or asked <= there:
        asked = set()
    macs = set() if alone or context.scope.everybody else asked_macs(subjects)
    macs -= {mac for state in known.values() for mac in live_macs(state.pbx.objects)}
    if not asked and not macs:
        return {}
    done = known.keys() | {formers[c] for c in known if c in formers}
    if not macs and isinstance(pbx, LoginsPbx):
        having = {*pbx.logins(asked)} - done
        rest = having & unread.keys()
        if not alone and having:
            rest |= {*known_of(desk, having)}
    else:
        rest = {*unread} if alone else {*desk.customers(), *unread} - done
    states = dict(pbx.read(sorted(rest))) if rest else {}
    for customer, logins in _logins(pbx, desk, rest - states.keys(), asked):
        states[customer] = PbxState(tuple(_workplace(customer, login) for login in logins))
    return {
        unread.get(customer, customer): CustomerLive(pbx=state)
        for customer, state in states.items()
        if any(o.key.casefold() in asked for o in state.objects) or macs & live_macs(state.objects)
    }


def _logins(
    pbx: PbxReader, desk: DeskReader, missing: Collection[CustomerId], asked: Iterable[str]
) -> Iterator[tuple[CustomerId, set[str]]]:
    """Which of the logins those have whose rows are told by nobody."""
    if missing and isinstance(pbx, LoginsPbx):
        owners = {login: pbx.logins([login]) for login in asked}
        yield from ((c, {login for login in owners if c in owners[login]}) for c in missing)
        return
    state = desk.read(sorted(missing)) if missing else {}
    for customer in missing:
        applied = state[customer].applied if customer in state else ()
        yield customer, {key for kind, key in applied if kind is Kind.WORKPLACE}


def _workplace(customer: CustomerId, login: str) -> Workplace:
    return Workplace(customer=customer, login=login, license="", credential="")


def phones_of(
    pbx: PbxReader, desk: DeskReader, customers: Iterable[CustomerId]
) -> dict[str, CustomerId]:
    """At whom a phone is, by its MAC address: as the PBX says, and of whom it says nothing, as was
    released.  Raises SystemFault."""
    found: dict[str, CustomerId] = {}
    every = sorted(customers)
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        states = pbx.read(some)
        found |= {mac: c for c, state in states.items() for mac in live_macs(state.objects)}
        missing = [c for c in some if c not in states]
        found |= _released_phones(desk, missing) if missing else {}
    return found


def _released_phones(desk: DeskReader, missing: Sequence[CustomerId]) -> dict[str, CustomerId]:
    states = desk.read(missing)
    found: dict[str, CustomerId] = {}
    for customer in missing:
        state = states.get(customer)
        known = CustomerInput.released(customer, state)
        if state is None or (known.broken and any(o.kind is Kind.RELEASE for o in state.objects)):
            raise Unavailable(StateUnknown(system=str(System.PBX)))
        found |= dict.fromkeys(known.packed.macs if known.packed else (), customer)
    return found
