"""``provision status``."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import click

from provisioner.cli import listing
from provisioner.cli.context import App, common
from provisioner.cli.helping import Command
from provisioner.cli.usage import along, apart
from provisioner.codes.asterisk import NoCallRingsADevice, PBXCarriesNoCalls
from provisioner.codes.policy import NotFound
from provisioner.codes.systems import RowNotUnderstood, StateUnknown
from provisioner.errors import PolicyError, SystemFault, Unavailable
from provisioner.spelling import nearest

if TYPE_CHECKING:
    from provisioner.contract.pbx import Devices, PbxReader
    from provisioner.report.views import CustomerView
    from provisioner.telephony.identity import CustomerId


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
@click.option(
    "--workplaces",
    is_flag=True,
    help="Only the customer's workplaces, and what is registered at each.",
)
@listing.form_option(listing.TABLE, listing.JSON, listing.CSV)
@common
def status(
    app: App,
    customer: str | None,
    reseller: str | None,
    number: str | None,
    order: str,
    workplaces: bool,
    form: str,
) -> int:
    """Show what the live systems hold: all customers, or one.

    For one customer it shows numbers, port orders, and what is registered at each workplace now,
    phones and apps apart, if the PBX can tell; its CSV lists the numbers, with --workplaces the
    workplaces.
    """
    from provisioner.contract.reading import known_of
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_listed
    from provisioner.report.views import customer_view
    from provisioner.telephony.identity import CustomerId

    if customer is not None:
        apart("CUSTOMER", {"--reseller": reseller, "--number": number})
    along("--workplaces", {"CUSTOMER": customer or not workplaces})
    config = load_config(app.root)
    listing.known_reseller(reseller, config.resellers)
    policy = config.porting.days()
    with open_listed(config, app.root) as (pbx, desk):
        if customer is None:
            released = sorted(desk.customers())
        else:
            released = [CustomerId.parse(customer)]
            if not known_of(desk, released):
                near = nearest(customer, map(str, desk.customers()))
                raise PolicyError(NotFound(found=customer, near=near))
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
        if customer is not None and on_pbx:
            phones = _registered(pbx, released[0], needed=workplaces)
    views = [customer_view(str(c), on_desk[c], on_pbx.get(c), policy, phones) for c in on_desk]
    if customer is not None:
        (_workplaces if workplaces else _one)(app, views[0], form)
        _refused(app, views[0])
    else:
        chosen = [v for v in views if _wanted(v, reseller, number)]
        _all(app, chosen, order, form, among=len(views))
    return 0 if not released or (on_pbx and not unknown) else 1


def _registered(
    pbx: "PbxReader", customer: "CustomerId", *, needed: bool
) -> "Mapping[str, Devices] | None":
    """None where the PBX cannot tell.  Raises PolicyError PV592 where that is ``needed``."""
    from provisioner.contract.pbx import Telephone

    if isinstance(pbx, Telephone):
        return pbx.registered(customer)
    if needed:
        raise PolicyError(PBXCarriesNoCalls(target=pbx.target))
    return None


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


def _workplaces(app: App, view: "CustomerView", form: str) -> None:
    from provisioner.report.lists.made import details, workplace_rows
    from provisioner.report.lists.rows import WorkplaceRow
    from provisioner.report.tables import render_workplaces

    listing.tell(
        app,
        form,
        WorkplaceRow,
        workplace_rows(view),
        whole=lambda _: details(view),
        table=partial(render_workplaces, view),
    )


def _refused(app: App, view: "CustomerView") -> None:
    """Which phone or app somebody has to look at, since no call rings it."""
    from provisioner.manifest.diagnostics import Diagnostic

    found = [
        Diagnostic.of(NoCallRingsADevice(login=each.login, user=user))
        for each in view.phones
        for user in sorted(set(each.devices.refused))
    ]
    if found:
        app.report(found)


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
