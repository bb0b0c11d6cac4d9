"""What changes Asterisk: in an order in which a crash harms nobody.

Nothing is atomic over several objects.  A number's row is written last and taken away first.  A
workplace exists by its endpoint; where more than one object has to change, a journal's row says
before what was there, so that a reader sees the state before or the state after, nothing between.
"""

from collections.abc import Mapping

from provisioner.codes.systems import BelongsToSomeoneElse, LoginTaken, TenantIsNotEmpty
from provisioner.contract.resources import Admin, Kind, Route, SupportLogin, Tenant, Workplace
from provisioner.drivers.asterisk import callers, ids, objects, reading, rows
from provisioner.drivers.asterisk.objects import Digests, Found
from provisioner.drivers.asterisk.scene import Scene
from provisioner.drivers.asterisk.storage import Storage
from provisioner.drivers.password_hash import hashed, matches
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId


def put_tenant(at: Scene, tenant: Tenant) -> None:
    """Refused PV512 if the tenant is someone else's."""
    text = at.row(rows.META)
    now = rows.read(text)
    if text is not None and not rows.is_ours(now):
        raise Refused(BelongsToSomeoneElse(kind=str(tenant.kind), key=tenant.key))
    wanted = rows.write(**{**(now or {}), **tenant.concrete()})
    if text != wanted:
        at.put_row(rows.META, wanted)


def put_login(at: Scene, login: SupportLogin | Admin, secret: str | None) -> None:
    """Refused PV512 or PV513."""
    key = rows.LOGIN + login.login.lower()
    text = at.row(key)
    now = rows.read(text)
    if text is not None:
        _guard_login(login, now)
    else:
        name = ids.object_id(login.customer, login.login)
        held = at.found(name)
        if held.objects:
            taken = held.one("endpoint", name).get("@login") or login.login.lower()
            raise Refused(LoginTaken(login=login.login, kind=str(Kind.WORKPLACE), taken=taken))
    kept = (now or {}).get("hash")
    if secret is not None and not (isinstance(kept, str) and matches(kept, secret)):
        kept = hashed(secret)
    wanted = rows.write(
        kind=str(login.kind), login=login.login, credential=login.credential, hash=kept
    )
    if text != wanted:
        at.put_row(key, wanted)


def _guard_login(login: SupportLogin | Admin, now: dict[str, object] | None) -> None:
    if not rows.is_ours(now) or now is None:
        raise Refused(BelongsToSomeoneElse(kind=str(login.kind), key=login.login))
    if (now.get("kind"), now.get("login")) != (str(login.kind), login.login):
        kind, taken = str(now.get("kind")), str(now.get("login"))
        raise Refused(LoginTaken(login=login.login, kind=kind, taken=taken))


def put_route(at: Scene, route: Route) -> None:
    """Our mark first, then the row that makes the number ring. Refused PV512."""
    customer, digits = route.customer, str(route.number.digits)
    mark = at.row(rows.NUMBER + digits)
    overlapping = reading.overlapping(at.wire, digits)
    for other, value in sorted(overlapping.items()):
        if ids.owner_of(value) != str(customer):
            raise Refused(BelongsToSomeoneElse(kind=str(route.kind), key=other))
    now = overlapping.get(digits)
    if (mark is not None or now is not None) and not rows.is_ours(rows.read(mark)):
        raise Refused(BelongsToSomeoneElse(kind=str(route.kind), key=digits))
    stated = _mark(route)
    if mark != stated:
        at.put_row(rows.NUMBER + digits, stated)
    wanted = rows.route_value(route, now)
    if now != wanted:
        where = ids.RouteKey.of(digits)
        at.wire.put_row(where.family, where.key, wanted)


def _mark(route: Route) -> str:
    return rows.write(target=route.target) if route.target else rows.write()


def move_route(source: Scene, target: Scene, route: Route) -> None:
    """Our marks at both, then the one row by which it rings, then the old mark goes.

    Refused PV512 for another one's, or without our mark.
    """
    digits = str(route.number.digits)
    where, mark = ids.RouteKey.of(digits), rows.NUMBER + digits
    now = source.wire.row(where.family, where.key)
    if now is None or ids.owner_of(now) != str(source.customer):
        put_route(target, route)  # done already, or gone meanwhile
    elif not rows.is_ours(rows.read(source.row(mark))):
        raise Refused(BelongsToSomeoneElse(kind=str(route.kind), key=digits))
    else:
        source.put_row(mark, rows.ending(source.row(mark)))
        target.put_row(mark, _mark(route))
        target.wire.put_row(where.family, where.key, rows.route_value(route, now))
    if source.row(mark) is not None:
        source.delete_row(mark)


def put_workplace(at: Scene, workplace: Workplace, secret: str | None) -> None:
    """Refused PV512 or PV513."""
    customer, name = workplace.customer, ids.object_id(workplace.customer, workplace.login)
    found = at.found(name)
    guard_workplace(at, workplace, name, found)
    if secret is not None:
        digests = Digests.of(name, secret)
    else:
        digests = Digests.kept(name, found)
        digests = digests if digests.desk else Digests.unknown()
    wanted = objects.wanted(workplace, name, digests, found)
    now = found.objects
    changed = [w for w, fields in wanted.items() if not objects.agrees(now.get(w), fields)]
    surplus = [w for w in found.objects if w not in wanted]
    add = missing_extension(at, workplace, name)
    drop = sorted(_former_extensions(workplace, name, found)) if workplace.extension else []
    writes = len(changed) + len(surplus) + len(drop) + bool(add)
    key = rows.PENDING + name
    if writes > 1 and found.pending is None:
        before = objects.as_former(objects.understood(customer, name, found))
        at.put_row(key, rows.write(before=before))
    for sort, each in sorted(surplus, reverse=True):  # endpoint before AOR
        at.delete_object(sort, each)
    for which in changed:
        if which != ("endpoint", name):
            at.put_object(*which, wanted[which])
    if add:
        at.put_extension(add, name)
    for each in drop:
        at.delete_extension(each)
    if ("endpoint", name) in changed:
        at.put_object("endpoint", name, wanted["endpoint", name])
    if writes > 1 or found.pending is not None:
        at.delete_row(key)


def guard_workplace(at: Scene, workplace: Workplace, name: str, found: Found) -> None:
    customer, login = workplace.customer, workplace.login
    if reading.is_foreign(customer, found):
        raise Refused(BelongsToSomeoneElse(kind=str(workplace.kind), key=login))
    now = objects.understood(customer, name, found)
    if now is not None and now.login != login:
        raise Refused(LoginTaken(login=login, kind=str(workplace.kind), taken=now.login))
    held = at.row(rows.LOGIN + login.lower())
    if held is not None:
        row = rows.read(held)
        taken = str((row or {}).get("login", login.lower()))
        raise Refused(LoginTaken(login=login, kind=str(rows.login_kind(row)), taken=taken))


def missing_extension(at: Scene, workplace: Workplace, name: str) -> str:
    """The extension whose row has to be written. Refused PV512 if it leads to someone else's."""
    extension, customer = workplace.extension, workplace.customer
    if not extension:
        return ""
    held = at.extension(extension)
    if held == name:
        return ""
    if held is not None:
        fields = at.found_fields("endpoint", held) if ids.login_of(customer, held) else {"": ""}
        if fields and not objects.is_ours(fields, customer):  # what leads to nothing is nobody's
            raise Refused(BelongsToSomeoneElse(kind=str(workplace.kind), key=extension))
    return extension


def _former_extensions(workplace: Workplace, name: str, found: Found) -> set[str]:
    """The extension that we wrote before; others that lead here were added by hand and stay."""
    now = found.one("endpoint", name)
    former = {now.get("@extension", ""), callers.split(now.get("callerid", ""))[1]}
    return (former & found.extensions) - {workplace.extension or ""}


def delete_tenant(at: Scene, tenant: Tenant) -> None:
    """Refused PV514 while there is anything in it, PV512 if it is not ours."""
    customer = tenant.customer
    text = at.row(rows.META)
    if text is None:
        return
    if not rows.is_ours(rows.read(text)):
        raise Refused(BelongsToSomeoneElse(kind=str(tenant.kind), key=tenant.key))
    found = reading.read(at.wire, [customer])[customer]
    led = reading.routes_of(at.wire, customer, at.keys)
    left = [o for o in found.objects if o.kind not in {Kind.TENANT, Kind.ROUTE}]
    others = [f for f in found.foreign if f.kind is not Kind.ROUTE]
    if left or others or led:
        count = len(left) + len(others) + len(led)
        raise Refused(TenantIsNotEmpty(customer=str(customer), count=count))
    for key in at.keys:  # remains of writes that did not end
        if key != rows.META:
            at.delete_row(key)
    at.delete_row(rows.META)


def delete_login(at: Scene, login: SupportLogin | Admin) -> None:
    """Refused PV512 if it is not ours."""
    key = rows.LOGIN + login.login.lower()
    text = at.row(key)
    if text is None:
        return
    now = rows.read(text)
    if not rows.is_ours(now):
        raise Refused(BelongsToSomeoneElse(kind=str(login.kind), key=login.login))
    if (now or {}).get("kind") == str(login.kind):
        at.delete_row(key)


def delete_route(at: Scene, route: Route) -> None:
    """The number dies before our mark. Refused PV512 if it is not ours."""
    customer, digits = route.customer, str(route.number.digits)
    where, key = ids.RouteKey.of(digits), rows.NUMBER + digits
    mark = at.row(key)
    now = at.wire.row(where.family, where.key)
    mine = now is not None and ids.owner_of(now) == str(customer)
    if now is not None and not (mine and rows.is_ours(rows.read(mark))):
        raise Refused(BelongsToSomeoneElse(kind=str(route.kind), key=digits))
    if now is not None:
        at.put_row(key, rows.ending(mark))
        at.wire.delete_row(where.family, where.key)
    if mark is not None:
        at.delete_row(key)


def delete_workplace(at: Scene, workplace: Workplace) -> None:
    """The endpoint first, so that nobody registers against the rest. Refused PV512."""
    customer, name = workplace.customer, ids.object_id(workplace.customer, workplace.login)
    found = at.found(name)
    if reading.is_foreign(customer, found):
        raise Refused(BelongsToSomeoneElse(kind=str(workplace.kind), key=workplace.login))
    now = objects.understood(customer, name, found)
    if now is not None and now.login != workplace.login:
        return  # the login in other letters is another one
    leads, key = at.leading_to(name), rows.PENDING + name
    if found.pending is None and (found.objects or leads):
        at.put_row(key, rows.write(before=objects.as_former(now)))
    for sort, each in sorted(found.objects, reverse=True):  # endpoint, auth, AOR
        at.delete_object(sort, each)
    for extension in leads:
        at.delete_extension(extension)
    if found.pending is not None or found.objects or leads:
        at.delete_row(key)


def close_journals(wire: Storage, customer: CustomerId) -> None:
    """Take away what writes left that had done all but their last one."""
    there = wire.tree(rows.family(customer))
    if not any(_is_left(key, value) for key, value in there.items()):
        return
    at = Scene(wire, customer)
    for key in at.keys:
        if _is_left(key, at.row(key) or "") and _is_over(at, key):
            at.delete_row(key)


def _is_left(key: str, value: str) -> bool:
    """Whether a row should be gone when a write has ended."""
    pends = key == rows.WAS or key.startswith(rows.PENDING)
    return pends or (key.startswith(rows.NUMBER) and rows.ends(value))


def _is_over(at: Scene, key: str) -> bool:
    """Whether there was nothing more to do but to take the row away."""
    if key == rows.WAS:
        return _is_empty(at, rows.read(at.row(key)) or {})
    if key.startswith(rows.PENDING):
        name = key.removeprefix(rows.PENDING)
        return objects.is_whole(at.customer, name, at.found(name))
    where = ids.RouteKey.of(key.removeprefix(rows.NUMBER))
    now = at.wire.row(where.family, where.key)
    return now is None or ids.owner_of(now) != str(at.customer)


def _is_empty(at: Scene, was: Mapping[str, object]) -> bool:
    """Whether nothing is left under the id from which all of it came."""
    if not rows.is_ours(was):
        return False
    former = at.beside(CustomerId(str(was.get("id"))))
    if former.keys or former.state({}).objects:
        return False
    at.wire.confirm(rows.family(former.customer), "", {})  # a list may be cut short
    return True
