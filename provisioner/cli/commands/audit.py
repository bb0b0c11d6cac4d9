"""``provision audit``."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

import click

from provisioner.cli import listing
from provisioner.cli.context import App, Day, common
from provisioner.cli.helping import Command
from provisioner.cli.usage import apart
from provisioner.codes.policy import NotFound
from provisioner.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provisioner.contract.desk import AuditEntry, DeskReader

SHOWN, MORE = 50, 8
"""How many entries a table shows, and how many times as many are looked through for those of a
reseller before it is asked for more."""


@click.command(
    cls=Command, epilog="Example:  provision audit schmiedeisen --since 2027-01-01 --format json"
)
@click.argument("customer", required=False)
@listing.reseller_option
@click.option("--since", type=Day(), metavar="DATE", help="First day.")
@click.option("--until", type=Day(), metavar="DATE", help="Last day.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=f"How many entries at most; default: {SHOWN} in a table, else all.",
)
@listing.form_option(listing.TABLE, listing.JSON, listing.CSV)
@common
def audit(
    app: App,
    customer: str | None,
    reseller: str | None,
    since: date | None,
    until: date | None,
    limit: int | None,
    form: str,
) -> int:
    """Show who released, accepted and carried out what, when and why; the newest first.

    From the desk's audit, which nobody edits. Why something was carried out is the digest of the
    plan that was approved. --reseller is about the customers that are released for it now.
    """
    from provisioner.contract.desk import ALL
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_listed
    from provisioner.report.audit import Audit, Entry, entry_of, render_audit
    from provisioner.telephony.identity import CustomerId

    if customer is not None:
        apart("CUSTOMER", {"--reseller": reseller})
    listing.in_turn(since, until, ("--since", "--until"))
    whose = CustomerId.parse(customer) if customer is not None else None
    if limit is None:
        limit = SHOWN if form == listing.TABLE else ALL
    limit = min(limit, ALL)  # no database counts further than its numbers go
    config = load_config(app.root)
    listing.known_reseller(reseller, config.resellers)
    with open_listed(config, app.root) as (_, desk):
        entries = partial(
            desk.audit,
            whose,
            since=_midnight(app, since) if since else None,
            until=_midnight(app, until + timedelta(days=1)) if until else None,
        )
        found = entries(limit) if reseller is None else _of(reseller, desk, entries, limit)
        if not found and customer is not None:
            near = nearest(customer, map(str, desk.customers()))
            if near and near != customer:
                about = NotFound(found=customer, near=near)
                app.note(f"{app.words.help(about.code, about.params)}\n")
    listing.tell(
        app,
        form,
        Entry,
        map(entry_of, found),
        whole=lambda entries: Audit(entries=entries),
        table=partial(render_audit, found),
    )
    return 0


def _of(
    reseller: str,
    desk: "DeskReader",
    entries: "Callable[[int], Sequence[AuditEntry]]",
    limit: int,
) -> "Sequence[AuditEntry]":
    """The newest entries about customers of one reseller."""
    from provisioner.plan.scope import Scope  # only this filter takes it

    scope, size = Scope(only=reseller), limit
    while True:
        size *= MORE
        every = entries(size)
        theirs = scope.mine(desk, {e.customer for e in every if e.customer is not None})
        found = [each for each in every if each.customer in theirs]
        if len(found) >= limit or len(every) < size:
            return found[:limit]


def _midnight(app: App, day: date) -> datetime:
    return datetime.combine(day, time.min, app.zone)
