"""``provision calendar``."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import click

from provisioner.cli.context import App, at_option, common
from provisioner.cli.helping import Command
from provisioner.codes.systems import RowNotUnderstood
from provisioner.errors import Unavailable


@click.command(cls=Command, epilog="Example:  provision calendar --out ports.ics")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH]...")
@click.option(
    "--out", type=click.Path(dir_okay=False), help="Write to this file; default: standard output."
)
@at_option
@common
def calendar(app: App, what: tuple[str, ...], out: str | None, at: date | None) -> int:
    """Write the dates of port orders as a calendar file (iCalendar).

    All calendar programs read it. Each port has an event at its time, with a reminder one working
    day before, and one on the day from which it cannot be cancelled. Orders that the donor has not
    accepted yet are tentative. Nothing is written if the desk cannot list all orders.
    """
    from provisioner.cli.files import write_atomically
    from provisioner.contract.resources import PortingOrder
    from provisioner.operations import named, not_lost, open_workspace
    from provisioner.report.calendar_ics import has_event, render_calendar
    from provisioner.report.views import order_view

    with open_workspace(app.root) as opened:
        workspace, desk = opened.workspace, opened.desk
        not_lost(opened.pbx, desk)
        policy = workspace.config.porting.days()
        released = set(desk.customers())
        everyone = {*workspace.entries, *released}
        chosen = named(what, everyone, workspace) if what else released
        wanted = sorted(chosen & released)
        states = desk.read(wanted)
    if len(states) < len(wanted):  # an event that is missing would look called off
        raise Unavailable(RowNotUnderstood(target=desk.target, kind="", customer=""))
    orders = [
        order_view(order, policy)
        for state in states.values()
        for order in state.objects
        if isinstance(order, PortingOrder)
    ]
    now = datetime.combine(at, time(), UTC) if at else app.now()
    made = render_calendar(orders, policy, app.words, now=now)
    if out:
        write_atomically(Path(out), made)
        count = sum(has_event(order, now.date()) for order in orders)
        app.say(app.words.ui("calendar.written", count=count, file=out) + "\n")
    else:
        app.say_bytes(made)
    if undated := sorted(f"{o.customer}/{o.order.key}" for o in orders if o.open and not o.date):
        said = app.words.ui("calendar.undated", count=len(undated), orders=", ".join(undated))
        app.note(said + "\n")
    return 0
