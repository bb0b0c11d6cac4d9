"""In the place of a proxy, where a system is a file: around the driver, with real locks."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from provisioner.codes.systems import DatabaseIsBusy, NoAnswerWhetherItWasWritten
from provisioner.errors import OutcomeUnknown, Unavailable
from tests.badday.proxies import Aimed
from tests.faults import Faulty, FaultyDesk, FaultyPbx, Killed
from tests.harness import ALTERED

FAULTS = (
    "busy",
    "locked",
    "cut after",
    "killed before",
    "killed after",
    "doubled",
    "missing",
    "empty",
    "half",
    "stale",
)
_ALTERING = {"missing", "empty", "half"}
_QUIET = frozenset({"close", "identity", "target"})


class Wrapper(Aimed):
    """As :class:`tests.badday.proxies.Proxy`, for one system in ``file``."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.heal()

    def heal(self) -> None:
        super().heal()
        self.dead = False
        self.asked: dict[str, Any] = {}

    def close(self) -> None:
        """Nothing is open."""

    def around(self, system: Any, kind: type[Faulty]) -> Any:
        return _Wrapped(system, self, kind.WRITING)

    def call(self, name: str, method: Callable[..., Any], *args: Any, writes: bool) -> Any:
        self.calls += 1
        if self.dead:
            raise Killed
        strikes = self.calls == self.at or (self.lasting and 0 < self.at < self.calls)
        about = f"{name} {args}"
        if not strikes:
            answer = method()
            self.asked.setdefault(about, answer)
            return answer
        return self._struck(name, about, method, writes=writes)

    def _struck(self, name: str, about: str, method: Callable[..., Any], *, writes: bool) -> Any:
        match self.fault:
            case "busy":
                raise Unavailable(DatabaseIsBusy(target="test"))
            case "locked":
                return self._locked(method)
            case "killed before":
                self.dead = True
                raise Killed
            case "cut after" if not writes:
                raise Unavailable(DatabaseIsBusy(target="test"))
        answer = method()
        match self.fault:
            case "cut after":
                raise OutcomeUnknown(NoAnswerWhetherItWasWritten(target="test"))
            case "killed after":
                self.dead = True
                raise Killed
            case "doubled":
                return method()
            case "stale" if not writes:
                return self.asked.get(about, answer)
            case fault if fault in _ALTERING and name == "read":
                return ALTERED[fault](answer, of="")
        return answer

    def _locked(self, method: Callable[..., Any]) -> Any:
        """Somebody else is writing the file."""
        if not self.file.exists():
            raise Unavailable(DatabaseIsBusy(target="test"))
        with closing(sqlite3.connect(self.file, timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:  # this call is within a transaction of our own
                self.fault = "locked, by ourselves"
                return method()
            try:
                return method()
            finally:
                other.execute("ROLLBACK")


class _Wrapped(Faulty):
    def __init__(self, system: Any, wrapper: Wrapper, writing: frozenset[str]) -> None:
        super().__init__(system)
        self._wrapper, self._writing = wrapper, writing

    def _call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if name in _QUIET:
            return method(*args, **kwargs)
        whole = lambda: method(*args, **kwargs)  # noqa: E731
        return self._wrapper.call(name, whole, *args, writes=name in self._writing)


KINDS = {"pbx": FaultyPbx, "desk": FaultyDesk}
