"""What changes Asterisk: in an order in which a crash harms nobody.

Nothing is atomic over several objects.  A number's row is written last and taken away first.  A
workplace exists by its endpoint; where more than one object has to change, a journal's row says
before what was there, so that a reader sees the state before or the state after, nothing between.
"""

import secrets

from provisioner.errors import Refused
from provisioner.live.drivers.asterisk import ids, objects, reading, rows
from provisioner.live.drivers.asterisk.objects import Found
from provisioner.live.drivers.asterisk.wire import Wire
from provisioner.live.resources import Admin, Kind, Route, SupportLogin, Tenant, Workplace
from provisioner.telephony.identity import CustomerId


def put_tenant(wire: Wire, tenant: Tenant) -> None:
    """Refused PV512 if the tenant is someone else's."""
    family = rows.family(tenant.customer)
    text = wire.row(family, rows.META)
    now = rows.read(text)
    if text is not None and not rows.is_ours(now):
        raise Refused("PV512", kind=str(tenant.kind), key=tenant.key)
    wanted = rows.write(**{**(now or {}), "name": tenant.name})
    if text != wanted:
        wire.put_row(family, rows.META, wanted)


def put_login(wire: Wire, login: SupportLogin | Admin, secret: str | None) -> None:
    """Refused PV512 or PV513."""
    family, key = rows.family(login.customer), rows.LOGIN + login.login.lower()
    text = wire.row(family, key)
    now = rows.read(text)
    if text is not None:
        _guard_login(login, now)
    else:
        name = ids.object_id(login.customer, login.login)
        held = _found(wire, login.customer, name)
        if held.objects:
            taken = held.one("endpoint", name).get("@login") or login.login.lower()
            raise Refused("PV513", login=login.login, kind=str(Kind.WORKPLACE), taken=taken)
    kept = (now or {}).get("hash")
    if secret is not None and not (isinstance(kept, str) and rows.matches(kept, secret)):
        kept = rows.hashed(secret)
    wanted = rows.write(
        kind=str(login.kind), login=login.login, credential=login.credential, hash=kept
    )
    if text != wanted:
        wire.put_row(family, key, wanted)


def _guard_login(login: SupportLogin | Admin, now: dict[str, object] | None) -> None:
    if not rows.is_ours(now) or now is None:
        raise Refused("PV512", kind=str(login.kind), key=login.login)
    if (now.get("kind"), now.get("login")) != (str(login.kind), login.login):
        kind, taken = str(now.get("kind")), str(now.get("login"))
        raise Refused("PV513", login=login.login, kind=kind, taken=taken)


def put_route(wire: Wire, route: Route) -> None:
    """Our mark first, then the row that makes the number ring. Refused PV512."""
    customer, digits = route.customer, str(route.number.digits)
    family = rows.family(customer)
    mark = wire.row(family, rows.NUMBER + digits)
    overlapping = reading.overlapping(wire, digits)
    for other, value in sorted(overlapping.items()):
        if ids.owner_of(value) != str(customer):
            raise Refused("PV512", kind=str(route.kind), key=other)
    now = overlapping.get(digits)
    if (mark is not None or now is not None) and not rows.is_ours(rows.read(mark)):
        raise Refused("PV512", kind=str(route.kind), key=digits)
    stated = rows.write(target=route.target) if route.target else rows.write()
    if mark != stated:
        wire.put_row(family, rows.NUMBER + digits, stated)
    wanted = rows.route_value(route, now)
    if now != wanted:
        where = ids.RouteKey.of(digits)
        wire.put_row(where.family, where.key, wanted)


def put_workplace(wire: Wire, workplace: Workplace, secret: str | None) -> None:
    """Refused PV512 or PV513."""
    customer, name = workplace.customer, ids.object_id(workplace.customer, workplace.login)
    found = _found(wire, customer, name)
    _guard_workplace(wire, workplace, name, found)
    if secret is None:
        digested = found.one("auth", name).get("password_digest", "").removeprefix("MD5:")
        digested = digested or secrets.token_hex(16)  # nobody knows the password to this
    else:
        digested = objects.digest(name, secret)
    wanted = objects.wanted(workplace, name, digested, found)
    now = found.objects
    changed = [w for w, fields in wanted.items() if not objects.agrees(now.get(w), fields)]
    surplus = [w for w in found.objects if w not in wanted]
    add = _missing_extension(wire, workplace, name)
    drop = sorted(_former_extensions(workplace, name, found)) if workplace.extension else []
    writes = len(changed) + len(surplus) + len(drop) + bool(add)
    family, key = rows.family(customer), rows.PENDING + name
    if writes > 1 and found.pending is None:
        before = objects.as_former(objects.understood(customer, name, found))
        wire.put_row(family, key, rows.write(before=before))
    for sort, each in sorted(surplus, reverse=True):  # endpoint before AOR
        wire.delete_object(sort, each)
    for which in changed:
        if which != ("endpoint", name):
            wire.put_object(*which, wanted[which])
    if add:
        wire.put_row(f"{rows.EXT}/{customer}", add, name)
    for each in drop:
        wire.delete_row(f"{rows.EXT}/{customer}", each)
    if ("endpoint", name) in changed:
        wire.put_object("endpoint", name, wanted["endpoint", name])
    if writes > 1 or found.pending is not None:
        wire.delete_row(family, key)


def _guard_workplace(wire: Wire, workplace: Workplace, name: str, found: Found) -> None:
    customer, login = workplace.customer, workplace.login
    if reading.is_foreign(customer, found):
        raise Refused("PV512", kind=str(workplace.kind), key=login)
    now = objects.understood(customer, name, found)
    if now is not None and now.login != login:
        raise Refused("PV513", login=login, kind=str(workplace.kind), taken=now.login)
    held = wire.row(rows.family(customer), rows.LOGIN + login.lower())
    if held is not None:
        row = rows.read(held)
        taken = str((row or {}).get("login", login.lower()))
        raise Refused("PV513", login=login, kind=str(rows.login_kind(row)), taken=taken)


def _missing_extension(wire: Wire, workplace: Workplace, name: str) -> str:
    """The extension whose row has to be written. Refused PV512 if it leads to someone else's."""
    extension, customer = workplace.extension, workplace.customer
    if not extension:
        return ""
    held = wire.row(f"{rows.EXT}/{customer}", extension)
    if held == name:
        return ""
    if held is not None:
        other = wire.row("ps/endpoint", held) if ids.login_of(customer, held) else "{}"
        if other is not None:  # a row that leads to nothing is nobody's
            fields = reading.fields_of("endpoint", held, other)
            if not objects.is_ours(fields, customer):
                raise Refused("PV512", kind=str(workplace.kind), key=extension)
    return extension


def _former_extensions(workplace: Workplace, name: str, found: Found) -> set[str]:
    """The extension that we wrote before; others that lead here were added by hand and stay."""
    now = found.one("endpoint", name)
    former = {now.get("@extension", ""), objects.split_caller(now.get("callerid", ""))[1]}
    return (former & found.extensions) - {workplace.extension or ""}


def delete_tenant(wire: Wire, tenant: Tenant) -> None:
    """Refused PV514 while there is anything in it, PV512 if it is not ours."""
    customer, family = tenant.customer, rows.family(tenant.customer)
    text = wire.row(family, rows.META)
    if text is None:
        return
    if not rows.is_ours(rows.read(text)):
        raise Refused("PV512", kind=str(tenant.kind), key=tenant.key)
    found = reading.read(wire, [customer])[customer]
    value_prefix = f"{customer}{ids.GAP}"
    led = [v for v in reading.routes(wire).values() if v.startswith(value_prefix)]
    left = [o for o in found.objects if o.kind not in {Kind.TENANT, Kind.ROUTE}]
    others = [f for f in found.foreign if f.kind is not Kind.ROUTE]
    if left or others or led:
        count = len(left) + len(others) + len(led)
        raise Refused("PV514", customer=str(customer), count=count)
    for key in wire.tree(family):  # remains of writes that did not end
        if key != rows.META:
            wire.delete_row(family, key)
    wire.delete_row(family, rows.META)


def delete_login(wire: Wire, login: SupportLogin | Admin) -> None:
    """Refused PV512 if it is not ours."""
    family, key = rows.family(login.customer), rows.LOGIN + login.login.lower()
    text = wire.row(family, key)
    if text is None:
        return
    now = rows.read(text)
    if not rows.is_ours(now):
        raise Refused("PV512", kind=str(login.kind), key=login.login)
    if (now or {}).get("kind") == str(login.kind):
        wire.delete_row(family, key)


def delete_route(wire: Wire, route: Route) -> None:
    """The number dies first. Refused PV512 if it is not ours."""
    customer, digits = route.customer, str(route.number.digits)
    family, where = rows.family(customer), ids.RouteKey.of(digits)
    mark = wire.row(family, rows.NUMBER + digits)
    now = wire.row(where.family, where.key)
    mine = now is not None and ids.owner_of(now) == str(customer)
    if now is not None and not (mine and rows.is_ours(rows.read(mark))):
        raise Refused("PV512", kind=str(route.kind), key=digits)
    if now is not None:
        wire.delete_row(where.family, where.key)
    if mark is not None:
        wire.delete_row(family, rows.NUMBER + digits)


def delete_workplace(wire: Wire, workplace: Workplace) -> None:
    """The endpoint first, so that nobody registers against the rest. Refused PV512."""
    customer, name = workplace.customer, ids.object_id(workplace.customer, workplace.login)
    found = _found(wire, customer, name)
    if reading.is_foreign(customer, found):
        raise Refused("PV512", kind=str(workplace.kind), key=workplace.login)
    now = objects.understood(customer, name, found)
    if now is not None and now.login != workplace.login:
        return  # the login in other letters is another one
    family, key = rows.family(customer), rows.PENDING + name
    leads = _leading_here(wire, customer, name)
    if found.pending is None and (found.objects or leads):
        wire.put_row(family, key, rows.write(before=objects.as_former(now)))
    for sort, each in sorted(found.objects, reverse=True):  # endpoint, auth, AOR
        wire.delete_object(sort, each)
    for extension in leads:
        wire.delete_row(f"{rows.EXT}/{customer}", extension)
    if found.pending is not None or found.objects or leads:
        wire.delete_row(family, key)


def _leading_here(wire: Wire, customer: CustomerId, name: str) -> list[str]:
    led = wire.tree(f"{rows.EXT}/{customer}")
    return sorted(extension for extension, to in led.items() if to == name)


def _found(wire: Wire, customer: CustomerId, name: str) -> Found:
    """A workplace's rows, each asked for by its whole key."""
    held: dict[objects.Name, objects.Fields] = {}
    for sort in reading.SORTS:
        for each in (name, name + ids.APP):
            if (sort, each) == ("auth", name + ids.APP):
                continue  # an app registers with the desk phone's
            text = wire.row(f"ps/{sort}", each)
            if text is not None:
                held[sort, each] = reading.fields_of(sort, each, text)
    journal = rows.read(wire.row(rows.family(customer), rows.PENDING + name))
    leads = _leading_here(wire, customer, name)
    return Found(held, frozenset(leads), reading.journal_of(journal))
