"""The driver: options, one writer at a time, durability."""

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from provisioner.codes.systems import (
    OptionThatCannotBeUsed,
    SomeoneElseIsWritingToThePBX,
)
from provisioner.contract import process
from provisioner.contract.checking import Check
from provisioner.contract.pbx import Devices, Foreign, PbxState
from provisioner.drivers import options as given
from provisioner.drivers.asterisk import (
    adopting,
    checks,
    name_checks,
    presence,
    reading,
    rows,
    tls_checks,
    writing,
)
from provisioner.drivers.asterisk.address import address
from provisioner.drivers.asterisk.base import TRUST_SECONDS, AsteriskWriter
from provisioner.drivers.asterisk.emergency import Dialplan
from provisioner.drivers.asterisk.scene import RELOAD, AstdbScene, Scene
from provisioner.drivers.asterisk.sending import Limits
from provisioner.drivers.asterisk.wire import Wire
from provisioner.durable import unlinked
from provisioner.errors import SystemFault, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import Numbers

LOCK = ("provisioner", "writer")
"""Row that names the process which writes: Asterisk cannot compare before it writes."""
_SECONDS = {
    "timeout": ("timeout", 10),
    "answer_timeout": ("answer", 60),
    "call_timeout": ("call", 90),
    "patience": ("patience", 10),
}
"""Options with their field of the limits and what is usual."""
HOLD_SECONDS, RENEW_SECONDS = 60, 20


class AsteriskPbx(AsteriskWriter):
    """Options: ``url``, ``user`` (default ``provisioner``), ``password_file`` (relative to the
    workspace), in seconds ``timeout`` (10; for each wait for bytes), ``answer_timeout`` (60; for a
    whole answer), ``call_timeout`` (90; for all that one step asks) and ``patience`` (10; how long
    a PBX that is away is waited for), ``concurrency`` (calls at the same time, 1 to 8,
    default 4; above that this side is the bottleneck), ``sip`` (``HOST:PORT`` where phones
    register, default port 5060 of the host in ``url``), ``wss`` (``HOST:PORT`` where apps register,
    for set-up sheets and ``doctor``, which looks at port 8089 of the phones' host in any case)."""

    COMMIT_SECONDS: ClassVar[float] = 1.5
    """astdb commits once a second: what was answered before that is lost in a crash."""

    def __init__(self, wire: Wire, sip: str = "", wss: str = "") -> None:
        self.wire = wire
        self.sip, self.wss = sip, wss
        self.target = wire.target
        self._holding = False
        self._held_at = 0.0
        self._written_at: float | None = None
        self._customer: CustomerId | None = None
        self._begun: set[CustomerId] = set()
        self._scene: AstdbScene | None = None
        self._read_at = 0.0
        self._reload_due = False

    @classmethod
    def open(cls, options: Mapping[str, Any], root: Path) -> Self:
        """Raises OptionError PV501, PV506, PV550 or PV597, PolicyError PV030; reaches nothing."""
        known = {"url", "user", "password_file", "concurrency", "sip", "wss", *_SECONDS}
        given.only("asterisk", options, known)
        url = address("asterisk", options)
        user = given.text("asterisk", options, "user", "provisioner")
        password_file = unlinked(root, given.text("asterisk", options, "password_file", ""))
        seconds = {
            field: given.seconds("asterisk", options, name, usual, least=field != "patience")
            for name, (field, usual) in _SECONDS.items()
        }
        concurrency = given.whole("asterisk", options, "concurrency", 4, least=1)
        if concurrency > 8:
            raise given.OptionError(OptionThatCannotBeUsed(driver="asterisk", option="concurrency"))
        host = urlsplit(url).netloc.removesuffix(f":{urlsplit(url).port}")
        sip = given.place("asterisk", options, "sip", f"{host}:5060")
        wss = given.place("asterisk", options, "wss", sip) if "wss" in options else ""
        wire = Wire(url, user, password_file, Limits(**seconds), concurrency=concurrency)
        return cls(wire, sip, wss)

    def close(self) -> None:
        try:
            if self._holding and self._holder()[0] == process.this_holder():
                self.wire.delete_row(*LOCK)
        except SystemFault:
            pass  # it runs out by itself
        self._holding = False
        self.wire.close()

    # Reading

    def read(self, customers: Sequence[CustomerId]) -> Mapping[CustomerId, PbxState]:
        """Raises Unavailable PV541 to PV546, PV552, PV553."""
        self._scene = None
        # a plan for a whole fleet is made under no lease
        few = len(customers) <= reading.FEW
        with self.wire.one_call() if few else nullcontext():
            return reading.read(self.wire, customers)

    def holders(self, numbers: Collection[Numbers]) -> Mapping[Numbers, str]:
        with self.wire.one_call():
            return reading.holders(self.wire, numbers)

    def foreign(self, customer: CustomerId) -> Sequence[Foreign]:
        """Raises Unavailable."""
        with self.wire.one_call():
            return adopting.foreign(self.wire, customer)

    def size(self) -> int:
        with self.wire.one_call():
            return reading.size(self.wire)

    def registered(self, customer: CustomerId) -> Mapping[str, Devices]:
        """Raises Unavailable."""
        return presence.registered(self.wire, customer)

    def emergency_lines(self) -> Sequence[Dialplan]:
        return [Dialplan(self.wire)]

    # Writing

    def begin(self, customer: CustomerId) -> None:
        """Rows are read once for the writes that follow, until ``flush`` or a fault."""
        self._customer, self._scene = customer, None
        self._begun.add(customer)

    def write(
        self,
        customer: CustomerId,
        act: Callable[[Scene], None],
        *,
        was: CustomerId | None = None,
        digits: str = "",  # noqa: ARG002 - one writer at a time, whatever it writes
    ) -> None:
        """Unavailable PV551 for another writer."""
        if was is not None and customer in self._begun:
            self._begun.add(was)
        with self._writing(customer) as at:
            act(at)

    @contextmanager
    def _writing(self, customer: CustomerId) -> Iterator[AstdbScene]:
        """The customer's rows, for one write; what is not known after a fault is read again."""
        with self.wire.one_call():
            running = customer == self._customer
            self._hold(each=not running)
            fresh = time.monotonic() - self._read_at < TRUST_SECONDS
            # dropped before anything can fail, or the next write would trust what is old
            scene, self._scene = (self._scene if running and fresh else None), None
            if scene is None:
                self._read_at = time.monotonic()
                scene = AstdbScene(self.wire, customer)
            try:
                yield scene
            finally:
                self._written_at = time.monotonic()
                self._reload_due = self._reload_due or scene.reload_noted
            self._scene = scene if running else None

    def flush(self) -> None:
        """Tell Asterisk of new AORs, and wait until it has committed the last write."""
        with self.wire.one_call():
            self._tell()
        if self._written_at is not None:
            left = self._written_at + self.COMMIT_SECONDS - time.monotonic()
            threading.Event().wait(max(left, 0))
            self._written_at = None

    def _tell(self) -> None:
        self._customer = self._scene = None
        for customer in sorted(self._begun):
            writing.close_journals(self.wire, customer)
        self._begun.clear()
        # another process may have told Asterisk in the middle of our writes, or be at its own
        if self._reload_due or self.wire.row(*RELOAD) is not None:
            self.wire.reload()
            if not self._is_others(*self._holder()):
                self.wire.delete_row(*RELOAD)
            self._reload_due = False
            self._written_at = time.monotonic()

    def controls(self) -> Sequence[Wire]:
        """For ``provision asterisk certificate``."""
        return [self.wire]

    def tls(self, now: datetime) -> Iterable[Check]:
        return checks.tls(self.wire, now, self.sip, self.wss)

    def over_tls(self, sip: str) -> str:
        return tls_checks.instead(self.wire, sip)

    def takes(self, registrar: str, transport: str) -> Iterable[Check]:
        host = name_checks.host_of(self.sip)
        return name_checks.of_registrar(self.wire, registrar, transport, host)

    def checks(self, now: datetime) -> Iterable[Check]:
        """See :mod:`provisioner.drivers.asterisk.checks`."""
        return checks.check(self.wire, now, self.sip, self.wss)

    def _hold(self, *, each: bool) -> None:
        """Be the writer, or notice that someone else is: at each write, in a run each second."""
        if not each and self._holding and time.monotonic() - self._held_at < 1:
            return
        me = process.this_holder()
        holder, at = self._holder()
        if self._is_others(holder, at):
            self._holding = False
            raise Unavailable(
                SomeoneElseIsWritingToThePBX(target=self.target, holder=process.shown(holder))
            )
        now = self._now()
        if holder != me or now - at > RENEW_SECONDS:
            self.wire.put_row(*LOCK, json.dumps({"holder": me, "at": int(now)}))
            holder, _ = self._holder()
            if holder != me:
                raise Unavailable(
                    SomeoneElseIsWritingToThePBX(target=self.target, holder=process.shown(holder))
                )
        self._holding = True
        self._held_at = time.monotonic()

    def _is_others(self, holder: str, at: float) -> bool:
        """Whether another process that lives may be writing."""
        if holder in {"", process.this_holder()} or process.is_dead(holder):
            return False
        return self._now() - at < HOLD_SECONDS

    def _now(self) -> float:
        clock = self.wire.clock
        return clock.timestamp() if clock else 0.0

    def _holder(self) -> tuple[str, float]:
        row = rows.read(self.wire.row(*LOCK)) or {}
        holder, at = row.get("holder"), row.get("at")
        if not isinstance(holder, str) or not isinstance(at, int):
            return "", 0.0
        return holder, float(at)
