"""What is wrong with a command line, in the reader's language: exit code 64.

Click says it in English and in its own terms.  Here its errors are told by what they are about, an
option and its type, and ours by a key of the catalogue; both name what would fit.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from provisioner.cli.helping import ARGUMENTS, Texts
from provisioner.cli.usage import WrongUsage, WrongValue
from provisioner.report.layout import clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.spelling import nearest

_NAMES = frozenset({"one", "other"})


def told(error: click.ClickException, words: Catalogue, width: int) -> str:
    """The line of usage, where help is, and what is wrong."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return f"{error.message}\n"
    shown = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        help_ = words.ui("usage.help", command=error.ctx.command_path)
        shown = f"{error.ctx.get_usage()}\n{help_}\n\n"
    sentence = f"{words.ui('severity.error')}: {_sentence(error, words)}"
    lines = [line for part in sentence.splitlines() for line in wrap(part, clamp(width), rest="  ")]
    return shown + "".join(f"{line}\n" for line in lines)


def _sentence(error: click.ClickException, words: Catalogue) -> str:
    match error:
        case WrongUsage():
            texts, params = Texts(words), dict(error.params)
            params |= {n: texts.metavar(str(params[n])) for n in _NAMES if n in params}
            return words.ui(error.message, **params)
        case click.MissingParameter(param=click.Parameter() as parameter):
            kind = "argument" if isinstance(parameter, click.Argument) else "option"
            said = words.ui(f"usage.missing.{kind}", name=_name(parameter, error.ctx, words))
            wanted = _wanted(parameter.type, words)
            return f"{said} {words.ui('usage.fits', wanted=wanted)}" if wanted else said
        case click.BadParameter():
            return _value(error, words)
        case click.NoSuchOption():
            known = _options(error.ctx)
            return _unknown("usage.no_option", error.option_name, known, words)
        case click.NoSuchCommand(ctx=click.Context(command=click.Group() as group) as context):
            known = group.list_commands(context)
            return _unknown("usage.no_command", error.command_name, known, words)
        case click.BadOptionUsage(ctx=click.Context() as context):
            return _option(error.option_name, context, words)
        case _:  # what no command of ours can provoke
            return error.format_message()


def _unknown(key: str, found: str, known: list[str], words: Catalogue) -> str:
    said = words.ui(key, found=found)
    plain = {each.lstrip("-"): each for each in known}  # else all options are near to each other
    near = plain.get(nearest(found.lstrip("-"), plain))
    return f"{said} {words.ui('usage.near', near=near)}" if near else said


def _options(context: click.Context | None) -> list[str]:
    parameters = context.command.get_params(context) if context is not None else []
    return [name for each in parameters for name in (*each.opts, *each.secondary_opts)]


def _option(name: str, context: click.Context, words: Catalogue) -> str:
    """An option without its value, or one with a value that takes none."""
    for each in context.command.get_params(context):
        if name in {*each.opts, *each.secondary_opts} and isinstance(each, click.Option):
            if each.is_flag:
                return words.ui("usage.takes_none", name=name)
            wanted = _wanted(each.type, words) or Texts(words).metavar(each.make_metavar(context))
            said = words.ui("usage.takes", count=each.nargs, name=name)
            return f"{said} {words.ui('usage.fits', wanted=wanted)}"
    return words.ui("usage.takes_none", name=name)


def _name(parameter: click.Parameter, context: click.Context | None, words: Catalogue) -> str:
    """As it is typed: the option's long name, or the argument's place in the line of usage."""
    if isinstance(parameter, click.Argument) and context is not None:
        plain = isinstance(parameter.type, click.Choice) and parameter.name
        shown = plain.upper() if plain else parameter.make_metavar(context).strip("[].")
        return Texts(words).metavar(shown)
    return max(parameter.opts, key=len)


def _value(error: click.BadParameter, words: Catalogue) -> str:
    """An option's or an argument's value that does not fit."""
    parameter, context = error.param, error.ctx
    name = Texts(words).metavar(str(error.param_hint or ""))
    if not name and parameter is not None:
        name = _name(parameter, context, words)
    if isinstance(error, WrongValue):
        found, wanted = error.found, words.ui(error.message, **error.params)
        return words.ui("usage.value", name=name, found=found, wanted=wanted)
    if parameter is None or context is None:
        return error.format_message()
    found, variable = _typed(parameter, context)
    name = variable or name
    if isinstance(parameter.type, click.Path):
        return words.ui(f"usage.path.{_path(parameter.type, found)}", name=name, found=found)
    wanted = _wanted(parameter.type, words)
    said = words.ui("usage.value", name=name, found=found, wanted=wanted)
    near = nearest(found, _choices(parameter.type))
    return f"{said} {words.ui('usage.near', near=near)}" if near else said


def _typed(parameter: click.Parameter, context: click.Context) -> tuple[str, str]:
    """What stood there, of several values the one that the type refuses; and the environment's
    variable where it stood in one."""
    given, _, _ = context.command.make_parser(context).parse_args(list(context.meta[ARGUMENTS]))
    value, source = parameter.consume_value(context, given)
    variable = str(parameter.envvar) if source is ParameterSource.ENVIRONMENT else ""
    for each in _each(value):
        try:
            parameter.type.convert(each, parameter, context)
        except click.BadParameter:
            return str(each), variable
    return "", variable


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for part in value:
            yield from _each(part)
    else:
        yield value


def _path(kind: click.Path, found: str) -> str:
    """The key of what is wrong with it."""
    wanted = "file" if kind.file_okay else "folder"
    path = Path(found)
    if not path.exists():
        return f"no_{wanted}"
    if path.is_dir() is not (wanted == "folder"):
        return f"not_{wanted}"
    return "closed"


def _choices(kind: click.ParamType[Any]) -> list[str]:
    return [str(each) for each in kind.choices] if isinstance(kind, click.Choice) else []


def _wanted(kind: click.ParamType[Any], words: Catalogue) -> str:
    """What fits; empty where any text does."""
    if choices := _choices(kind):
        return ", ".join(choices)
    if not isinstance(kind, click.IntRange | click.FloatRange):
        return ""
    first, last = str(kind.min), str(kind.max)
    if kind.max is None:
        return words.ui("usage.whole_from", first=first)
    whole = isinstance(kind, click.IntRange)
    between = "usage.whole_between" if whole else "usage.number_between"
    return words.ui(between, first=first, last=last)
