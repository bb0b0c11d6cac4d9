"""``provision ci check``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import append, write_atomically
from provisioner.codes.commits import UnknownRevision
from provisioner.errors import PolicyError

if TYPE_CHECKING:
    from provisioner.operations import Checked

FAULTY, BLOCKED, USAGE = 1, 3, 64
FORMATS = ("text", "github", "gitlab", "json", "sarif")


@click.command(epilog="Example:  provision ci check --rev HEAD --base origin/main --author 9001")
@click.option("--rev", metavar="REV", required=True, help="Newest commit of the merge request.")
@click.option(
    "--base", metavar="REV", required=True, help="Tip of the branch it is to be merged into."
)
@click.option(
    "--author",
    metavar="NUMBER",
    type=click.IntRange(min=1),
    help="Number of the account that opened it at the forge; without, ownership is not checked.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Output format.")
@click.option(
    "--summary",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write a summary in Markdown; default: added to GITHUB_STEP_SUMMARY, if that is set.",
)
@common
def check(app: App, rev: str, base: str, author: int | None, form: str, summary: str | None) -> int:
    """Check what a merge request would give.

    Builds the merge from git's objects and checks all its manifests, the style of the files that
    change, and that they belong to the author. Settings and accounts are those of the tip. Needs no
    network, no secret and no live system, and looks at no file of the folder.

    Ends with 1 if something has to be mended, with 3 if the author may not change this or a rule
    of the operator is broken. Errors that other files had before do not count.
    """
    from provisioner import operations

    try:
        checked = operations.check(app.root, rev, base, author)
    except PolicyError as error:
        if not error.says(UnknownRevision):
            raise
        app.fail(error)
        return USAGE
    _show(app, checked, form)
    _sum_up(app, checked, summary)
    return BLOCKED if checked.blocked else FAULTY if checked.faulty else 0


def _show(app: App, checked: "Checked", form: str) -> None:
    from provisioner.report.diagnostics.checked import render_checked, render_verdict, report_of
    from provisioner.report.diagnostics.forms import renderer

    if form == "text":
        app.say(render_checked(checked, app.words, **app.layout))
        return
    report = report_of(checked, app.words, standing=form != "github")
    app.say_bytes(renderer(form)(report).encode())
    if form == "github":
        app.say(render_verdict(checked, app.words))


def _sum_up(app: App, checked: "Checked", file: str | None) -> None:
    """Raises ProvisionError PV461."""
    added = "" if file else app.summary
    if not (file or added):
        return
    from provisioner.report.diagnostics.checked import render_summary

    made = render_summary(checked, app.words).encode()
    if file:
        write_atomically(Path(file), made)
    else:
        append(Path(added), made)
