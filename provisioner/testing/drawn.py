"""Resources drawn from what they declare: a field that a driver forgets is found by the next run.

Needs hypothesis, as does whoever runs the contracts that use it.
"""

from dataclasses import MISSING, fields
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from provisioner.contract.resources import NO_NUMBER, NumberRef, Resource
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item, ItemKind
from provisioner.telephony.phones import NO_PHONE
from provisioner.telephony.porting import Progress
from provisioner.testing.values import TODAY

R = TypeVar("R", bound=Resource)

LOGINS = ("a", "app", "app.app", "x.app", "petra.huber", "A1.b2", "l" * 48)
"""Some end like what a driver adds to a name."""
_TEXTS = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "),
        min_size=1,
        max_size=40,
    )
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
_IDS = st.from_regex(r"[a-z][a-z0-9]{5,20}", fullmatch=True)
_LINES = st.integers(1000, 9999)
_OWN: dict[str, st.SearchStrategy[Any]] = {
    "login": st.sampled_from(LOGINS),
    "target": st.none() | st.sampled_from(("", *LOGINS)),
    "extension": st.none() | st.sampled_from(("21", "24", "999999")),
    "credential": st.sampled_from(("generated:1", "generated:2", "age:" + "0f" * 8)),
    "id": _IDS,
    "porting": _IDS,
    "area": st.just("052"),
    "size": st.sampled_from((1, 10)),
    "number": st.none(),
    "digits": st.none(),
    "replaces": _LINES.map("041555{}".format),
    "numbers": st.lists(_LINES.map("041555{}".format), max_size=10, unique=True).map(tuple),
    "blocks": st.lists(_LINES.map("041{}0".format), max_size=1).map(tuple),
    "port_date": st.none(),
    "ends": st.none(),
    "progress": st.just(Progress()),
}
"""Fields whose values have a form of their own, or that the system chooses."""
_DESK_PHONES = st.none() | st.sampled_from(("snom-d785 000413A1B2C3", NO_PHONE))
"""Of a workplace; an account's ``phone`` is a number that is always there."""
_PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: _TEXTS,
    int: st.integers(0, 10_000),
    bool: st.booleans(),
    bytes: st.binary(max_size=60),
    date: st.dates(TODAY, date(2040, 12, 31)),
    Item: st.builds(Item, st.sampled_from(ItemKind), _IDS),
}


def drawn(cls: type[R], customer: CustomerId) -> st.SearchStrategy[R]:
    """Any resource of a kind."""
    hints = get_type_hints(cls)
    given = {
        f.name: _of(f.name, hints[f.name], f.default) for f in fields(cls) if f.name != "customer"
    }
    return st.builds(cls, customer=st.just(customer), **given)


def _of(name: str, hint: Any, default: Any) -> st.SearchStrategy[Any]:
    if name in _OWN and hint is not NumberRef:
        return _OWN[name]
    if isinstance(hint, UnionType):
        if name == "phone":
            return _DESK_PHONES
        kinds = [k for k in get_args(hint) if k is not NoneType]
        enums = [k for k in kinds if issubclass(k, StrEnum)]
        one = _of("", (enums or kinds)[0], MISSING)
        return st.none() | one if NoneType in get_args(hint) else one
    if hint is NumberRef:
        numbers = st.sampled_from(("0525551200", "0445550001"))
        return (
            numbers.map(NumberRef.literal)
            if default is MISSING and name
            else (numbers.map(NumberRef.literal) | st.just(NO_NUMBER))
        )
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    if get_origin(hint) is tuple:
        return st.lists(_of("", get_args(hint)[0], MISSING), max_size=3).map(tuple)
    return _PLAIN[hint]
