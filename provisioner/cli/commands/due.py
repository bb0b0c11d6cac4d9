"""``provision due``."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli import listing
from provisioner.cli.context import App, at_option, common
from provisioner.cli.helping import Command
from provisioner.codes.systems import RowNotUnderstood
from provisioner.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provisioner.errors import SystemFault
    from provisioner.operations.work import Work
    from provisioner.plan.matters import Matter

DAYS, MOST = 7, 366
ICS, HTML = "ics", "html"


@click.command(
    cls=Command, epilog="Example:  provision due --days 14 --format html --out public/index.html"
)
@click.option(
    "--days",
    type=click.IntRange(0, MOST),
    default=DAYS,
    show_default=True,
    help="How many days ahead; what is overdue or has no date is always there.",
)
@listing.reseller_option
@click.option(
    "--approved",
    "plans",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="Also until when the approval of this plan file holds; may be given several times.",
)
@click.option(
    "--requests",
    is_flag=True,
    help="Also until when what open merge requests show can be carried out; needs "
    "PROVISION_FORGE_TOKEN.",
)
@listing.form_option(listing.TABLE, listing.JSON, listing.CSV, ICS, HTML)
@click.option(
    "--out", type=click.Path(dir_okay=False), help="Write to this file; default: standard output."
)
@at_option
@common
def due(
    app: App,
    days: int,
    reseller: str | None,
    plans: tuple[str, ...],
    requests: bool,
    form: str,
    out: str | None,
    at: date | None,
) -> int:
    """Show who has to do what by when: ports, answers, letters, questions, approvals.

    The most urgent first, each with the command that does it or says more. Reads the desk and the
    manifests that ask something, and the PBX only where a permission to take over ends. HTML is a
    page with the ports on a timeline and the numbers that are left; ics is a calendar (iCalendar).
    A calendar is not written if the desk cannot be read as a whole.
    """
    from provisioner.cli.commands.plan import read_plan
    from provisioner.cli.files import write_atomically
    from provisioner.manifest.repository import load_config
    from provisioner.operations.work import work

    config = load_config(app.root)
    listing.known_reseller(reseller, config.resellers)
    found = work(
        app.root,
        config,
        today=app.today(at),
        days=days,
        reseller=reseller,
        plans=[(name, read_plan(name)) for name in plans],
        requests=list(_requests(app, at)) if requests else [],
        pool=form == HTML and reseller is None,
    )
    unread = Unavailable(RowNotUnderstood(target=found.target, kind="", customer=""))
    if form == ICS and found.unknown:  # an entry that is missing would look done
        raise unread
    if out is not None:
        write_atomically(Path(out), "".join(_made(app, found, form, at)).encode())
        said = app.words.ui("due.written", count=len(found.matters), file=out)
        app.say(said + "\n")
    elif form in (listing.TABLE, listing.CSV):
        app.say("".join(_made(app, found, form, at)))
    else:
        app.say_pieces(piece.encode() for piece in _made(app, found, form, at))
    for fault in found.faults:
        app.fail(fault)
    if found.unknown:
        app.fail(unread)
    return 1 if found.unknown or found.faults else 0


def _requests(app: App, at: date | None) -> "Iterator[Matter | SystemFault]":
    from provisioner.cli.reviewing import lane  # only who asks a forge
    from provisioner.operations.requests import open_requests  # the same

    with lane(app, None, "") as here:
        yield from open_requests(replace(here, today=app.today(at)))


def _made(app: App, found: "Work", form: str, at: date | None) -> "Iterable[str]":
    """The list in the form that was asked for, in pieces."""
    if form == ICS:
        from provisioner.report.work.ics import render_work_calendar  # only this form takes it

        now = datetime.combine(at, time(), UTC) if at else app.now()
        made = render_work_calendar(found.matters, app.words, today=found.today, now=now)
        return [made.decode()]
    if form == HTML:
        from provisioner.report.work.html import render_work_page  # the same

        return render_work_page(found, app.words)
    if form == listing.TABLE:
        from provisioner.report.work.text import render_work  # the same

        today, until = found.today, found.until
        return [render_work(found.matters, app.words, today=today, until=until, **app.layout)]
    from provisioner.report.lists.formats import rows_csv, rows_json  # the same
    from provisioner.report.lists.rows import Due, MatterRow
    from provisioner.report.work.rows import matter_rows

    rows = tuple(matter_rows(found.matters, app.words, found.today))
    if form == listing.CSV:
        return [rows_csv(MatterRow, rows)]
    whole = Due(
        at=found.today,
        until=found.until,
        matters=rows,
        unknown=tuple(found.unknown),
        faults=tuple(fault.code for fault in found.faults),
    )
    return [rows_json(whole).decode()]
