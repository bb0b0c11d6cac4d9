"""Groups whose commands are imported when they are called: one command waits for no other."""

import importlib
import os
from collections.abc import Mapping
from keyword import iskeyword
from typing import Any

import click

from provisioner.cli.context import COMPLETE
from provisioner.cli.helping import Group


class LazyGroup(Group):
    """``modules``: command to the module in ``cli/commands`` that holds it, in order.

    A command of two words, such as ``plan merge``, goes before the one that is its first word.
    ``summaries``: the first lines of their help; without them all are imported to list them.
    """

    def __init__(
        self,
        *arguments: Any,
        modules: Mapping[str, str],
        summaries: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.modules = modules
        self.summaries = summaries

    def summary(self, ctx: click.Context, name: str) -> str:
        return super().summary(ctx, name) if self.summaries is None else self.summaries[name]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.modules)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        module = importlib.import_module(f"provisioner.cli.commands.{self.modules[cmd_name]}")
        name = cmd_name.replace(" ", "_")
        found = getattr(module, f"{name}_" if iskeyword(name) else name)
        assert isinstance(found, click.Command)  # noqa: S101 - the table names commands
        if COMPLETE in os.environ:
            from provisioner.cli.completing import equip  # only at a press of Tab

            equip(found)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """An interrupt is told by whoever called: click writes a line for it, also into a log."""
        try:
            return super().invoke(ctx)
        except (EOFError, KeyboardInterrupt) as error:
            raise click.Abort from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if (words := " ".join(args[:2])) in self.modules:
            args = [words, *args[2:]]
        return super().resolve_command(ctx, args)
