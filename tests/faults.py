"""Live systems that fail where they are told to.

A wrapper around a real driver, for what no real driver can be made to do on demand: be out of reach
at the third call, write and then give no answer, die in between, or answer with something untrue.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from provisioner.codes import Code, kind_of

WRITE = "write"
"""Instead of a method's name: any method that writes."""


def anything(code: str) -> Code:
    """A code as a driver of whatever kind might say it."""
    kind = kind_of(code)
    return kind(**dict.fromkeys(kind.parameters(), "?"))


class Killed(BaseException):
    """The process dies here: nothing that handles errors may catch it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``error`` at the ``call``-th call (from 1) of ``method``, and at later ones if ``lasting``.

    ``after``: the call is carried out first, only its answer is lost.
    """

    method: str
    error: BaseException
    call: int = 1
    after: bool = False
    lasting: bool = False

    def strikes(self, call: int) -> bool:
        return call == self.call or (self.lasting and call > self.call)


class Faulty:
    """``system`` with ``faults``; ``alter`` maps a method to a function that changes its answer.

    ``calls`` are the names of all calls so far, so that a test can count them first and then fail
    at each.
    """

    WRITING: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        system: Any,
        faults: Iterable[Fault] = (),
        alter: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        self.system = system
        self.faults = list(faults)
        self.alter = dict(alter or {})
        self.calls: list[str] = []

    @property
    def writes(self) -> int:
        """How many calls so far were to write."""
        return sum(name in self.WRITING for name in self.calls)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.system, name)
        return partial(self._call, name, found) if callable(found) else found

    def _call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls.append(name)
        striking = [fault for fault in self.faults if self._strikes(fault, name)]
        for fault in striking:
            if not fault.after:
                raise fault.error
        answer = method(*args, **kwargs)
        for fault in striking:
            raise fault.error
        return self.alter[name](answer) if name in self.alter else answer

    def _strikes(self, fault: Fault, name: str) -> bool:
        if fault.method == WRITE and name in self.WRITING:
            return fault.strikes(self.writes)
        return fault.method == name and fault.strikes(self.calls.count(name))


class FaultyPbx(Faulty):
    """A PBX with faults."""

    WRITING = frozenset({"put", "adopt", "delete", "rename_login", "rename_customer", "move_route"})


class FaultyDesk(Faulty):
    """A desk with faults; what is written includes journal and leases."""

    WRITING = frozenset(
        "put delete move rename_login rename_customer move_number note begin intend settle end"
        " acquire_lease release_lease".split()
    )
