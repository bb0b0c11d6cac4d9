"""``provision subscribers``."""

from datetime import date

import click

from provisioner.cli import listing
from provisioner.cli.context import App, Day, at_option, common
from provisioner.cli.helping import Command
from provisioner.cli.spool import Spool
from provisioner.cli.usage import WrongUsage


@click.command(
    cls=Command, epilog="Example:  provision subscribers --since 2026-11-01 > subscribers.csv"
)
@listing.form_option(listing.CSV, listing.JSON)
@click.option("--since", type=Day(), metavar="DATE", help="What has ended since this day too.")
@at_option
@common
def subscribers(app: App, form: str, since: date | None, at: date | None) -> int:
    """List every number: who has it, where help goes, what the directory shows.

    For the operator's location and directory service, from what was released and the desk holds;
    numbers that stand in during a port are among them. The list is whole or it is not printed. It
    holds personal data: whoever runs this needs a reason.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_listed
    from provisioner.operations.subscribers import subscribed
    from provisioner.report.lists.subscribers import (
        Span,
        subscriber_rows,
        subscribers_csv,
        subscribers_json,
    )

    config, today = load_config(app.root), app.today(at)
    if at is None and since is not None and since > today:
        raise WrongUsage("usage.future", name="--since", date=str(since))
    listing.in_turn(since, today, ("--since", "--at"))
    span = Span(today, since, config.numbers.quarantine_days)
    with open_listed(config, app.root) as (_, desk), Spool() as spool:
        with subscribed(desk) as found:
            rows = subscriber_rows(found, span)
            if form == listing.JSON:
                spool.keep(subscribers_json(rows, span))
            else:
                spool.keep(map(str.encode, subscribers_csv(rows)))
        if form == listing.JSON:
            app.say_pieces(spool.pieces())
        else:
            for piece in spool.pieces():
                app.say(piece.decode())
    return 0
