"""What editors show: title, sentence, examples and enum texts of every field, in four languages."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from every import every

from provisioner.cli.translations import untranslated
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.schemas.fieldtexts import LANGUAGES, about, field_texts
from provisioner.manifest.schemas.schema import schemas
from provisioner.manifest.schemas.snippets import SNIPPETS

MODELS = ("Manifest", "Config", "Removals", "Adoptions")
IN = {
    language: dict(zip(MODELS, schemas(language).values(), strict=True)) for language in LANGUAGES
}
SAID = {"title", "description", "markdownDescription", "label", "errorMessage"} | {
    "patternErrorMessage",
    "enumDescriptions",
    "markdownEnumDescriptions",
}
"""Keywords whose value is a text for people, or a list of them."""


def groups(language: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for model, schema in IN[language].items():
        yield model, schema
        yield from schema.get("definitions", {}).items()


FIELDS = [
    (model, name, field)
    for model, group in groups("en")
    for name, field in group["properties"].items()
]
each = every(FIELDS, lambda found: found[:2], spread=True)


def is_group(field: dict[str, Any]) -> bool:
    items = field.get("items", {})
    named = "patternProperties" in field or "additionalProperties" in field
    return "$ref" in field or "$ref" in items or named


@each
def test_title_and_sentence(model: str, name: str, field: dict[str, Any]) -> None:
    assert field["title"] == about("en", model, name)["title"] != name
    assert field["description"] == field["markdownDescription"]


@each
def test_examples_or_choices(model: str, name: str, field: dict[str, Any]) -> None:  # noqa: ARG001
    closed = "enum" in field or "const" in field or field.get("type") == "boolean"
    shown = field.get("examples") or "default" in field or closed or is_group(field)
    assert shown or model == "Credential", "an example helps"


@each
def test_what_each_choice_means(model: str, name: str, field: dict[str, Any]) -> None:  # noqa: ARG001
    if "enum" in field:
        assert len(field["enumDescriptions"]) == len(field["enum"])
        assert all(field["markdownEnumDescriptions"])


@each
def test_a_pattern_is_explained(model: str, name: str, field: dict[str, Any]) -> None:  # noqa: ARG001
    parts = [field, field.get("items", {}), *field.get("anyOf", ())]
    for part in parts:
        if "pattern" in part:
            assert part["patternErrorMessage"]


def apart(node: Any, at: str = "") -> tuple[Any, dict[str, Any]]:
    """What is valid, with a mark where something is said; and what is said, by its place."""
    said: dict[str, Any] = {}
    match node:
        case dict():
            valid = {}
            named = at.endswith(("/properties", "/definitions"))  # names of fields, not keywords
            for key, value in node.items():
                place = f"{at}/{key}"
                if key in SAID and not named:
                    valid[key] = len(value) if isinstance(value, list) else "said"
                    said[place] = value
                else:
                    valid[key], more = apart(value, place)
                    said |= more
            return valid, said
        case list():
            parts = [apart(value, f"{at}/{number}") for number, value in enumerate(node)]
            return [valid for valid, _ in parts], {k: v for _, m in parts for k, v in m.items()}
        case _:
            return node, said


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("model", MODELS)
def test_each_language_says_all_of_it_of_one_and_the_same(model: str, language: str) -> None:
    english, other = (dict(IN[each][model]) for each in ("en", language))
    assert other.pop("$id") == f"{language}/{english.pop('$id')}"
    valid, words = apart(english)
    same_valid, translated = apart(other)
    assert same_valid == valid
    assert translated.keys() == words.keys()
    sentences = [place for place in words if place.endswith("escription")]
    left = [place for place in sentences if translated[place] == words[place]]
    assert left == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_for_what_is_not_there(language: str) -> None:
    known = {model: set(group["properties"]) for model, group in groups("en")}
    known["Snippet"] = {name for found in SNIPPETS.values() for name in found}
    enums = {"When", "Authority", "Scope", "License", "Use", "Srtp", "Barred"}
    for model, texts in field_texts(language).items():
        if model not in enums:
            fields = {name for name, value in texts.items() if isinstance(value, dict)}
            assert fields <= known[model], model


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_language_has_every_text_and_none_that_english_has_not(language: str) -> None:
    assert "ß" not in json.dumps(field_texts(language), ensure_ascii=False)
    assert [key for key in untranslated()[language] if key.startswith("field ")] == []

    def keys(texts: Any, prefix: str = "") -> set[str]:
        inner = texts.items() if isinstance(texts, dict) else ()
        return {prefix}.union(*(keys(v, f"{prefix}.{k}") for k, v in inner if k != "text"))

    assert keys(field_texts(language)) - keys(field_texts("en")) == set()


def filled(body: Any) -> Any:
    """With all proposals of a snippet taken as they are."""
    import re

    match body:
        case dict():
            return {key: filled(value) for key, value in body.items()}
        case list():
            return [filled(value) for value in body]
        case str():
            text = re.sub(r"\$\{\d+\|([^,|]*)[^}]*\}", r"\1", body)
            return re.sub(r"\$\{\d+:([^}]*)\}", r"\1", text)
        case _:
            return body


def written(body: Any, indent: str) -> str:
    """As an editor writes it: values that begin with a quote or a brace stay as they are."""
    lines = []
    for key, value in body.items():
        match value:
            case dict():
                lines += [f"{indent}{key}:", written(value, indent + "  ")]
            case list():
                lines += [f"{indent}{key}:", *(f"{indent}  - {item}" for item in value)]
            case bool():
                lines.append(f"{indent}{key}: {str(value).lower()}")
            case _:
                lines.append(f"{indent}{key}: {value}")
    return "\n".join(lines)


PLACES = {
    "NewNumber": ("  - {id: zentrale, area: 052}\n", "  -\n{}\n", "    "),
    "Workplace": ("  - login: fax\n", "  -\n{}\n  - login: fax\n", "    "),
    "Porting": ("workplaces:\n", "  -\n{}\nworkplaces:\n", "    "),
    "Schedule": (
        '    schedule: {when: date, date: 2027-03-01, time: "09:00"}\n',
        "    schedule:\n{}\n",
        "      ",
    ),
    "Credential": ("    password: {generate: true}\n", "    password:\n{}\n", "      "),
}


@pytest.mark.parametrize(
    ("model", "name"), [(model, name) for model, found in SNIPPETS.items() for name in found]
)
def test_a_snippet_taken_as_it_is_makes_a_valid_manifest(model: str, name: str, whole: str) -> None:
    old, new, indent = PLACES[model]
    assert old in whole
    body = written(filled(SNIPPETS[model][name]), indent)
    assert load_manifest(whole.replace(old, new.format(body), 1).encode(), "x.yaml").value
