"""The rooms' order and the shape of the code, read from the code itself."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from every import every

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "provisioner"
FILES = sorted(PACKAGE.rglob("*.py"))

ROOMS = (
    "codes errors durable bounded patience spelling extras telephony manifest git contract drivers"
    " forge desired plan review apply operations report cli"
).split()
"""A room imports only rooms before it in this list, and itself."""

BESIDE = {"testing": "desired"}
"""A room beside another one: it may import what stands before that one."""

NO_MANIFEST = frozenset({"contract", "drivers", "forge", "testing"})
"""Rooms that talk to systems of somebody else's: what a manifest is is not theirs."""

TERMINAL = frozenset({"click", "rich"})
CLOCK = frozenset(
    "datetime.now datetime.utcnow datetime.today date.today time.time time.time_ns time.localtime"
    " time.gmtime".split()
)
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getlogin"})
SHELL = frozenset({"cli", "__main__"})
MAX_LINES = 400
DRIVERS = PACKAGE / "drivers"
OWN_COMMANDS = {
    "cli/commands/asterisk.py": "provisioner.drivers.asterisk.",
    "cli/commands/asterisk_certificate.py": "provisioner.drivers.asterisk",
    "cli/encrypting.py": "provisioner.drivers.asterisk",
}
"""Commands that belong to one driver and write what it ships; no other driver is theirs."""


@dataclass(frozen=True)
class Import:
    """``module`` is whole, also for ``from provisioner.plan import model``."""

    line: int
    module: str


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(tree: ast.AST, package: tuple[str, ...]) -> Iterator[Import]:
    """All imports, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in {"import_module", "__import__"}:
            names = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
            yield from (Import(node.lineno, str(name)) for name in names)


def _name(node: ast.AST) -> str:
    """The last part of a dotted name, or an empty string."""
    return (
        node.attr
        if isinstance(node, ast.Attribute)
        else node.id
        if isinstance(node, ast.Name)
        else ""
    )


def _dotted(node: ast.AST) -> str:
    """``datetime.now`` of ``datetime.datetime.now(UTC)``: its last two parts."""
    return f"{_name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else _name(node)


def wrong_imports(room: str, found: Import) -> str | None:
    """What is wrong with ``found`` in ``room``; None if it is allowed."""
    parts = found.module.split(".")
    if parts[0] != "provisioner":
        if parts[0] in TERMINAL and room not in SHELL and (parts[0], room) != ("rich", "report"):
            return f"line {found.line}: {room} imports {parts[0]}"
        return None
    other = parts[1] if len(parts) > 1 else ""
    if other not in {*ROOMS, *BESIDE} or room in SHELL or other == room:
        return None  # provisioner.__version__ is nobody's room
    rank = ROOMS.index(BESIDE.get(room, room))
    foreign = other == "manifest" and room in NO_MANIFEST
    if other in BESIDE or foreign or ROOMS.index(other) >= rank:
        return f"line {found.line}: {room} imports {found.module}"
    return None


def core_sins(tree: ast.AST) -> Iterator[str]:
    """What only the command line may do: print, read the environment, ask the clock."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"print", "input"}
        ):
            yield f"line {node.lineno}: {node.func.id}()"
        elif isinstance(node, ast.Attribute):
            if _dotted(node) in CLOCK:
                yield f"line {node.lineno}: {_dotted(node)}"
            elif node.attr in ENVIRONMENT and _name(node.value) == "os":
                yield f"line {node.lineno}: os.{node.attr}"
            elif node.attr in {"stdout", "stderr", "stdin"} and _name(node.value) == "sys":
                yield f"line {node.lineno}: sys.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in {"os", "time", "sys"}:
            bad = {a.name for a in node.names} & {*ENVIRONMENT, "time", "stdout", "stderr"}
            yield from (
                f"line {node.lineno}: from {node.module} import {name}" for name in sorted(bad)
            )


def broad_excepts(tree: ast.AST) -> Iterator[int]:
    """Lines of ``except:``, ``except Exception`` and ``except BaseException`` that swallow."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {_name(kind) if kind else "" for kind in types}
        again = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in node.body)
        if names & {"", "Exception"} or ("BaseException" in names and not again):
            yield node.lineno


def of(paths: list[Path]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return every(paths, lambda path: path.relative_to(PACKAGE))


each = of(FILES)


@each
def test_a_room_imports_only_rooms_below_it(path: Path) -> None:
    package = path.parent.relative_to(ROOT).parts
    found = (wrong_imports(room_of(path), one) for one in imports(tree_of(path), package))
    assert not [problem for problem in found if problem]


@of([path for path in FILES if DRIVERS not in path.parents])
def test_drivers_are_known_to_load_alone(path: Path) -> None:
    package = path.parent.relative_to(ROOT).parts
    modules = {one.module for one in imports(tree_of(path), package)}
    found = {module for module in modules if module.startswith("provisioner.drivers")}
    own = OWN_COMMANDS.get(path.relative_to(PACKAGE).as_posix(), "nothing")
    assert not {module for module in found if not module.startswith(own)}
    # a module named in a text is one to be imported by name
    assert path == PACKAGE / "operations/load.py" or '"provisioner.drivers' not in path.read_text(
        "utf-8"
    )


@of([path for path in FILES if room_of(path) not in SHELL])
def test_the_core_neither_prints_nor_reads_the_environment_nor_asks_the_clock(path: Path) -> None:
    assert not list(core_sins(tree_of(path)))


@each
def test_only_the_last_line_of_defence_catches_everything(path: Path) -> None:
    lines = list(broad_excepts(tree_of(path)))
    assert len(lines) <= (path == PACKAGE / "cli/group.py"), lines


@each
def test_a_file_holds_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


def test_every_room_is_known() -> None:
    # a room that moved may have left compiled files behind
    there = [p for p in PACKAGE.iterdir() if p.suffix == ".py" or any(p.rglob("*.py"))]
    found = {p.name.removesuffix(".py") for p in there if not p.name.startswith("_")}
    assert found == {*ROOMS, *BESIDE}


@pytest.mark.parametrize(
    ("room", "module", "allowed"),
    [
        ("plan", "provisioner.contract.reading", True),
        ("contract", "provisioner.manifest.config", False),
        ("drivers", "provisioner.contract.pbx", True),
        ("plan", "provisioner.report.messages", False),
        ("manifest", "provisioner.contract.resources", False),
        ("testing", "provisioner.contract.pbx", True),
        ("testing", "provisioner.report.messages", False),
        ("report", "provisioner.testing", False),
        ("report", "rich.text", True),
        ("report", "click", False),
        ("plan", "rich", False),
        ("cli", "provisioner.report.messages", True),
        ("errors", "provisioner.telephony.money", False),
    ],
)
def test_the_rule_itself(room: str, module: str, allowed: bool) -> None:
    assert (wrong_imports(room, Import(1, module)) is None) is allowed


@pytest.mark.parametrize(
    "code",
    [
        "print(1)",
        "import os\nos.environ['X']",
        "import os\nos.getenv('X')",
        "from os import environ",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import time",
        "import sys\nsys.stderr.write('')",
    ],
)
def test_the_core_rule_itself(code: str) -> None:
    assert list(core_sins(ast.parse(code)))


def test_imports_are_found_wherever_they_stand() -> None:
    code = "def f():\n from .. import report\n import click\n from provisioner.cli import group\n"
    found = [one.module for one in imports(ast.parse(code), ("provisioner", "plan"))]
    assert sorted(found) == ["click", "provisioner.cli.group", "provisioner.report"]
