"""The catalogue as it lies in its files, for the tests that look at its texts."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from provisioner.report.messages import FAMILIES, LANGUAGES, package_texts

ROOT = Path(str(package_texts()))


OTHERS = [language for language in LANGUAGES if language != "en"]
HOLE = re.compile(r"\{\{|\}\}|\{[a-z_]+(?::[a-z]+)?\}")


@cache
def toml(language: str, name: str) -> dict[str, Any]:
    """One file of the catalogue; empty if it is not there."""
    path = ROOT / language / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def files(language: str) -> list[str]:
    return sorted(path.name for path in (ROOT / language).iterdir())


def tables(language: str) -> dict[str, dict[str, Any]]:
    return {c: entry for name in FAMILIES.values() for c, entry in toml(language, name).items()}


def leaves(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def ui(language: str) -> dict[str, str]:
    found = dict(leaves(toml(language, "ui")))
    for name in files(language):
        if name.startswith("ui-"):
            prefix = name.removeprefix("ui-").removesuffix(".toml")
            found |= leaves(toml(language, f"ui-{prefix}"), f"{prefix}.")
    return found


def texts(language: str) -> dict[str, str]:
    """Every text of a language: ``PV201.title`` and ``plan.nothing``."""
    return dict(leaves(tables(language))) | ui(language)


def holes(text: str | None) -> list[str] | None:
    """The placeholders with their styles, and braces; None for a text that is not there."""
    return sorted(set(HOLE.findall(text))) if text is not None else None
