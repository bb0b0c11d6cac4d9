"""JSON Schemas for editors, generated from the models.

draft-07 is the newest that yaml-language-server reads.  An editor types scalars by YAML 1.2, where
``0441234567`` is a number, so digits are accepted there as text and as integer.
"""

from functools import lru_cache
from typing import Any, Literal

import orjson
from pydantic import BaseModel

from provisioner.manifest.adoptions import Adoptions
from provisioner.manifest.config import Config
from provisioner.manifest.models import Manifest
from provisioner.manifest.removals import Removals
from provisioner.manifest.schemas.editor import for_editors
from provisioner.manifest.schemas.fielddocs import DescribedSchema
from provisioner.manifest.schemas.fieldtexts import about

DIALECT = "http://json-schema.org/draft-07/schema#"
_DROPPED = frozenset({"discriminator"})


def schemas(language: str = "en") -> dict[str, dict[str, Any]]:
    """The schemas of all that people write, by file name, with what editors show of them.

    In English they are ``customer.schema.json`` and so on; in others ``de/customer.schema.json``.
    """
    models: dict[str, type[BaseModel]] = {
        "customer": Manifest,
        "workspace": Config,
        "removals": Removals,
        "adoptions": Adoptions,
    }
    folder = "" if language == "en" else f"{language}/"
    made = {}
    for name, model in models.items():
        file, kind = f"{folder}{name}.schema.json", model.__name__
        head = {"$id": file, "title": about(language, kind)["title"]}
        made[file] = for_editors({**_untold(model), **head}, kind, language)
    return made


@lru_cache
def _untold(model: type[BaseModel]) -> dict[str, Any]:
    """What every language begins with; nobody changes it in place."""
    return draft7(model, "", "")


def draft7(
    model: type[BaseModel],
    title: str,
    id: str,  # noqa: A002 - the keyword's name in JSON Schema
    *,
    mode: Literal["validation", "serialization"] = "validation",
    nulls: bool = False,
) -> dict[str, Any]:
    """The draft-07 schema of ``model``.

    ``nulls``: absent values are written as ``null``, as in a plan; a person leaves the field out.
    """
    found = model.model_json_schema(mode=mode, schema_generator=DescribedSchema)
    body = _convert(found, nulls=nulls)
    body.pop("title", None)
    definitions = body.pop("definitions", {})
    head = {"$schema": DIALECT, "$id": id, "title": title}
    return {**head, **body, **({"definitions": definitions} if definitions else {})}


def rendered(schema: dict[str, Any]) -> bytes:
    """The schema as the file that is committed."""
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2) + b"\n"


def _convert(node: Any, *, nulls: bool) -> Any:
    if isinstance(node, list):
        return [_convert(item, nulls=nulls) for item in node]
    if not isinstance(node, dict):
        return node.replace("#/$defs/", "#/definitions/") if isinstance(node, str) else node
    if not nulls:
        node = _without_null(node)
    renamed = {
        "definitions" if name == "$defs" else name: _convert(value, nulls=nulls)
        for name, value in node.items()
        if name not in _DROPPED
    }
    if isinstance(renamed.get("description"), str):
        renamed["description"] = _prose(renamed["description"])
    if "$ref" in renamed and len(renamed) > 1:  # draft-07 ignores what stands beside a $ref
        renamed = {"allOf": [{"$ref": renamed.pop("$ref")}], **renamed}
    return renamed


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    node = dict(node)
    if "default" in node:
        default = node["default"]
        if isinstance(default, dict):
            node["default"] = {k: v for k, v in default.items() if v is not None}
        elif default is None:
            del node["default"]
    alternatives = node.get("anyOf")
    if isinstance(alternatives, list) and {"type": "null"} in alternatives:
        rest = [a for a in alternatives if a != {"type": "null"}]
        del node["anyOf"]
        node = {**rest[0], **node} if len(rest) == 1 else {**node, "anyOf": rest}
    return node


def _prose(text: str) -> str:
    """A docstring as editors show it: one paragraph a line, without reStructuredText."""
    paragraphs = text.replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
