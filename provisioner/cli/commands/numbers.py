"""``provision numbers`` and ``provision whose``."""

from collections.abc import Iterator
from datetime import date
from functools import partial

import click

from provisioner.cli import listing
from provisioner.cli.context import App, at_option, common
from provisioner.codes.systems import StateUnknown
from provisioner.contract.resources import Release
from provisioner.errors import Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock, Numbers, numbers_from

LOOKED_INTO = 1000
"""A larger block is looked for as a whole, and not number by number."""


@click.command(epilog="Example:  provision numbers --list --state quarantine")
@at_option
@click.option("--list", "each", is_flag=True, help="Every number in use or in quarantine.")
@click.option(
    "--state",
    type=click.Choice(["free", "allocated", "quarantine"]),
    help="Only numbers in this state.",
)
@listing.reseller_option
@listing.number_option
@listing.form_option(listing.TABLE, listing.JSON, listing.CSV)
@common
def numbers(
    app: App,
    at: date | None,
    each: bool,
    state: str | None,
    reseller: str | None,
    number: str | None,
    form: str,
) -> int:
    """Show the operator's numbers: stock, provisional, resting.

    JSON and CSV list each number, as --list does; free ones as ranges.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_listed
    from provisioner.report.lists.made import pool_row
    from provisioner.report.lists.rows import Pool, PoolRow
    from provisioner.report.tables import render_pool, render_pool_entries

    config = load_config(app.root)
    listing.known_reseller(reseller, config.resellers)
    with open_listed(config, app.root) as (_, desk):
        every = entries = desk.pool(app.today(at))
        if reseller is not None:
            states = desk.read(sorted({e.customer for e in entries if e.customer is not None}))
            theirs = {
                customer
                for customer, held in states.items()
                if any(isinstance(o, Release) and o.reseller == reseller for o in held.objects)
            }
            entries = [entry for entry in entries if entry.customer in theirs]
    entries = [
        entry
        for entry in entries
        if state in (None, entry.state) and listing.has_number([entry.digits], number)
    ]
    listing.tell(
        app,
        form,
        PoolRow,
        map(pool_row, entries),
        whole=lambda rows: Pool(numbers=rows),
        table=partial(render_pool_entries if each else render_pool, entries),
        among=len(every),
    )
    return 0


@click.command(epilog="Example:  provision whose 052 555 12 34")
@click.argument("number", nargs=-1, required=True)
@listing.form_option(listing.TABLE, listing.JSON)
@at_option
@common
def whose(app: App, number: tuple[str, ...], form: str, at: date | None) -> int:
    """Show whose a number or block is, where it rings, and what comes of it.

    It may be written in any way, with blanks too. Ends with 1 where nobody has it and it is not in
    the operator's pools.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_listed
    from provisioner.report.lists.formats import rows_json
    from provisioner.report.lists.made import held_by
    from provisioner.report.lists.rows import Whose
    from provisioner.report.tables import render_whose
    from provisioner.report.views import customer_view

    asked = listing.Number().convert(" ".join(number), None, click.get_current_context())
    config = load_config(app.root)
    with open_listed(config, app.root) as (pbx, desk):
        each = [*_parts(numbers_from(asked))]
        holding = {*desk.holders(each).values()}
        routed = {*pbx.holders(each).values()}
        holding |= {CustomerId(name) for name in routed if name}
        on_desk = desk.read(sorted(holding))
        on_pbx = pbx.read(sorted(holding)) if holding else {}
        for system, states in (("desk", on_desk), ("pbx", on_pbx)):
            if holding - states.keys():  # who is unknown is not nobody
                raise Unavailable(StateUnknown(system=system))
        pool = () if holding else desk.pool(app.today(at))
    policy = config.porting.days()
    views = [customer_view(str(c), on_desk[c], on_pbx.get(c), policy) for c in on_desk]
    found = Whose(asked=asked, found=tuple(held_by(asked, views, "" in routed, pool)))
    if form == listing.JSON:
        app.say_bytes(rows_json(found))
    else:
        app.show(render_whose(found, app.words, **app.layout))
    return 0 if found.found else 1


def _parts(asked: Numbers) -> Iterator[Numbers]:
    """What is asked for, and each number of a block: several customers may have parts of it."""
    yield asked
    if isinstance(asked, DdiBlock) and asked.size <= LOOKED_INTO:
        for index in range(asked.size):
            yield asked.line(index)
