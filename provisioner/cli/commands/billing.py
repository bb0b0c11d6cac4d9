"""``provision billing``."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, at_option, common
from provisioner.cli.helping import Command
from provisioner.cli.spool import Spool
from provisioner.codes.policy import EndIsNotInTheBill
from provisioner.spelling import a_few
from provisioner.telephony.money import AmountError, Month

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provisioner.telephony.identity import CustomerId

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
@at_option
@common
@_uncollected()
def billing(app: App, month: str, what: tuple[str, ...], form: str, at: date | None) -> int:
    """Show what each customer pays for a month, and why.

    Pro rata by calendar day from the ledger; each line is rounded half up to the Rappen, and totals
    are sums of rounded lines. Prices are in Swiss francs without VAT. Says so where the bill will
    be another one: the month is not over, or an end is not carried out yet.
    """

    from provisioner.manifest.repository import load_config, load_workspace
    from provisioner.operations import named, open_listed
    from provisioner.operations.ledger import billed, billed_customers, unended
    from provisioner.plan.billing import bills
    from provisioner.report.billing_text import bills_csv, bills_json, render_bills

    try:
        wanted = Month.parse(month)
    except AmountError as error:
        app.fail(error)
        raise click.exceptions.Exit(USAGE) from None
    config = load_config(app.root)
    with open_listed(config, app.root) as (_, desk), Spool() as spool:
        chosen = None
        if what:
            workspace = load_workspace(app.root, around=what)
            everyone = {*billed_customers(desk, wanted), *workspace.entries}
            chosen = named(what, everyone, workspace)
        with billed(desk, wanted, chosen) as ledger:
            made = bills(ledger, config, wanted)
            match form:
                case "csv":
                    spool.keep(map(str.encode, bills_csv(made, wanted, app.words)))
                case "json":
                    spool.keep(bills_json(made, wanted))
                case _:
                    texts = render_bills(made, wanted, app.words, **app.layout)
                    spool.keep(map(str.encode, texts))
        ending = unended(desk, wanted, chosen)
        if form == "json":
            app.say_pieces(spool.pieces())
        else:
            for piece in spool.pieces():
                app.say(piece.decode())
    _tell_what_may_change(app, wanted, ending, app.today(at))
    return 0


def _tell_what_may_change(
    app: App, month: Month, ending: "Mapping[CustomerId, date]", today: date
) -> None:
    from provisioner.manifest.diagnostics import Diagnostic
    from provisioner.report.layout import wrap

    if today < month.first + timedelta(days=month.days):
        said = wrap(app.words.ui("billing.not_over", month=str(month)), app.width)
        app.note("\n" + "\n".join(said) + "\n")
    if ending:
        named = [f"{customer} ({day})" for customer, day in sorted(ending.items())]
        about = EndIsNotInTheBill(customers=a_few(named), month=str(month))
        app.report([Diagnostic.of(about)])
