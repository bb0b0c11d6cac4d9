"""What a shell completes: customers, resellers, port orders and codes.

It runs at every press of Tab, so it reads names of files, and of one manifest only the lines that
name its ports.  No live system is asked, and whatever cannot be read completes to nothing.  A name
that is no id is not offered: a shell puts it on the line as it is, and would run what it holds.
"""

import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from provisioner.cli.context import COMPLETE, App
from provisioner.report.explain_text import RULES

MANY = 50
"""Of more customers than that the orders are not listed before one is chosen."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_PORTING = re.compile(r"^porting:\n(?P<body>(?:[ #-].*\n|\n)*)", re.MULTILINE)
_ID = re.compile(r"^ *- (?:\{ *)?id: *[\"']?([a-z0-9-]+)", re.MULTILINE)


def _manifests(root: Path) -> list[Path]:
    try:
        found = sorted(root.glob("customers/*/*.yaml"))
    except OSError:
        return []
    return [p for p in found if _NAME.fullmatch(p.stem) and _NAME.fullmatch(p.parent.name)]


def customers(root: Path, incomplete: str) -> Iterator[CompletionItem[Any]]:
    for path in _manifests(root):
        if path.stem.startswith(incomplete):
            yield CompletionItem(path.stem, help=path.parent.name)


def customers_or_paths(root: Path, incomplete: str) -> Iterator[CompletionItem[Any]]:
    if "/" in incomplete:
        yield CompletionItem(incomplete, type="file")
    else:
        yield from customers(root, incomplete)


def resellers(root: Path, incomplete: str) -> Iterator[CompletionItem[Any]]:
    try:
        names = sorted(p.name for p in root.glob("customers/*") if p.is_dir())
    except OSError:
        return
    for name in names:
        if name.startswith(incomplete) and _NAME.fullmatch(name):
            yield CompletionItem(name)


def filters(root: Path, incomplete: str) -> Iterator[CompletionItem[Any]]:
    """``reseller=limmat-it``: what ``edit`` asks of the name of a file."""
    name, given, value = incomplete.partition("=")
    if not given:
        known = (each for each in (f"{found}=" for found in _OWNERS) if each.startswith(name))
        yield from map(CompletionItem, known)
    elif name in _OWNERS:
        for found in _OWNERS[name](root, value):
            yield CompletionItem(f"{name}={found.value}", help=found.help)


_OWNERS = {"reseller": resellers, "customer": customers}


def orders(root: Path, incomplete: str) -> Iterator[CompletionItem[Any]]:
    """``schmiedeisen/haupt/1``: the first order of each port."""
    customer, slash, _ = incomplete.partition("/")
    wanted = [
        path
        for path in _manifests(root)
        if (path.stem == customer if slash else path.stem.startswith(customer))
    ]
    for path in wanted:
        if len(wanted) > MANY:
            yield CompletionItem(f"{path.stem}/")
            continue
        for port in _ports(path):
            order = f"{path.stem}/{port}/1"
            if order.startswith(incomplete):
                yield CompletionItem(order)


def _ports(path: Path) -> list[str]:
    from provisioner.manifest.text import MAX_BYTES  # only where port orders are completed

    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_BYTES:  # a pipe would never end
            return []
        found = _PORTING.search(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return []
    return _ID.findall(found["body"]) if found else []


def codes(_root: Path, incomplete: str) -> Iterator[CompletionItem[Any]]:
    """Of what ``explain`` takes: codes, and rules."""
    words = App().words
    for code in words.codes():
        if code.startswith(incomplete.upper()):
            yield CompletionItem(code, help=words.title(code))
    for rule in RULES:
        if incomplete and rule.startswith(incomplete.upper()):
            yield CompletionItem(rule, help=words.ui(f"explain.rule.{rule}"))


_KINDS: dict[str, Callable[[Path, str], Iterator[CompletionItem[Any]]]] = {
    "customer": customers,
    "customers": customers,
    "what": customers_or_paths,
    "order": orders,
    "code": codes,
    "reseller": resellers,
    "where": filters,
}
"""By the name of an argument or option."""


class _Completed(click.ParamType[str]):
    name = "text"

    def __init__(self, kind: str) -> None:
        self._find = _KINDS[kind]

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem[Any]]:
        app = ctx.find_object(App) or App()
        return list(self._find(app.root, incomplete))


def equip(command: click.Command) -> None:
    """Lets the parameters of ``command``, and of those below it, complete from the workspace."""
    for parameter in command.params:
        if parameter.name in _KINDS and command.name not in {"new", "init"}:
            parameter.type = _Completed(parameter.name)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            equip(below)


def script(command: click.Command, shell: str) -> str:
    """What ``bash``, ``zsh`` or ``fish`` has to read once."""
    return _shell(command, shell).source()


def answer(command: click.Command, instruction: str) -> int:
    """What the script asks for at a press of Tab: ``bash_complete``.  Exit code 1 if that is
    nothing we know."""
    shell, _, wanted = instruction.partition("_")
    if wanted != "complete" or get_completion_class(shell) is None:
        return 1
    try:
        click.echo(_shell(command, shell).complete())
    except (KeyError, ValueError):  # not called by our script, which sets the words
        return 1
    return 0


def _shell(command: click.Command, name: str) -> ShellComplete:
    found = get_completion_class(name)
    assert found is not None  # noqa: S101 - the caller has looked
    return found(command, {}, "provision", COMPLETE)
