"""``provision ci check``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import append, read_snapshots, write_atomically
from provisioner.cli.helping import Command
from provisioner.cli.operators import operator_options, operators
from provisioner.cli.usage import along
from provisioner.codes.commits import UnknownRevision
from provisioner.codes.review import SnapshotHasRunOut
from provisioner.errors import PolicyError, ProvisionError

if TYPE_CHECKING:
    from provisioner.operations import Checked
    from provisioner.operations.operator import Operator
    from provisioner.operations.proposing import Preview

FAULTY, BLOCKED, USAGE = 1, 3, 64
FORMATS = ("text", "github", "gitlab", "json", "sarif")


@click.command(
    cls=Command, epilog="Example:  provision ci check --rev HEAD --base origin/main --author 9001"
)
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
@click.option(
    "--snapshot",
    "snapshots",
    metavar="FILE",
    multiple=True,
    help="Show a plan from what ci apply has written; one per reseller.",
)
@click.option(
    "--widget",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write how much that plan changes, as GitLab's terraform report.",
)
@operator_options
@common
def check(
    app: App,
    rev: str,
    base: str,
    author: int | None,
    form: str,
    summary: str | None,
    snapshots: tuple[str, ...],
    widget: str | None,
    operator: Path | None,
    reseller: str,
) -> int:
    """Check what a merge request would give.

    Builds the merge from git's objects and checks all its manifests, the style of the files that
    change, and that they belong to the author. Settings and accounts are those of the tip. Needs no
    network, no secret and no live system, and looks at no file of the folder.

    Ends with 1 if something has to be mended, with 3 if the author may not change this or a rule
    of the operator is broken. Errors that other files had before do not count.

    A snapshot tells what was live; the plan made from it is a preview and counts for nothing. One
    that has run out gives none, and stops no check.
    """
    from provisioner import operations

    if widget:
        along("--widget", {"--snapshot": snapshots})
    try:
        with operators(operator, reseller) as settings:
            checked = operations.check(app.root, rev, base, author, settings)
    except PolicyError as error:
        if not error.says(UnknownRevision):
            raise
        app.fail(error)
        return USAGE
    _show(app, checked, form)
    made, useless = _previewed(app, checked, snapshots, settings)
    if made:
        _show_preview(app, made, form, widget)
    _sum_up(app, checked, made, summary)
    if useless:
        app.fail(useless)
    if checked.blocked:
        return BLOCKED
    wrong = useless is not None and not useless.says(SnapshotHasRunOut)
    return FAULTY if checked.faulty or wrong else 0


def _previewed(
    app: App, checked: "Checked", names: tuple[str, ...], operator: "Operator | None"
) -> "tuple[Preview | None, ProvisionError | None]":
    """A plan from snapshots, or why there is none; neither if nobody asks."""
    if not names:
        return None, None
    from provisioner.operations.proposing import preview

    try:
        files, now = read_snapshots(names), app.now()
        return preview(app.root, checked, files, now, app.today(), operator), None
    except ProvisionError as error:
        return None, error


def _show_preview(app: App, made: "Preview", form: str, widget: str | None) -> None:
    """Raises ProvisionError PV461."""
    from provisioner.report.review import preview

    if form in {"text", "github"}:
        app.say("\n" + preview.preview_text(made, app.words, **app.layout))
    if widget:
        write_atomically(Path(widget), preview.widget(made))


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


def _sum_up(app: App, checked: "Checked", previewed: "Preview | None", file: str | None) -> None:
    """Raises ProvisionError PV461."""
    added = "" if file else app.summary
    if not (file or added):
        return
    from provisioner.report.diagnostics.checked import render_summary

    text = render_summary(checked, app.words)
    if previewed:
        from provisioner.report.review.preview import preview_markdown

        text += "\n" + preview_markdown(previewed, app.words)
    made = text.encode()
    if file:
        write_atomically(Path(file), made)
    else:
        append(Path(added), made)
