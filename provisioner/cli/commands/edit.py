"""``provision edit``."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner import durable
from provisioner.cli import listing
from provisioner.cli.commands.fmt import mode_of, read_file
from provisioner.cli.context import DECLINED, App, common
from provisioner.cli.files import unwritable
from provisioner.cli.helping import Command
from provisioner.cli.usage import WrongUsage, apart
from provisioner.codes.edits import (
    ChangedMeanwhile,
    ExpressionMisspelled,
    NobodyToAskForFiles,
    NoSuchField,
)
from provisioner.errors import PolicyError
from provisioner.manifest.diagnostics import InputError

if TYPE_CHECKING:
    from provisioner.manifest.diagnostics import Diagnostic
    from provisioner.manifest.writing.many import Change, Filter, Made

USAGE = 64


@click.command(
    cls=Command,
    epilog="Example:  provision edit --where reseller=limmat-it "
    "--set 'workplaces[use=desk].license=phones+apps'",
)
@click.option(
    "--where",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Which manifests: reseller=NAME, customer=NAME (both with * and ?), or any field; "
    "of several all must hold.",
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Give a field this value; may be given several times.",
)
@click.option(
    "--unset",
    "unsets",
    multiple=True,
    metavar="FIELD",
    help="Leave a field out; may be given several times.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would change.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@common
def edit(
    app: App,
    where: tuple[str, ...],
    sets: tuple[str, ...],
    unsets: tuple[str, ...],
    dry_run: bool,
    yes: bool,
) -> int:
    """Edit many manifests at once: show the differences, ask, write all of them or none.

    A field is named by its path: contact.city. In a list workplaces[*].license is that field of
    every item, workplaces[use=fax].license of those whose use is fax. Comments, order and quotes
    stay. Nothing is written if a manifest would have an error that it does not have now (3).
    Changes no live system.
    """
    if not (sets or unsets):
        raise WrongUsage("usage.edit_what")
    if not where:
        raise WrongUsage("usage.edit_which")
    if dry_run:
        apart("--dry-run", {"--yes": yes})
    from provisioner.manifest.repository import load_workspace
    from provisioner.manifest.writing.many import edit_many, new_errors

    filters, changes = _asked(app, where, sets, unsets)
    workspace = load_workspace(app.root)
    for each in filters:
        listing.known_reseller(each.reseller, workspace.config.resellers)
    made = edit_many(workspace, filters, changes)
    if workspace.broken:
        app.note(app.words.ui("edit.unread", count=len(workspace.broken)) + "\n")
    if not made.texts:
        app.say(app.words.ui("edit.nothing", count=made.same) + "\n")
        return 0
    if wrong := new_errors(workspace, made):
        return _refuse(app, wrong)
    _show(app, made)
    if dry_run:
        return 0
    if not (yes or _agreed(app)):
        return DECLINED
    _write(app.root, made.texts)
    app.say(app.words.ui("edit.written", count=len(made.texts)) + "\n")
    return 0


def _asked(
    app: App, where: tuple[str, ...], sets: tuple[str, ...], unsets: tuple[str, ...]
) -> "tuple[list[Filter], list[Change]]":
    """What the command line says.  Ends with 64 where that names no field of a manifest."""
    from provisioner.manifest.models import Manifest
    from provisioner.manifest.writing.fields import fields_of
    from provisioner.manifest.writing.many import Change, Filter

    fields = fields_of(Manifest)
    try:
        filters = [Filter.parse(text, fields) for text in where]
        changes = [Change.setting(text, fields) for text in sets]
        return filters, [*changes, *(Change.unsetting(text, fields) for text in unsets)]
    except PolicyError as error:
        if not error.says(NoSuchField, ExpressionMisspelled):
            raise
        app.fail(error)
        raise click.exceptions.Exit(USAGE) from None


def _refuse(app: App, wrong: "list[Diagnostic]") -> int:
    """Say what would be wrong; what is the same in many manifests once."""
    once = {(each.code, *sorted(each.params.items())): each for each in reversed(wrong)}
    app.report([*once.values()])
    count = len({each.customer for each in wrong})
    app.note("\n" + app.words.ui("edit.refused", count=count) + "\n")
    return InputError.exit_code


def _show(app: App, made: "Made") -> None:
    from provisioner.report.diagnostics.changes import render_diff

    diffs = [
        render_diff(before.decode(), after.decode(), file, color=app.colored)
        for file, (before, after) in made.texts.items()
    ]
    app.show("\n".join(diffs))
    would = app.words.ui("edit.would", count=len(made.texts))
    same = app.words.ui("edit.same", count=made.same)
    app.say(f"\n{would}, {same}.\n")


def _agreed(app: App) -> bool:
    """Whether a person says yes to what was shown.  Raises PolicyError PV164."""
    if not sys.stdin.isatty():
        raise PolicyError(NobodyToAskForFiles())
    if app.agreed("edit.ask"):
        return True
    app.say(app.words.ui("edit.no") + "\n")
    return False


def _write(root: Path, texts: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Each file's second text in the place of its first: all of them, or none.

    All are on disk before the first takes its place, and what took its place goes back if another
    cannot.  Raises PolicyError PV165 for a file that is not what it was, ProvisionError PV461.
    """
    ready: list[tuple[Path, Path]] = []
    moved: list[str] = []
    file = ""
    with ExitStack() as staged:
        try:
            for file, (before, after) in texts.items():
                path = root / file
                _unchanged(path, file, before)
                ready.append((path, staged.enter_context(_beside(path, after))))
            for file, (path, made) in zip(texts, ready, strict=True):
                moved.append(file)
                durable.move(made, path)
        except BaseException as error:
            for each in moved:
                with _beside(root / each, texts[each][0]) as former:
                    durable.move(former, root / each)
            if isinstance(error, OSError):
                raise unwritable(root / file, error) from None
            raise


def _unchanged(path: Path, file: str, before: bytes) -> None:
    if read_file(path, file) != before:
        raise PolicyError(ChangedMeanwhile(file=file))


def _beside(path: Path, data: bytes) -> AbstractContextManager[Path]:
    return durable.beside(path, data, mode_of(path))
