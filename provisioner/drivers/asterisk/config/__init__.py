"""The static configuration of a stock Asterisk 22: templates beside this file, filled here.

Written once, before the first customer; nothing in it ever changes with a customer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from provisioner.drivers.asterisk import contacts
from provisioner.telephony.calls import EMERGENCY_NUMBERS
from provisioner.telephony.numbers import E164

HEADER = "Written by: provision asterisk config. Customers are never in these files."
SECRET = "provision.secret"  # noqa: S105 - the name of a file
"""File with the control user's password, for ``password_file`` in ``provision.yaml``."""
CONTROL_FILES = frozenset({"ari.conf", "manager.conf", SECRET})
"""They hold one password and change together."""
SECRET_FILES = CONTROL_FILES | {"res_pgsql.conf"}
_FRAGMENTS = frozenset(f"{n}.conf" for n in "trunk udp tls carrier plain https".split())
_PLACE = re.compile(r"@([A-Z_]+)@")


@dataclass(frozen=True, slots=True)
class Database:
    """Where the nodes of a fleet read, as ``user``, whose password goes into ``res_pgsql.conf``."""

    host: str
    port: int
    name: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Encryption:
    """A certificate, its key, and where they are shown: ``ADDRESS:PORT``, or empty for nowhere.

    Phones come to ``tls_bind``, apps to ``https_bind``.
    """

    certificate: str
    key: str
    tls_bind: str = ""
    https_bind: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from one Asterisk to the next.

    ``sip_bind`` is ``ADDRESS:PORT`` for phones that do not encrypt, empty to refuse them.
    ``carrier`` is ``HOST[:PORT]`` of the trunk, empty for none; it comes to ``carrier_bind``, or
    where that is empty to ``sip_bind``.
    ``emergency_caller`` is shown on emergency calls where nothing else is known.  With a
    ``database`` it is a node of a fleet, without one it keeps everything in its own astdb.
    """

    user: str
    password: str
    http_port: int = 8088
    ami_port: int = 5038
    sip_bind: str = "0.0.0.0:5060"
    carrier: str = ""
    carrier_bind: str = ""
    encryption: Encryption | None = None
    rtp_first: int = 10000
    rtp_last: int = 20000
    emergency_numbers: tuple[str, ...] = EMERGENCY_NUMBERS
    emergency_caller: E164 | None = None
    database: Database | None = None


def render(settings: Settings) -> Mapping[str, str]:
    """Content of each file by its name, the secret's file among them."""
    caller = settings.emergency_caller.international if settings.emergency_caller else ""
    values = {
        "HEADER": HEADER,
        "USER": settings.user,
        "PASSWORD": settings.password,
        "HTTP_PORT": str(settings.http_port),
        "AMI_PORT": str(settings.ami_port),
        "SIP_BIND": settings.sip_bind,
        "CARRIER_BIND": settings.carrier_bind,
        "CARRIER_TRANSPORT": "carrier" if settings.carrier_bind else "udp",
        "CARRIER": settings.carrier,
        "CARRIER_HOST": settings.carrier.partition(":")[0],
        "RTP_FIRST": str(settings.rtp_first),
        "RTP_LAST": str(settings.rtp_last),
        "MOST": str(MOST),
        "CONTACT_PLAIN": contacts.PLAIN,
        "CONTACT_LONGEST": str(contacts.LONGEST),
        "CONTACT_ELSEWHERE": contacts.ELSEWHERE,
        "CONTACT_BEFORE_OWN": contacts.BEFORE_OWN,
        "CONTACT_AFTER_OWN": contacts.AFTER_OWN,
        "CONTACT_BROWSER": contacts.BROWSER,
        "EMERGENCY": "\n".join(map(_emergency, settings.emergency_numbers)),
        "EMERGENCY_CALLER": caller,
        **(_ASTDB if settings.database is None else _of_fleet(settings.database)),
        "SHOWN": f"exten => {caller},1,NoOp()" if caller else "",
    }
    here = files(__name__)
    folders = [here] if settings.database is None else [here, here / "fleet"]
    templates = {
        each.name: each.read_text("utf-8")
        for folder in folders
        for each in folder.iterdir()
        if each.name.endswith(".conf")
    }
    values |= _encrypted(settings)
    parts = {n: _filled(templates[f"{n}.conf"], values) for n in _parts(settings)}
    values["TRANSPORTS"] = "".join(parts.get(n, "") for n in ("udp", "tls", "carrier")).rstrip()
    values["TRUNK"] = "".join(parts.get(n, "") for n in ("trunk", "plain")).rstrip()
    values["HTTPS"] = parts.get("https", "")
    made = {n: _filled(t, values) for n, t in templates.items() if n not in _FRAGMENTS}
    return {**made, SECRET: settings.password + "\n"}


def _parts(settings: Settings) -> Iterator[str]:
    """Fragments that are written."""
    encryption = settings.encryption
    if settings.sip_bind:
        yield "udp"
    if encryption and encryption.tls_bind:
        yield "tls"
    if encryption and encryption.https_bind:
        yield "https"
    if settings.carrier:
        yield "trunk"
    if settings.carrier_bind:
        yield "carrier"
        if not settings.sip_bind:
            yield "plain"


def _encrypted(settings: Settings) -> Mapping[str, str]:
    with_ = settings.encryption or Encryption("", "")
    return {
        "BY_HEADER": "header," if settings.carrier_bind and not settings.sip_bind else "",
        "WSS_BIND": settings.sip_bind or with_.https_bind or with_.tls_bind,
        "TLS_BIND": with_.tls_bind,
        "HTTPS_BIND": with_.https_bind,
        "CERTIFICATE": with_.certificate,
        "KEY": with_.key,
    }


_ASTDB = {
    "KEPT": "astdb",
    "OBJECTS": "astdb",
    "PRELOAD": "",
    "ROWS": "func_db",
    "ROUTE": "DB(",
    "TENANT": "DB(",
    "VALUE": ")",
    "NO_APP": "${DB_EXISTS(ps/endpoint/${ARG1}--app)} = 0",
}
"""Where a single Asterisk looks things up."""


def _of_fleet(database: Database) -> Mapping[str, str]:
    """Where a node does."""
    return {
        "KEPT": "the tables pv_routes and pv_tenants",
        "OBJECTS": "the database",
        "PRELOAD": "preload = res_config_pgsql.so\n",
        "ROWS": "func_realtime",
        "ROUTE": "REALTIME_FIELD(pv_routes,key,",
        "TENANT": "REALTIME_FIELD(pv_tenants,key,",
        "VALUE": ",value)",
        "NO_APP": "${LEN(${REALTIME_FIELD(ps_aors,id,${ARG1}--app,id)})} = 0",
        "DATABASE_HOST": database.host,
        "DATABASE_PORT": str(database.port),
        "DATABASE_NAME": database.name,
        "DATABASE_USER": database.user,
        "DATABASE_PASSWORD": database.password,
    }


MOST = 20
"""Calls at once from one workplace, to wherever; emergency calls do not count."""


def _emergency(number: str) -> str:
    """In every way in which people dial it who have no time to think."""
    prefixes = ("", "0", "00", "+", "+41", "+410", "0041", "00410", "*31#", "#31#")
    ways = [f"{prefix}{number}{end}" for prefix in prefixes for end in ("", "#")]
    return "\n".join(f"exten => {way},1,Goto(emergency-call,{number},1)" for way in ways)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: values[found[1]], template)
