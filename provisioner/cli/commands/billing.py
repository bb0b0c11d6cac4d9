"""``provision billing``."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click

from provisioner.cli.context import App, common
from provisioner.cli.helping import Command
from provisioner.telephony.money import AmountError, Month

USAGE = 64


@contextmanager
def _uncollected() -> Iterator[None]:
    """Of many rows none is in a cycle; to look for such took a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@click.command(cls=Command, epilog="Example:  provision billing 2027-03 --format csv > march.csv")
@click.argument("month", metavar="YYYY-MM")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="Output format.",
)
@common
@_uncollected()
def billing(app: App, month: str, what: tuple[str, ...], form: str) -> int:
    """Show what each customer pays for a month, and why.

    Pro rata by calendar day from the ledger; each line is rounded half up to the Rappen, and totals
    are sums of rounded lines. Prices are in Swiss francs without VAT.
    """

    from provisioner.manifest.repository import load_config, load_workspace
    from provisioner.operations import named, open_listed
    from provisioner.plan.billing import bill
    from provisioner.report.billing_text import bills_csv, bills_json, render_bills

    try:
        wanted = Month.parse(month)
    except AmountError as error:
        app.fail(error)
        raise click.exceptions.Exit(USAGE) from None
    config = load_config(app.root)
    with open_listed(config, app.root) as (_, desk):
        rows = desk.intervals(wanted.first, wanted.first + timedelta(days=wanted.days))
        companies = {str(customer): name for customer, name in desk.companies().items()}
    if what:
        workspace = load_workspace(app.root, around=what)
        chosen = named(what, {*(row.customer for row in rows), *workspace.entries}, workspace)
        rows = [row for row in rows if row.customer in chosen]
    bills = bill(rows, config, wanted, companies)
    match form:
        case "csv":
            app.say(bills_csv(bills, wanted, app.words))
        case "json":
            app.say_bytes(bills_json(bills, wanted))
        case _:
            for text in render_bills(bills, wanted, app.words, **app.layout):
                app.say(text)
    return 0
