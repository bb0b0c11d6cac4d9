"""What a further process does for the one that has started it (``processes.py``)."""

import gc
import os
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from provisioner.errors import ProvisionError
from provisioner.manifest.config import Config
from provisioner.manifest.files import Folder
from provisioner.manifest.narrowing import File
from provisioner.manifest.single import Single, read_each
from provisioner.operations import observing
from provisioner.operations.observing import Doing, What
from provisioner.operations.opening import open_readers
from provisioner.operations.watch import Watch
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.plan.live import LivePlanner
from provisioner.plan.model import CustomerPlan
from provisioner.plan.planner import Planned
from provisioner.plan.ranges import Range, judged
from provisioner.telephony.identity import CustomerId

Task = tuple[str, Any]
"""What is to be done; empty: the same again, of something else."""


def main(number: int, root: str, *, watched: bool) -> None:
    """``number``: of the open file that leads to the other process.  ``watched``: it is told of
    every call of a live system."""
    gc.set_threshold(200_000, 50, 50)  # as for every command
    line: Connection[Any, Any] = Connection(number)
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    Thread(target=_listen, args=(line, tasks), daemon=True).start()
    calls = _Calls()
    if watched:
        observing.watch(Watch("", [calls]))
    with ExitStack() as stack:
        work = _Work(Path(root), stack)
        while (task := tasks.get()) is not None:
            line.send((work.answer(*task), calls.since()))
    # both connections are closed, and the other process waits: to take all apart takes a second
    os._exit(0)


def _listen(line: "Connection[Any, Any]", tasks: "SimpleQueue[Task | None]") -> None:
    """Also while it works: without the other process nobody waits for it any more."""
    try:
        while True:
            tasks.put(line.recv())
    except (EOFError, OSError):
        os._exit(1)


class _Calls:
    """Looks on, and keeps what it sees until somebody asks."""

    def __init__(self) -> None:
        self._ended: list[Doing] = []

    def began(self, doing: Doing) -> None:
        pass

    def ended(self, doing: Doing) -> None:
        if doing.what is What.CALL:
            doing.above = None  # a run that is not this process's
            self._ended.append(doing)

    def since(self) -> list[Doing]:
        found, self._ended = self._ended, []
        return found


class _Work:
    def __init__(self, root: Path, stack: ExitStack) -> None:
        self._root, self._stack = root, stack
        self._planning: LivePlanner | None = None
        self._more: Callable[[Any], object] = bool
        self._loud: dict[CustomerId, tuple[CustomerInput, Planned]] = {}
        """Of whom there is something to say."""

    def answer(self, task: str, about: Any) -> object:
        """Whether it can begin with a new task; what has become of a further piece."""
        match task:
            case "read":
                self._more = lambda files: self._read(files, about)
            case "plan":
                self._more = self._plan
                return self._opened(*about)
            case "ahead":
                self._more = self._ahead
            case _:
                return self._more(about)
        return True

    def _read(self, files: Sequence[File], config: Config) -> list[Single]:
        return [*read_each(files, Folder(self._root), config)]

    def _opened(self, context: PlanContext, everyone: bool, proven: Collection[CustomerId]) -> bool:
        try:
            systems = self._stack.enter_context(open_readers(context.config, self._root))
        except ProvisionError:
            return False
        self._planning = LivePlanner(*systems, context, everyone=everyone, proven=frozenset(proven))
        return True

    def _plan(self, some: Range) -> dict[CustomerId, Planned]:
        assert self._planning is not None  # noqa: S101 - it was asked whether it can begin
        asked = {subject.customer: subject for subject in some}
        found = self._planning.plan_range(some)
        for customer, part in found.items():
            if self._planning.everyone or not part.plan.quiet:
                self._loud[customer] = asked[customer], part
                found[customer] = judged(part)
        return found

    def _ahead(self, some: Sequence[CustomerId]) -> dict[CustomerId, CustomerPlan]:
        assert self._planning is not None  # noqa: S101 - nothing is known of anybody else
        look = self._planning.look_ahead
        return {customer: look(*self._loud.pop(customer)).plan for customer in some}
