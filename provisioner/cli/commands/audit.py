"""``provision audit``."""

from datetime import date, datetime, time, timedelta

import click

from provisioner.cli.context import App, Day, common

SHOWN = 50


@click.command(epilog="Example:  provision audit schmiedeisen --since 2027-01-01 --format json")
@click.argument("customer", required=False)
@click.option("--since", type=Day(), metavar="DATE", help="First day.")
@click.option("--until", type=Day(), metavar="DATE", help="Last day.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=f"How many entries at most; default: {SHOWN} in a table, all as JSON.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="Output format.",
)
@common
def audit(
    app: App,
    customer: str | None,
    since: date | None,
    until: date | None,
    limit: int | None,
    form: str,
) -> int:
    """Show who released, accepted and carried out what, when and why; the newest first.

    From the desk's audit, which nobody edits. Why something was carried out is the digest of the
    plan that was approved.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_readers
    from provisioner.plan.approval import ALL
    from provisioner.report.audit import audit_json, render_audit
    from provisioner.telephony.identity import CustomerId

    whose = CustomerId.parse(customer) if customer is not None else None
    if limit is None:
        limit = SHOWN if form == "table" else ALL
    with open_readers(load_config(app.root), app.root) as (_, desk):
        found = desk.audit(
            whose,
            limit,
            since=_midnight(app, since) if since else None,
            until=_midnight(app, until + timedelta(days=1)) if until else None,
        )
    if form == "json":
        app.say_bytes(audit_json(found))
    else:
        app.say(render_audit(found, app.words, **app.layout))
    return 0


def _midnight(app: App, day: date) -> datetime:
    return datetime.combine(day, time.min, app.zone)
