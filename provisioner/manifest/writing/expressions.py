"""How places in a manifest are named on the command line, and what is asked of them.

``contact.city`` is a field, ``workplaces[*].license`` that field of each item of a list, and
``workplaces[use=fax].license`` of those items of which that is true.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from provisioner.codes.edits import ExpressionMisspelled, NoSuchField
from provisioner.errors import PolicyError
from provisioner.manifest.diagnostics import Path
from provisioner.manifest.shape import field_name
from provisioner.manifest.snippet import MASKED
from provisioner.manifest.writing.fields import Fields
from provisioner.spelling import nearest

FIELD, FIELD_VALUE = "FIELD", "FIELD=VALUE"

_STEP = re.compile(r"([\w-]+)(?:\[(?:\*|([\w.-]+)=([^\]]*))(\]))?(\.(?=.)|\Z)", re.ASCII)
_ASKED = re.compile(r"=[^\]]*\]")
_ASSIGNED = re.compile(r"((?:[^\[\]=]|\[[^\]]*\])+)=(.*)", re.DOTALL)
_GROUP, _LIST = "object", "array"

Found = tuple[Path, Any]
"""A place and what stands there; None where nothing does."""


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a list: all, or those that have ``value`` in a field."""

    field: Path = ()
    value: str = ""

    def takes(self, item: Any) -> bool:
        for step in self.field:
            item = item.get(step) if isinstance(item, dict) else None
        return not self.field or text_of(item) == self.value


@dataclass(frozen=True, slots=True)
class Places:
    """Places in any manifest. ``shape`` is where they are, with 0 for every item."""

    steps: tuple[str | Items, ...]
    shape: Path

    def within(self, said: Any) -> list[Found]:
        """Those in one manifest; a field that is not written is a place too."""
        found: list[Found] = [((), said)]
        for step in self.steps:
            found = [below for path, value in found for below in _below(path, value, step)]
        return found

    def values(self, said: Any) -> Iterator[str]:
        """What stands at those places in one manifest."""
        for _, value in self.within(said):
            if value is not None and not isinstance(value, dict | list):
                yield text_of(value)

    def shown(self, text: str, fields: Fields) -> str:
        """``text``, which names them, without what may not be shown."""
        if all(fields.shows(places.shape, value) for places, value in self.narrowings()):
            return text
        return _ASKED.sub(f"={MASKED}]", text)

    def narrowings(self) -> Iterator[tuple["Places", str]]:
        """What its brackets ask for, from the outside in: places, and the value wanted there."""
        for at, step in enumerate(self.steps):
            if isinstance(step, Items) and step.field:
                around = (*self.steps[:at], Items(), *map(str, step.field))
                yield Places(around, (*self.shape[: at + 1], *step.field)), step.value


def _below(path: Path, value: Any, step: str | Items) -> Iterator[Found]:
    if isinstance(step, str):
        yield (*path, step), value.get(step) if isinstance(value, dict) else None
    elif isinstance(value, list):
        yield from (((*path, at), item) for at, item in enumerate(value) if step.takes(item))


def text_of(value: Any) -> str:
    """A value of a manifest's JSON as it is written in YAML."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def assigned(text: str) -> tuple[str, str]:
    """``FIELD=VALUE`` taken apart.  Raises PolicyError PV163."""
    found = _ASSIGNED.fullmatch(text)
    if found is None:
        raise PolicyError(ExpressionMisspelled(found=text, form=FIELD_VALUE))
    return found[1].strip(), found[2]


def places(text: str, fields: Fields, *, form: str, others: Sequence[str] = ()) -> Places:
    """The places that ``text`` names.

    ``form``: how the whole has to be written; ``others``: what else may be named.  Raises
    PolicyError PV162 for what is no field, PV163 for what cannot be read.
    """
    steps: list[str | Items] = []
    shape: Path = ()
    at = 0
    while at < len(text) or not steps:
        found = _STEP.match(text, at)
        if found is None:
            raise PolicyError(ExpressionMisspelled(found=text, form=form))
        before, rest = text[:at], text[found.end(1) :]
        name = _known(found[1], shape, fields, (before, rest), () if at else others)
        shape = (*shape, name)
        steps.append(name)
        at = found.end()
        is_list = _LIST in fields.forms(shape)
        if is_list and not found[4] and at < len(text):
            raise _no_field(text, _mended(f"{before}{name}[*]{rest}", fields), ())
        if found[4] and not is_list:
            near = f"{before}{name}.{text[at:]}".rstrip(".")
            raise _no_field(text, _mended(near, fields), ())
        if found[4]:
            shape = (*shape, 0)
            steps.append(_items(found, shape, fields))
    return Places(tuple(steps), shape)


def _items(found: re.Match[str], shape: Path, fields: Fields) -> Items:
    """What stands in the brackets."""
    if not found[2]:
        return Items()
    inner, at = shape, found.start(2)
    for name in found[2].split("."):
        around = found.string[:at], found.string[at + len(name) :]
        inner = (*inner, _known(name, inner, fields, around, ()))
        at += len(name) + 1
    if not fields.forms(inner) - {_GROUP, _LIST}:
        raise _no_field(found[2], "", _under(found[2], inner, fields))
    return Items(inner[len(shape) :], fields.spelling(inner, found[3]))


def check_value(text: str, found: Places, fields: Fields) -> None:
    """Raises PolicyError PV162 if no value of its own can stand at ``found``, which is ``text``."""
    forms = fields.forms(found.shape)
    if forms and not forms - {_GROUP, _LIST}:
        near = f"{text}[*]" if _LIST in forms else ""
        raise _no_field(text, near, _under(near or text, found.shape, fields))


def takes_several(found: Places, fields: Fields) -> bool:
    """Whether a list or a group of fields can stand there."""
    return bool(fields.forms(found.shape) & {_GROUP, _LIST})


def _known(
    name: str, shape: Path, fields: Fields, around: tuple[str, str], others: Sequence[str]
) -> str:
    """The field that ``name`` is.  Raises PolicyError PV162 with what was meant."""
    known = [*others, *dict.fromkeys(fields.fields(shape))]
    ours = field_name((*shape, name))
    if ours in known:
        return ours
    before, rest = around
    near = nearest(name, known)
    whole = _mended(f"{before}{near}{rest}", fields, others) if near else ""
    if not (whole or shape):
        whole = next((path for path in _every(fields) if path.rpartition(".")[2] == ours), "")
    raise _no_field(f"{before}{name}{rest}", whole, known)


def _mended(text: str, fields: Fields, others: Sequence[str] = ()) -> str:
    """``text``, of which a part has been put right, with what else is wrong put right."""
    try:
        places(text, fields, form=FIELD, others=others)
    except PolicyError as error:
        return str(error.params.get("near") or text)
    return text


def _every(fields: Fields, shape: Path = (), shown: str = "") -> Iterator[str]:
    """All fields, as they are named here."""
    for name in dict.fromkeys(fields.fields(shape)):
        here = (*shape, name)
        yield f"{shown}{name}"
        yield from _every(fields, here, f"{shown}{name}.")
        yield from _every(fields, (*here, 0), f"{shown}{name}[*].")


def _under(text: str, shape: Path, fields: Fields) -> list[str]:
    """The fields of a group, or of the items of a list."""
    inner = shape if fields.fields(shape) else (*shape, 0)
    return [f"{text}.{name}" for name in dict.fromkeys(fields.fields(inner))]


def _no_field(found: str, near: str, known: Iterable[str]) -> PolicyError:
    return PolicyError(NoSuchField(found=found, near=near, known=", ".join(known) or "-"))
