"""Help, and lines of usage, in the reader's language.

The English texts stand with the commands, where click reads them.  The other languages have a file
``help.toml`` in the catalogue, which is read for help and for a line of usage alone: click's own
words, words in capitals that stand for a value, options by their name, and a table a command with
its text and with the options that say something else there.
"""

import copy
import os
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from provisioner.cli.context import LOG, LOGGED, LOGS, App
from provisioner.cli.usage import WrongUsage
from provisioner.report.messages import Catalogue

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from click.types import OptionHelpExtra

ARGUMENTS = "provisioner.arguments"
"""Where the context of a command keeps its words, for an error that says what stood there."""
LANG = "--lang"
EXAMPLE = "Example:"
NUMBER, CHOICE = "NUMBER", "CHOICE"
LONG = 40
"""Choices that are longer stand behind the text of their option, where they can be wrapped."""

_CAPITALS = re.compile(r"[A-Z]+(?: RANGE)?(?![a-z])")
_RANGE = re.compile(r"(?:(?P<first>[\d.]+)<=)?x(?:<=(?P<last>[\d.]+)|>=(?P<least>[\d.]+))?")


def language_asked(arguments: Sequence[str]) -> str:
    """The value of ``--lang``, wherever it stands: help, and what is wrong before it, need it."""
    return _asked(LANG, arguments)


def log_asked(arguments: Sequence[str]) -> str:
    """The form of the log, wherever ``--log`` stands: what is wrong before it is no line of it."""
    asked = _asked(LOG, arguments) or os.environ.get(LOGGED, "")
    return asked if asked in LOGS else ""


def _asked(option: str, arguments: Sequence[str]) -> str:
    asked = ""
    for word, following in pairwise([*arguments, ""]):
        if word == "--":
            break
        if word == option:
            asked = following
        elif word.startswith(f"{option}="):
            asked = word.partition("=")[2]
    return asked


class Texts:
    """What help says in a language; it is false, and what click has stands, in English."""

    def __init__(self, words: Catalogue) -> None:
        self._read = words.help_texts()

    def __bool__(self) -> bool:
        return bool(self._read)

    def word(self, english: str, **params: str) -> str:
        """One of click's own words, or of a note behind an option."""
        return str(self._table("word").get(english, english)).format(**params)

    def metavar(self, shown: str) -> str:
        """With its words in capitals in this language: ``[CUSTOMER|PATH]...``."""
        known = {"FLOAT RANGE": NUMBER, "INTEGER RANGE": NUMBER, **self._table("value")}
        return _CAPITALS.sub(lambda found: str(known.get(found[0], found[0])), shown)

    def command(self, way: str, key: str = "text") -> str | None:
        """The text of a command, ``plan merge``, or its ``epilog``."""
        return self._table("command", way).get(key)

    def summary(self, way: str) -> str | None:
        """The first sentence of a command's text."""
        text = self.command(way)
        return None if text is None else text.strip().partition("\n\n")[0]

    def option(self, way: str, option: click.Option) -> str | None:
        """The text of an option of a command: there, with its group, or for all."""
        group, name = way.rpartition(" ")[0], key_of(option)
        tables = self._table("command", way), self._table("command", group), self._table("option")
        return next((table[name] for table in tables if name in table), None)

    def _table(self, *keys: str) -> Mapping[str, Any]:
        found: Any = self._read
        for key in keys:
            found = found.get(key, {})
        return found if isinstance(found, Mapping) else {}


def texts_of(context: click.Context) -> Texts:
    return Texts((context.find_object(App) or App()).words)


def way_of(context: click.Context) -> str:
    """``plan merge``: the command without the program; this, for the program itself."""
    program, _, way = context.command_path.partition(" ")
    return way or program


def key_of(option: click.Option) -> str:
    """The name of an option in the file of texts: its long one."""
    return max(option.opts, key=len)


class Command(click.Command):
    """Says in the reader's language what it does and takes."""

    allow_extra_args = True  # they are refused in words of ours

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[ARGUMENTS] = tuple(args)
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click leaves it out where an option takes no value
            raise
        if rest and not ctx.resilient_parsing and not isinstance(self, click.Group):
            raise WrongUsage("usage.too_many", count=len(rest), found=" ".join(rest))
        return rest

    def get_help(self, ctx: click.Context) -> str:
        texts = texts_of(ctx)
        formatter = _Formatter(texts, ctx)
        click.Command.format_help(_spoken(self, ctx, texts), ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def get_usage(self, ctx: click.Context) -> str:
        texts = texts_of(ctx)
        formatter = _Formatter(texts, ctx)
        click.Command.format_usage(_spoken(self, ctx, texts), ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[Any]]":
        found = super().shell_complete(ctx, incomplete)
        if texts := texts_of(ctx):
            way = way_of(ctx)
            options = {
                name: texts.option(way, each)
                for each in self.get_params(ctx)
                if isinstance(each, click.Option)
                for name in (*each.opts, *each.secondary_opts)
            }
            for item in found:
                item.help = options.get(item.value) or item.help
        return found


class Group(Command, click.Group):
    """Lists its commands with their whole first sentences; click would cut them to one line."""

    command_class = Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = bool(args)  # which the parser empties
        rest = super().parse_args(ctx, args)
        named = rest or ctx._protected_args  # noqa: SLF001 - where click keeps the command
        if given and not (named or ctx.resilient_parsing):
            raise WrongUsage("usage.missing.command")
        return rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        texts = texts_of(ctx)
        rows = [
            (name, texts.summary(below(ctx, name)) or self.summary(ctx, name))
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def summary(self, ctx: click.Context, name: str) -> str:
        """The first sentence of a command's help, in English."""
        command = self.get_command(ctx, name)
        return command.get_short_help_str(200) if command is not None else ""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[Any]]":
        found = super().shell_complete(ctx, incomplete)
        if texts := texts_of(ctx):
            for item in found:
                item.help = texts.summary(below(ctx, item.value)) or item.help
        return found


def below(context: click.Context, name: str) -> str:
    """The way of a command of the group of ``context``."""
    return " ".join([*context.command_path.split()[1:], name])


class _Formatter(click.HelpFormatter):
    """With headings in a language."""

    def __init__(self, texts: Texts, context: click.Context) -> None:
        super().__init__(width=context.terminal_width, max_width=context.max_content_width)
        self._texts = texts

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or f"{self._texts.word('Usage')}: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(self._texts.word(heading))


def _spoken(command: click.Command, context: click.Context, texts: Texts) -> click.Command:
    """``command`` as it is shown."""
    way = way_of(context)
    made = copy.copy(command)
    made.help = texts.command(way) or command.help
    made.epilog = texts.command(way, "epilog") or (command.epilog or "").replace(
        EXAMPLE, texts.word(EXAMPLE)
    )
    made.options_metavar = texts.metavar(command.options_metavar or "")
    if isinstance(made, click.Group):
        made.subcommand_metavar = texts.metavar(made.subcommand_metavar)
    made.params = [_shown(each, context, texts) for each in command.get_params(context)]
    made.add_help_option = False  # it is among them
    return made


def _shown(parameter: click.Parameter, context: click.Context, texts: Texts) -> click.Parameter:
    made = copy.copy(parameter)
    shown = texts.metavar(parameter.make_metavar(context))
    many = isinstance(parameter.type, click.Choice) and len(shown) > LONG
    made.metavar = shown.replace("|", " | ") if many else shown
    if isinstance(made, click.Option):
        notes = _notes(made.get_help_extra(context), texts)
        if many:
            made.metavar = texts.metavar(CHOICE)
            notes.insert(0, shown.strip("[]").replace("|", ", "))
        text = texts.option(way_of(context), made) or made.help or ""
        made.help = f"{text}  [{'; '.join(notes)}]" if notes else text
        made.type, made.show_default, made.required = click.STRING, False, False  # in the notes
    return made


def _notes(extra: "OptionHelpExtra", texts: Texts) -> list[str]:
    """Default, range and whether it has to be given."""
    notes = []
    if "default" in extra:
        notes.append(texts.word("default: {default}", default=str(extra["default"])))
    if span := _RANGE.fullmatch(extra.get("range", "")):
        first, last, least = span.group("first", "last", "least")
        if last is None:
            notes.append(texts.word("from {first}", first=least))
        else:
            notes.append(texts.word("{first} to {last}", first=first, last=last))
    if "required" in extra:
        notes.append(texts.word("required"))
    return notes
