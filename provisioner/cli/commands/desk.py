"""``provision desk``: the upkeep of the desk's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click

from provisioner.cli.context import App, Group, common
from provisioner.codes.desk import DeskNeedsNoUpkeep
from provisioner.contract.desk import KeptDesk
from provisioner.errors import Refused

KEEP_DAYS, LEAST_DAYS = 400, 100


@click.group(cls=Group, epilog="Example:  provision desk upgrade")
def desk() -> None:
    """Look after the desk's database."""


@desk.command(epilog="Example:  provision desk upgrade")
@common
def upgrade(app: App) -> int:
    """Create the desk's tables on a server, or bring them to this version.

    Nobody writes meanwhile, and it is done as a whole or not at all. The role has to be the owner
    of the tables. A desk in a file does it by itself.
    """
    with _opened(app) as kept:
        before, now = kept.upgrade()
    if before == now:
        app.say(app.words.ui("desk.current", version=now) + "\n")
    elif before:
        app.say(app.words.ui("desk.upgraded", before=before, version=now) + "\n")
    else:
        app.say(app.words.ui("desk.created", version=now) + "\n")
    return 0


@desk.command(epilog="Example:  provision desk prune --keep-days 400")
@click.option(
    "--keep-days",
    type=click.IntRange(min=LEAST_DAYS),
    default=KEEP_DAYS,
    show_default=True,
    help="How long a run that has ended is kept.",
)
@common
def prune(app: App, keep_days: int) -> int:
    """Delete what the journal no longer needs: runs that ended long ago, and their steps.

    The audit, the ledger and everything else stay for ever.
    """
    with _opened(app) as kept:
        count = kept.prune(app.now() - timedelta(days=keep_days))
    app.say(app.words.ui("desk.pruned", count=count, days=keep_days) + "\n")
    return 0


@contextmanager
def _opened(app: App) -> Iterator[KeptDesk]:
    from provisioner.manifest.repository import load_config  # the group alone needs none of it
    from provisioner.operations.load import open_desk

    config = load_config(app.root)
    found = open_desk(config, app.root)
    try:
        if not isinstance(found, KeptDesk):
            raise Refused(DeskNeedsNoUpkeep(driver=config.desk.driver))
        yield found
    finally:
        found.close()
