"""``provision plan`` and ``provision show``."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.changed import changed, since_option, whole_option
from provisioner.cli.context import App, at_option, common
from provisioner.cli.files import read, write_atomically
from provisioner.cli.helping import Command
from provisioner.cli.jobs import jobs_for, jobs_option
from provisioner.cli.shards import ShardOf
from provisioner.cli.usage import WrongUsage, apart
from provisioner.codes.files import NamedFileTooLarge
from provisioner.codes.policy import PlanFileWasAltered
from provisioner.errors import NotApproved, ProvisionError
from provisioner.manifest.diagnostics import has_errors
from provisioner.plan.model import Plan, Status

if TYPE_CHECKING:
    from provisioner.plan.parts import Part, Shard
    from provisioner.report.messages import Catalogue

ERROR, CHANGES, BLOCKED = 1, 2, 3
PLAN_KIB = 32 * 1024
"""Of a plan file, about 40,000 steps; reading it takes ten times as much memory."""

acknowledge_option = click.option(
    "--acknowledge",
    multiple=True,
    type=click.Choice(["deletes", "updates", "pbx-empty", "desk-empty", "desk-gaps"]),
    help="Accept by name what stopped the plan, for this run only.",
)

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html", "json", "junit"]),
    default="text",
    help="Output format; markdown is for a comment on a merge request.",
)

no_proofs_option = click.option(
    "--no-proofs",
    is_flag=True,
    help="Look at every customer, also at those of whom nothing has changed.",
)

timeline_option = click.option(
    "--timeline", is_flag=True, help="Show what happens when, instead of the changes."
)

all_option = click.option(
    "--all", "show_all", is_flag=True, help="Show every addition and every customer individually."
)
summary_option = click.option(
    "--summary", is_flag=True, help="Show what is dangerous, open and equal, without the details."
)
against_option = click.option(
    "--against",
    metavar="FILE",
    type=click.Path(),
    help="Show what differs from this plan file, instead of the plan.",
)

shard_option = click.option(
    "--shard",
    metavar="K/N",
    type=ShardOf(),
    help="Plan the K-th of N parts, for `plan merge`; auto: as the variables of the CI job say.",
)


@click.command(
    cls=Command, epilog="Example:  provision plan schmiedeisen --at 2027-03-01 --out plan.json"
)
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH]...")
@at_option
@click.option("--out", type=click.Path(dir_okay=False), help="Also write the plan as JSON.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 if there are changes.")
@format_option
@timeline_option
@all_option
@summary_option
@against_option
@no_proofs_option
@since_option
@whole_option
@acknowledge_option
@jobs_option
@shard_option
@common
def plan(
    app: App,
    what: tuple[str, ...],
    at: date | None,
    out: str | None,
    detailed_exitcode: bool,
    form: str,
    timeline: bool,
    show_all: bool,
    summary: bool,
    against: str | None,
    no_proofs: bool,
    since: str | None,
    whole: bool,
    acknowledge: tuple[str, ...],
    jobs: int | None,
    shard: "Shard | None",
) -> int:
    """Show what has to change on the live systems.

    With --changed-since, and without it in a job of a merge request, the plan is of the customers
    that the change touches; of the others it says only how many there are. Its digest, and the file
    of --out, are of what is shown.

    Changes nothing. Exit codes: 0 shown, 2 changes (--detailed-exitcode), 3 blocked by an error in
    a manifest or by a rule of the operator, 1 a live system could not be read.
    """
    from provisioner import operations

    _only_text(form, timeline=timeline, summary=summary, against=against)
    if shard is not None:
        if not out:
            raise WrongUsage("usage.needs", one="--shard", other="--out")
        views = {"--timeline": timeline, "--changed-since": since, "--against": against}
        apart("--shard", {"CUSTOMER": what, **views})
        return _plan_part(app, shard, app.today(at), out, acknowledge)
    if since is not None:
        apart("--changed-since", {"CUSTOMER": what, "--whole": whole})
    only = None if what or whole else changed(app, since)
    old = read_plan(against) if against else None
    # also of customers that a plan leaves out, since today nothing changes
    everyone = timeline or bool(what)
    today = app.today(at)
    found = None
    if not (everyone or no_proofs):
        found = operations.plan_unproven(app.root, today=today, acknowledged=acknowledge)
    if found is None:
        with operations.open_workspace(app.root, what, jobs_for(what, jobs)) as opened:
            found = operations.plan(
                opened, what, today=today, acknowledged=acknowledge, everyone=everyone
            )
    made = only.of(found.plan) if only else found.plan
    if out:
        write_plan(out, made)
    if timeline:
        print_timeline(app, made, show_all=show_all)
    elif old is not None:
        _print_difference(app, old, made, form)
    else:
        print_plan(app, made, form, show_all=show_all, summary=summary)
    return exit_code(made, detailed=detailed_exitcode)


def _plan_part(
    app: App, shard: "Shard", today: date, out: str, acknowledged: tuple[str, ...]
) -> int:
    from provisioner import operations  # as the command itself
    from provisioner.operations.sharding import plan_part  # only one machine of several needs it

    with operations.open_workspace(app.root) as opened:
        part = plan_part(opened, shard, today=today, acknowledged=acknowledged)
    write_plan(out, part)
    said = app.words.ui(
        "many.part",
        count=len(part.customers),
        number=part.shard,
        of=part.of,
        unchanged=part.unchanged,
        file=out,
    )
    app.say(said + "\n")
    return ERROR if any(c.status is Status.UNKNOWN for c in part.customers) else 0


def write_plan(out: str, made: "Plan | Part") -> None:
    """Raises ProvisionError PV032 for more than could be read again, and PV461."""
    from provisioner.report.plan.json import plan_json  # only where a file is asked for

    data = bytearray()
    for piece in plan_json(made):
        data += piece
        if len(data) > PLAN_KIB * 1024:
            raise ProvisionError(NamedFileTooLarge(file=out, limit=PLAN_KIB))
    write_atomically(Path(out), bytes(data))


@click.command(cls=Command, epilog="Example:  provision show plan.json --format markdown")
@click.argument("planfile", type=click.Path())
@format_option
@timeline_option
@all_option
@summary_option
@against_option
@common
def show(
    app: App,
    planfile: str,
    form: str,
    timeline: bool,
    show_all: bool,
    summary: bool,
    against: str | None,
) -> int:
    """Show a plan that was written by provision plan --out."""
    _only_text(form, timeline=timeline, summary=summary, against=against)
    if timeline:
        print_timeline(app, read_plan(planfile), show_all=show_all)
    elif against:
        _print_difference(app, read_plan(against), read_plan(planfile), form)
    else:
        print_plan(app, read_plan(planfile), form, show_all=show_all, summary=summary)
    return 0


def read_plan(path: str) -> Plan:
    """Raises PlanFileError, NotApproved PV446 for one that was edited; else as ``files.read``."""
    from provisioner.plan.digest import is_genuine
    from provisioner.report.plan.json import load_plan

    found = load_plan(read(path, PLAN_KIB))
    if not is_genuine(found):
        raise NotApproved(PlanFileWasAltered())
    return found


def print_plan(
    app: App,
    made: Plan,
    form: str,
    *,
    show_all: bool = False,
    brief: bool = False,
    summary: bool = False,
    paged: bool = True,
) -> None:
    """``show_all``, ``brief`` and ``paged`` are for text, ``summary`` for Markdown and JSON too;
    else a form tells all that it has room for."""
    if form == "text":
        from provisioner.report.plan.text import render_plan

        shown = {"show_all": show_all, "brief": brief, "summary": summary}
        (app.show if paged else app.say)(render_plan(made, app.words, **app.layout, **shown))
    else:
        app.say_pieces(_document(made, form, app.words, summary=summary))


def print_timeline(app: App, made: Plan, *, show_all: bool = False) -> None:
    from provisioner.report.timeline.events import timeline
    from provisioner.report.timeline.text import render_timeline

    found = timeline(made, app.words)
    app.show(render_timeline(found, app.words, **app.layout, show_all=show_all))


def _print_difference(app: App, old: Plan, made: Plan, form: str) -> None:
    """Raises ProvisionError PV430, PV685 and PV692 for plans that cannot be compared."""
    from provisioner.plan.comparing import compared  # only where two plans are given
    from provisioner.report.plan import against

    found = compared(old, made)
    if form == "json":
        app.say_bytes(against.difference_json(found))
    elif form == "markdown":
        app.say_bytes(against.difference_markdown(found, app.words).encode())
    elif form == "html":
        from provisioner.report.plan.against_html import difference_html  # brings the templates

        app.say_pieces(map(str.encode, difference_html(found, app.words)))
    else:
        app.show(against.difference_text(found, app.words, **app.layout))


def _only_text(form: str, *, timeline: bool, summary: bool, against: str | None) -> None:
    """The other forms have no timeline of their own, or hold it anyway; and they hold all."""
    some = ("text", "markdown", "json")
    if against:
        apart("--against", {"--timeline": timeline, "--summary": summary})
        _told_as("--against", form, ("text", "markdown", "html", "json"))
    if summary:
        apart("--summary", {"--timeline": timeline})
        _told_as("--summary", form, some)
    if timeline and form != "text":
        raise WrongUsage("usage.timeline")


def _told_as(view: str, form: str, forms: tuple[str, ...]) -> None:
    if form not in forms:
        raise WrongUsage("usage.form", one=view, found=form, forms=", ".join(forms))


def _document(made: Plan, form: str, words: "Catalogue", *, summary: bool) -> Iterable[bytes]:
    """A form for programs or browsers: UTF-8, whatever the terminal speaks.  Piece by piece: of
    10,000 customers a page has 240 MB."""
    match form:
        case "markdown":
            from provisioner.report.plan.markdown import render_markdown

            return [render_markdown(made, words, summary=summary).encode()]
        case "html":
            from provisioner.report.plan.html import render_html

            return map(str.encode, render_html(made, words))
        case "junit":
            from provisioner.report.plan.junit import render_junit

            return map(str.encode, render_junit(made, words))
        case "json" if summary:
            from provisioner.report.plan.summary import summary_json

            return [summary_json(made)]
        case _:
            from provisioner.report.plan.json import plan_json

            return plan_json(made)


def exit_code(made: Plan, *, detailed: bool) -> int:
    """The gravest thing that the plan has to say."""

    if any(c.status is Status.UNKNOWN for c in made.customers):
        return ERROR
    if made.blocked or has_errors(made.diagnostics):
        return BLOCKED
    return CHANGES if detailed and made.steps else 0
