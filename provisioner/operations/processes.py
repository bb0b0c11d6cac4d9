"""A large fleet is read and planned in several processes of this machine.

A further process is started anew and not forked, so that no connection, thread or lock of this one
is in it; it opens both systems itself.  It is given what is to be read or planned, and answers with
what the whole needs: of a customer with nothing to do some 360 bytes.  What is to be done for one
stays there until the whole has been looked at.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from provisioner.codes.many import FurtherProcessEnded
from provisioner.errors import ProvisionError
from provisioner.manifest.config import Config
from provisioner.manifest.files import Files, Folder
from provisioner.manifest.narrowing import File
from provisioner.manifest.single import Single, read_each
from provisioner.operations.observing import Doing, is_watched, tell
from provisioner.telephony.identity import CustomerId

if TYPE_CHECKING:
    from concurrent.futures import Future

    from provisioner.plan.context import CustomerInput
    from provisioner.plan.live import LivePlanner
    from provisioner.plan.model import CustomerPlan
    from provisioner.plan.planner import Planned
    from provisioner.plan.ranges import Range

MOST = 4
"""As many are taken where nobody says how many: more wait for the disk and for the database."""
AT_LEAST = 600
"""Customers: to start a process takes as long as 200 of them."""
AT_ONCE = 100
"""Manifests that are read together."""
AHEAD_AT_ONCE = 50
"""Customers whose coming days are asked for together: what is planned for one may take 100 KB."""
PATIENCE = 5.0
"""Seconds for a process to close its connections."""
QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""What a container may use of its machine: microseconds, of each so many."""

T = TypeVar("T")
R = TypeVar("R")


def processors() -> int:
    """How many this process may use, at most :data:`MOST`."""
    found = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    with suppress(OSError, ValueError):  # no container, or one without a limit
        quota, period = QUOTA.read_text("ascii").split()
        found = min(found, int(quota) // int(period))
    return max(1, min(found, MOST))


class Processes:
    """This process and up to ``jobs - 1`` further ones, which start with the first large task.

    Each method raises ProvisionError PV694 if one of them ends early.
    """

    def __init__(self, root: Path, jobs: int) -> None:
        self._root, self._jobs = root, jobs
        self._others: list[_Other] = []
        self._away: dict[CustomerId, tuple[_Other, Planned]] = {}
        """Of whom another process knows more, and what is known here."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for other in self._others:
            other.end(at_once=kind is not None)

    @property
    def pids(self) -> list[int]:
        """Of the further processes."""
        return [other.pid for other in self._others]

    def read(self, files: Sequence[File], source: Files, config: Config) -> Iterable[Single]:
        """Manifests, as :func:`read_each` reads them, in order."""
        if len(files) < AT_LEAST or not isinstance(source, Folder):
            return read_each(files, source, config)
        some = _Shared(_chunks(files, AT_ONCE))
        theirs = [_Share(other, "read", config, some) for other in self._started()]
        found: dict[str, Single] = {}
        for _, part in _spread(theirs, some, lambda part: [*read_each(part, source, config)]):
            found |= {single.file: single for single in part}
        return (found[file] for _, file, _ in files)

    def planned(
        self, planning: "LivePlanner", ranges: "Iterable[Range]", count: int
    ) -> "Iterator[dict[CustomerId, Planned]]":
        """What ``planning`` says of each range; ``count``: customers in all of them."""
        if count < AT_LEAST:
            yield from map(planning.plan_range, ranges)
            return
        some = _Shared(ranges)
        about = planning.context, planning.everyone, planning.proven
        theirs = [_Share(other, "plan", about, some) for other in self._started()]
        for other, parts in _spread(theirs, some, planning.plan_range):
            if other is not None:
                told = ((c, p) for c, p in parts.items() if planning.everyone or not p.plan.quiet)
                self._away |= {customer: (other, part) for customer, part in told}
            yield parts

    def ahead(
        self,
        planning: "LivePlanner",
        asked: "Mapping[CustomerId, CustomerInput]",
        parts: "Mapping[CustomerId, Planned]",
    ) -> "dict[CustomerId, Planned]":
        """``parts`` with what the coming days bring, told by whoever has planned them."""
        away: dict[_Other, list[CustomerId]] = {}
        mine: list[CustomerId] = []
        for customer, part in parts.items():
            other, known = self._away.pop(customer, (None, None))
            of = mine if other is None or known is not part else away.setdefault(other, [])
            of.append(customer)

        def here(some: Sequence[CustomerId]) -> "dict[CustomerId, CustomerPlan]":
            return {c: planning.look_ahead(asked[c], parts[c]).plan for c in some}

        theirs = [
            _Share(other, "ahead", None, _chunks(some, AHEAD_AT_ONCE))
            for other, some in away.items()
        ]
        plans: dict[CustomerId, CustomerPlan] = {}
        for _, found in _spread(theirs, _chunks(mine, AHEAD_AT_ONCE), here):
            plans |= found
        return {c: replace(part, plan=plans[c]) for c, part in parts.items()}

    def _started(self) -> "list[_Other]":
        """The further processes; fewer where the machine has no room for one."""
        if not self._others:
            watched = is_watched()
            with suppress(OSError):
                for _ in range(self._jobs - 1 if sys.executable else 0):
                    self._others.append(_Other(self._root, watched=watched))
        return self._others


class _Other:
    """A further process, and the line to it."""

    def __init__(self, root: Path, *, watched: bool) -> None:
        from multiprocessing.connection import Pipe  # only a large fleet has further processes

        self._line, its = Pipe()
        with its:
            number = its.fileno()
            start = (
                f"import sys; sys.path[:] = {sys.path!r}; from provisioner.operations.further "
                f"import main; main({number}, {str(root)!r}, watched={watched})"
            )
            # in a session of its own a key that interrupts this process is not meant for it
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and code of ours
                [sys.executable, "-P", "-c", start],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[number],
                start_new_session=True,
            )
        self.pid = self._process.pid

    def ask(self, task: str, about: object) -> tuple[Any, Sequence[Doing]]:
        """Its answer, and which calls it made for it.  Raises ProvisionError PV694."""
        try:
            self._line.send((task, about))
            answer: tuple[Any, Sequence[Doing]] = self._line.recv()
        except (EOFError, OSError):
            raise ProvisionError(FurtherProcessEnded()) from None
        return answer

    def end(self, *, at_once: bool) -> None:
        if at_once:
            self._process.kill()
        with suppress(OSError):
            self._line.send(None)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._line.close()


class _Share(NamedTuple):
    """What another process is to do, what it has to know for that, and of what."""

    other: _Other
    task: str
    about: object
    chunks: Iterator[Any]


class _Shared(Iterator[T]):
    """Whoever has time takes the next one."""

    def __init__(self, chunks: Iterable[T]) -> None:
        self._chunks, self._lock = iter(chunks), Lock()

    def __next__(self) -> T:
        with self._lock:
            return next(self._chunks)


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))


class _Answer(NamedTuple):
    """``calls``: what was asked of the live systems for it."""

    other: _Other
    found: Any
    calls: Sequence[Doing]


def _spread(
    theirs: Sequence[_Share], mine: Iterable[T], here: Callable[[T], R]
) -> Iterator[tuple[_Other | None, R]]:
    """What becomes of all that is shared out, as it comes, and who has done it: None, this process.

    Each other process has a thread that waits for it, so that none waits for what is done here.
    """
    from concurrent.futures import Future, ThreadPoolExecutor  # only a large fleet is shared out

    done: SimpleQueue[_Answer | Future[Sequence[Doing]]] = SimpleQueue()
    pool = ThreadPoolExecutor(max(1, len(theirs)))
    for share in theirs:
        pool.submit(_lead, share, done).add_done_callback(done.put)
    pool.shutdown(wait=False)  # after these there are no more
    running = len(theirs)
    for chunk in chain(mine, [None]):  # None: all is taken
        if chunk is not None:
            yield None, here(chunk)
        while running and (chunk is None or not done.empty()):
            answer = done.get()
            if isinstance(answer, Future):
                running -= 1
                tell(answer.result())
            else:
                tell(answer.calls)
                yield answer.other, answer.found


def _lead(share: _Share, done: "SimpleQueue[_Answer | Future[Sequence[Doing]]]") -> Sequence[Doing]:
    """Each answer, as it comes; in the end, calls that were made before the first."""
    other = share.other
    ready, calls = other.ask(share.task, share.about)
    if ready:  # else it has no connection, and the others do it alone
        for chunk in share.chunks:
            done.put(_Answer(other, *other.ask("", chunk)))
    return calls
