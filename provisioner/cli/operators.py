"""Options of commands about a reseller's repository, whose settings are in the operator's."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from provisioner.cli.usage import WrongUsage

if TYPE_CHECKING:
    from provisioner.operations.operator import Operator

P = ParamSpec("P")
R = TypeVar("R")


def operator_options(command: Callable[P, R]) -> Callable[P, R]:
    """For a reseller's manifests in a repository of their own."""
    command = click.option(
        "--reseller",
        metavar="NAME",
        default="",
        help="With --operator: whose repository this is, where no runner tells its project.",
    )(command)
    return click.option(
        "--operator",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Clone of the operator's repository, if the settings are there and not here.",
    )(command)


@contextmanager
def operators(folder: Path | None, reseller: str) -> "Iterator[Operator | None]":
    """The operator's repository, if there is one besides."""
    if folder is None:
        if reseller:
            raise WrongUsage("usage.needs", one="--reseller", other="--operator")
        yield None
        return
    from provisioner.operations.operator import open_operator  # most repositories have none

    with open_operator(folder, os.environ, reseller) as opened:
        yield opened
