"""``provision numbers`` and ``provision whose``."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import chain

import click

from provisioner.cli import listing
from provisioner.cli.context import App, at_option, common
from provisioner.cli.helping import Command
from provisioner.codes.systems import StateUnknown
from provisioner.contract.resources import Release
from provisioner.errors import Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock, Numbers, numbers_from

MOST_WORDS = 12
"""So many pieces a number or a range of numbers is written in."""
LOOKED_INTO = 1000
"""A larger block is looked for as a whole, and not number by number."""


@click.command(cls=Command, epilog="Example:  provision numbers --list --state quarantine")
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


@click.command(cls=Command, epilog="Example:  provision whose 052 555 12 34")
@click.argument("number", nargs=-1, required=True)
@listing.form_option(listing.TABLE, listing.JSON)
@at_option
@common
def whose(app: App, number: tuple[str, ...], form: str, at: date | None) -> int:
    """Show whose a number or block is, where it rings, and what comes of it.

    It may be written in any way, with blanks too, and there may be several. Ends with 1 where
    nobody has one of them and it is not in the operator's pools.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_listed
    from provisioner.report.lists.formats import rows_json
    from provisioner.report.lists.made import held_by
    from provisioner.report.lists.rows import Whose
    from provisioner.report.tables import render_whose
    from provisioner.report.views import customer_view

    asked = _numbers(number)
    config = load_config(app.root)
    with open_listed(config, app.root) as (pbx, desk):
        parts = {digits: [*_parts(numbers_from(digits))] for digits in asked}
        each = [*chain.from_iterable(parts.values())]
        held, routed = desk.holders(each), pbx.holders(each)
        holding = {*held.values()} | {CustomerId(name) for name in routed.values() if name}
        on_desk = desk.read(sorted(holding))
        on_pbx = pbx.read(sorted(holding)) if holding else {}
        for system, states in (("desk", on_desk), ("pbx", on_pbx)):
            if holding - states.keys():  # who is unknown is not nobody
                raise Unavailable(StateUnknown(system=system))
        known = {part for part in each if part in held or routed.get(part)}
        pool = () if all(known & {*some} for some in parts.values()) else desk.pool(app.today(at))
    policy = config.porting.days()
    views = [customer_view(str(c), on_desk[c], on_pbx.get(c), policy) for c in on_desk]
    foreign = {part for part, name in routed.items() if not name}
    told = {
        digits: tuple(held_by(digits, views, bool(foreign & {*parts[digits]}), pool))
        for digits in asked
    }
    found = Whose(asked=", ".join(asked), found=tuple(chain.from_iterable(told.values())))
    nobodys = [digits for digits, rows in told.items() if not rows]
    if form == listing.JSON:
        app.say_bytes(rows_json(found))
    else:
        app.show(render_whose(found, nobodys, app.words, **app.layout))
    return 1 if nobodys else 0


def _numbers(words: Sequence[str]) -> Sequence[str]:
    """Each number or block that ``words`` write, as digits; blanks may stand within one and
    between two.  Raises WrongValue."""
    said = " ".join(words)
    found = [*chain.from_iterable(_split(part.split()) or [part] for part in said.split(","))]
    return [*dict.fromkeys(listing.number_asked(text, "NUMBER") for text in found)]


def _split(words: Sequence[str]) -> Sequence[str]:
    """What each number takes as much of as it can; empty if not all of it is one, or a dash
    between two may mean all from one to the other."""
    if not all(any(map(str.isalnum, word)) for word in words):
        return ()
    starts: dict[int, Sequence[str]] = {len(words): ()}
    for first in reversed(range(len(words))):
        for end in range(min(len(words), first + MOST_WORDS), first, -1):
            text = " ".join(words[first:end])
            if end in starts and listing.is_number(text):
                starts[first] = text, *starts[end]
                break
    return starts.get(0, ())


def _parts(asked: Numbers) -> Iterator[Numbers]:
    """What is asked for, and each number of a block: several customers may have parts of it."""
    yield asked
    if isinstance(asked, DdiBlock) and asked.size <= LOOKED_INTO:
        for index in range(asked.size):
            yield asked.line(index)
