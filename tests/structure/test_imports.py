"""An import stands at the top, unless it would cost whoever does without it."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "provisioner"
HOLDERS = {"provisioner.cli.group", "provisioner.cli.completing", "provisioner.cli.main"}
"""Modules that import a command's; a command that needs them would come back to itself."""


def inside(path: Path) -> list[tuple[int, str]]:
    """Imports in functions: line and module."""
    found = []
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom):
                    found += [(node.lineno, _module(node, a.name)) for a in node.names]
                elif isinstance(node, ast.Import):
                    found += [(node.lineno, alias.name) for alias in node.names]
    return found


def _module(node: ast.ImportFrom, name: str) -> str:
    """``from provisioner import plan`` imports a room, not the package alone."""
    place = ROOT.joinpath(*str(node.module).split("."), name)
    room = place.is_dir() or place.with_suffix(".py").exists()
    return f"{node.module}.{name}" if room else str(node.module)


def test_what_is_loaded_in_any_case_is_imported_at_the_top() -> None:
    """Help and a short command take a third of the time that they would with all that a long one
    needs, so an import in a function is of something its module can do without."""
    checked, wrong = 0, []
    for path in sorted(PACKAGE.rglob("*.py")):
        imports = inside(path)
        if not imports:
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        code = f"import sys, provisioner.cli.context, {name}; print(*sys.modules)"
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
        )
        loaded = {*ran.stdout.split()} - HOLDERS
        checked += len(imports)
        wrong += [f"{path.name}:{line} {module}" for line, module in imports if module in loaded]
    assert checked > 100
    assert wrong == []


def test_no_private_function_is_left_over() -> None:
    """A rule that nobody calls any more would look as if it held."""
    left = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        used |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        defined = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        left += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in defined
            if node.name.startswith("_") and not node.name.endswith("__")
            if node.name not in used and not node.decorator_list
        ]
    assert left == []


def test_an_import_in_a_function_has_its_reason_beside_it() -> None:
    """Those of the commands have one in common, in the docstring of their package."""
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        lines = path.read_text("utf-8").splitlines()
        for line, module in inside(path) if "commands" not in path.parts else ():
            with_reason = (lines[line - 1], lines[line - 2], lines[line - 3])
            if not any("#" in each for each in with_reason):
                wrong.append(f"{path.relative_to(ROOT)}:{line} {module}")
    assert wrong == []
