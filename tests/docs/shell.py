"""Commands of ours in a shell's text, and whether they exist: nothing is run."""

import re
import shlex
from collections.abc import Iterator, Sequence

import click

from provisioner.cli.context import App
from provisioner.cli.group import provision

_HERE = re.compile(r"<<-?'?(\w+)'?.*?^\1$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
_ENDS = frozenset("; ;; | || & && ( ) { } < > >> << do done then".split())
_NOT_HERE = re.compile(r"does not exist|is not readable")
"""What a path of somebody else's machine gets."""


def calls(script: str, program: str) -> Iterator[list[str]]:
    """The arguments of each call of ``program``, as written."""
    text = _COMMENT.sub("", _HERE.sub("", script.replace("\\\n", " "))).replace("$(", " ( ")
    for words in _lines(text):
        call: list[str] | None = None
        for word in words:
            if word in _ENDS or set(word) <= set(";|&()<>"):
                if call is not None:
                    yield call
                call = None
            elif call is not None:
                call.append(word)
            elif word == program or word.endswith(f"/{program}"):
                call = []
        if call is not None:
            yield call


def _lines(text: str) -> Iterator[list[str]]:
    """The words of each line; a quote may end on a later one."""
    begun = ""
    for line in text.splitlines():
        begun += f"{line}\n"
        lexer = shlex.shlex(begun, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            yield [*lexer]
        except ValueError:
            continue
        begun = ""
    assert not begun, f"a quote is left open: {begun}"


def refused(arguments: Sequence[str]) -> str:
    """Why the command line would not take them; empty if it would."""
    if "$@" in arguments:  # whatever somebody gives
        arguments = [*arguments[: arguments.index("$@")], "--help"]
    command: click.Command = provision
    context: click.Context | None = None
    left = [*arguments]
    try:
        while "--help" not in left and "--version" not in left:
            context = command.make_context(command.name, left, parent=context, obj=App())
            if not isinstance(command, click.Group):
                return ""
            left = [*context._protected_args, *context.args]
            _, found, left = command.resolve_command(context, left)
            if found is None:
                return f"no command {left}"
            command = found
    except click.UsageError as error:
        said = error.format_message()
        return "" if _NOT_HERE.search(said) else said
    return ""
