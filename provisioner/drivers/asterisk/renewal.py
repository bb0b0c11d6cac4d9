"""A new certificate and key in the place of those that an Asterisk serves, and the proof that it
serves them; where there is none, the old ones again.

Two files cannot change at once.  What was there is kept beside them as a pair (``NAME.before``),
and is replaced only by a pair: whoever is killed at any point is helped by running it again.
"""

import glob
import os
import stat
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from provisioner import durable
from provisioner.codes.certificates import (
    NeitherCertificateIsServed,
    NewCertificateIsNotServed,
    PairInUseIsALink,
)
from provisioner.drivers.asterisk import certificate, served
from provisioner.drivers.asterisk.certificate import Pair
from provisioner.drivers.asterisk.listeners import Listener
from provisioner.errors import PolicyError, SystemFault

MOST_BYTES = 64 * 1024
"""Of a file in use: more than any chain takes."""
PATIENCE = 5.0
"""Seconds until a port that was told to read its files serves them."""
_MODULES = ("http", "res_pjsip.so")
_KEY_MODE, _CERTIFICATE_MODE = 0o600, 0o644


class Control(Protocol):
    """What steers one Asterisk, at ``url``."""

    url: str

    def version(self) -> str:
        """Raises SystemFault where it does not answer."""
        ...

    def reload(self, module: str) -> None:
        """Have it read the files of a module again.  Raises SystemFault."""
        ...


@runtime_checkable
class Steered(Protocol):
    """A driver that steers one Asterisk, or several nodes."""

    def controls(self) -> Sequence[Control]:
        """Of each."""
        ...


@dataclass(frozen=True, slots=True)
class Renewal:
    """``listeners`` are all of one Asterisk; ``http``: its ``http.conf``."""

    listeners: Sequence[Listener]
    control: Control
    http: Path

    def carry_out(self, pair: Pair) -> None:
        """Raises OSError and PolicyError PV653 before anything was changed, SystemFault PV654 and
        what the control raises with the old pair in place, PV699 if there is none.
        """
        self.control.version()
        wanted = certificate.der(pair.leaf)
        with durable.alone(self.http.parent):
            settled = wanted in map(leaf_at, self.listeners)
            written = self._write(pair)
            try:
                self._reload()
            except SystemFault:
                if written:
                    self._put_back()
                raise
            if self._unserved(wanted):
                self._reload(touched=True)
            if left := self._unserved(wanted):
                self._give_up(left[0], restorable=written or not settled)

    def _write(self, pair: Pair) -> bool:
        """Whether there was anything to write."""
        new = _contents(self.listeners, pair.certificate, pair.key)
        for path in new:
            if path.is_symlink():
                raise PolicyError(PairInUseIsALink(file=str(path)))
            _tidy(path)
            _tidy(before(path))
        old = {path: read(path) for path in new}
        if old == new:
            return False
        kept = {before(path): data for path, data in old.items()}
        if not self._is_pair(old):  # somebody was killed between the two, or it was never one
            kept = {}
        with ExitStack() as stack:
            for contents in (kept, new):
                self._place(contents, stack)
        return True

    def _place(self, contents: Mapping[Path, bytes], stack: ExitStack) -> None:
        """All of ``contents``, once each is on disk; owned and readable as what they replace."""
        models = {before(path): path for path in _contents(self.listeners, b"", b"")}
        made = {}
        for path, data in contents.items():
            owner, mode = self._like(models.get(path, path))
            beside = durable.beside(path, data, mode, owner=owner)
            made[path] = stack.enter_context(beside)
        for path, file in made.items():
            durable.move(file, path)

    def _like(self, path: Path) -> tuple[tuple[int, int], int]:
        try:
            there = path.stat()
        except FileNotFoundError:
            there = self.http.stat()
            is_key = any(each.key == path for each in self.listeners)
            mode = _KEY_MODE if is_key else _CERTIFICATE_MODE
        else:
            mode = stat.S_IMODE(there.st_mode)
        return (there.st_uid, there.st_gid), mode

    def _give_up(self, failed: Listener, *, restorable: bool) -> None:
        """Raises SystemFault PV654 once the old pair is served, PV699 if it is not.

        ``restorable``: what is kept is from this renewal, or from one that was killed, and not from
        an earlier one that was proved.
        """
        if restorable and self._put_back():
            self._reload(touched=True)
            old = certificate.certificates(read(failed.certificate), str(failed.certificate))
            if not self._unserved(certificate.der(old[0])):
                raise SystemFault(NewCertificateIsNotServed(address=failed.address))
        raise SystemFault(NeitherCertificateIsServed(address=failed.address))

    def _put_back(self) -> bool:
        """Whether there was a pair to put back."""
        kept = {path: read(before(path)) for path in _contents(self.listeners, b"", b"")}
        if not self._is_pair(kept):
            return False
        with ExitStack() as stack:
            self._place(kept, stack)
        return True

    def _is_pair(self, files: Mapping[Path, bytes]) -> bool:
        return all(certificate.fits(files[e.certificate], files[e.key]) for e in self.listeners)

    def _reload(self, *, touched: bool = False) -> None:
        """``touched``: after a bad pair Asterisk keeps HTTPS closed until ``http.conf`` is newer,
        and says that it has reloaded it."""
        if touched:
            with suppress(PermissionError):  # then the proof tells
                os.utime(self.http)
        for module in _MODULES:
            self.control.reload(module)

    def _unserved(self, wanted: bytes) -> list[Listener]:
        """Those that serve something else, or nothing, when time is up."""
        left = list(self.listeners)
        until = time.monotonic() + PATIENCE
        while left := [each for each in left if leaf_at(each) != wanted]:
            if time.monotonic() > until:
                break
            threading.Event().wait(0.1)
        return left


def _tidy(path: Path) -> None:
    """What a run left that was killed, as :func:`.durable.beside` names it: it may hold a key."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.{'?' * 8}"):
        left.unlink(missing_ok=True)


def before(path: Path) -> Path:
    """Where the file is kept that was there before the last renewal."""
    return path.with_name(f"{path.name}.before")


def leaf_at(listener: Listener) -> bytes:
    """What the port serves, in DER, asked from its own machine; empty if nothing."""
    there = listener.at("::1" if ":" in listener.host else "127.0.0.1")
    with suppress(OSError):
        return served.certificate(there.host, there.port)
    return b""


def _contents(listeners: Iterable[Listener], chain: bytes, key: bytes) -> dict[Path, bytes]:
    """What each file is to hold."""
    files: dict[Path, bytes] = {}
    for each in listeners:
        if each.certificate == each.key:
            files[each.key] = chain.rstrip(b"\n") + b"\n" + key
        else:
            files |= {each.key: key, each.certificate: chain}
    return files


def read(path: Path) -> bytes:
    """Of a file in use; empty where it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:  # noqa: PTH123 - the descriptor is already there
            return file.read(MOST_BYTES) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    except OSError:
        return b""
