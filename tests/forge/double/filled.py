"""Whole answers out of the few fields that matter, by a forge's own description.

An answer of GitHub has up to eighty fields that have to be there and nobody here reads. Those are
filled in as plainly as the description allows; what is given is laid over them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

DESCRIPTION = Path(__file__).parents[1] / "github.openapi.json"


@cache
def description() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DESCRIPTION.read_text("utf-8"))
    return found


def filled(name: str, given: Any) -> Any:
    """``given`` as a whole value of schema ``name``."""
    return _fill(description()["components"]["schemas"][name], given)


_MISSING = object()


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        kind, name = schema["$ref"].removeprefix("#/components/").split("/")
        schema = description()["components"][kind][name]
    return schema


def _fill(schema: dict[str, Any], given: Any = _MISSING) -> Any:
    schema = _resolved(schema)
    if given is None or (given is _MISSING and schema.get("nullable")):
        return None
    if "allOf" in schema:
        whole: dict[str, Any] = {}
        for part in schema["allOf"]:
            whole |= _fill(part, given)
        return whole
    for choice in ("oneOf", "anyOf"):
        if choice in schema and "properties" not in schema:
            return (
                _fill(schema[choice][0], given)
                if given is _MISSING
                else _chosen(schema[choice], given)
            )
    if "properties" in schema and (given is _MISSING or isinstance(given, dict)):
        return _object(schema, {} if given is _MISSING else given)
    if given is not _MISSING:
        items = schema.get("items")
        return [_fill(items, one) for one in given] if isinstance(given, list) and items else given
    return _plain(schema)


def _chosen(choices: list[dict[str, Any]], given: Any) -> Any:
    """The first kind that has all fields that are given."""
    for choice in choices:
        names = _resolved(choice).get("properties", {})
        if isinstance(given, dict) and given and given.keys() <= names.keys():
            return _fill(choice, given)
    return given


def _object(schema: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    known = schema["properties"]
    whole = {name: _fill(known[name]) for name in schema.get("required", ()) if name not in given}
    return whole | {name: _fill(known.get(name, {}), value) for name, value in given.items()}


def _plain(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "array":
            return []
        case "string":
            formats = {"date-time": "2026-01-01T00:00:00Z", "uri": "https://forge.example/x"}
            return formats.get(schema.get("format", ""), "x")
    return {}
