"""The fields of a value, by class: they are asked for of every object, and many times."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any


def shown(value: Any, hidden: frozenset[str] = frozenset()) -> Iterable[tuple[str, Any]]:
    """Names and values of the fields of a dataclass that are not ``hidden``."""
    names, values = _of(type(value), hidden)  # type: ignore[arg-type]  # a class can be hashed
    return zip(names, values(value), strict=True)


def values(value: Any, hidden: frozenset[str] = frozenset()) -> tuple[Any, ...]:
    """The values alone, in the order of the class."""
    return _of(type(value), hidden)[1](value)  # type: ignore[arg-type,no-any-return]  # as above


def plain(value: Any) -> Any:
    """As JSON has it: a day and a choice as texts, a tuple as a list of texts."""
    match value:
        case date():
            return value.isoformat()
        case StrEnum():
            return str(value)
        case tuple():
            return [str(item) for item in value]
        case _:
            return value


@cache
def _of(cls: Any, hidden: frozenset[str]) -> tuple[tuple[str, ...], Callable[[Any], Any]]:
    names = tuple(f.name for f in fields(cls) if f.name not in hidden)
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda value: tuple(getattr(value, name) for name in names)
