"""Another id for a workplace, or for a whole customer: new objects beside the old ones, then over.

An id is part of every object's name, so nothing can be renamed in place.  The journal's row of the
old workplace says what was there and where it goes (``to``); until that row is gone, the old one
counts and the new one does not, so a reader sees the state before or the state after.  Numbers are
turned while both work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from provisioner.codes.systems import BelongsToSomeoneElse, LoginTaken, NewIdIsInUseOnThePBX
from provisioner.contract.resources import Kind, PbxResource, Workplace
from provisioner.drivers.asterisk import callers, ids, objects, reading, rows, writing
from provisioner.drivers.asterisk.objects import Digests, Fields, Found, Name
from provisioner.drivers.asterisk.scene import Scene
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId


def rename_login(at: Scene, workplace: Workplace, was: str, secret: str | None) -> None:
    """Refused PV512 or PV513."""
    customer = workplace.customer
    old, new = (ids.object_id(customer, login) for login in (was, workplace.login))
    found = at.found(old)
    if reading.is_foreign(customer, found):
        raise Refused(BelongsToSomeoneElse(kind=str(Kind.WORKPLACE), key=was))
    before = objects.understood(customer, old, found)
    if before is None or before.login != was:
        writing.put_workplace(at, workplace, secret)  # done already, or gone meanwhile
        return
    _guard(at, workplace, old, new)
    digests = _digests(new, secret)
    copied = _copied(found, old, new, customer, digests)
    there = {**at.found(new).objects, **copied}
    wanted = objects.wanted(workplace, new, digests, replace(found, objects=there))
    made = {which: {**copied.get(which, {}), **fields} for which, fields in wanted.items()}
    own = {before.extension} if workplace.extension is not None else set()
    turned = [e for e in at.leading_to(old) if e not in own or e == workplace.extension]
    if workplace.extension and workplace.extension not in turned:
        turned.append(workplace.extension)
    routes = reading.routes_of(at.wire, customer, at.keys)
    numbers = [d for d, to in routes.items() if to == old]
    _move(at, at, before, workplace.login, made, turned, numbers)


def rename_customer(source: Scene, target: Scene, secrets: Mapping[str, str]) -> None:
    """Refused PV512 or PV518."""
    routes = reading.routes_of(source.wire, source.customer, source.keys)
    state = source.state(routes)
    for other in state.foreign:
        raise Refused(BelongsToSomeoneElse(kind=str(other.kind), key=other.key))
    if source.keys or state.objects:
        _claim(source, target)
        _carry_over(source, target, state.objects, routes, secrets)
    target.delete_row(rows.WAS)


def _claim(source: Scene, target: Scene) -> None:
    """Refused PV518 if the new id is somebody's; what a rename that died has put there is not."""
    was = (rows.read(target.row(rows.WAS)) or {}).get("id")
    if was != str(source.customer):
        state = target.state({})
        count = len(target.keys) + len(state.objects) + len(state.foreign)
        if count:
            raise Refused(NewIdIsInUseOnThePBX(customer=str(target.customer), count=count))
        target.put_row(rows.WAS, rows.write(id=str(source.customer)))


def _carry_over(
    source: Scene,
    target: Scene,
    found: Sequence[PbxResource],
    routes: Mapping[str, str],
    secrets: Mapping[str, str],
) -> None:
    for key in source.keys:
        if key == rows.META or key.startswith(rows.LOGIN):
            target.put_row(key, source.row(key) or "")
    places = {each.login: each for each in found if isinstance(each, Workplace)}
    for login in secrets.keys() - places.keys():
        _set_password(target, ids.object_id(target.customer, login), secrets[login])
    for login, place in sorted(places.items()):
        old = ids.object_id(source.customer, login)
        numbers = [d for d, to in routes.items() if to == old]
        made = _as_it_is(source, target, login, secrets.get(login))
        _move(source, target, place, login, made, source.leading_to(old), numbers)
    for digits, to in routes.items():
        if ids.login_of(source.customer, to) not in {p.lower() for p in places}:
            _turn(source, target, digits, ids.value_of(target.customer, to))
    for key in sorted(source.keys, key=lambda k: k == rows.META):  # the tenant last
        source.delete_row(key)


def _as_it_is(source: Scene, target: Scene, login: str, secret: str | None) -> dict[Name, Fields]:
    """A workplace's objects for the new customer, whatever was done to them.

    What a rename that died has made already gets the new password too, since the old objects may be
    gone in part.
    """
    old, new = (ids.object_id(scene.customer, login) for scene in (source, target))
    digests = _digests(new, secret)
    made = _copied(target.found(new), new, new, target.customer, digests)
    return made | _copied(source.found(old), old, new, target.customer, digests)


def _set_password(target: Scene, name: str, secret: str) -> None:
    """Of a workplace that a rename which died has brought here: nobody was told the one it has."""
    found = target.found(name).objects
    if found:
        digests = Digests.of(name, secret)
        for (sort, own), fields in digests.auths(name).items():
            target.put_object(sort, own, fields)
        if ("endpoint", name + ids.APP) in found:
            target.put_object("endpoint", name + ids.APP, {"auth": name + ids.APP})
        target.put_object("endpoint", name, {"@secret": digests.fingerprint()})


def _move(
    source: Scene,
    target: Scene,
    before: Workplace,
    login: str,
    made: Mapping[Name, Fields],
    leads: Sequence[str],
    numbers: Sequence[str],
) -> None:
    """New objects, then whatever leads to them, then the old ones; last the journal's row."""
    old = ids.object_id(source.customer, before.login)
    new = ids.object_id(target.customer, login)
    key = rows.PENDING + old
    if (rows.read(source.row(key)) or {}).get("to") != new:
        source.put_row(key, rows.write(before=objects.as_former(before), to=new))
    for sort, name in sorted(made):  # AOR, auth, endpoint
        target.put_object(sort, name, made[sort, name])
    for extension in leads:
        target.put_extension(extension, new)
    for digits in numbers:
        _turn(source, target, digits, new, login)
    for sort, name in sorted(source.found(old).objects, reverse=True):
        source.delete_object(sort, name)
    for extension in source.leading_to(old):
        source.delete_extension(extension)
    source.delete_row(key)


def _turn(source: Scene, target: Scene, digits: str, new: str, login: str = "") -> None:
    """A number to its new value: our mark first, if it has one, then the row by which it rings."""
    key = rows.NUMBER + digits
    mark = source.row(key)
    if mark is not None and rows.is_ours(rows.read(mark)):
        target.put_row(key, rows.write(target=login) if login else mark)
    where = ids.RouteKey.of(digits)
    source.wire.put_row(where.family, where.key, new)


def _guard(at: Scene, workplace: Workplace, old: str, new: str) -> None:
    """Refuse a login that is somebody's; what this very rename has made already is not."""
    begun = (rows.read(at.row(rows.PENDING + old)) or {}).get("to") == new
    found = at.found(new)
    writing.guard_workplace(at, workplace, new, found)
    writing.missing_extension(at, workplace, new)
    if found.objects and not begun:
        login = workplace.login
        raise Refused(LoginTaken(login=login, kind=str(Kind.WORKPLACE), taken=login))


def _digests(name: str, secret: str | None) -> Digests:
    return Digests.of(name, secret) if secret is not None else Digests.unknown()


def _copied(
    found: Found, old: str, new: str, customer: CustomerId, digests: Digests
) -> dict[Name, Fields]:
    """The old objects under the new name, with all that anybody has set."""
    made: dict[Name, Fields] = {}
    auths = digests.auths(new)
    for (sort, name), fields in found.objects.items():
        own = new + name.removeprefix(old)
        if sort != "auth":
            made[sort, own] = {**_writable(fields), **_own(sort, own, new, customer, digests)}
        elif (sort, own) in auths:
            made[sort, own] = {**_writable(fields), **auths[sort, own]}
    return {**auths, **made} if made else {}


def _own(sort: str, own: str, new: str, customer: CustomerId, digests: Digests) -> dict[str, str]:
    """The fields that hold an id."""
    if sort == "aor":
        return {"@customer": str(customer)}
    app = own != new
    made = objects.app_endpoint(customer, new, digests) if app else objects.endpoint(customer, new)
    names = ("aors", "auth", "tenantid", "accountcode", "named_call_group", "named_pickup_group")
    found = {name: made[name] for name in (*names, "@customer")}
    return found if app else {**found, "@secret": digests.fingerprint()}


def _writable(fields: Fields) -> dict[str, str]:
    """Asterisk shows some fields in another form than it takes them, and some twice."""
    found = {n: v for n, v in fields.items() if n != "md5_cred"}  # the digest under its old name
    if found.get("callerid") in callers.UNKNOWN:
        del found["callerid"]  # it would be read as a number
    codecs = found.get("allow", "")
    if codecs.startswith("("):
        found["allow"] = f"!all,{','.join(codecs.strip('()').split('|'))}"
    return found
