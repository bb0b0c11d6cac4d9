"""A run as people see it: a bar while it works, a line for each customer, Ctrl-C with manners."""

import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any, Self

from provisioner.apply.events import CustomerResult, StepDone, StepFailed
from provisioner.cli.commands.plan import print_plan
from provisioner.cli.context import App
from provisioner.cli.files import read_identity
from provisioner.codes.policy import NotTheApprovedPlan
from provisioner.operations import Begun, PlanMade, RunEvent, Runner
from provisioner.plan.model import Plan

PATIENCE = 1.0
"""Seconds of work after which a bar appears."""


class Running:
    """Context of a run: signals are caught once it writes, events are shown."""

    def __init__(self, app: App, identities: Sequence[str]) -> None:
        self.app = app
        self._approved: Plan | None = None
        self._total: int | None = None
        self._stop = False
        self._started = time.monotonic()
        self._calls = 0
        self._bar: Any = None
        self._former: Any = None
        self.runner = Runner(
            who=app.who(),
            clock=app.now,
            identities=[read_identity(name) for name in identities],
            emit=self._show,
            stopped=lambda: self._stop,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._former is not None:
            signal.signal(signal.SIGINT, self._former)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        """The first Ctrl-C ends after the current call, the second at once."""
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True
        self.app.tell("\n" + self.app.words.ui("run.stopping") + "\n")

    def _show(self, event: RunEvent) -> None:
        """A line as soon as a customer is finished; the bar is for what takes longer."""
        match event:
            case PlanMade():
                print_plan(self.app, event.plan, "text", brief=event.approved, paged=False)
            case Begun():
                self._begin(event)
            case CustomerResult():
                self._print(event)
            case StepDone() | StepFailed():
                self._calls += 1
                self._advance(event.customer)

    def _begin(self, event: Begun) -> None:
        self._approved, self._total = event.approved, event.steps
        self._started = time.monotonic()
        if event.steps is not None:
            self.app.say("\n")
        self._former = signal.signal(signal.SIGINT, self._interrupted)

    def _advance(self, customer: str) -> None:
        if self._bar is None:
            early = time.monotonic() - self._started < PATIENCE
            if early or self.app.log or not sys.stderr.isatty():
                return
            from rich.console import Console  # only for a run that takes a while
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.app.speak()
            self._bar.add_task("", total=self._total)
            self._bar.start()
        self._bar.update(0, description=customer, completed=self._calls)

    def _print(self, result: CustomerResult) -> None:
        from provisioner.report.plan.diff import diff_plans  # only where something was carried out
        from provisioner.report.result_text import render_result

        layout, words = self.app.layout, self.app.words
        difference = ""
        if result.fresh is not None and result.error and result.error.says(NotTheApprovedPlan):
            narrow = {**layout, "width": layout["width"] - 4}
            difference = diff_plans(self._approved or {}, result.fresh, words, **narrow)
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self.app.say(render_result(result, difference, words, **layout))

    def print_summary(self, results: Sequence[CustomerResult]) -> None:
        from provisioner.report.result_text import render_summary  # only at the end of a run

        self.app.say(render_summary(results, self.app.words, **self.app.layout))
