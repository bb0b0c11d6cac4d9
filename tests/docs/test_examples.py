"""Every command has an example in its help, and every command line in the docs exists."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest
from docs.console import ROOT, fences
from every import every

from provisioner.cli.reference import commands, examples

ALL = dict(commands())
NAMES = [path for path in ALL if path != ("provision",)]
PAGES = [
    *(p for p in sorted(ROOT.glob("*.md")) if p.name != "CHANGELOG.md"),
    *sorted((ROOT / "docs").rglob("*.md")),
]


@every(NAMES, " ".join)
def test_help_has_an_example_of_this_command(path: tuple[str, ...]) -> None:
    found = examples(ALL[path])
    assert found
    for line in found:
        assert line.startswith(" ".join(path))


@every(NAMES, " ".join)
def test_help_shows_the_example(path: tuple[str, ...]) -> None:
    command = ALL[path]
    # with its own names of the option for help, which a command keeps from its first context
    names = ["-h", "--help"]
    context = click.Context(
        command, info_name=" ".join(path), terminal_width=200, help_option_names=names
    )
    assert "Example:  provision " in command.get_help(context)


@every(NAMES, " ".join)
def test_example_parses(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    # the files and folders of the examples need not be on this machine
    monkeypatch.setattr(click.Path, "convert", lambda _self, value, _param, _ctx: value)
    for line in examples(ALL[path]):
        _parse(line)


def _parse(line: str) -> None:
    """As click does it, without running anything. Raises click.UsageError."""
    words = shlex.split(re.split(r"\s(?:[|<]|\d?>)", line)[0])
    command, context = ALL["provision",], None
    words = words[1:]
    while True:
        context = command.make_context(command.name, list(words), parent=context)
        if not isinstance(command, click.Group):
            return
        rest = (
            [*context._protected_args, *context.args]
            if hasattr(context, "_protected_args")
            else context.args
        )
        name, found, words = command.resolve_command(context, rest)
        assert found is not None, name
        command = found


def command_lines() -> Iterator[tuple[str, str]]:
    """(page, command line) of every ``provision …`` in fences and in code within text."""
    for page in PAGES:
        text = page.read_text("utf-8")
        name = str(page.relative_to(ROOT))
        for fence in fences(text):
            if fence.lang == "console":
                yield from ((name, c) for c, _ in fence.commands())
            elif fence.lang == "sh":
                whole = fence.body.replace("\\\n", "")
                yield from ((name, line) for line in whole.splitlines())
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        yield from ((name, code) for code in re.findall(r"`(provision [^`]+)`", prose))


LINES = sorted({(p, c) for p, c in command_lines() if re.search(r"(^|\|\s*)provision ", c)})


def test_there_are_many() -> None:
    assert len(LINES) > 100


@every(LINES, spread=True)
def test_command_and_options_exist(page: str, line: str) -> None:
    line = re.sub(r"^.*\|\s*(?=provision )", "", line)
    line = re.split(r"\s(?:\||\d?>{1,2}|<)\s", line)[0].replace("…", "X").replace('\\"', '"')
    words = shlex.split(line.replace("'", "") if line.count("'") % 2 else line)
    path = ("provision",)
    rest = words[1:]
    while rest and (*path, rest[0]) in ALL:
        path = (*path, rest.pop(0))
    command = ALL[path]
    known = {o for p in command.get_params(click.Context(command)) for o in p.opts}
    for word in rest:
        if word.startswith("-") and len(word) > 1:
            assert word.partition("=")[0] in known, f"{page}: {line}"
    placeholder = not rest or rest[0].isupper() or rest[0].startswith(("-", "X"))
    assert len(path) > 1 or placeholder, f"{page}: no such command: {line}"
