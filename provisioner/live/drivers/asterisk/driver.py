"""The driver: options, one writer at a time, durability."""

import ipaddress
import json
import re
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from provisioner.errors import Refused, Unavailable
from provisioner.live import process
from provisioner.live.drivers import options as given
from provisioner.live.drivers.asterisk import checks, ids, presence, reading, rows, writing
from provisioner.live.drivers.asterisk.wire import Wire
from provisioner.live.protocols import CONTRACT, Check, PbxState
from provisioner.live.resources import Admin, PbxResource, Route, SupportLogin, Tenant, Workplace
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers

LOCK = ("provisioner", "writer")
"""Row that names the process which writes: Asterisk cannot compare before it writes."""
HOLD_SECONDS, RENEW_SECONDS = 60, 20


class AsteriskPbx:
    """Options: ``url``, ``user`` (default ``provisioner``), ``password_file`` (relative to the
    workspace), ``timeout`` (seconds, default 10), ``concurrency`` (calls at the same time, 1 to 8,
    default 4; above that this side is the bottleneck), ``sip`` (``HOST:PORT`` where phones
    register, default port 5060 of the host in ``url``)."""

    contract: int = CONTRACT
    COMMIT_SECONDS: ClassVar[float] = 1.5
    """astdb commits once a second: what was answered before that is lost in a crash."""

    def __init__(self, wire: Wire, sip: str = "") -> None:
        self.wire = wire
        self.sip = sip
        self.target = wire.target
        self._uncommitted = False
        self._holding = False

    @classmethod
    def open(cls, options: Mapping[str, Any], root: Path) -> Self:
        """Raises OptionError PV501, PV506 or PV550; reaches nothing."""
        known = {"url", "user", "password_file", "timeout", "concurrency", "sip"}
        given.only("asterisk", options, known)
        url = _address(given.text("asterisk", options, "url", ""))
        user = given.text("asterisk", options, "user", "provisioner")
        password_file = given.below(root, given.text("asterisk", options, "password_file", ""))
        timeout = given.seconds("asterisk", options, "timeout", 10)
        concurrency = given.seconds("asterisk", options, "concurrency", 4)
        if timeout < 1:
            raise given.OptionError("PV506", driver="asterisk", option="timeout")
        if not 1 <= concurrency <= 8:
            raise given.OptionError("PV506", driver="asterisk", option="concurrency")
        host = urlsplit(url).netloc.removesuffix(f":{urlsplit(url).port}")
        sip = given.text("asterisk", options, "sip", f"{host}:5060")
        if not re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}", sip, re.ASCII):
            raise given.OptionError("PV506", driver="asterisk", option="sip")
        wire = Wire(url, user, password_file, timeout=timeout, concurrency=concurrency)
        return cls(wire, sip)

    def close(self) -> None:
        try:
            if self._holding and self._holder()[0] == process.this_holder():
                self.wire.delete_row(*LOCK)
        except (Unavailable, Refused):
            pass  # it runs out by itself
        self._holding = False
        self.wire.close()

    # Reading

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, PbxState]:
        """Raises Unavailable PV541 to PV546, PV552, PV553."""
        return reading.read(self.wire, customers)

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, str]:
        return reading.holders(self.wire, numbers)

    def size(self) -> int:
        return reading.size(self.wire)

    def registered(self, customer: CustomerId) -> Mapping[str, int]:
        """Raises Unavailable."""
        return presence.registered(self.wire, customer)

    def sip_user(self, customer: CustomerId, login: str) -> str:
        """What a phone is set up with."""
        return ids.object_id(customer, login)

    # Writing

    def put(self, resource: PbxResource, *, secret: str | None, key: str) -> None:
        """Refused PV512, PV513, PV515, PV547 to PV549; Unavailable PV551 for another writer."""
        del key  # every write is compared with what is there: a second one changes nothing
        digits = resource.number.digits if isinstance(resource, Route) else ""
        if digits is None or None in resource.concrete().values():
            raise Refused("PV515", key=resource.key)
        self._hold()
        match resource:
            case Tenant():
                writing.put_tenant(self.wire, resource)
            case SupportLogin() | Admin():
                writing.put_login(self.wire, resource, secret)
            case Workplace():
                writing.put_workplace(self.wire, resource, secret)
            case Route():
                writing.put_route(self.wire, resource)
        self._uncommitted = True

    def delete(self, resource: PbxResource, *, key: str) -> None:
        """Refused PV512, PV514; Unavailable PV551 for another writer."""
        del key
        self._hold()
        match resource:
            case Tenant():
                writing.delete_tenant(self.wire, resource)
            case SupportLogin() | Admin():
                writing.delete_login(self.wire, resource)
            case Workplace():
                writing.delete_workplace(self.wire, resource)
            case Route():
                if resource.number.digits:
                    writing.delete_route(self.wire, resource)
        self._uncommitted = True

    def flush(self) -> None:
        """Wait until Asterisk has committed the last write."""
        if self._uncommitted:
            threading.Event().wait(self.COMMIT_SECONDS)
            self._uncommitted = False

    def checks(self, now: datetime) -> Iterable[Check]:
        """See :mod:`provisioner.live.drivers.asterisk.checks`."""
        return checks.check(self.wire, now)

    def _hold(self) -> None:
        """Be the writer, or notice before each write that someone else is."""
        me = process.this_holder()
        holder, at = self._holder()
        clock = self.wire.clock
        now = clock.timestamp() if clock else 0.0
        if holder and holder != me and not process.is_dead(holder) and now - at < HOLD_SECONDS:
            self._holding = False
            raise Unavailable("PV551", target=self.target, holder=process.shown(holder))
        if holder != me or now - at > RENEW_SECONDS:
            self.wire.put_row(*LOCK, json.dumps({"holder": me, "at": int(now)}))
            holder, _ = self._holder()
            if holder != me:
                raise Unavailable("PV551", target=self.target, holder=process.shown(holder))
        self._holding = True

    def _holder(self) -> tuple[str, float]:
        row = rows.read(self.wire.row(*LOCK)) or {}
        holder, at = row.get("holder"), row.get("at")
        if not isinstance(holder, str) or not isinstance(at, int):
            return "", 0.0
        return holder, float(at)


def _address(url: str) -> str:
    """``http://HOST:PORT`` without a slash at the end; in clear only on this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise given.OptionError("PV506", driver="asterisk", option="url") from None
    rest = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not host or rest or parts.path not in {"", "/"}:
        raise given.OptionError("PV506", driver="asterisk", option="url")
    if parts.scheme == "http" and not _is_local(host):
        raise given.OptionError("PV550", host=host)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
