"""What goes on while somebody looks on.

Drivers are looked at from outside, call by call, and know nothing of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from inspect import getattr_static
from types import FunctionType
from typing import Any, TypeVar, cast

from provisioner.apply.events import (
    CustomerBegun,
    CustomerResult,
    Event,
    StepBegun,
    StepDone,
    StepFailed,
)
from provisioner.operations.observing import (
    BROKEN_OFF,
    DONE,
    Doing,
    Watcher,
    What,
    codes_of,
    outcome_of,
)
from provisioner.plan.model import Step
from provisioner.telephony.identity import CustomerId

T = TypeVar("T")


class Watch:
    """What goes on in this process, and who is told of it."""

    def __init__(self, command: str, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers
        self.run = self._begin(Doing(What.RUN, name=command))
        self._customers: dict[str, Doing] = {}
        self._steps: dict[str, int] = {}
        self._step: Doing | None = None

    def close(self, outcome: str, codes: tuple[str, ...] = ()) -> None:
        """Whatever has not ended was broken off."""
        self._break_off()
        for doing in self._customers.values():
            self._end(doing, BROKEN_OFF)
        self._end(self.run, outcome, codes)

    @contextmanager
    def during(self, doing: Doing) -> Iterator[Doing]:
        """Whoever runs it may add what it has found."""
        doing.above = self._step or self._customers.get(doing.customer) or self.run
        self._begin(doing)
        try:
            yield doing
        except BaseException as error:
            doing.failed(error)
            raise
        finally:
            self._end(doing, doing.outcome, doing.codes)

    def tell(self, done: Iterable[Doing]) -> None:
        """What another process has done for this one."""
        for doing in done:
            doing.above = self.run
            self._begin(doing)
            for watcher in self._watchers:
                watcher.ended(doing)

    def hear(self, event: Event) -> None:
        """What the executor tells."""
        match event:
            case CustomerBegun(customer):
                self._customer(customer)
            case StepBegun(customer, step, run):
                self._step_begins(customer, step, run)
            case StepDone():
                self._step_ends(DONE)
            case StepFailed(customer, step, error):
                if self._step is None:  # it was never begun
                    self._step_begins(customer, step)
                self._step_ends(outcome_of(error), codes_of(error))
            case CustomerResult(customer, outcome):
                self._break_off()
                doing = self._customer(customer)
                del self._customers[customer]
                codes = [c for e in (event.error, *event.failed.values()) for c in codes_of(e)]
                self._end(doing, str(outcome), tuple(dict.fromkeys(codes)))

    def _customer(self, customer: str) -> Doing:
        if customer not in self._customers:
            self._steps[customer] = 0
            doing = Doing(What.CUSTOMER, self.run, customer=customer)
            self._customers[customer] = self._begin(doing)
        return self._customers[customer]

    def _step_begins(self, customer: str, step: Step, run: str = "") -> None:
        self._break_off()
        above = self._customer(customer)
        above.journal = run or above.journal
        self._steps[customer] += 1
        doing = Doing(
            What.STEP,
            above,
            name=f"{step.kind}:{step.action}",
            customer=customer,
            system=str(step.system),
            position=self._steps[customer],
            journal=above.journal,
        )
        self._step = self._begin(doing)

    def _step_ends(self, outcome: str, codes: tuple[str, ...] = ()) -> None:
        if self._step is not None:
            self._end(self._step, outcome, codes)
            self._step = None

    def _break_off(self) -> None:
        self._step_ends(BROKEN_OFF)

    def _begin(self, doing: Doing) -> Doing:
        for watcher in self._watchers:
            watcher.began(doing)
        return doing

    def _end(self, doing: Doing, outcome: str, codes: tuple[str, ...] = ()) -> None:
        doing.stop()
        doing.outcome, doing.codes = outcome, codes
        for watcher in self._watchers:
            watcher.ended(doing)

    def over(self, system: str, driver: T) -> T:
        """The same system, each call of which is told.

        It has what its driver has, so it can do what that can.
        """
        members: dict[str, Any] = {}
        for name in (each for each in dir(driver) if not each.startswith("_")):
            if isinstance(getattr_static(type(driver), name, None), FunctionType):
                members[name] = self._told(system, name, getattr(driver, name))
            else:
                members[name] = property(_passed(driver, name))
        return cast("T", type(type(driver).__name__, (), members)())

    def _told(self, system: str, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def told(_: object, /, *args: Any, **kwargs: Any) -> Any:
            doing = _about(Doing(What.CALL, name=name, system=system), [*args, *kwargs.values()])
            with self.during(doing):
                found = call(*args, **kwargs)
                if not isinstance(found, Iterator):
                    return found
            return self._drawn(doing, found)

        return told

    def _drawn(self, about: Doing, found: Iterator[T]) -> Iterator[T]:
        """What is read bit by bit is one more call, until the last bit."""
        more = Doing(What.CALL, name=f"{about.name}.next", system=about.system)
        with self.during(_about(more, [])):
            yield from found


def _passed(driver: object, name: str) -> Callable[[object], Any]:
    return lambda _: getattr(driver, name)


def _about(doing: Doing, given: Sequence[object]) -> Doing:
    """Whose call it is and of what kind, as far as the first argument that tells."""
    for each in given:
        if isinstance(each, CustomerId):
            doing.customer = str(each)
        elif isinstance(customer := getattr(each, "customer", None), CustomerId):
            doing.customer, doing.kind = str(customer), str(getattr(each, "kind", ""))
        elif isinstance(each, list | tuple) and each and isinstance(each[0], CustomerId):
            doing.count = len(each)
            doing.customer = str(each[0]) if len(each) == 1 else ""
        else:
            continue
        break
    return doing
