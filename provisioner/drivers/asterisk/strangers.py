"""What somebody else set up on Asterisk, as far as it can be understood.  Pure.

An object of theirs has no version of its password and often no license: what cannot be told is left
empty.  While one is being adopted, a row of ours says what it was before.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from provisioner.contract.pbx import Foreign, PbxState
from provisioner.contract.resources import Json, Kind
from provisioner.drivers.asterisk import callers, ids, media, objects, rows
from provisioner.drivers.asterisk.objects import Fields, Found
from provisioner.drivers.local_rows import unmarked
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.telephony.srtp import Srtp

ADOPTING = "adopting/"
"""Rows ``adopting/KIND/KEY`` of a customer: an adoption has begun and has not ended."""


def journal(kind: Kind, key: str) -> str:
    return f"{ADOPTING}{kind}/{key}"


def before_of(found: Foreign) -> str:
    """The row that says what ``found`` was before."""
    fields = found.found.concrete() if found.found else {}
    return rows.write(before=fields)


def adopting(customer: CustomerId, prov: Mapping[str, str], state: PbxState) -> PbxState:
    """``state`` with objects that are half adopted as they were before, and nobody's of ours."""
    begun = [
        _begun(customer, k, text) for k, text in sorted(prov.items()) if k.startswith(ADOPTING)
    ]
    if not begun:
        return state
    names = {(f.kind, f.key) for f in begun}
    ours = tuple(o for o in state.objects if (o.kind, o.live_key) not in names)
    others = (f for f in state.foreign if (f.kind, f.key) not in names)
    return PbxState(ours, (*others, *begun))


def _begun(customer: CustomerId, name: str, text: str) -> Foreign:
    kind_text, _, key = name.removeprefix(ADOPTING).partition("/")
    kind = Kind(kind_text)
    row = rows.read(text) or {}
    before = row.get("before")
    fields = before if isinstance(before, dict) else {}
    return Foreign(kind, key, unmarked(customer, kind, key, fields))


def tenant(customer: CustomerId, row: Mapping[str, Any] | None) -> Foreign:
    name = (row or {}).get("name")
    fields: dict[str, Json] = {"name": name} if isinstance(name, str) else {}
    return _made(customer, Kind.TENANT, str(Kind.TENANT), fields, _owner(row))


def login(customer: CustomerId, name: str, row: Mapping[str, Any] | None) -> Foreign:
    """``name`` is the row's, in small letters."""
    spelled = str((row or {}).get("login", ""))
    key = spelled if spelled.lower() == name else name
    return _made(customer, rows.login_kind(row), key, {}, _owner(row))


def route(customer: CustomerId, digits: str, value: str, row: Mapping[str, Any] | None) -> Foreign:
    """``value`` leads to an id, or to whatever else begins with the customer."""
    rest = value.removeprefix(f"{customer}{ids.GAP}")
    target = ids.login_of(customer, value) or rest
    fields: dict[str, Json] = {} if rest == ids.RESERVED else {"target": target}
    return _made(customer, Kind.ROUTE, digits, fields, _owner(row))


def workplace(customer: CustomerId, name: str, found: Found) -> Foreign:
    """License ``phones`` if one phone may register, ``phones+apps`` if apps in a browser may."""
    key = ids.login_of(customer, name) or name.partition(ids.GAP)[2]
    now, aor = found.one("endpoint", name), found.one("aor", name)
    shown, number = callers.split(now.get("callerid", ""))
    caller = callers.outside(now)
    read: dict[str, Json] = {
        "name": shown or None,
        "license": _license(name, found, now, aor),
        "extension": objects.extension(number, found.extensions),
        "caller_id": caller.digits if caller else None,
        "srtp": _srtp(now),
        "hide_number": callers.hides(now),
    }
    held = [f for (sort, _), f in found.objects.items() if sort != "auth"]
    return _made(customer, Kind.WORKPLACE, key, read, _other_owner(customer, held))


def _license(name: str, found: Found, now: Fields, aor: Fields) -> str:
    apps = now.get("webrtc", "").lower() in {"yes", "true"}
    if apps or found.one("endpoint", name + ids.APP):
        return str(License.PHONES_APPS)
    return str(License.PHONES) if aor.get("max_contacts") == "1" else ""


def _srtp(now: Fields) -> Json:
    """Nobody has to have meant what an endpoint is by itself."""
    found = media.srtp(now)
    return None if found in {None, Srtp.OFF} else str(found)


def _owner(row: Mapping[str, Any] | None) -> str:
    return str((row or {}).get("managed") or "")


def _other_owner(customer: CustomerId, held: Iterable[Fields]) -> str:
    """Whose mark an endpoint or AOR carries, other than ours for this customer."""
    for fields in held:
        tool, theirs = fields.get("@managed", ""), fields.get("@customer", "")
        if tool and (tool, theirs) != (objects.MARK, str(customer)):
            return theirs or tool
    return ""


def _made(
    customer: CustomerId, kind: Kind, key: str, fields: Mapping[str, Json], owner: str
) -> Foreign:
    return Foreign(kind, key, unmarked(customer, kind, key, fields), owner)
