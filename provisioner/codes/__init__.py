"""What this tool has to say, each with a code: one class per code, with its parameters.

A class holds no sentence.  Its code finds the texts in the catalogue (report room), in every
language; its fields are the placeholders that those texts may use.  They are shown to people and
logged, so they never hold secrets or personal data.  A field with a default may be left out.

Which base a class has says how grave it is and what it is for.  The modules follow the first digit
of the code, as the catalogue's files do; ports, moves, Asterisk, fleets, forges and extras have
their own.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cache
from importlib import import_module
from inspect import get_annotations
from operator import attrgetter
from typing import Any, ClassVar, dataclass_transform

MODULES = (
    "files fields telephony porting secrets policy moves systems desk asterisk realtime"
    " commits forge review guards internal many views answers edits extras encryption phones"
    " certificates handset duties"
).split()


class Severity(IntEnum):
    """In the order in which people should look at them."""

    ERROR = 0
    WARNING = 1
    QUESTION = 2
    ADVICE = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Code:
    """Something to say, with its parameters.

    To a type checker a subclass is a frozen dataclass.  At run time it only keeps what it was
    given: three hundred real ones would cost a command 100 ms.  ``from_`` stands for ``from``.
    """

    code: ClassVar[str] = ""
    severity: ClassVar[Severity] = Severity.ERROR
    _fields: ClassVar[frozenset[str]] = frozenset()
    _needed: ClassVar[frozenset[str]] = frozenset()
    params: Mapping[str, str | int]
    """What was given, by name, in the order of the call."""

    def __init_subclass__(cls, code: str = "") -> None:
        cls.code = code
        names = get_annotations(cls) if code else ()
        cls._fields = frozenset(_plain(name) for name in names)
        cls._needed = frozenset(_plain(name) for name in names if name not in cls.__dict__)

    def __init__(self, **params: str | int) -> None:
        """Raises TypeError for a parameter that is missing or unknown."""
        given = {_plain(name): value for name, value in params.items()}
        if not self._needed <= given.keys() <= self._fields:
            wanted = ", ".join(sorted(self._fields)) or "none"
            raise TypeError(f"{self.code} takes {wanted}, not {', '.join(given)}")
        self.__dict__.update(params, params=given)

    @classmethod
    def parameters(cls) -> Mapping[str, bool]:
        """Names, and whether it is always given."""
        return {name: name in cls._needed for name in cls._fields}

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{self.code} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.params == other.__dict__["params"]

    def __hash__(self) -> int:
        return hash((self.code, *sorted(self.params.items())))

    def __str__(self) -> str:
        shown = " ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} {shown}".rstrip()


def _plain(name: str) -> str:
    return name.removesuffix("_")


class Fault(Code):
    """It cannot be done like that."""


class LiveFault(Fault):
    """A live system or this machine is not as it has to be."""


class Caution(Code):
    """It can be done, and is probably not meant."""

    severity = Severity.WARNING


class Question(Code):
    """Somebody has to answer before it goes on."""

    severity = Severity.QUESTION


class Advice(Code):
    """There is a better way, or something to do later."""

    severity = Severity.ADVICE


class Hold(Code):
    """Why a planned step is not carried out yet."""

    severity = Severity.QUESTION


class Notice(Code):
    """What will happen by itself at a later date."""

    severity = Severity.ADVICE


def everything() -> Iterator[type[Code]]:
    """All there are, sorted by code."""
    for name in MODULES:
        import_module(f"provisioner.codes.{name}")
    found: list[type[Code]] = []
    for base in (Fault, LiveFault, Caution, Question, Advice, Hold, Notice):
        found += base.__subclasses__()
    own = (cls for cls in found if cls.code and cls.__module__.startswith(__name__))
    yield from sorted(own, key=attrgetter("code"))


def of(code: str, params: Mapping[str, str | int]) -> Code:
    """From a record.  Raises ValueError if there is no such code, TypeError for parameters."""
    return kind_of(code)(**params)


def kind_of(code: str) -> type[Code]:
    """Raises ValueError."""
    found = _by_code().get(code)
    if found is None:
        raise ValueError(code)
    return found


@cache
def _by_code() -> Mapping[str, type[Code]]:
    return {cls.code: cls for cls in everything()}
