"""What Asterisk holds: a few calls for a customer, a handful for all of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from provisioner.codes.systems import PbxRowNotUnderstood
from provisioner.contract.pbx import Foreign, PbxState
from provisioner.contract.resources import PbxResource
from provisioner.drivers.asterisk import ids, objects, rows, strangers
from provisioner.drivers.asterisk.objects import Fields, Found, Name
from provisioner.drivers.asterisk.storage import Storage
from provisioner.errors import Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers, digits_of

FEW = 12
"""Up to so many customers are asked for one by one; beyond, all at once."""
SORTS = ("aor", "auth", "endpoint")


@dataclass(slots=True)
class Rows:
    """All that was read of one customer."""

    objects: dict[Name, str] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)
    prov: dict[str, str] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)
    """By national digits; only rows whose value begins with the customer."""


def read(wire: Storage, customers: Sequence[CustomerId]) -> dict[CustomerId, PbxState]:
    """Each customer's state; who has a row that cannot be understood is left out, the others are
    not.  Raises Unavailable; PV552 where one alone was asked for."""
    if len(customers) > FEW:
        found = _everyone(wire, customers)
    else:
        found = dict(zip(customers, wire.each(lambda c: _one(wire, c), customers), strict=True))
    states: dict[CustomerId, PbxState] = {}
    for customer, each in found.items():
        try:
            states[customer] = state_of(customer, each)
        except Unavailable:
            if len(found) == 1:
                raise
    return states


def damage(wire: Storage) -> None:
    """Raises Unavailable PV552 at the first row for which a customer of ours is unknown."""
    rows_by_customer = _everyone(wire, sorted(CustomerId(name) for name in tenants(wire)))
    for customer, each in rows_by_customer.items():
        state_of(customer, each)


def tenants(wire: Storage) -> set[str]:
    """Customers of ours."""
    return {
        key.partition("/")[0]
        for key, text in wire.tree(rows.ALL).items()
        if key.endswith(f"/{rows.META}") and rows.is_ours(rows.read(text))
    }


def rows_of(wire: Storage, customer: CustomerId) -> Rows:
    """One customer's rows but routes. Raises Unavailable.

    A workplace has an object of each sort and a tenant, and its extension leads to it.  A list that
    lacks one may be cut short, or a person has taken it away: it is asked for once more, and who
    says two things is not believed.
    """
    pattern, start = ids.prefix(customer), f"{customer}{ids.GAP}"
    asked = [(f"ps/{sort}", pattern) for sort in SORTS]
    asked += [(rows.family(customer), ""), (led := f"{rows.EXT}/{customer}", "")]
    *by_sort, prov, extensions = wire.each(lambda each: wire.tree(*each), asked)
    found = Rows(prov=prov, extensions=extensions)
    held = [{ids.desk_of(name) for name in tree if name.startswith(start)} for tree in by_sort]
    for sort, tree, desks in zip(SORTS, by_sort, held, strict=True):
        if desks != set().union(*held):
            wire.confirm(f"ps/{sort}", pattern, tree)
        for name, text in tree.items():
            if name.startswith(start):
                found.objects[sort, name] = text
    fields = (rows.read(text) or {} for text in found.objects.values())
    if {str(each.get("@extension", "")) for each in fields} - {""} - extensions.keys():
        wire.confirm(led, "", extensions)
    if found.objects and not prov:
        wire.confirm(rows.family(customer), "", prov)
    return found


def _one(wire: Storage, customer: CustomerId) -> Rows:
    found = rows_of(wire, customer)
    numbers = _marked(found.prov)
    for digits, value in routes(wire, numbers, marked=numbers).items():
        if ids.owner_of(value) == str(customer):
            found.routes[digits] = value
    return found


def _everyone(wire: Storage, customers: Sequence[CustomerId]) -> dict[CustomerId, Rows]:
    found = {str(c): Rows() for c in customers}
    nobody = Rows()
    families = [*(f"ps/{sort}" for sort in SORTS), rows.EXT, rows.ALL]
    trees = wire.each(wire.tree, families)
    for family, tree in zip(families, trees, strict=True):
        if any(trees) and not tree:
            wire.confirm(family, "", tree)
    *by_sort, extensions, prov = trees
    for sort, tree in zip(SORTS, by_sort, strict=True):
        for name, text in tree.items():
            found.get(ids.owner_of(name), nobody).objects[sort, name] = text
    for key, value in extensions.items():
        customer, _, extension = key.partition("/")
        found.get(customer, nobody).extensions[extension] = value
    for key, value in prov.items():
        customer, _, rest = key.partition("/")
        found.get(customer, nobody).prov[rest] = value
    marked = [digits for each in found.values() for digits in _marked(each.prov)]
    for digits, value in routes(wire, marked=marked).items():
        found.get(ids.owner_of(value), nobody).routes[digits] = value
    return {customer: found[str(customer)] for customer in customers}


def _marked(prov: Iterable[str]) -> list[str]:
    """The digits of routes that have our mark."""
    return [key.removeprefix(rows.NUMBER) for key in prov if key.startswith(rows.NUMBER)]


def routes(
    wire: Storage, numbers: Collection[str] | None = None, *, marked: Iterable[str] = ()
) -> dict[str, str]:
    """Rows of routes by national digits: all, or at least those that overlap ``numbers``.

    Of what is ``marked`` it is certain that a row which does not come is not there: see
    :func:`rows_of`.
    """
    families = (rows.DID, rows.BLK)
    if numbers is None:
        trees = wire.each(wire.tree, families)
    else:
        heads = sorted({ids.head_of_keys(ids.head(n)) for n in numbers})
        trees = [wire.among(family, heads) for family in families]
    there = dict(zip(families, trees, strict=True))
    lacking = set()
    for digits in marked:
        where = ids.RouteKey.of(digits)
        if where.key not in there[where.family]:
            lacking.add((where.family, ids.head_of_keys(ids.head(digits))))
    for family, start in sorted(lacking):
        tree = there[family]
        wire.confirm(family, f"{start}%", {k: tree[k] for k in tree if k.startswith(start)})
    found: dict[str, str] = {}
    for family, tree in zip(families, trees, strict=True):
        for key, value in tree.items():
            national = ids.digits_from(family, key)
            if national is not None:
                found[national] = value
    return found


def routes_of(wire: Storage, customer: CustomerId, prov: Iterable[str]) -> dict[str, str]:
    """Rows of routes that lead to a customer, by national digits; goes through all there are.

    ``prov``: the keys of its own rows.  Of what has our mark it is certain, as in :func:`routes`.
    """
    found: dict[str, str] = {}
    marked = [*map(ids.RouteKey.of, _marked(prov))]
    for family in (rows.DID, rows.BLK):
        sure = {where.key for where in marked if where.family == family}
        for key, value in wire.leading(family, f"{customer}{ids.GAP}", sure).items():
            digits = ids.digits_from(family, key)
            if digits is not None:
                found[digits] = value
    return found


def found_of(name: str, read_rows: Rows) -> Found:
    """A workplace's part of a customer's rows."""
    app = name + ids.APP
    journal = rows.read(read_rows.prov.get(rows.PENDING + name))
    return Found(
        {
            (sort, each): fields_of(sort, each, read_rows.objects[sort, each])
            for sort in SORTS
            for each in (name, app)
            if (sort, each) in read_rows.objects
        },
        frozenset(e for e, led in read_rows.extensions.items() if led == name),
        journal_of(journal),
    )


def journal_of(row: Mapping[str, Any] | None) -> Fields | None:
    """What a journal's row says was there before."""
    if row is None or not isinstance(row.get("before"), dict):
        return None
    return {str(k): str(v) for k, v in row["before"].items()}


def fields_of(sort: str, name: str, text: str) -> dict[str, str]:
    """An object's fields. Raises Unavailable PV552."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable(PbxRowNotUnderstood(family=f"ps/{sort}", key=name))
    return {str(k): str(v) for k, v in found.items()}


def state_of(customer: CustomerId, found: Rows) -> PbxState:
    ours: list[PbxResource] = []
    foreign: list[Foreign] = []
    meta = rows.read(found.prov.get(rows.META))
    if rows.is_ours(meta):
        ours.append(rows.tenant(customer, meta or {}))
    elif rows.META in found.prov:
        foreign.append(strangers.tenant(customer, meta))
    logins = _workplaces(customer, found, ours, foreign)
    _logins(customer, found, ours, foreign)
    for digits, value in sorted(found.routes.items()):
        mark = rows.read(found.prov.get(rows.NUMBER + digits))
        if rows.is_ours(mark):
            ours.append(rows.route(customer, digits, value, mark or {}, logins))
        else:
            foreign.append(strangers.route(customer, digits, value, mark))
    state = PbxState(tuple(ours), tuple(foreign))
    return strangers.adopting(customer, found.prov, state)


def _workplaces(
    customer: CustomerId, found: Rows, ours: list[PbxResource], foreign: list[Foreign]
) -> dict[str, str]:
    """Adds them to ``ours`` or ``foreign``; answers with the spelling of logins by id."""
    logins: dict[str, str] = {}
    coming = {(rows.read(found.prov[k]) or {}).get("to") for k in found.prov if _pends(k)}
    for name in workplace_ids(customer, found):
        if name in coming:
            continue  # renamed only once the old one is gone
        each = found_of(name, found)
        workplace = objects.understood(customer, name, each)
        if workplace is not None:
            ours.append(workplace)
            logins[name] = workplace.login
        elif is_foreign(customer, each):
            foreign.append(strangers.workplace(customer, name, each))
    return logins


def _pends(key: str) -> bool:
    return key.startswith(rows.PENDING)


def _logins(
    customer: CustomerId, found: Rows, ours: list[PbxResource], foreign: list[Foreign]
) -> None:
    for key, text in sorted(found.prov.items()):
        if key.startswith(rows.LOGIN):
            row, name = rows.read(text), key.removeprefix(rows.LOGIN)
            if rows.is_ours(row):
                ours.append(rows.login(customer, name, row or {}))
            else:
                foreign.append(strangers.login(customer, name, row))


def workplace_ids(customer: CustomerId, found: Rows) -> list[str]:
    """Ids that have an object, or a journal; an app's endpoint belongs to the desk's."""
    names = {name for _, name in found.objects}
    names |= {k.removeprefix(rows.PENDING) for k in found.prov if k.startswith(rows.PENDING)}
    start = f"{customer}{ids.GAP}"
    return sorted({ids.desk_of(n) if n.startswith(start) else n for n in names})


def is_foreign(customer: CustomerId, found: Found) -> bool:
    """Whether an endpoint or AOR there is somebody else's; remains of ours are not.

    An app's auth is ours alone, and stays where a person takes the three others away.
    """
    held = [f for (sort, _), f in found.objects.items() if sort != "auth"]
    auths = [n for sort, n in found.objects if sort == "auth" and ids.desk_of(n) == n]
    auth_only = bool(auths) and not held and found.pending is None
    return auth_only or any(not objects.is_ours(f, customer) for f in held)


def holders(wire: Storage, numbers: Collection[Numbers]) -> dict[Numbers, str]:
    """Who has a row that overlaps. Raises Unavailable."""
    if not numbers:
        return {}
    there = routes(wire, [digits_of(n) for n in numbers])
    by_head: dict[str, list[tuple[str, str]]] = {}
    for digits, value in there.items():
        by_head.setdefault(ids.head(digits), []).append((digits, ids.owner_of(value)))
    found: dict[Numbers, set[str]] = {}
    for number in numbers:
        asked = digits_of(number)
        near = by_head.get(ids.head(asked), ())
        owners = {o for d, o in near if d.startswith(asked) or asked.startswith(d)}
        if owners:
            found[number] = owners
    everyone = sorted(set().union(*found.values()) - {""})
    metas = wire.rows([(f"{rows.ALL}/{owner}", rows.META) for owner in everyone])
    tenants = {o for o, meta in zip(everyone, metas, strict=True) if rows.is_ours(rows.read(meta))}
    return {n: min(o if o in tenants else "" for o in owners) for n, owners in found.items()}


def size(wire: Storage) -> int:
    """How many objects carry our mark; a row that cannot be understood carries none.

    Raises Unavailable.
    """
    aors, prov = wire.each(wire.tree, ["ps/aor", rows.ALL])
    workplaces = sum(
        1
        for name, text in aors.items()
        if ids.desk_of(name) == name and (rows.read(text) or {}).get("@managed") == objects.MARK
    )
    counted = (rows.META, rows.LOGIN, rows.NUMBER)
    return workplaces + sum(
        key.partition("/")[2].startswith(counted) and rows.is_ours(rows.read(text))
        for key, text in prov.items()
    )


def overlapping(wire: Storage, digits: str) -> dict[str, str]:
    """Rows that overlap one number or block, asked for right before a write."""
    return {
        other: value
        for other, value in routes(wire, [digits]).items()
        if other.startswith(digits) or digits.startswith(other)
    }
