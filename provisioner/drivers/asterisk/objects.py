"""A workplace as the SIP objects that it is on Asterisk, and back.  Pure.

A workplace is an AOR, an auth and an endpoint of the same id, the row of its extension, and with
the license ``phones+apps`` a second AOR and endpoint for apps in a browser: an endpoint that speaks
WebRTC refuses a desk phone's plain RTP.  Both register with the same password.  An app has a user
of its own and so an auth of its own: who hides its number is known by that user alone.  It is
written with the password, whatever the license, as it cannot be made without it later.

The endpoint is what the workplace exists by: it is written last and carries the marks.  Every field
that is named here is written always and compared always; all others belong to whoever set them.
"""

import hashlib
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.contract.fields import from_plain
from provisioner.contract.resources import Workplace
from provisioner.drivers.asterisk import callers, media
from provisioner.drivers.asterisk.ids import APP, login_of
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License

Fields = Mapping[str, str]
Name = tuple[str, str]
"""Sort of object (aor, auth, endpoint) and id."""

MARK = "provisioner"
REALM = "asterisk"
CUSTOM = "custom"
"""Read as the license where the objects are set up in a way that no license is."""
_CODECS, _CODECS_READ = "!all,alaw,ulaw", "(alaw|ulaw)"
_CONTACTS = {License.PHONES: "1", License.PHONES_APPS: "5"}
_MEDIA = {
    "webrtc": ("no", "yes"),
    "use_avpf": ("no", "yes"),
    "media_use_received_transport": ("no", "yes"),
    "ice_support": ("no", "yes"),
    "rtcp_mux": ("no", "yes"),
    "bundle": ("no", "yes"),
    "dtls_auto_generate_cert": ("no", "yes"),
    "dtls_verify": ("no", "fingerprint"),
    "dtls_setup": ("active", "actpass"),
}
"""For desk phones and for apps. ``webrtc`` alone would not take the others back."""
_TRUTH = {"True": True, "False": False}
"""The journal keeps texts."""


@dataclass(frozen=True, slots=True)
class Found:
    """A workplace's rows as they are: objects by name, extensions that lead to it, the journal."""

    objects: Mapping[Name, Fields] = field(default_factory=dict)
    extensions: frozenset[str] = frozenset()
    pending: Fields | None = None
    """What was there before a write that did not end; ``{}``: nothing was."""

    def one(self, sort: str, name: str) -> Fields:
        return self.objects.get((sort, name), {})


def is_ours(fields: Fields, customer: CustomerId) -> bool:
    """Whether an endpoint or AOR carries our mark for this customer."""
    return fields.get("@managed") == MARK and fields.get("@customer") == str(customer)


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of one password, for the two users that a workplace has."""

    desk: str
    app: str = ""
    """Empty where a version without it wrote the password: apps then use the desk phone's."""

    @classmethod
    def of(cls, name: str, password: str) -> "Digests":
        return cls(digest(name, password), digest(name + APP, password))

    @classmethod
    def unknown(cls) -> "Digests":
        """Nobody knows the password to these."""
        return cls(random.token_hex(16))

    @classmethod
    def kept(cls, name: str, found: Found) -> "Digests":
        """As they are on the PBX, empty where they are not."""
        return cls(
            *(
                found.one("auth", n).get("password_digest", "").removeprefix("MD5:")
                for n in (name, name + APP)
            )
        )

    def fingerprint(self) -> str:
        """Tells, as a mark on the endpoint, whether they are those that were written."""
        both = ":".join(filter(None, (MARK, self.desk, self.app)))
        return hashlib.sha256(both.encode()).hexdigest()[:32]

    def auths(self, name: str) -> dict[Name, Fields]:
        found: dict[Name, Fields] = {("auth", name): auth(name, self.desk)}
        if self.app:
            found["auth", name + APP] = auth(name + APP, self.app)
        return found


def digest(name: str, password: str) -> str:
    """What Asterisk checks a password against (RFC 2617 A1); the password is not readable in it."""
    return hashlib.md5(f"{name}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()


# From the workplace to objects


def aor(customer: CustomerId, login: str, contacts: str) -> dict[str, str]:
    """Where phones register: as many as the license allows, the newest wins."""
    return {
        "max_contacts": contacts,
        "@login": login,
        "remove_existing": "yes",
        "@managed": MARK,
        "@customer": str(customer),
    }


def auth(name: str, digested: str) -> dict[str, str]:
    return {
        "auth_type": "digest",
        "username": name,
        "realm": REALM,
        "password": "",
        "password_digest": f"MD5:{digested}",
    }


def endpoint(customer: CustomerId, name: str) -> dict[str, str]:
    """The managed fields that depend on no declared one."""
    return _endpoint(customer, name, name, app=False)


def app_endpoint(customer: CustomerId, name: str, digests: Digests) -> dict[str, str]:
    """``name``: the workplace's. The same for its apps."""
    checked = name + (APP if digests.app else "")
    return _endpoint(customer, name + APP, checked, app=True)


def _endpoint(customer: CustomerId, own: str, checked: str, *, app: bool) -> dict[str, str]:
    return {
        "context": "from-workplace",
        "aors": own,
        "auth": checked,
        # a phone that hides its number says in From that it is nobody
        "identify_by": "username,auth_username",
        "allow": _CODECS,
        **{n: values[app] for n, values in _MEDIA.items()},
        **(media.OF_APPS if app else {}),
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "tenantid": str(customer),
        "accountcode": str(customer),
        "named_call_group": str(customer),
        "named_pickup_group": str(customer),
        "@managed": MARK,
        "@customer": str(customer),
    }


def wanted(workplace: Workplace, name: str, digests: Digests, found: Found) -> dict[Name, Fields]:
    """All objects of a workplace, in the order in which they are written.

    What is not declared keeps what ``found`` has.
    """
    customer, login, license_ = workplace.customer, workplace.login, License(workplace.license)
    apps = license_ is License.PHONES_APPS
    now = found.one("endpoint", name)
    marks = {
        "@login": login,
        "@license": str(license_),
        "@credential": workplace.credential,
        "@secret": digests.fingerprint(),
    }
    caller = callers.wanted(workplace, now)
    if workplace.hide_number is not None:
        marks[callers.HIDES] = caller[callers.PRIVACY]
    if workplace.extension is not None:
        marks["@extension"] = workplace.extension
    if workplace.phone is not None:
        marks["@phone"] = workplace.phone
    elif now.get("@phone"):
        marks["@phone"] = now["@phone"]
    made: dict[Name, Fields] = {("aor", name): aor(customer, login, _CONTACTS[license_])}
    if apps:
        made["aor", name + APP] = aor(customer, login, _CONTACTS[license_])
    made |= digests.auths(name)
    if apps:
        made["endpoint", name + APP] = app_endpoint(customer, name, digests) | caller
    marks["@caller"] = callers.both(caller)
    made["endpoint", name] = (
        endpoint(customer, name) | caller | marks | media.wanted(workplace.srtp, now)
    )
    return made


# From objects to the workplace


def understood(customer: CustomerId, name: str, found: Found) -> Workplace | None:
    """The workplace behind rows of ours; None if there is none.

    A write that did not end counts as not begun, so that a run which died finds the very step that
    was approved.
    """
    now = found.one("endpoint", name)
    if found.pending is not None and not is_whole(customer, name, found):
        return _former(customer, name, found.pending)
    if is_ours(now, customer) or (not now and is_ours(found.one("aor", name), customer)):
        return _read(customer, name, found)
    return None


def _read(customer: CustomerId, name: str, found: Found) -> Workplace:
    now = found.one("endpoint", name)
    shown, number = callers.split(now.get("callerid", ""))
    return Workplace(
        customer=customer,
        login=_login(customer, name, now or found.one("aor", name)),
        license=_license(customer, name, found),
        name=shown or None,
        extension=extension(number, found.extensions),
        caller_id=callers.outside(now),
        srtp=media.declared(now),
        credential=_credential(name, found),
        phone=now.get("@phone") or None,
        hide_number=callers.hides(now),
    )


def is_whole(customer: CustomerId, name: str, found: Found) -> bool:
    """Whether all parts of a workplace of ours are there and agree."""
    if not is_ours(found.one("endpoint", name), customer):
        return False
    read = _read(customer, name, found)
    extension = read.extension
    return (
        read.license != CUSTOM
        and read.credential != ""
        and (extension is None or extension in found.extensions)
    )


def _former(customer: CustomerId, name: str, before: Fields) -> Workplace | None:
    if not before:
        return None
    login = before.get("login") or login_of(customer, name) or ""
    license_ = before.get("license", CUSTOM)
    kept = {n: _TRUTH.get(v, v) if n == "hide_number" else v for n, v in before.items()}
    return from_plain(Workplace, kept, missing="", customer=customer, login=login, license=license_)


def as_former(workplace: Workplace | None) -> dict[str, str]:
    """What the journal keeps of a workplace while it is written."""
    if workplace is None:
        return {}
    return {n: str(v) for n, v in workplace.concrete().items()} | {"login": workplace.login}


def _login(customer: CustomerId, name: str, now: Fields) -> str:
    by_id = login_of(customer, name) or ""
    spelled = now.get("@login", "")
    return spelled if spelled.lower() == by_id else by_id


def _license(customer: CustomerId, name: str, found: Found) -> str:
    """The license that the objects amount to, or CUSTOM."""
    now = found.one("endpoint", name)
    stated = now.get("@license", "")
    if stated not in {str(known) for known in _CONTACTS}:
        return CUSTOM
    license_, login = License(stated), now.get("@login", "")
    expected: dict[Name, Fields] = {
        ("aor", name): aor(customer, login, _CONTACTS[license_]),
        ("endpoint", name): endpoint(customer, name),
    }
    app = name + APP
    if license_ is License.PHONES_APPS:
        expected["aor", app] = aor(customer, login, _CONTACTS[license_])
        expected["endpoint", app] = app_endpoint(customer, name, Digests.kept(name, found))
        if callers.both(found.one("endpoint", app)) != now.get("@caller"):
            return CUSTOM
    elif ("endpoint", app) in found.objects or ("aor", app) in found.objects:
        return CUSTOM
    same = all(agrees(found.objects.get(which), fields) for which, fields in expected.items())
    same = same and media.srtp(now) is not None
    return license_ if same else CUSTOM


def _credential(name: str, found: Found) -> str:
    """The password's version, as long as it is the password that was written."""
    now, kept = found.one("endpoint", name), Digests.kept(name, found)
    auths = kept.auths(name).items()
    genuine = (
        bool(kept.desk)
        and all(agrees(found.objects.get(which), fields) for which, fields in auths)
        and now.get("@secret") == kept.fingerprint()
    )
    return now.get("@credential", "") if genuine else ""


def extension(number: str, rows: frozenset[str]) -> str | None:
    """Agreed on by the row, by which it is dialled, and the caller ID, by which others see it."""
    if not rows:
        return "" if number else None
    return number if number in rows else "/".join([number or "-", *sorted(rows)])


def agrees(found: Fields | None, expected: Fields) -> bool:
    """Whether an object has all of ``expected``, however Asterisk spells it."""
    return found is not None and all(
        (value := found.get(n, "")) == v or _plain(n, value) == _plain(n, v)
        for n, v in expected.items()
    )


def _plain(name: str, value: str) -> str:
    if name == "allow":
        return _CODECS_READ if value == _CODECS else value
    if name.startswith("@") or name in {"callerid", "password_digest", "username"}:
        return value
    return {"yes": "true", "no": "false"}.get(value.lower(), value.lower())
