"""Looks on at a command: a log on standard error, telemetry if its packages are there."""

import logging
import os
import secrets
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC
from importlib.util import find_spec

from provisioner.cli.context import TELEMETRY, App
from provisioner.cli.verbose import Lines
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations import observing
from provisioner.operations.observing import Doing, Watcher, What
from provisioner.operations.watch import Watch
from provisioner.report.log_line import LogLine

_GOOD, _INTERRUPTED = frozenset({0, 2}), 130
"""Exit codes of a command that did what it should; 2: there are changes."""


def _wants_telemetry() -> bool:
    """A variable says so, none says the contrary, and the packages are there."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    named = any(name.startswith(TELEMETRY) for name in os.environ)
    if disabled or not named or find_spec("opentelemetry") is None:
        return False
    return all(find_spec(f"opentelemetry.{part}") is not None for part in ("sdk", "trace"))


class Watched:
    """From the beginning of a command to its end."""

    def __init__(self, app: App, command: str) -> None:
        run = secrets.token_hex(16)
        self._log = Log(app, command, run) if app.log else None
        watchers: list[Watcher] = [self._log] if self._log else []
        if self._log:  # what libraries would say there is no line of it
            logging.getLogger().addHandler(logging.NullHandler())
        if app.verbose and not app.log:
            watchers.append(Lines(app.tell))
        if _wants_telemetry():
            from provisioner.cli.telemetry import telemetry  # its packages are an extra

            watchers.append(telemetry(run))
        self._codes: dict[str, None] = {}
        self._watch = Watch(command, watchers)
        observing.watch(self._watch)

    def findings(self, found: Iterable[Diagnostic]) -> None:
        for each in found:
            self._codes[each.code] = None
            if self._log is not None:
                self._log.finding(each)

    def close(self, code: int) -> None:
        observing.watch(None)
        outcome = observing.DONE if code in _GOOD else observing.FAILED
        if code == _INTERRUPTED:
            outcome = observing.INTERRUPTED
        if self._log is not None:
            self._log.exit_code = code
        self._watch.close(outcome, tuple(self._codes))


class Log:
    """One JSON object a line.

    What cannot be written there is lost: a run must not end for want of its log.
    """

    def __init__(self, app: App, command: str, run: str) -> None:
        self._now = app.now
        self._about = {"run": run, "command": command}
        self.exit_code: int | None = None

    def began(self, doing: Doing) -> None:
        if doing.what is What.RUN:
            self._write(LogLine.begun(**self._here()))

    def ended(self, doing: Doing) -> None:
        self._write(LogLine.ended(doing, self.exit_code, **self._here()))

    def finding(self, found: Diagnostic) -> None:
        self._write(LogLine.finding(found, **self._here()))

    def _here(self) -> dict[str, str]:
        time = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        return {**self._about, "time": time.replace("+00:00", "Z")}

    def _write(self, line: LogLine) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(line.written())
            sys.stderr.flush()
