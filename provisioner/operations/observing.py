"""Who looks on: what is done, for how long, and how it ends.

It is told of what kind something was and whose, and never a value: no name, no login, no number.
Where nobody looks on nothing stands in between, and what does (``watch.py``) is not even loaded.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter
from typing import TYPE_CHECKING, Protocol, TypeVar

from provisioner.errors import (
    Locked,
    NotApproved,
    OutcomeUnknown,
    PolicyError,
    ProvisionError,
    Refused,
    Unavailable,
)

if TYPE_CHECKING:
    from provisioner.apply.events import Event
    from provisioner.operations.watch import Watch

T = TypeVar("T")
DONE, BRAKED, BROKEN_OFF, INTERRUPTED, FAILED = "done braked broken-off interrupted failed".split()


class What(StrEnum):
    """``run``: the whole command.  ``call``: one of a live system, as its driver's contract has
    it."""

    RUN = "run"
    PLAN = "plan"
    CUSTOMER = "customer"
    STEP = "step"
    CALL = "call"


@dataclass(eq=False, slots=True)
class Doing:
    """Something that takes a while, and once it has ended how long it took.

    ``name``: the command, ``workplace:create`` of a step, ``put`` of a call.  ``position``: of a
    step among those that were begun for its customer, from 1.  ``journal``: the run by which the
    desk's journal knows it.  ``count``: steps of a plan, customers of a call.  ``codes``: why it
    ended as it did.
    """

    what: What
    above: "Doing | None" = None
    name: str = ""
    customer: str = ""
    system: str = ""
    kind: str = ""
    position: int = 0
    journal: str = ""
    count: int = 0
    outcome: str = DONE
    codes: tuple[str, ...] = ()
    seconds: float = 0.0
    _began: float = field(default_factory=perf_counter, init=False)

    def stop(self) -> None:
        self.seconds = perf_counter() - self._began

    @property
    def age(self) -> float:
        """Seconds since it began; the clock is the same in all processes of a machine."""
        return perf_counter() - self._began

    def failed(self, error: BaseException) -> None:
        self.outcome, self.codes = outcome_of(error), codes_of(error)

    def around(self) -> "Iterator[Doing]":
        """What it is a part of, from itself outwards."""
        found: Doing | None = self
        while found is not None:
            yield found
            found = found.above


class Watcher(Protocol):
    """Looks on.  What it is given belongs to the run: it only reads it."""

    def began(self, doing: Doing) -> None: ...

    def ended(self, doing: Doing) -> None: ...


def outcome_of(error: BaseException) -> str:
    """How something ended that raised ``error``, in one word."""
    match error:
        case Unavailable():
            return "unavailable"
        case OutcomeUnknown():
            return "unknown"
        case Refused() | PolicyError() | NotApproved():
            return "refused"
        case Locked():
            return "locked"
        case KeyboardInterrupt():
            return INTERRUPTED
    return FAILED


def codes_of(error: BaseException | None) -> tuple[str, ...]:
    """Why it ended so."""
    return (error.code,) if isinstance(error, ProvisionError) else ()


_watching: ContextVar["Watch | None"] = ContextVar("watching", default=None)


def watch(found: "Watch | None") -> None:
    """From now on, in this thread, ``found`` looks on; None: nobody does."""
    _watching.set(found)


def is_watched() -> bool:
    return _watching.get() is not None


def tell(done: Iterable[Doing]) -> None:
    """Whoever looks on is told what another process has done for this one."""
    found = _watching.get()
    if found is not None:
        found.tell(done)


def over(system: str, driver: T) -> T:
    """``driver``, looked at if anybody looks on."""
    found = _watching.get()
    return driver if found is None else found.over(system, driver)


@contextmanager
def during(doing: Doing) -> Iterator[Doing]:
    """Told if anybody looks on."""
    found = _watching.get()
    if found is None:
        yield doing
    else:
        with found.during(doing):
            yield doing


def heard(emit: "Callable[[Event], None]") -> "Callable[[Event], None]":
    """``emit``, and whoever looks on hears it first."""
    found = _watching.get()
    if found is None:
        return emit

    def both(event: "Event") -> None:
        found.hear(event)
        emit(event)

    return both
