"""``provision plan`` and ``provision show``."""

import os
import tempfile
from datetime import date
from pathlib import Path

import click

from provisioner.cli.context import App, at_option, common
from provisioner.errors import NotApproved
from provisioner.plan.model import Plan, Status

ERROR, CHANGES, BLOCKED = 1, 2, 3

acknowledge_option = click.option(
    "--acknowledge",
    multiple=True,
    type=click.Choice(["deletes", "updates", "pbx-empty", "desk-empty", "desk-gaps"]),
    help="Accept by name what stopped the plan, for this run only.",
)


@click.command(epilog="Example:  provision plan schmiedeisen --at 2027-03-01 --out plan.json")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH]...")
@at_option
@click.option("--out", type=click.Path(dir_okay=False), help="Also write the plan as JSON.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 if there are changes.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Form of the output.",
)
@click.option("--all", "show_all", is_flag=True, help="Show every addition on its own.")
@acknowledge_option
@common
def plan(
    app: App,
    what: tuple[str, ...],
    at: date | None,
    out: str | None,
    detailed_exitcode: bool,
    form: str,
    show_all: bool,
    acknowledge: tuple[str, ...],
) -> int:
    """Show what has to change so that the live systems are as the manifests say.

    Changes nothing. Exit codes: 0 shown, 2 changes (--detailed-exitcode), 3 blocked by an error in
    a manifest or by a rule of the operator, 1 a live system could not be read.
    """
    from provisioner.cli.workspace import select, situation
    from provisioner.manifest.repository import load_workspace
    from provisioner.plan.survey import Surveyor
    from provisioner.report.plan_json import plan_json

    workspace = load_workspace(app.root)
    with app.readers(workspace.config) as (pbx, desk):
        selection = select(workspace, desk.customers(), what, app)
        surveyor = Surveyor(pbx, desk, situation(workspace, pbx, desk, app, at, acknowledge))
        made = surveyor.survey(selection.subjects, selection.notes).plan
    if out:
        write_atomically(Path(out), plan_json(made))
    print_plan(app, made, form, show_all=show_all)
    return exit_code(made, detailed=detailed_exitcode)


@click.command(epilog="Example:  provision show plan.json")
@click.argument("planfile", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Form of the output.",
)
@click.option("--all", "show_all", is_flag=True, help="Show every addition on its own.")
@common
def show(app: App, planfile: str, form: str, show_all: bool) -> int:
    """Show a plan that was written by ``provision plan --out``."""
    print_plan(app, read_plan(planfile), form, show_all=show_all)
    return 0


def read_plan(path: str) -> Plan:
    """Raises PlanFileError, NotApproved PV446 for one that was edited, or click's FileError."""
    from provisioner.plan.digest import is_genuine
    from provisioner.report.plan_json import load_plan

    try:
        found = load_plan(Path(path).read_bytes())
    except OSError as error:
        raise click.FileError(path, error.strerror or "") from None
    if not is_genuine(found):
        raise NotApproved("PV446")
    return found


def print_plan(
    app: App, made: Plan, form: str, *, show_all: bool = False, brief: bool = False
) -> None:
    from provisioner.report.plan_json import plan_json
    from provisioner.report.plan_text import render_plan

    if form == "json":
        app.say_bytes(plan_json(made))
    else:
        app.say(render_plan(made, app.words, **app.layout, show_all=show_all, brief=brief))


def exit_code(made: Plan, *, detailed: bool) -> int:
    """The gravest thing that the plan has to say."""
    from provisioner.manifest.diagnostics import has_errors

    if any(c.status is Status.UNKNOWN for c in made.customers):
        return ERROR
    if made.blocked or has_errors(made.diagnostics):
        return BLOCKED
    return CHANGES if detailed and made.steps else 0


def write_atomically(path: Path, data: bytes) -> None:
    """The whole file or none: a reader never sees half of it."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise click.FileError(str(path), error.strerror or "") from None
