"""``--jobs``: with how many processes a large fleet is read, checked and planned."""

import click

jobs_option = click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, 64),
    envvar="PROVISION_JOBS",
    help="Processes for a large fleet; default: PROVISION_JOBS, then the processors, up to 4.",
)


def jobs_for(what: tuple[str, ...], asked: int | None) -> int:
    """Customers that are named are few, and the others are only searched."""
    if what:
        return 1
    from provisioner.operations.processes import processors  # for a whole fleet alone

    return asked or processors()
