"""Resources to plain fields and back, by what they declare: a driver's rows name no field.

A field that is added to a resource is written and read by every driver that keeps its rows so.
Works for every frozen dataclass whose fields are texts, numbers, days, enumerations, tuples of
texts, or values that are spelled as a text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from provisioner.contract.resources import NO_NUMBER, NumberRef
from provisioner.contract.shown import shown
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item

T = TypeVar("T")
Plain = str | int | bool | date | bytes | list[str] | None
"""What a row keeps."""
Reader = tuple[str, Callable[[Any], Any], Any]
"""Name of a field, how it is read, and what it is if it is not there (MISSING: it has to be)."""


def to_plain(value: Any, *leave_out: str) -> dict[str, Plain]:
    """All fields but those named; a number as its digits."""
    return {name: _plain(found) for name, found in shown(value, frozenset(leave_out))}


def from_plain(cls: type[T], found: Mapping[str, Any], *, missing: Any = None, **known: Any) -> T:
    """The value whose fields are in ``found``; others in it are somebody else's (R16).

    ``known``: fields that have their value already.  ``missing`` stands for a field that has to be
    there and is not.  Raises ValueError for a value of another type, or if one is missing.
    """
    readers: list[Reader] = _readers(cls)  # type: ignore[arg-type]  # a class can be hashed
    for name, read, default in readers:
        if name in known:
            continue
        value = found.get(name)
        if value is None and default is MISSING:
            value = missing
            if value is None:
                raise ValueError(name)
        known[name] = default if value is None else read(value)
    return cls(**known)


def from_row(cls: type[T], names: Sequence[str]) -> Callable[[Sequence[Any]], T]:
    """What makes a value of a row whose columns have these ``names``; others in it are somebody
    else's.  It raises ValueError as :func:`from_plain` does."""
    readers: list[Reader] = _readers(cls)  # type: ignore[arg-type]  # a class can be hashed
    places = [(*each, names.index(each[0])) for each in readers if each[0] in names]
    known = {name: default for name, _, default in readers if name not in names}
    if MISSING in known.values():
        raise ValueError(names)

    def made(row: Sequence[Any]) -> T:
        found = known.copy()
        for name, read, default, at in places:
            value = row[at]
            if value is not None:
                found[name] = read(value)
            elif default is not MISSING:
                found[name] = default
            else:
                raise ValueError(name)
        return cls(**found)

    return made


def _plain(value: Any) -> Plain:
    match value:
        case NumberRef():
            return value.digits
        case StrEnum() | Item() | CustomerId():
            return str(value)
        case tuple():
            return [str(each) for each in value]
        case _:
            return value  # type: ignore[no-any-return]  # plain already


@cache
def _readers(cls: Any) -> list[Reader]:
    """Of each field."""
    hints = get_type_hints(cls)
    return [(f.name, _reader(hints[f.name]), _default(f, hints[f.name])) for f in fields(cls)]


def _default(field: "Field[Any]", hint: Any) -> Any:
    """What may be None has to be said by whoever makes one, and may be left out of a row."""
    optional = isinstance(hint, UnionType) and NoneType in get_args(hint)
    return None if optional and field.default is MISSING else field.default


def _reader(hint: Any) -> Callable[[Any], Any]:
    """Of ``X | None`` that of ``X``; of an enumeration or a text, the enumeration."""
    if isinstance(hint, UnionType):
        kinds = [k for k in get_args(hint) if k is not NoneType]
        hint = next((k for k in kinds if issubclass(k, StrEnum)), kinds[0])
    if get_origin(hint) is tuple:
        return _texts
    if hint is NumberRef:
        return _number
    text = _exact(str)
    if hint is CustomerId:
        return lambda found: _customer(text(found))
    if hint is Item:
        return lambda found: Item.parse(text(found))
    if hint is date:
        return _day
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        members = {str(each): each for each in hint}
        return lambda found: members.get(text(found)) or hint(found)
    return _exact(hint)


_customer = lru_cache(maxsize=1024)(CustomerId)
"""All rows of a customer have one."""


def _exact(kind: type) -> Callable[[Any], Any]:
    def read(found: Any) -> Any:
        if type(found) is not kind:  # true is no number
            raise ValueError(type(found).__name__)
        return found

    return read


def _texts(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
        raise ValueError(type(found).__name__)
    return tuple(found)


def _number(found: Any) -> NumberRef:
    digits = _exact(str)(found)
    return NumberRef.literal(digits) if digits else NO_NUMBER


def _day(found: Any) -> date:
    return found if type(found) is date else date.fromisoformat(_exact(str)(found))
