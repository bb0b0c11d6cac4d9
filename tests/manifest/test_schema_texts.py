"""What editors show: title, sentence in both languages, examples and enum texts of every field."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from every import every

from provisioner.manifest.loader import load_manifest
from provisioner.manifest.schemas.fieldtexts import about, field_texts
from provisioner.manifest.schemas.schema import schemas
from provisioner.manifest.schemas.snippets import SNIPPETS

ROOTS = {
    "customer.schema.json": "Manifest",
    "workspace.schema.json": "Config",
    "removals.schema.json": "Removals",
    "adoptions.schema.json": "Adoptions",
}
MADE = schemas()


def groups() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in MADE.items():
        yield ROOTS[name], schema
        yield from schema.get("definitions", {}).items()


FIELDS = [
    (model, name, field) for model, group in groups() for name, field in group["properties"].items()
]
each = every(FIELDS, lambda found: found[:2], spread=True)


def is_group(field: dict[str, Any]) -> bool:
    items = field.get("items", {})
    named = "patternProperties" in field or "additionalProperties" in field
    return "$ref" in field or "$ref" in items or named


@each
def test_title_and_sentences(model: str, name: str, field: dict[str, Any]) -> None:
    english, german = about("en", model, name), about("de", model, name)
    assert field["title"] == english["title"]
    assert field["description"] in field["markdownDescription"]
    if german:
        assert f"**{german['title']}:** {german['text']}" in field["markdownDescription"]
    assert english["title"] != name


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
            assert " / " in part["patternErrorMessage"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_for_what_is_not_there(language: str) -> None:
    known = {model: set(group["properties"]) for model, group in groups()}
    enums = {"When", "Authority", "Scope", "License", "Use"}
    for model, texts in field_texts(language).items():
        if model not in enums:
            fields = {name for name, value in texts.items() if isinstance(value, dict)}
            assert fields <= known[model], model


def test_swiss_spelling_and_no_entry_that_english_has_not() -> None:
    assert "ß" not in json.dumps(field_texts("de"), ensure_ascii=False)

    def keys(texts: Any, prefix: str = "") -> set[str]:
        inner = texts.items() if isinstance(texts, dict) else ()
        return {prefix}.union(*(keys(v, f"{prefix}.{k}") for k, v in inner if k != "text"))

    assert keys(field_texts("de")) - keys(field_texts("en")) == set()


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
    ("model", "snippet"),
    [
        pytest.param(model, snippet, id=snippet["label"])
        for model, found in SNIPPETS.items()
        for snippet in found
    ],
)
def test_a_snippet_taken_as_it_is_makes_a_valid_manifest(
    model: str, snippet: dict[str, Any], whole: str
) -> None:
    old, new, indent = PLACES[model]
    assert old in whole
    text = whole.replace(old, new.format(written(filled(snippet["body"]), indent)), 1)
    assert load_manifest(text.encode(), "x.yaml").value
