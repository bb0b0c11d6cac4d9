"""Wrong usage of a command, exit code 64, where click does not find it: see misused.py."""

from collections.abc import Mapping

import click


class WrongUsage(click.UsageError):
    """What does not go together, by the key of its sentence: ``usage.needs``.

    ``one`` and ``other`` name options and arguments as the line of usage does.
    """

    def __init__(self, key: str, **params: str | int) -> None:
        super().__init__(key, click.get_current_context(silent=True))
        self.params = params


class WrongValue(click.BadParameter):
    """A value that does not fit, by the key of what would: ``usage.date``.

    ``name`` of the option or argument where it is not click that converts its value.
    """

    def __init__(self, key: str, found: str, name: str = "", **params: str | int) -> None:
        context = click.get_current_context(silent=True)
        super().__init__(key, context, param_hint=name or None)
        self.found = found
        self.params = params


def along(option: str, others: Mapping[str, object]) -> None:
    """Raises WrongUsage where one of ``others`` is not given, which ``option`` needs."""
    for name, value in others.items():
        if not value:
            raise WrongUsage("usage.needs", one=option, other=name)


def both(options: Mapping[str, object]) -> None:
    """Raises WrongUsage where some of ``options`` are given and others are not."""
    for name, value in options.items():
        if value:
            along(name, options)


def apart(option: str, others: Mapping[str, object]) -> None:
    """Raises WrongUsage where one of ``others`` is given, which ``option`` does not go with."""
    for name, value in others.items():
        if value:
            raise WrongUsage("usage.together", one=option, other=name)
