"""Every import of the package is its own, the standard library's or a declared dependency's."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from every import every

ROOT = Path(__file__).resolve().parents[2]


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


owners = cache(packages_distributions)
"""Which distributions a name comes from; looking takes most of a second."""


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = (d for each in project["optional-dependencies"].values() for d in each)
    every = (*project["dependencies"], *extras)
    return {re.split(r"[^A-Za-z0-9._-]", d)[0].lower() for d in every}


FILES = sorted((ROOT / "provisioner").rglob("*.py"))
# The conformance suite is for developers of drivers, who have pytest.
ALLOWED = {"pytest", "hypothesis"}
# pydantic's own core: it cannot be there without the other.
TOGETHER = {"pydantic_core": "pydantic"}


@every(FILES, lambda file: file.relative_to(ROOT))
def test_imports_only_declared_dependencies(file: Path) -> None:
    known = declared()
    for name in set(imported(file)) - sys.stdlib_module_names - {"provisioner"}:
        if name in ALLOWED and "testing" in file.parts:
            continue
        distributions = {d.lower() for d in owners().get(TOGETHER.get(name, name), [])}
        assert distributions & known, f"{name} is no dependency in pyproject.toml"
