"""``provision desk``: the upkeep of the desk's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, common
from provisioner.cli.helping import Group
from provisioner.cli.usage import WrongUsage
from provisioner.codes.desk import DeskNeedsNoUpkeep
from provisioner.contract.upkeep import KeptDesk, Retained
from provisioner.errors import Refused

if TYPE_CHECKING:
    from provisioner.manifest.config import Config


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
    with _opened(app) as (kept, _):
        before, now = kept.upgrade()
    if before == now:
        app.say(app.words.ui("desk.current", version=now) + "\n")
    elif before:
        app.say(app.words.ui("desk.upgraded", before=before, version=now) + "\n")
    else:
        app.say(app.words.ui("desk.created", version=now) + "\n")
    return 0


@desk.command(epilog="Example:  provision desk housekeeping --yes")
@click.option("--yes", is_flag=True, help="Delete it; without this it is only shown.")
@common
def housekeeping(app: App, yes: bool) -> int:
    """Show, or delete, what is older than `retention` in provision.yaml allows.

    Runs that ended, with their steps; port orders, rested numbers and notes of customers who are
    gone; lines of bills once the law no longer asks for them. All else stays. It goes in small
    parts, so nobody has to wait, and can be stopped and begun anew.
    """
    from provisioner.report.tables import render_swept

    now = app.now()
    with _opened(app) as (kept, config):
        rules = config.retention
        first = datetime(now.year - rules.bills_years, 1, 1, tzinfo=UTC)
        until = Retained(
            journal=now - timedelta(days=rules.journal_days),
            former=now - timedelta(days=rules.former_customers_days),
            bills=first,
        )
        swept = kept.sweep(until, carry_out=yes)
    app.say(render_swept(swept, until, app.words, carried_out=yes, **app.layout))
    return 0


@desk.command(epilog="Example:  provision desk move --service desk")
@click.option("--service", metavar="NAME", help="The server, as a section of pg_service.conf.")
@click.option(
    "--url", metavar="URL", help="The server, as postgresql://ROLE@HOST.example/DATABASE."
)
@click.option("--password-file", metavar="FILE", help="File with the password of the role.")
@common
def move(app: App, service: str | None, url: str | None, password_file: str | None) -> int:
    """Move a desk from its file to an empty desk on PostgreSQL.

    The role has to be the owner of the tables, which `provision desk upgrade` has made there. All
    rows are copied in one transaction and compared; then the file is closed for good. Stop all runs
    before, and change provision.yaml after it. It can be repeated.
    """
    if (service is None) == (url is None):
        raise WrongUsage("usage.either", one="--service", other="--url")
    given = {"service": service, "url": url, "password_file": password_file}
    options = {name: value for name, value in given.items() if value is not None}
    with _opened(app) as (kept, _):
        count = kept.hand_over(options, app.root)
    app.say(app.words.ui("desk.moved", count=count) + "\n")
    return 0


@contextmanager
def _opened(app: App) -> "Iterator[tuple[KeptDesk, Config]]":
    from provisioner.manifest.repository import load_config  # the group alone needs none of it
    from provisioner.operations.load import open_desk

    config = load_config(app.root)
    found = open_desk(config, app.root)
    try:
        if not isinstance(found, KeptDesk):
            raise Refused(DeskNeedsNoUpkeep(driver=config.desk.driver))
        yield found, config
    finally:
        found.close()
