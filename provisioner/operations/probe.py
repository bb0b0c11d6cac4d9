"""Real SIP requests by the standard tools sipp and sipsak, which ask and change nothing."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import ClassVar

from provisioner import durable
from provisioner.codes.asterisk import SIPToolDoesNotStart
from provisioner.codes.policy import FileCannotBeWritten
from provisioner.errors import SystemFault

TOOLS = ("sipp", "sipsak")
"""In the order in which they are preferred; only sipp can prove a password."""
PATIENCE = 5
"""Seconds for one answer."""
_SENDABLE = re.compile(r"[!-~]+", re.ASCII)
_LEFT_OUT = frozenset(';[]"')
"""Would end a field of sipp's list, or a keyword in it."""


@dataclass(frozen=True, slots=True)
class Prober:
    """``program`` is the path of sipp or sipsak, ``address`` is ``HOST:PORT``."""

    OK: ClassVar[int] = 200

    program: str
    address: str

    @property
    def tool(self) -> str:
        return Path(self.program).name

    @property
    def proves_passwords(self) -> bool:
        return self.tool == "sipp"

    def options(self) -> int | None:
        """The answer to OPTIONS; 0 if the tool tells only that there is one, None for silence."""
        if not self.proves_passwords:
            ran = self._call([self.program, "-s", f"sip:{self.address}"], PATIENCE + 30)
            return {0: self.OK, 1: 0}.get(-1 if ran is None else ran)
        return self._scenario("options", ["-m", "1"]).get("-")

    def register(self, passwords: Mapping[str, str]) -> dict[str, int]:
        """The answer to a REGISTER that only asks, by SIP user; no answer, no entry.

        The passwords stand in a file for sipp alone, never in its arguments.
        """
        asked = {u: p for u, p in passwords.items() if _sendable(u) and _sendable(p)}
        if not asked:
            return {}
        rows = [
            f"{user};[authentication username={user} password={password}]"
            for user, password in asked.items()
        ]
        found = self._scenario("register", ["-m", str(len(rows))], ["SEQUENTIAL", *rows])
        return {user: found[user] for user in asked if user in found}

    def _scenario(
        self, name: str, more: list[str], fields: list[str] | None = None
    ) -> dict[str, int]:
        with (
            _room() as place,
            as_file(files("provisioner.operations") / "probes" / f"{name}.xml") as scenario,
        ):
            log = Path(place, "answers")
            command = [self.program, self.address, "-sf", str(scenario), *more, "-nostdin"]
            command += ["-timeout", f"{PATIENCE + len(fields or ()) // 10}s", "-timeout_error"]
            command += ["-trace_logs", "-log_file", str(log)]
            if fields is not None:
                listed = Path(place, "fields")
                _laid_down(listed, "\n".join(fields) + "\n")
                command += ["-inf", str(listed)]
            self._call(command, 2 * PATIENCE + len(fields or ()), place)
            return _answers(log)

    def _call(self, command: list[str], seconds: float, place: str | None = None) -> int | None:
        try:
            ran = subprocess.run(  # noqa: S603 - a program that the caller found, no shell
                command,
                cwd=place,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        except OSError as error:
            name = Path(self.program).name
            raise SystemFault(
                SIPToolDoesNotStart(tool=name, reason=error.strerror or "?")
            ) from None
        return ran.returncode


@contextmanager
def _room() -> Iterator[str]:
    """A folder for this user alone; SystemFault PV461 if nothing can be written there."""
    try:
        with tempfile.TemporaryDirectory(prefix="provision-check-") as place:
            yield place
    except OSError as error:
        raise SystemFault(FileCannotBeWritten(file="temp", reason=error.strerror or "?")) from None


def _laid_down(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        durable.write_all(handle, text.encode("ascii"))
    finally:
        os.close(handle)


def _sendable(text: str) -> bool:
    return bool(_SENDABLE.fullmatch(text)) and not _LEFT_OUT & set(text)


def _answers(log: Path) -> dict[str, int]:
    if not log.exists():
        return {}
    rows = re.findall(r"^(\S+) (\d{3})$", log.read_text("utf-8", "replace"), re.MULTILINE)
    return {who: int(status) for who, status in rows}
