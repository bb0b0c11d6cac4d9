"""``provision status``."""

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import click

from provisioner.cli import listing
from provisioner.cli.context import App, common
from provisioner.cli.helping import Command
from provisioner.cli.usage import apart
from provisioner.codes.policy import NotFound
from provisioner.codes.systems import RowNotUnderstood, StateUnknown
from provisioner.errors import PolicyError, SystemFault, Unavailable
from provisioner.spelling import nearest

if TYPE_CHECKING:
    from provisioner.report.views import CustomerView


@click.command(
    cls=Command, epilog="Example:  provision status --reseller bergnetz-telecom --format csv"
)
@click.argument("customer", required=False)
@listing.reseller_option
@listing.number_option
@click.option(
    "--sort",
    "order",
    type=click.Choice(["name", "due"]),
    default="name",
    help="By id, or those first that have a port on the next days.",
)
@listing.form_option(listing.TABLE, listing.JSON, listing.CSV)
@common
def status(
    app: App,
    customer: str | None,
    reseller: str | None,
    number: str | None,
    order: str,
    form: str,
) -> int:
    """Show what the live systems hold: all customers, or one.

    For one customer it shows numbers, port orders, and which workplaces are registered now, if the
    PBX can tell; its CSV lists the numbers.
    """
    from provisioner.contract.pbx import Telephone
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_listed
    from provisioner.report.views import customer_view
    from provisioner.telephony.identity import CustomerId

    if customer is not None:
        apart("CUSTOMER", {"--reseller": reseller, "--number": number})
    config = load_config(app.root)
    listing.known_reseller(reseller, config.resellers)
    policy = config.porting.days()
    with open_listed(config, app.root) as (pbx, desk):
        known = desk.customers()
        if customer is None:
            released = sorted(known)
        else:
            released = [CustomerId.parse(customer)]
            if released[0] not in known:
                raise PolicyError(NotFound(found=customer, near=nearest(customer, map(str, known))))
        on_desk = desk.read(released)
        unknown = [c for c in released if c not in on_desk]
        if unknown and customer is not None:
            raise Unavailable(StateUnknown(system="desk"))
        if unknown:
            app.fail(Unavailable(RowNotUnderstood(target=desk.target, kind="", customer="")))
        try:
            on_pbx = pbx.read(released)
        except SystemFault as fault:
            app.fail(fault)
            on_pbx = {}
        phones = None
        if customer is not None and on_pbx and isinstance(pbx, Telephone):
            phones = pbx.registered(released[0])
    views = [customer_view(str(c), on_desk[c], on_pbx.get(c), policy, phones) for c in on_desk]
    if customer is not None:
        _one(app, views[0], form)
    else:
        chosen = [v for v in views if _wanted(v, reseller, number)]
        _all(app, chosen, order, form, among=len(views))
    return 0 if not released or (on_pbx and not unknown) else 1


def _wanted(view: "CustomerView", reseller: str | None, number: str | None) -> bool:
    mine = [each.digits for each in view.numbers]
    return reseller in (None, view.reseller) and listing.has_number(mine, number)


def _one(app: App, view: "CustomerView", form: str) -> None:
    from provisioner.report.lists.made import details, number_rows
    from provisioner.report.lists.rows import NumberRow
    from provisioner.report.tables import render_customer

    listing.tell(
        app,
        form,
        NumberRow,
        number_rows(view),
        whole=lambda _: details(view),
        table=partial(render_customer, view),
    )


def _all(app: App, views: "list[CustomerView]", order: str, form: str, *, among: int) -> None:
    from provisioner.report.lists.made import customer_row
    from provisioner.report.lists.rows import CustomerRow, Customers
    from provisioner.report.tables import render_status

    rows = {view.customer: customer_row(view) for view in views}
    if order == "due":
        views.sort(key=lambda view: (rows[view.customer].due_on or date.max, view.customer))
    listing.tell(
        app,
        form,
        CustomerRow,
        (rows[view.customer] for view in views),
        whole=lambda rows: Customers(customers=rows),
        table=partial(render_status, views),
        among=among,
    )
