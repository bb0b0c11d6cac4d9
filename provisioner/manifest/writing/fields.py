"""What the formatter has to know of a model: order of its fields, and what each of them takes."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from provisioner.manifest.diagnostics import Path
from provisioner.manifest.shape import Shape
from provisioner.manifest.types import KIND, FieldKind
from provisioner.manifest.writing.numbers import (
    area_spelling,
    block_spelling,
    email_spelling,
    mac_spelling,
    number_or_block_spelling,
    number_spelling,
    phone_spelling,
    postcode_spelling,
    uid_spelling,
)
from provisioner.manifest.writing.scalars import ANY, Kind
from provisioner.manifest.writing.tree import Scalar

_TYPES = {
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.DECIMAL,
    "boolean": Kind.BOOLEAN,
}
_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    FieldKind.NUMBER: number_spelling,
    FieldKind.BLOCK: block_spelling,
    FieldKind.NUMBER_OR_BLOCK: number_or_block_spelling,
    FieldKind.AREA: area_spelling,
    FieldKind.PHONE: phone_spelling,
    FieldKind.UID: uid_spelling,
    FieldKind.EMAIL: email_spelling,
    FieldKind.POSTCODE: postcode_spelling,
    FieldKind.MAC: mac_spelling,
}


class Fields(Shape):
    """A model's fields by path, as the formatter needs them."""

    def kinds(self, path: Path, scalar: Scalar) -> frozenset[Kind]:
        """What may stand at ``path``; for an unknown field, what ``scalar`` is written as."""
        found = frozenset(
            kind for node in self._at(path) for inner in _parts(node) for kind in _kinds(inner)
        )
        if found:
            return found
        return frozenset({Kind.TEXT}) if scalar.style else ANY

    def forms(self, path: Path) -> frozenset[str]:
        """What may stand at ``path``, in JSON Schema's words: ``object``, ``array``, ``string``."""
        return frozenset(
            str(inner["type"])
            for node in self._at(path)
            for inner in _parts(node)
            if "type" in inner
        )

    def spelling(self, path: Path, text: str) -> str:
        """The canonical spelling of ``text`` at ``path``; itself if there is no other."""
        for node in self._at(path):
            if respelled := _SPELLINGS.get(node.get(KIND, "")):
                return respelled(text)
        return text


def _parts(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    yield from node.get("anyOf", ())


def _kinds(node: dict[str, Any]) -> Iterator[Kind]:
    if node.get("format") == "date":
        yield Kind.DATE
    elif kind := _TYPES.get(str(node.get("type"))):
        yield kind


@lru_cache(maxsize=8)
def fields_of(model: type[BaseModel]) -> Fields:
    """The fields of ``model``."""
    return Fields(model)
