"""``provision ci``: what the jobs of a repository at GitHub or GitLab run."""

import click

from provisioner.cli.lazy import LazyGroup

COMMANDS = {
    "check": "ci_check",
    "plan": "ci_lanes",
    "ready": "ci_lanes",
    "apply": "ci_lanes",
    "drift": "ci_lanes",
    "key": "ci_key",
}


@click.group(
    cls=LazyGroup,
    modules=COMMANDS,
    epilog="Example:  provision ci check --rev HEAD --base origin/main",
)
def ci() -> None:
    """Merge requests at GitHub or GitLab, for the jobs of CI.

    A merge request is called pull request at GitHub.
    """
