"""Makes a schema pleasant in an editor: titles, two languages, examples, enum texts, snippets.

Tried with yaml-language-server.  It shows ``markdownDescription`` in hovers and completions,
``markdownEnumDescriptions`` beside the values, ``examples`` and ``defaultSnippets`` as proposals,
and ``patternErrorMessage`` where a pattern does not fit.  Below an ``allOf`` it neither sees that a
field is a group nor shows the field's own sentence, so a choice stands in its field and a group is
a plain ``$ref``; what stands beside that says nothing about validity.
"""

from collections.abc import Mapping
from typing import Any

from provisioner.manifest.schemas.fieldtexts import LANGUAGES, about
from provisioner.manifest.schemas.snippets import SNIPPETS

Schema = dict[str, Any]

_REF = "#/definitions/"
_BESIDE_A_REF = frozenset({"title", "description", "markdownDescription", "examples"})


def for_editors(schema: Schema, root: str) -> Schema:
    """``schema``, draft-07 of the model named ``root``, with all that an editor can show."""
    definitions: Mapping[str, Schema] = schema.get("definitions", {})
    made = {**schema, **_group(schema, root, definitions)}
    made["definitions"] = {
        name: _group(found, name, definitions)
        for name, found in definitions.items()
        if "properties" in found
    }
    return made


def _group(found: Schema, model: str, definitions: Mapping[str, Schema]) -> Schema:
    made = {**found, **_spoken(found, about("de", model))}
    if model in SNIPPETS:
        made["defaultSnippets"] = SNIPPETS[model]
    title = about("en", model).get("title")
    if title and "$id" not in found:
        made["title"] = title
    if wrong := _in_both(about("en", model).get("wrong"), about("de", model).get("wrong")):
        made["errorMessage"] = wrong
    made["properties"] = {
        name: _field(field, model, name, definitions) for name, field in found["properties"].items()
    }
    return made


def _field(found: Schema, model: str, name: str, definitions: Mapping[str, Schema]) -> Schema:
    english, german = about("en", model, name), about("de", model, name)
    found = _plain(found, definitions)
    made = {**found, **_spoken(found, german)}
    made |= {key: english[key] for key in ("title", "examples") if key in english}
    if english.get("proposed") is False:  # an editor would write out its default
        made.pop("default", None)
    if "enum" in found:
        made |= _choices(found, model, name)
    elif "wrong" in english:
        _complain(made, _in_both(english["wrong"], german.get("wrong")))
    if "$ref" in made:  # anything more would have it ignored
        made = {key: value for key, value in made.items() if key in {"$ref", *_BESIDE_A_REF}}
    return made


def _spoken(found: Schema, german: Mapping[str, Any]) -> Schema:
    """The sentence in all languages, as Markdown."""
    parts = [found.get("description", "")]
    if "text" in german:
        title = german.get("title", "")
        parts.append(f"**{title}:** {german['text']}" if title else german["text"])
    shown = "\n\n".join(part for part in parts if part)
    return {"markdownDescription": shown} if shown else {}


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


def _choices(found: Schema, model: str, name: str) -> Schema:
    """What each value means, by the enum's own name or by that of the field."""
    enum = str(found.pop("x-choice", "")).removeprefix(_REF)
    texts = {
        language: about(language, enum, "values") or about(language, model, name).get("values", {})
        for language in LANGUAGES
    }
    values = [str(value) for value in found["enum"]]
    if not all(value in texts["en"] for value in values):
        return {}
    both = [_in_both(*(texts[language].get(value) for language in LANGUAGES)) for value in values]
    english = [texts["en"][value] for value in values]
    return {"enumDescriptions": english, "markdownEnumDescriptions": both}


def _in_both(*texts: str | None) -> str:
    return " / ".join(text for text in texts if text)


def _complain(made: Schema, message: str) -> None:
    """``message`` in place of a regular expression, wherever the pattern stands."""
    for found in (made, made.get("items", {}), *made.get("anyOf", ())):
        if "pattern" in found:
            found["patternErrorMessage"] = message
