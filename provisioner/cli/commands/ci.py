"""``provision ci``: what the jobs of a repository at GitHub or GitLab run."""

import click

from provisioner.cli.commands.ci_check import check
from provisioner.cli.commands.ci_key import key
from provisioner.cli.commands.ci_lanes import apply, drift, plan, ready
from provisioner.cli.context import Group


@click.group(cls=Group, epilog="Example:  provision ci check --rev HEAD --base origin/main")
def ci() -> None:
    """Merge requests at GitHub or GitLab, for the jobs of CI.

    A merge request is called pull request at GitHub.
    """


for each in (check, plan, ready, apply, drift, key):
    ci.add_command(each)
