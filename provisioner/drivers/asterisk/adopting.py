"""Taking over what somebody else set up on Asterisk, and finding it.

An adoption is several writes.  A row of ours says first what was there, and as long as it stands
the object reads as nobody's of ours and as it was before: whoever follows a run that died finds the
very step that was approved, and does it again.
"""

from collections.abc import Callable

from provisioner.codes.systems import BelongsToSomeoneElse
from provisioner.contract.pbx import Foreign
from provisioner.contract.resources import (
    Admin,
    PbxResource,
    Route,
    SupportLogin,
    Tenant,
    Workplace,
)
from provisioner.drivers.asterisk import ids, reading, rows, strangers, writing
from provisioner.drivers.asterisk.objects import MARK, Found
from provisioner.drivers.asterisk.scene import Scene
from provisioner.drivers.asterisk.storage import Storage
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId


def foreign(wire: Storage, customer: CustomerId) -> tuple[Foreign, ...]:
    """All in the customer's tenant that has no mark of ours; goes through all routes there are.

    Raises Unavailable.
    """
    found = reading.rows_of(wire, customer)
    found.routes = reading.routes_of(wire, customer, found.prov)
    return tuple(sorted(reading.state_of(customer, found).foreign))


def adopt(at: Scene, resource: PbxResource, put: Callable[[], None]) -> None:
    """Mark what stands in the place of ``resource`` as ours; ``put`` then does all the rest.

    Refused PV512 if it carries the mark of another customer or tool, or leads to somebody else.
    """
    journal = strangers.journal(resource.kind, resource.live_key)
    begun = at.row(journal) is not None
    if not begun:
        standing = _standing(at, resource)
        if standing is None:
            put()
            return
        if standing.owner:
            raise Refused(BelongsToSomeoneElse(kind=str(resource.kind), key=resource.live_key))
        _guard(at, resource)
        at.put_row(journal, strangers.before_of(standing))
    _mark(at, resource)
    put()
    at.delete_row(journal)


def _standing(at: Scene, resource: PbxResource) -> Foreign | None:
    """The object without our mark that has the key of ``resource``."""
    customer = resource.customer
    match resource:
        case Workplace():
            name = ids.object_id(customer, resource.login)
            found = at.found(name)
            theirs = reading.is_foreign(customer, found)
            return strangers.workplace(customer, name, found) if theirs else None
        case Route():
            digits = str(resource.number.digits)
            value = _value(at, digits)
            if value is None or ids.owner_of(value) != str(customer):
                return None
            row = rows.read(at.row(rows.NUMBER + digits))
            return None if rows.is_ours(row) else strangers.route(customer, digits, value, row)
        case _:
            key = _row_key(resource)
            text = at.row(key)
            row = rows.read(text)
            if text is None or rows.is_ours(row):
                return None
            if isinstance(resource, Tenant):
                return strangers.tenant(customer, row)
            return strangers.login(customer, key.removeprefix(rows.LOGIN), row)


def _value(at: Scene, digits: str) -> str | None:
    where = ids.RouteKey.of(digits)
    return at.wire.row(where.family, where.key)


def _row_key(resource: Tenant | SupportLogin | Admin) -> str:
    return rows.META if isinstance(resource, Tenant) else rows.LOGIN + resource.login.lower()


def _guard(at: Scene, resource: PbxResource) -> None:
    """What ``put`` would refuse half-way is refused before anything is written. PV512, PV513."""
    match resource:
        case Workplace():
            name = ids.object_id(resource.customer, resource.login)
            writing.guard_workplace(at, resource, name, Found())
            writing.missing_extension(at, resource, name)
        case Route():
            for other, value in reading.overlapping(at.wire, str(resource.number.digits)).items():
                if ids.owner_of(value) != str(resource.customer):
                    raise Refused(BelongsToSomeoneElse(kind=str(resource.kind), key=other))


def _mark(at: Scene, resource: PbxResource) -> None:
    """As little as makes it ours for ``put``."""
    match resource:
        case Workplace():
            _mark_workplace(at, resource)
        case Route():
            key = rows.NUMBER + str(resource.number.digits)
            if not rows.is_ours(rows.read(at.row(key))):
                at.put_row(key, rows.write())
        case SupportLogin() | Admin():
            key = _row_key(resource)
            row = rows.read(at.row(key)) or {}
            named = {**row, "managed": MARK, "kind": str(resource.kind), "login": resource.login}
            at.put_row(key, rows.write(**named))
        case Tenant():
            row = rows.read(at.row(rows.META)) or {}
            at.put_row(rows.META, rows.write(**{**row, "managed": MARK}))


def _mark_workplace(at: Scene, workplace: Workplace) -> None:
    customer, name = workplace.customer, ids.object_id(workplace.customer, workplace.login)
    marks = {"@managed": MARK, "@customer": str(customer), "@login": workplace.login}
    found = at.found(name)
    if found.pending is None:
        at.put_row(rows.PENDING + name, rows.write(before={}))
    for sort, each in sorted(found.objects):
        if sort != "auth":
            at.put_object(sort, each, marks)
