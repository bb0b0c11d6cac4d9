"""``provision apply`` and ``provision reconcile``."""

import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.apply.run import apply_all, exit_code, resume
from provisioner.cli.choosing import chosen_by
from provisioner.cli.commands.plan import acknowledge_option, print_plan, read_plan
from provisioner.cli.commands.plan import exit_code as plan_exit_code
from provisioner.cli.context import App, at_option, common
from provisioner.cli.running import Running
from provisioner.cli.workspace import Selection, select, situation
from provisioner.errors import NotApproved, PolicyError
from provisioner.plan.approval import Approval
from provisioner.plan.model import Plan

if TYPE_CHECKING:
    from provisioner.contract.protocols import Desk, Pbx
    from provisioner.manifest.repository import Workspace
    from provisioner.plan.survey import Surveyor

identity_option = click.option(
    "--identity",
    "identities",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="File with a private key that opens sealed passwords (age or ssh).",
)
auto_approve_option = click.option(
    "--auto-approve", is_flag=True, help="Do not ask; carry out the plan that is made now."
)


@click.command(epilog="Example:  provision apply --approved plan.json --auto-approve")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH]...")
@at_option
@auto_approve_option
@click.option(
    "--approved",
    multiple=True,
    metavar="DIGEST|FILE",
    help="Carry out only what was approved: a plan file, or the digest of a plan or of a customer.",
)
@click.option("--resume", "unfinished", is_flag=True, help="Finish what a run that died left open.")
@acknowledge_option
@identity_option
@common
def apply(
    app: App,
    what: tuple[str, ...],
    at: date | None,
    auto_approve: bool,
    approved: tuple[str, ...],
    unfinished: bool,
    acknowledge: tuple[str, ...],
    identities: tuple[str, ...],
) -> int:
    """Carry out the plan, customer by customer, and read it back.

    With --approved the plan is made afresh and compared: a customer whose plan is neither the
    approved one nor a part of it is refused and nothing of it is changed (4). Exit codes: 0 all
    done, 3 blocked, 4 not the approved plan, 5 partly applied, 6 locked by another run, 130
    interrupted.
    """
    from provisioner.manifest.repository import load_workspace
    from provisioner.plan.survey import Surveyor, released

    workspace = load_workspace(app.root)
    with app.systems(workspace.config) as (pbx, desk):
        everyone = desk.customers()
        # a customer that was taken down may be nowhere any more but in the journal
        begun = [r.customer for r in desk.open_runs()] if unfinished else []
        selection = select(workspace, {*everyone, *begun}, what, app)
        surveyor = Surveyor(pbx, desk, situation(workspace, pbx, desk, app, at, acknowledge))
        run = _Run(app, workspace, pbx, desk, surveyor, _texts(identities))
        if unfinished:
            written = {s.customer: s for s in selection.subjects}
            runs = [r for r in desk.open_runs() if r.customer in written]
            if not runs:
                app.say(app.words.ui("resume.nothing") + "\n")
                return 0
            before = released(desk, [c for c in written if c in everyone])
            with run.running() as running:
                results = resume(running.executor, runs, written, {s.customer: s for s in before})
            running.print_summary(results)
            return exit_code(results)
        approval = _approval(approved) if approved else None
        return run.apply(selection, approval, auto_approve=auto_approve)


@click.command(epilog="Example:  provision reconcile --at 2027-02-26 --auto-approve")
@click.argument("what", nargs=-1, metavar="[CUSTOMER]...")
@at_option
@auto_approve_option
@acknowledge_option
@identity_option
@common
def reconcile(
    app: App,
    what: tuple[str, ...],
    at: date | None,
    auto_approve: bool,
    acknowledge: tuple[str, ...],
    identities: tuple[str, ...],
) -> int:
    """Carry out what time and ports have brought about.

    Works from the manifests that were released, not from the working copy, so an edit that waits
    for its approval neither stops a port nor slips in. Changes that someone made by hand on the PBX
    are shown and left alone. Run it every day.
    """
    from provisioner.manifest.repository import load_workspace
    from provisioner.plan.survey import Surveyor, released, without_drift

    workspace = load_workspace(app.root)
    with app.systems(workspace.config) as (pbx, desk):
        customers = sorted(desk.customers())
        if what:
            customers = sorted(set(chosen_by(what, customers, workspace, app)))
        state = situation(workspace, pbx, desk, app, at, acknowledge)
        surveyor = Surveyor(pbx, desk, state, without_drift(state))
        run = _Run(app, workspace, pbx, desk, surveyor, _texts(identities))
        subjects = tuple(released(desk, customers))
        return run.apply(Selection(subjects), None, auto_approve=auto_approve)


class _Run:
    """One run of a writing command."""

    def __init__(
        self,
        app: App,
        workspace: "Workspace",
        pbx: "Pbx",
        desk: "Desk",
        surveyor: "Surveyor",
        identities: Sequence[str],
    ) -> None:
        self.app, self.workspace, self.pbx, self.desk = app, workspace, pbx, desk
        self.surveyor, self.identities = surveyor, identities

    def running(self, approved: Plan | None = None, total: int | None = None) -> Running:
        return Running(
            self.app,
            self.workspace,
            self.pbx,
            self.desk,
            self.surveyor,
            self.identities,
            approved=approved,
            total=total,
        )

    def apply(self, selection: Selection, approval: Approval | None, *, auto_approve: bool) -> int:
        made = self.surveyor.survey(selection.subjects, selection.notes).plan
        print_plan(self.app, made, "text", brief=approval is not None)
        code = plan_exit_code(made, detailed=False)
        if made.braked:
            return code
        approval = self._agreed(made, approval, auto_approve=auto_approve)
        if approval is None:
            return code
        todo = [s for s in selection.subjects if _concerned(str(s.customer), made, approval)]
        if not todo:
            return code
        self.app.say("\n")
        with self.running(approval.plan, len(made.steps)) as running:
            results = apply_all(running.executor, todo, approval)
        running.print_summary(results)
        return exit_code(results) or code

    def _agreed(
        self, made: Plan, approval: Approval | None, *, auto_approve: bool
    ) -> Approval | None:
        """The approval to work under; None if there is nothing to do or a person says no."""
        if approval is not None:
            if approval.plan is not None and approval.plan.targets != made.targets:
                raise NotApproved("PV449", approved=approval.plan.targets.pbx, now=made.targets.pbx)
            return Approval.of_plan(made) if approval.covers_plan(made) else approval
        if not made.steps:
            return None
        if auto_approve:
            return Approval.of_plan(made)
        if not sys.stdin.isatty():
            raise PolicyError("PV450")
        answer = click.prompt(
            self.app.words.ui("apply.ask"), default="", show_default=False, err=True
        )
        if answer.strip().lower() != self.app.words.ui("apply.yes"):
            self.app.say(self.app.words.ui("apply.no") + "\n")
            return None
        return Approval.of_plan(made)


def _concerned(customer: str, made: Plan, approval: Approval) -> bool:
    """Whether there is something to do, or something that was approved and now has to wait."""
    part = next((c for c in made.customers if c.customer == customer), None)
    approved = approval.steps.get(customer, {})
    return part is not None and bool(
        part.steps or any(held.step.id in approved for held in part.held)
    )


def _texts(files: Sequence[str]) -> list[str]:
    return [Path(name).read_text("utf-8", "replace") for name in files]


def _approval(given: Sequence[str]) -> Approval:
    """Digests, or one plan file. Anything that is neither is refused, never taken for approval."""
    if len(given) == 1 and not re.fullmatch(r"[0-9a-fA-F]*", given[0]):
        return Approval.of_plan(read_plan(given[0]))
    return Approval.of_digests([text.lower() for text in given])
