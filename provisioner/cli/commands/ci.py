"""``provision ci``: merge requests, for pipelines."""

import click

from provisioner.cli.commands.ci_key import key
from provisioner.cli.context import Group


@click.group(cls=Group, epilog="Example:  provision ci key")
def ci() -> None:
    """Merge requests, for the jobs of a pipeline."""


ci.add_command(key)
