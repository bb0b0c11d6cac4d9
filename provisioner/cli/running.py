"""A run as people see it: a bar while it works, a line for each customer, Ctrl-C with manners."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from provisioner.apply.credentials import Credentials
from provisioner.apply.events import CustomerResult, Event
from provisioner.apply.executor import Executor
from provisioner.cli.context import App
from provisioner.plan.model import Plan

if TYPE_CHECKING:
    from provisioner.live.protocols import Desk, Pbx
    from provisioner.manifest.repository import Workspace
    from provisioner.plan.survey import Surveyor

PATIENCE = 1.0
"""Seconds of work after which a bar appears."""


class Running:
    """Context of a run: signals are caught, events are shown."""

    def __init__(
        self,
        app: App,
        workspace: "Workspace",
        pbx: "Pbx",
        desk: "Desk",
        surveyor: "Surveyor",
        identities: Sequence[str],
    ) -> None:
        self.app = app
        self._stop = False
        self._started = time.monotonic()
        self._calls = 0
        self._bar: Any = None
        self._former: Any = None
        config = workspace.config
        self.executor = Executor(
            pbx=pbx,
            desk=desk,
            surveyor=surveyor,
            credentials=Credentials(
                identities,
                {name: r.recipients for name, r in config.resellers.items()},
                workspace.root / config.handover,
            ),
            today=surveyor.situation.today,
            clock=app.now,
            who=app.who(),
            holder=holder(),
            emit=self._show,
            stopped=lambda: self._stop,
        )

    def __enter__(self) -> Self:
        self._former = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        signal.signal(signal.SIGINT, self._former)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        """The first Ctrl-C ends after the current call, the second at once."""
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True
        self.app.note("\n" + self.app.words.ui("run.stopping") + "\n")

    def _show(self, event: Event) -> None:
        if isinstance(event, CustomerResult):
            if self._bar is not None:
                self._bar.stop()
                self._bar = None
            return
        self._calls += 1
        if self._bar is None and sys.stderr.isatty():
            if time.monotonic() - self._started < PATIENCE:
                return
            from rich.console import Console
            from rich.status import Status

            self._bar = Status("", console=Console(stderr=True))
            self._bar.start()
        if self._bar is not None:
            self._bar.update(f"{event.customer}  {self._calls}")

    def print_summary(self, results: Sequence[CustomerResult], approved: Plan | None) -> None:
        from provisioner.report.plan_diff import diff_plans
        from provisioner.report.result_text import render_results

        app = self.app
        differences = {
            r.customer: diff_plans(approved or {}, r.fresh, app.words, **app.layout)
            for r in results
            if r.fresh is not None and r.error is not None and r.error.code == "PV445"
        }
        app.say(render_results(results, differences, app.words, **app.layout))


def holder() -> str:
    """This process, for leases: host, process id and its start, so that a dead one is known."""
    pid = os.getpid()
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123 - not a real file
            started = file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        started = "0"
    return f"{os.uname().nodename}:{pid}:{started}"
