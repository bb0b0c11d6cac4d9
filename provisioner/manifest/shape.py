"""What a model says about a place in its document: known fields, choices, and what may be shown.

It reads the model's JSON schema, so there is one source for editors, diagnostics and masking.  It
is built only once something is wrong.
"""

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any

from pydantic import BaseModel

from provisioner.manifest.diagnostics import Path
from provisioner.manifest.portal import ours_for
from provisioner.manifest.snippet import MASKED
from provisioner.manifest.types import KIND, PERSONAL, SECRET, FieldKind
from provisioner.spelling import nearest
from provisioner.telephony.numbers import DIGITS, respell
from provisioner.telephony.phones import Mac

OTHER_SPELLINGS = {"licence": ("workplaces", "license")}
"""Another spelling of a field in the items of a list; ``fmt`` writes ours."""


def field_name(path: Path) -> str:
    """What the field at ``path`` is called, however it is spelled."""
    name = str(path[-1])
    where, ours = OTHER_SPELLINGS.get(name, ("", name))
    return ours if len(path) == 3 and path[0] == where else name


_WORD = re.compile(r"[a-z][a-z_+-]{0,30}", re.ASCII)
_DIGITS = re.compile(r"(?:[0-9xX+().:/'’…‐-―−-]|\s|\b(?:bis|to|à|au|al?)\b)*")
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}[ –-]?)?[0-9]{4,5}")
_NAME = re.compile(r"[\w .+-]*")
"""What someone may have meant for a login or a name; a password mostly has other characters."""
_NUMBERS = frozenset(
    {FieldKind.NUMBER, FieldKind.BLOCK, FieldKind.NUMBER_OR_BLOCK, FieldKind.PHONE}
)
_TRUTH = frozenset({"true", "false", "yes", "no", "on", "off", "ja", "nein", "1", "0"})
_TEXT_LIMIT = 80
_DEEPEST = 6
_ANY = "*"
"""Stands for a name that the writer chooses."""
_LIKELY = {
    **dict.fromkeys(("yes", "ja", "oui", "si", "sì", "true", "on", "mandatory"), "required"),
    **dict.fromkeys(("pflicht", "zwingend", "obligatorisch", "obligatoire"), "required"),
    **dict.fromkeys(("obbligatorio", "forced", "immer", "always"), "required"),
    **dict.fromkeys(("no", "nein", "non", "false", "aus", "none", "keine"), "off"),
}
"""What was probably meant where only our own words are allowed; nothing writes it by itself."""


class Shape:
    """A model's fields by path."""

    def __init__(self, model: type[BaseModel] | None) -> None:
        self._model = model

    def __reduce__(self) -> tuple[object, ...]:
        """In another process it is that one's own, with all that is worked out there."""
        return shape_of, (self._model,)

    @cached_property
    def _schema(self) -> dict[str, Any]:
        return self._model.model_json_schema() if self._model else {}

    @cached_property
    def _top(self) -> frozenset[str]:
        """Names of fields of the whole: most findings stand there, and the schema takes a while."""
        fields = self._model.model_fields if self._model else {}
        return frozenset(field.alias or name for name, field in fields.items())

    @cached_property
    def names(self) -> frozenset[str]:
        """All names of fields, wherever they stand."""
        parts = [self._schema, *self._schema.get("$defs", {}).values()]
        return frozenset(name for part in parts for name in part.get("properties", {}))

    def fields(self, path: Path) -> list[str]:
        """Names that are allowed in the mapping at ``path``."""
        return [name for node in self._at(path) for name in node.get("properties", {})]

    def required(self, path: Path) -> list[str]:
        """Names that the mapping at ``path`` must have."""
        return [name for node in self._at(path) for name in node.get("required", [])]

    def choices(self, path: Path) -> list[str]:
        """Values that are allowed at ``path``, if they can be listed."""
        return [str(choice) for node in self._at(path) for choice in _choices(node)]

    def suggest(self, found: str, allowed: list[str]) -> str:
        """The one of ``allowed`` that was most likely meant, or an empty string."""
        if ours := ours_for(found, allowed):
            return ours
        likely = _LIKELY.get(found.casefold(), "")
        return likely if likely in allowed else nearest(found, allowed)

    def home(self, path: Path, name: str) -> str | None:
        """The field below which ``name`` stands, and nowhere else; empty for the top of the file.

        None if there is no such place or more than one, or if it is where ``path`` leads.
        """
        found = self._homes.get(name, set())
        (home,) = found if len(found) == 1 else (None,)
        there = home is None or _ANY in home or home == _fields_of(path)
        return None if there else ".".join(map(str, home or ()))

    @cached_property
    def _homes(self) -> dict[str, set[Path]]:
        """By the name of each field where it stands, without places in lists."""
        found: dict[str, set[Path]] = {}
        todo: list[tuple[Path, dict[str, Any]]] = [
            ((), node) for node in self._expand(self._schema)
        ]
        while todo:
            path, node = todo.pop()
            for name, child in node.get("properties", {}).items():
                found.setdefault(name, set()).add(path)
                if len(path) < _DEEPEST:
                    todo += [((*path, name), inner) for inner in self._expand(child)]
            if isinstance(node.get("items"), dict):
                todo += [(path, inner) for inner in self._expand(node["items"])]
            for child in _free_names(node) if len(path) < _DEEPEST else ():
                todo += [((*path, _ANY), inner) for inner in self._expand(child)]
        return found

    def shows_key(self, path: Path) -> bool:
        """Whether the key that ends ``path`` may be shown: a field, a likely typo, or one word.

        Where a password belongs even one word may be one.
        """
        key, parent = str(path[-1]), path[:-1]
        if not parent and key in self._top:
            return True
        around = self._at(parent)
        if any(key in node.get("properties", {}) for node in around):
            return True
        if any(_free_names(node) for node in around):
            return "@" not in key  # names that staff choose
        if self.suggest(key, self.fields(parent)):
            return True
        return bool(_WORD.fullmatch(key)) and not any(map(_is_hidden, around))

    def shown_path(self, path: Path) -> Path:
        """``path`` with every key masked that may not be shown."""
        return tuple(
            step if isinstance(step, int) or self.shows_key(path[: at + 1]) else MASKED
            for at, step in enumerate(path)
        )

    def shows(self, path: Path, text: str) -> bool:
        """Whether ``text``, written at ``path``, may be shown.

        Not if the field is personal or secret, not if the schema has no such field, and not if it
        does not look like what belongs there: it may be a value that slipped from its line.
        """
        nodes = [node for node in self._at(path) if not _is_container(node)]
        if not nodes or any(map(_is_hidden, nodes)) or "@" in text or len(text) > _TEXT_LIMIT:
            return False
        return any(self._looks_right(node, text) for node in nodes)

    def is_free_text(self, path: Path) -> bool:
        """Whether people write at ``path`` what they like: names, streets, reasons."""
        free = {"type", "minLength", "maxLength", "title", "description", "default", "examples"}
        return any(
            node.get(KIND) == FieldKind.WORDS
            or (node.get("type") == "string" and node.keys() <= {*free, PERSONAL})
            for node in self._at(path)
        )

    def _looks_right(self, node: dict[str, Any], text: str) -> bool:
        choices = [str(choice) for choice in _choices(node)]
        if choices:
            return bool(_WORD.fullmatch(text) or self.suggest(text, choices)) or text.isdigit()
        types = {node.get("type"), *(inner.get("type") for inner in node.get("anyOf", []))}
        if "boolean" in types:
            return text.lower() in _TRUTH
        dated = node.get("format") == "date" or node.get(KIND) == FieldKind.TIME
        if node.get(KIND) == FieldKind.POSTCODE:
            return bool(_POSTCODE.fullmatch(text))
        if node.get(KIND) == FieldKind.MAC:
            return bool(Mac.meant(text))
        if dated or types & {"integer", "number"}:
            telephone = len(respell(text)) == DIGITS  # may be the contact's, one line too low
            return bool(_DIGITS.fullmatch(text)) and (not telephone or _takes_numbers(node))
        free = "pattern" not in node or node.get(KIND) == FieldKind.WORDS
        return "string" in types and (free or bool(_NAME.fullmatch(text)))

    def _at(self, path: Path) -> list[dict[str, Any]]:
        """The fields that may stand at ``path``; all items of a list are alike."""
        return self._walk(tuple(0 if isinstance(step, int) else step for step in path))

    @lru_cache(maxsize=1024)  # noqa: B019 - there are as many shapes as models
    def _walk(self, path: Path) -> list[dict[str, Any]]:
        nodes = list(self._expand(self._schema))
        for step in path:
            nodes = [
                inner
                for node in nodes
                for child in _children(node, step)
                for inner in self._expand(child)
            ]
        return nodes

    def _expand(self, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The node's alternatives; a mark beside them counts for each."""
        marks = {name: node[name] for name in (PERSONAL, SECRET) if name in node}
        if "$ref" in node:
            target = self._schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
            for inner in self._expand(target):
                yield {**inner, **marks}
        elif any(inner.get("type") in {"integer", "number"} for inner in node.get("anyOf", [])):
            yield node  # one scalar that editors may type as a number
        elif "properties" in node:
            yield node
        elif alternatives := node.get("anyOf") or node.get("oneOf"):
            for alternative in alternatives:
                for inner in self._expand(alternative):
                    yield {**inner, **marks}
        elif node.get("type") != "null":
            yield node


def _children(node: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(step, int):
        if isinstance(node.get("items"), dict):
            yield node["items"]
    elif step in node.get("properties", {}):
        yield node["properties"][step]
    else:
        yield from _free_names(node)


def _fields_of(path: Path) -> Path:
    return tuple(step for step in path if isinstance(step, str))


def _free_names(node: dict[str, Any]) -> list[dict[str, Any]]:
    """What stands below a name that the writer chooses, as a reseller's."""
    other = node.get("additionalProperties")
    return [
        *node.get("patternProperties", {}).values(),
        *([other] if isinstance(other, dict) else []),
    ]


def _choices(node: dict[str, Any]) -> list[Any]:
    if "const" in node:
        return [node["const"]]
    inner = (choice for part in node.get("anyOf", []) for choice in _choices(part))
    return list(node.get("enum", inner))


def _takes_numbers(node: dict[str, Any]) -> bool:
    return node.get(KIND) in _NUMBERS


def _is_container(node: dict[str, Any]) -> bool:
    return node.get("type") in {"object", "array"}


def _is_hidden(node: dict[str, Any]) -> bool:
    items = node.get("items")
    return bool(node.get(PERSONAL) or node.get(SECRET)) or (
        isinstance(items, dict) and _is_hidden(items)
    )


UNKNOWN = Shape(None)
"""Of a file of which nothing is known: nothing of it is shown."""


@lru_cache(maxsize=16)
def shape_of(model: type[BaseModel] | None) -> Shape:
    """The shape of ``model``."""
    return Shape(model)
