"""The published schemas: equal to the models, and accepting what the models accept."""

import json
import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from provisioner.manifest.schemas.fieldtexts import LANGUAGES
from provisioner.manifest.schemas.schema import draft7, rendered, schemas
from provisioner.plan.model import Plan

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "provisioner/report/catalogue"
Edited = Callable[..., bytes]


@pytest.mark.parametrize("language", LANGUAGES)
def test_committed_schemas_are_the_generated_ones(language: str) -> None:
    for name, made in schemas(language).items():
        assert (ROOT / "schemas" / name).read_bytes() == rendered(made), f"write {name} anew"


@pytest.mark.parametrize("name", schemas())
def test_schema_is_valid_and_has_no_null(name: str) -> None:
    schema = schemas()[name]
    Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert "null" not in text
    assert "$defs" not in text


def typed(text: str) -> Any:
    """As an editor reads it: YAML 1.2, where digits are numbers; its dates stay text."""
    ruamel = pytest.importorskip("ruamel.yaml")
    return _dates_as_text(ruamel.YAML(typ="safe", pure=True).load(text))


def _dates_as_text(value: Any) -> Any:
    match value:
        case dict():
            return {key: _dates_as_text(inner) for key, inner in value.items()}
        case list():
            return [_dates_as_text(inner) for inner in value]
        case date():
            return value.isoformat()
        case _:
            return value


def complaints(text: str) -> list[str]:
    validator = Draft7Validator(schemas()["customer.schema.json"])
    return [error.json_path for error in validator.iter_errors(typed(text))]


def test_whole_manifest_is_valid_as_an_editor_types_it(whole: str) -> None:
    assert complaints(whole) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"),
        ("city: Winterthur", "town: Winterthur"),
        ("license: phones\n", "license: telephone\n"),
        ("password: {generate: true}\n  -", "password: hunter2\n  -"),
        ("when: date,", "when: asap,"),
        ("block: 100", "block: 50"),
        ("internet_on_contract: true", "internet_on_contract: maybe"),
    ],
)
def test_editor_sees_what_the_tool_refuses(old: str, new: str, whole: str) -> None:
    assert old in whole
    assert complaints(whole.replace(old, new))


def test_personal_and_secret_fields_are_marked() -> None:
    parts = schemas()["customer.schema.json"]["definitions"]
    contact = parts["Contact"]["properties"]
    marked = {name for name, field in contact.items() if field.get("x-personal")}
    assert marked == {"street", "person", "email", "phone"}
    assert parts["Workplace"]["properties"]["name"]["x-personal"]
    assert parts["Signature"]["properties"]["signatories"]["items"]["x-personal"]
    assert parts["Credential"]["x-secret"]


def test_every_field_has_a_description() -> None:
    for schema in schemas().values():
        for part in [schema, *schema["definitions"].values()]:
            for name, field in part.get("properties", {}).items():
                assert field.get("description"), name


def test_plan_has_a_schema_too() -> None:
    schema = draft7(Plan, "Plan", "plan.schema.json", mode="serialization", nulls=True)
    Draft7Validator.check_schema(schema)


def raised_codes() -> set[str]:
    files = [*(ROOT / "provisioner/manifest").glob("*.py")]
    files += (ROOT / "provisioner/telephony").glob("*.py")
    found = {code for file in files for code in re.findall(r'"(PV\d{3})"', file.read_text("utf-8"))}
    return found - {"PV901"}


@pytest.mark.parametrize("language", ["en", "de", "fr", "it"])
def test_every_code_has_texts(language: str) -> None:
    entries: dict[str, dict[str, str]] = {}
    for path in (CATALOGUE / language).glob("[0-9]-*.toml"):
        entries |= tomllib.loads(path.read_text("utf-8"))
    missing = {
        code
        for code in raised_codes()
        if not {"title", "text", "help", "explain"} <= entries.get(code, {}).keys()
    }
    assert missing == set()
    assert "ß" not in json.dumps(entries, ensure_ascii=False)
