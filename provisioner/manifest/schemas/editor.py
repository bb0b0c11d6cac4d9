"""Makes a schema pleasant in an editor: titles, sentences, examples, enum texts, snippets.

All of it in one language, that of the schema; what is valid is the same in each.  Tried with
yaml-language-server.  It shows ``markdownDescription`` in hovers and completions,
``markdownEnumDescriptions`` beside the values, ``examples`` and ``defaultSnippets`` as proposals,
and ``patternErrorMessage`` where a pattern does not fit.  Below an ``allOf`` it neither sees that a
field is a group nor shows the field's own sentence, so a choice stands in its field and a group is
a plain ``$ref``; what stands beside that says nothing about validity.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from provisioner.manifest.schemas.fieldtexts import about
from provisioner.manifest.schemas.snippets import SNIPPETS
from provisioner.telephony.phones import PhoneModel

Schema = dict[str, Any]

_REF = "#/definitions/"
_BESIDE_A_REF = frozenset({"title", "description", "markdownDescription", "examples"})


def for_editors(schema: Schema, root: str, language: str) -> Schema:
    """``schema``, draft-07 of the model named ``root``, with all that an editor can show."""
    definitions: Mapping[str, Schema] = schema.get("definitions", {})
    made = {**schema, **_group(schema, root, definitions, language)}
    made["definitions"] = {
        name: _group(found, name, definitions, language)
        for name, found in definitions.items()
        if "properties" in found
    }
    return made


def _group(found: Schema, model: str, definitions: Mapping[str, Schema], language: str) -> Schema:
    texts = about(language, model)
    made = {**found, **_spoken(found, texts)}
    if model in SNIPPETS:
        made["defaultSnippets"] = list(_snippets(model, language))
    if "wrong" in texts:
        made["errorMessage"] = texts["wrong"]
    made["properties"] = {
        name: _field(field, model, name, definitions, language)
        for name, field in found["properties"].items()
    }
    return made


def _snippets(model: str, language: str) -> Iterator[Schema]:
    for name, body in SNIPPETS[model].items():
        texts = about(language, "Snippet", name)
        said = {"description": texts["text"], "markdownDescription": texts["text"]}
        yield {"label": texts["title"], **said, "body": body}


def _field(
    found: Schema, model: str, name: str, definitions: Mapping[str, Schema], language: str
) -> Schema:
    same, texts = about("en", model, name), about(language, model, name)
    found = _plain(found, definitions)
    made = {**found, **_spoken(found, texts)}
    if "examples" in same:
        made["examples"] = same["examples"]
    if same.get("proposed") is False:  # an editor would write out its default
        made.pop("default", None)
    if "enum" in found:
        made |= _choices(made, model, name, language)
    elif "wrong" in texts:
        _complain(made, texts["wrong"])
    if "enum" in found.get("items", {}):
        items = dict(found["items"])
        made["items"] = items | _choices(items, model, name, language)
        made["items"].pop("x-choice", None)
    if "$ref" in made:  # anything more would have it ignored
        made = {key: value for key, value in made.items() if key in {"$ref", *_BESIDE_A_REF}}
    return made


def _spoken(found: Schema, texts: Mapping[str, Any]) -> Schema:
    """Title and sentence; an English sentence is in the schema already, from the model."""
    sentence = texts.get("text", found.get("description", ""))
    said = {"title": texts["title"]} if "title" in texts else {}
    return {**said, "description": sentence, "markdownDescription": sentence} if sentence else said


def _plain(found: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Without an ``allOf`` around one reference, with a choice in its place, and with the text and
    number of one scalar as one type.
    """
    made = dict(found)
    if len(made.get("allOf", ())) == 1 and "$ref" in made["allOf"][0]:
        made |= made.pop("allOf")[0]
    target = definitions.get(made.get("$ref", "").removeprefix(_REF), {})
    if "enum" in target:
        del made["$ref"]
        made = {"type": target["type"], "enum": target["enum"], **made}
        made["x-choice"] = found.get("$ref", found.get("allOf", [{}])[0].get("$ref", ""))
    if made.get("default") == [] or isinstance(made.get("default"), dict):
        del made["default"]  # an editor would write it out
    if "oneOf" in made and "properties" not in made:
        made["anyOf"] = made.pop("oneOf")  # the same here, and better understood
    kinds = made.get("anyOf", [])
    if len(kinds) == 2 and all(kind.keys() <= {"type", "pattern"} for kind in kinds):
        del made["anyOf"]
        made["type"] = [kind["type"] for kind in kinds]
        made |= next(({"pattern": k["pattern"]} for k in kinds if "pattern" in k), {})
    if isinstance(made.get("items"), dict):
        made["items"] = _plain(made["items"], definitions)
    if "anyOf" in made:
        made["anyOf"] = _flat(made["anyOf"], definitions)
    return made


def _flat(kinds: list[Schema], definitions: Mapping[str, Schema]) -> list[Schema]:
    return [_plain(kind, definitions) for kind in kinds]


_NAMES = {PhoneModel.__name__: {str(each): each.shown for each in PhoneModel}}
"""Of what is called the same in every language."""


def _choices(made: Schema, model: str, name: str, language: str) -> Schema:
    """What each value means, by the enum's own name or by that of the field."""
    enum = str(made.pop("x-choice", "")).removeprefix(_REF)
    texts = about(language, enum, "values") or about(language, model, name).get("values", {})
    texts = texts or _NAMES.get(enum, {})
    values = [str(value) for value in made["enum"]]
    if not all(value in texts for value in values):
        return {}
    said = [texts[value] for value in values]
    return {"enumDescriptions": said, "markdownEnumDescriptions": said}


def _complain(made: Schema, message: str) -> None:
    """``message`` in place of a regular expression, wherever the pattern stands."""
    for found in (made, made.get("items", {}), *made.get("anyOf", ())):
        if "pattern" in found:
            found["patternErrorMessage"] = message
