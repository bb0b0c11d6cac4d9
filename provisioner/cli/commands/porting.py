"""``provision porting``: the desk's staff with the manual carrier."""

import uuid
from collections.abc import Container, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import click

from provisioner.cli import listing
from provisioner.cli.context import App, Day, F, at_option, common
from provisioner.cli.helping import Group
from provisioner.cli.usage import WrongValue
from provisioner.codes.policy import NotFound
from provisioner.codes.systems import RowNotUnderstood, StateUnknown
from provisioner.contract.resources import PortingOrder
from provisioner.errors import PolicyError, Unavailable
from provisioner.spelling import nearest
from provisioner.telephony.identity import CustomerId, IdentityError
from provisioner.telephony.porting import (
    ENDED,
    SENT_AGAIN,
    Event,
    PortingError,
    Reason,
    State,
    refusal,
)

if TYPE_CHECKING:
    from provisioner.contract.desk import Desk
    from provisioner.manifest.repository import Workspace

order_argument = click.argument("order", metavar="CUSTOMER/PORTING/PART")


def reasoned(function: F) -> F:
    """Every change says who and why."""
    why = click.option("--why", required=True, callback=_something, help="Why, for the audit.")
    who = click.option("--who", default="", help="Who, for the audit; default: you, by git.")
    return who(why(function))


def _something(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Raises WrongValue for a text that says nothing."""
    if not value.strip():
        raise WrongValue("usage.reason", value)
    return value


@click.group(cls=Group, epilog="Example:  provision porting list")
def porting() -> None:
    """See and move port orders, as the donor answers.

    Every change says who made it and why.
    """


@porting.command("list", epilog="Example:  provision porting list --all")
@click.option("--all", "everything", is_flag=True, help="List completed and cancelled ones too.")
@click.option(
    "--state",
    "wanted",
    multiple=True,
    type=click.Choice([str(state) for state in State]),
    help="Only orders in this state; may be given several times.",
)
@listing.reseller_option
@listing.number_option
@listing.from_option
@listing.to_option
@listing.form_option(listing.TABLE, listing.JSON, listing.CSV)
@at_option
@common
def list_(
    app: App,
    everything: bool,
    wanted: tuple[str, ...],
    reseller: str | None,
    number: str | None,
    first: date | None,
    last: date | None,
    form: str,
    at: date | None,
) -> int:
    """List port orders: where they stand and what comes next; what is due first comes first.

    --from and --to are about the port's date: the one granted, or else the one asked for.
    """
    from provisioner.plan.matters import reseller_of
    from provisioner.report.lists.made import due, order_row
    from provisioner.report.lists.rows import OrderRow, Orders
    from provisioner.report.tables import render_orders
    from provisioner.report.views import order_view

    del at  # accepted, so that a script can give the same options to each command
    listing.in_turn(first, last)
    with _desk(app) as (workspace, desk):
        listing.known_reseller(reseller, workspace.config.resellers)
        policy = workspace.config.porting.days()
        customers = sorted(desk.customers())
        states = desk.read(customers)
    whose = {customer: reseller_of(state) for customer, state in states.items()}
    every = [
        order_view(order, policy)
        for state in states.values()
        for order in state.objects
        if isinstance(order, PortingOrder)
        and (everything or wanted or order.progress.state not in ENDED)
    ]
    chosen = (
        view
        for view in every
        if reseller in (None, whose[view.order.customer])
        and (not wanted or str(view.state) in wanted)
        and listing.has_number(view.order.items, number)
        and listing.within(view.date, first, last)
    )
    found = sorted(chosen, key=due)
    listing.tell(
        app,
        form,
        OrderRow,
        (order_row(view, whose[view.order.customer]) for view in found),
        whole=lambda rows: Orders(orders=rows),
        table=partial(render_orders, found),
        among=len(every),
    )
    if len(states) < len(customers):
        app.fail(Unavailable(RowNotUnderstood(target=desk.target, kind="", customer="")))
        return 1
    return 0


@porting.command(epilog="Example:  provision porting show schmiedeisen/haupt/1")
@order_argument
@listing.form_option(listing.TABLE, listing.JSON)
@at_option
@common
def show(app: App, order: str, form: str, at: date | None) -> int:
    """Show one port order."""
    from provisioner.plan.matters import reseller_of
    from provisioner.report.lists.formats import rows_json
    from provisioner.report.lists.made import order_row
    from provisioner.report.lists.rows import Orders
    from provisioner.report.tables import render_order
    from provisioner.report.views import order_view

    del at
    with _desk(app) as (workspace, desk):
        found = _order(desk, order)
        view = order_view(found, workspace.config.porting.days())
        reseller = reseller_of(desk.read([found.customer])[found.customer])
    if form == listing.JSON:
        app.say_bytes(rows_json(Orders(orders=(order_row(view, reseller),))))
        return 0
    app.show(render_order(view, app.words, **app.layout))
    return 0


@porting.command(
    epilog='Example:  provision porting accept schmiedeisen/haupt/1 --who "R. Frei" --why "e-mail"'
)
@order_argument
@click.option(
    "--date", "on", type=Day(), metavar="DATE", help="Date granted; default: date asked for."
)
@reasoned
@at_option
@common
def accept(app: App, order: str, on: date | None, who: str, why: str, at: date | None) -> int:
    """The donor accepts, on the date asked for or on another one."""
    return _move(app, order, Event.ACCEPT, who, why, at, on=on)


@porting.command(
    epilog="Example:  provision porting reject schmiedeisen/haupt/1 --donor-code E17 "
    '--reason signature --who "R. Frei" --why "letter not signed"'
)
@order_argument
@click.option("--donor-code", required=True, help="The donor's own code, as received.")
@click.option(
    "--reason",
    type=click.Choice([str(r) for r in Reason]),
    default="other",
    show_default=True,
    help="What the donor's code means.",
)
@reasoned
@at_option
@common
def reject(
    app: App, order: str, donor_code: str, reason: str, who: str, why: str, at: date | None
) -> int:
    """The donor refuses; the corrected manifest submits the order again."""
    return _move(
        app, order, Event.REJECT, who, why, at, donor_code=donor_code, reason=Reason(reason)
    )


@porting.command(
    epilog="Example:  provision porting resubmit schmiedeisen/haupt/1 "
    '--who "R. Frei" --why "the donor\'s mistake"'
)
@order_argument
@click.option(
    "--date",
    "on",
    type=Day(),
    metavar="DATE",
    help="Date asked for; needed unless it was rejected.",
)
@reasoned
@at_option
@common
def resubmit(app: App, order: str, on: date | None, who: str, why: str, at: date | None) -> int:
    """Submit a rejected, cancelled or failed order again as it is."""
    return _move(app, order, Event.SUBMIT, who, why, at, on=on, only=SENT_AGAIN)


@porting.command(
    epilog='Example:  provision porting sync schmiedeisen/haupt/1 --who "R. Frei" --why "donor"'
)
@order_argument
@reasoned
@at_option
@common
def sync(app: App, order: str, who: str, why: str, at: date | None) -> int:
    """The move is announced to all carriers: from here on it cannot be cancelled."""
    return _move(app, order, Event.SYNCHRONISE, who, why, at)


@porting.command(
    epilog='Example:  provision porting complete schmiedeisen/haupt/1 --who "R. Frei" --why "ok"'
)
@order_argument
@reasoned
@at_option
@common
def complete(app: App, order: str, who: str, why: str, at: date | None) -> int:
    """The numbers are here; the next reconcile switches the provisional ones off."""
    return _move(app, order, Event.COMPLETE, who, why, at)


@porting.command(
    epilog="Example:  provision porting postpone schmiedeisen/haupt/1 --date 2027-03-15 "
    '--who "R. Frei" --why "donor\'s e-mail"'
)
@order_argument
@click.option(
    "--date", "on", type=Day(), metavar="DATE", required=True, help="Date on which it ports now."
)
@reasoned
@at_option
@common
def postpone(app: App, order: str, on: date, who: str, why: str, at: date | None) -> int:
    """The donor moves the date, also after the synchronisation."""
    return _move(app, order, Event.POSTPONE, who, why, at, on=on)


@porting.command(
    epilog='Example:  provision porting arrive schmiedeisen/haupt/1 --who "R. Frei" --why "early"'
)
@order_argument
@reasoned
@at_option
@common
def arrive(app: App, order: str, who: str, why: str, at: date | None) -> int:
    """The numbers are here before their date, or against all expectation.

    The next reconcile switches them on; test a call, then: provision porting complete.
    """
    return _move(app, order, Event.ARRIVE, who, why, at)


@porting.command(
    epilog='Example:  provision porting fail schmiedeisen/haupt/1 --who "R. Frei" --why "donor"'
)
@order_argument
@reasoned
@at_option
@common
def fail(app: App, order: str, who: str, why: str, at: date | None) -> int:
    """The port does not happen, or did not; the provisional numbers stay on."""
    return _move(app, order, Event.FAIL, who, why, at)


@porting.command(
    epilog='Example:  provision porting cancel schmiedeisen/haupt/1 --who "R. Frei" --why "request"'
)
@order_argument
@reasoned
@at_option
@common
def cancel(app: App, order: str, who: str, why: str, at: date | None) -> int:
    """Ask the donor to cancel; what the donor does not have yet is cancelled at once."""
    return _move(app, order, Event.CANCEL, who, why, at)


@porting.command(
    "confirm-cancel",
    epilog="Example:  provision porting confirm-cancel schmiedeisen/haupt/1 "
    '--who "R. Frei" --why "donor\'s e-mail"',
)
@order_argument
@reasoned
@at_option
@common
def confirm_cancel(app: App, order: str, who: str, why: str, at: date | None) -> int:
    """The donor confirms that the order is cancelled."""
    return _move(app, order, Event.CONFIRM_CANCEL, who, why, at)


def _move(
    app: App,
    name: str,
    event: Event,
    who: str,
    why: str,
    at: date | None,
    *,
    on: date | None = None,
    donor_code: str | None = None,
    reason: Reason | None = None,
    only: Container[State] = tuple(State),
) -> int:
    """One move under the customer's lease, so that no run is at work on it.

    ``only``: PortingError PV221 in every other state, whatever the state machine allows.
    """
    from provisioner.cli.recorded import recorded, tell
    from provisioner.contract.leases import LEASE_SECONDS
    from provisioner.contract.process import this_holder
    from provisioner.report.tables import render_order
    from provisioner.report.views import order_view

    given, who = who, recorded(app, who)
    with _desk(app) as (workspace, desk):
        order, me = _order(desk, name), this_holder()
        desk.acquire_lease(order.customer, holder=me, at=app.now(), seconds=LEASE_SECONDS)
        try:
            state = _order(desk, name).progress.state
            if state not in only:
                raise PortingError(refusal(event, state))
            moved = desk.move(
                order,
                event,
                today=app.today(at),
                who=who,
                why=why,
                key=str(uuid.uuid4()),
                at=app.now(),
                on=on,
                donor_code=donor_code,
                reason=reason,
            )
        finally:
            desk.release_lease(order.customer, holder=me)
        view = order_view(moved, workspace.config.porting.days())
    tell(app, given, who)
    app.say(render_order(view, app.words, **app.layout))
    return 0


@contextmanager
def _desk(app: App) -> "Iterator[tuple[Workspace, Desk]]":
    from provisioner.manifest.repository import load_workspace
    from provisioner.operations import not_lost, open_systems

    workspace = load_workspace(app.root)
    with open_systems(workspace.config, app.root) as (pbx, desk):
        not_lost(pbx, desk)
        yield workspace, desk


def _order(desk: "Desk", name: str) -> PortingOrder:
    """Raises PolicyError PV447 if there is no such order, Unavailable PV561 if nobody knows."""
    customer, _, key = name.partition("/")
    try:
        orders = _orders(desk, CustomerId.parse(customer))
    except IdentityError:
        orders = {}
    if key in orders:
        return orders[key]
    if not orders:
        customer = nearest(customer, map(str, desk.customers()))
        orders = _orders(desk, CustomerId(customer)) if customer else {}
    near = nearest(key, orders) or next(iter(orders), "")
    raise PolicyError(NotFound(found=name, near=f"{customer}/{near}" if near else ""))


def _orders(desk: "Desk", customer: CustomerId) -> dict[str, PortingOrder]:
    """By key.  Raises Unavailable PV561."""
    state = desk.read([customer]).get(customer)
    if state is None:
        raise Unavailable(StateUnknown(system="desk"))
    return {o.key: o for o in state.objects if isinstance(o, PortingOrder)}
