"""``provision status`` and ``provision numbers``."""

from datetime import date

import click

from provisioner.cli.context import App, at_option, common
from provisioner.codes.policy import NotFound
from provisioner.codes.systems import RowNotUnderstood, StateUnknown
from provisioner.errors import PolicyError, SystemFault, Unavailable


@click.command(epilog="Example:  provision status schmiedeisen")
@click.argument("customer", required=False)
@common
def status(app: App, customer: str | None) -> int:
    """Show what the live systems hold: all customers, or one.

    For one customer it shows numbers, port orders, and which workplaces are registered now, if the
    PBX can tell.
    """
    from provisioner.contract.pbx import Telephone
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_readers
    from provisioner.report.tables import render_customer, render_status
    from provisioner.report.views import customer_view
    from provisioner.telephony.identity import CustomerId

    config = load_config(app.root)
    policy = config.porting.days()
    with open_readers(config, app.root) as (pbx, desk):
        known = desk.customers()
        if customer is None:
            released = sorted(known)
        else:
            released = [CustomerId.parse(customer)]
            if released[0] not in known:
                raise PolicyError(NotFound(found=customer))
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
        app.say(render_customer(views[0], app.words, **app.layout))
    else:
        app.say(render_status(views, app.words, **app.layout))
    return 0 if not released or (on_pbx and not unknown) else 1


@click.command(epilog="Example:  provision numbers --list")
@at_option
@click.option("--list", "each", is_flag=True, help="Every number in use or in quarantine.")
@common
def numbers(app: App, at: date | None, each: bool) -> int:
    """Show the operator's numbers: stock, provisional, resting."""
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_readers
    from provisioner.report.tables import render_pool, render_pool_entries

    config = load_config(app.root)
    with open_readers(config, app.root) as (_, desk):
        entries = desk.pool(app.today(at))
    render = render_pool_entries if each else render_pool
    app.say(render(entries, app.words, **app.layout))
    return 0
