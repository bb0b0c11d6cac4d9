"""What the catalogue lacks in a language: English comes with a change, the others before a release.

``python -m provisioner.cli.translations`` lists it; with ``--strict``, as a release wants it, it
ends with 1 where something lacks.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import click

from provisioner.cli.group import provision
from provisioner.cli.helping import Texts, key_of
from provisioner.cli.reference import commands
from provisioner.manifest.schemas import fieldtexts
from provisioner.report.messages import FAMILIES, LANGUAGES, Catalogue, Language, package_texts

ROOT = package_texts()
ONCE = frozenset({"rule", "examples", "proposed"})
"""What is the same in every language stands in English alone."""


@cache
def toml(language: str, name: str) -> dict[str, Any]:
    """One file of the catalogue; empty if it is not there."""
    path = ROOT / language / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def tables(language: str) -> dict[str, dict[str, Any]]:
    """All codes of a language with their texts."""
    return {c: entry for name in FAMILIES.values() for c, entry in toml(language, name).items()}


def ui(language: str) -> dict[str, str]:
    """All words of the interface, by their whole key: ``plan.nothing``."""
    found = dict(_leaves(toml(language, "ui")))
    for path in sorted((ROOT / language).glob("ui-*.toml")):
        found |= _leaves(toml(language, path.stem), f"{path.stem.removeprefix('ui-')}.")
    return found


@cache
def helped(language: Language) -> dict[str, str]:
    """What help says of commands and options: ``help.plan``, ``help.plan.--at``."""
    said = Texts(Catalogue(language))
    found: dict[str, str | None] = {}
    for path, command in commands():
        context = click.Context(command, **provision.context_settings)
        way = " ".join(path[1:]) or path[0]
        found[f"help.{way}"] = said.command(way) if said else command.help
        for option in command.get_params(context):
            if isinstance(option, click.Option):
                text = said.option(way, option) if said else option.help
                found[f"help.{way}.{key_of(option)}"] = text
    return {key: text for key, text in found.items() if text}


def texts(language: Language) -> dict[str, str]:
    """All that a language says, of codes (``PV201.title``), in the interface, and in help."""
    return dict(_leaves(tables(language))) | ui(language) | helped(language)


def lacking(english: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Keys under which ``other`` has no text, sorted; values are texts, or tables of them."""
    have = dict(_leaves(other))
    return sorted(
        key for key, _ in _leaves(english) if key not in have and key.rpartition(".")[2] not in ONCE
    )


def untranslated() -> dict[str, list[str]]:
    """By language the keys that it lacks, of the catalogue and of the fields."""
    found: dict[str, list[str]] = {
        language: lacking(texts("en"), texts(language))
        for language in LANGUAGES
        if language != "en"
    }
    for language in fieldtexts.LANGUAGES[1:]:
        found[language] += _fields(language)
    return found


def _fields(language: str) -> list[str]:
    found = lacking(_described(fieldtexts.field_texts("en")), fieldtexts.field_texts(language))
    return [f"field {key}" for key in found]


def _described(table: Mapping[str, Any]) -> dict[str, Any]:
    """With the sentence of each field, which in English is the docstring of its model."""
    made = {k: _described(v) if isinstance(v, Mapping) else v for k, v in table.items()}
    return {**made, "text": ""} if "title" in made else made


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def main() -> None:
    """List what lacks, a line each."""
    lines = [f"{language}: {key}" for language, keys in untranslated().items() for key in keys]
    shown = ["Not translated yet:", *lines] if lines else ["Every text is translated."]
    sys.stdout.write("".join(f"{line}\n" for line in shown))
    sys.exit(1 if lines and "--strict" in sys.argv else 0)


if __name__ == "__main__":
    main()
