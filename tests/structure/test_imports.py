"""An import stands at the top, unless it would cost whoever does without it."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "provisioner"
HOLDERS = {"provisioner.cli.group", "provisioner.cli.completing", "provisioner.cli.main"}
"""Modules that import a command's; a command that needs them would come back to itself."""
_EACH_ALONE = """
import importlib, os, sys
import provisioner.cli.context
for name in sys.argv[1:]:
    if not os.fork():
        importlib.import_module(name)
        print(name, *sys.modules, flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(name)
"""
"""What each module loads: in a process of its own, which begins with what every command has."""
_A_COMMAND = """
import sys
from provisioner.cli.group import main
main(sys.argv[1:])
print(*sys.modules)
"""
NO_USE = {
    "validate velo-werk": ["sqlalchemy", "provisioner.drivers", "provisioner.plan"],
    "status": [
        "provisioner.apply",
        "provisioner.drivers.sql.server",
        "provisioner.plan.model",
    ],
    "plan velo-werk": ["provisioner.apply", "provisioner.drivers.sql.server"],
}
"""What a short command does without, also where a module that it needs is beside one of these."""


@cache
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
    imports = {_name(path): inside(path) for path in sorted(PACKAGE.rglob("*.py"))}
    some = [name for name, found in imports.items() if found]
    code = [sys.executable, "-c", _EACH_ALONE, *some]
    ran = subprocess.run(code, capture_output=True, text=True, cwd=ROOT, check=True)
    told = [line.split() for line in ran.stdout.splitlines()]
    assert [name for name, *_ in told] == some
    wrong = [
        f"{name}:{line} {module}"
        for name, *loaded in told
        for line, module in imports[name]
        if module in {*loaded} - HOLDERS
    ]
    assert sum(map(len, imports.values())) > 100
    assert wrong == []


@pytest.mark.parametrize("command", NO_USE)
def test_a_short_command_does_not_load_what_it_has_no_use_for(command: str, tmp_path: Path) -> None:
    """Each model, value and pattern of a module is made when it is loaded: of a plan's and a run's
    that takes longer than what a short command does."""
    (tmp_path / "provision.yaml").write_bytes((ROOT / "provision.yaml").read_bytes())
    file = "customers/limmat-it/velo-werk.yaml"
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    code = [sys.executable, "-c", _A_COMMAND, *command.split(), "-C", str(tmp_path)]
    ran = subprocess.run(code, capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = ran.stdout.splitlines()[-1].split()
    assert "provisioner.manifest.models" in loaded
    assert {*loaded} & {*NO_USE[command]} == set()


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


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
