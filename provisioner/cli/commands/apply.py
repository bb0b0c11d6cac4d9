"""``provision apply`` and ``provision reconcile``."""

import re
import sys
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import partial

import click

from provisioner import operations
from provisioner.apply.run import exit_code
from provisioner.cli.commands.plan import acknowledge_option, no_proofs_option, read_plan
from provisioner.cli.commands.plan import exit_code as plan_exit_code
from provisioner.cli.context import DECLINED, App, Day, at_option, common
from provisioner.cli.helping import Command
from provisioner.cli.running import Running
from provisioner.cli.usage import WrongUsage, along, apart
from provisioner.codes.policy import NobodyToAsk
from provisioner.errors import PolicyError
from provisioner.operations import Applied
from provisioner.plan.approval import Approval
from provisioner.plan.model import Plan

identity_option = click.option(
    "--identity",
    "identities",
    multiple=True,
    metavar="FILE",
    type=click.Path(),
    help="File with a private key that opens sealed passwords (age or ssh).",
)
auto_approve_option = click.option(
    "--auto-approve", is_flag=True, help="Do not ask; carry out the plan that is made now."
)


@click.command(cls=Command, epilog="Example:  provision apply --approved plan.json --auto-approve")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH]...")
@at_option
@auto_approve_option
@click.option(
    "--approved",
    multiple=True,
    metavar="DIGEST|FILE",
    help="Carry out only what was approved: a plan file, or the digest of a plan or of a customer.",
)
@click.option(
    "--approved-on",
    type=Day(),
    metavar="DATE",
    help="Day on which it was approved; default: the day of the plan file.",
)
@click.option("--resume", "unfinished", is_flag=True, help="Finish what a run that died left open.")
@click.option("--queue", is_flag=True, help="Let workers carry out a plan file, and wait for them.")
@click.option(
    "--chunk",
    type=click.IntRange(min=1, max=1000),
    default=50,
    show_default=True,
    help="Customers of a job of --queue.",
)
@no_proofs_option
@acknowledge_option
@identity_option
@common
def apply(
    app: App,
    what: tuple[str, ...],
    at: date | None,
    auto_approve: bool,
    approved: tuple[str, ...],
    approved_on: date | None,
    unfinished: bool,
    no_proofs: bool,
    acknowledge: tuple[str, ...],
    identities: tuple[str, ...],
    queue: bool,
    chunk: int,
) -> int:
    """Carry out the plan, customer by customer, and read it back.

    With --approved the plan is made again and compared: a customer whose plan is neither the
    approved one nor a part of it is refused and left unchanged (4). Exit codes: 0 all done, 1 the
    answer to the question was not yes, 3 blocked, 4 not the approved plan, 5 partly applied, 6
    locked by another run, 130 interrupted.
    """
    day = app.today(at)
    if approved_on:
        along("--approved-on", {"--approved": approved})
    if approved_on and approved_on > day:
        raise WrongUsage("usage.future", name="--approved-on", date=str(approved_on))
    if queue:
        if what or unfinished or len(approved) != 1 or identities:
            raise WrongUsage("usage.queue")
        from provisioner.cli.queued import apply_queued  # needs a package of an extra

        made = read_plan(approved[0])
        with Running(app, ()) as running:
            found = apply_queued(app, running, made, day, approved_on, acknowledge, chunk)
        return _ended(running, found)
    approval = _approval(approved, approved_on) if approved else None
    named = approval.steps if approval else ()
    opening = _opening(app, what, day, named, in_full=no_proofs)
    question = _Question(app, auto_approve)
    with opening as opened, Running(app, identities) as running:
        if unfinished:
            found = operations.resume(
                opened, what, today=day, runner=running.runner, acknowledged=acknowledge
            )
            if not found.results:
                app.say(app.words.ui("resume.nothing") + "\n")
                return 0
        else:
            found = operations.apply(
                opened,
                what,
                today=day,
                runner=running.runner,
                approval=approval,
                agree=question,
                acknowledged=acknowledge,
            )
    return _ended(running, found, declined=question.declined)


@click.command(cls=Command, epilog="Example:  provision reconcile --at 2027-02-26 --auto-approve")
@click.argument("what", nargs=-1, metavar="[CUSTOMER]...")
@at_option
@auto_approve_option
@no_proofs_option
@acknowledge_option
@identity_option
@click.option("--due", is_flag=True, help="Read only customers on whom something may happen today.")
@common
def reconcile(
    app: App,
    what: tuple[str, ...],
    at: date | None,
    auto_approve: bool,
    no_proofs: bool,
    acknowledge: tuple[str, ...],
    identities: tuple[str, ...],
    due: bool,
) -> int:
    """Apply what is due: by date, or because a port has moved on.

    Works from the manifests that were released, not from the working copy, so an edit that is
    waiting for approval neither stops a port nor slips in. Changes that someone made by hand on the
    PBX are shown and left alone. Run it every day.
    """
    if due:
        apart("--due", {"CUSTOMER": what})
    day = app.today(at)
    opening = _opening(app, what, day, in_full=due or no_proofs)
    question = _Question(app, auto_approve)
    with opening as opened, Running(app, identities) as running:
        run = operations.reconcile_due if due else partial(operations.reconcile, names=what)
        found = run(
            opened,
            today=day,
            runner=running.runner,
            agree=question,
            acknowledged=acknowledge,
        )
    return _ended(running, found, declined=question.declined)


def _opening(
    app: App, what: Sequence[str], day: date, approved: Collection[str] = (), *, in_full: bool
) -> AbstractContextManager[operations.Opened]:
    """Everything, for those that are named or for all that may have something to do."""
    if what or in_full:
        return operations.open_workspace(app.root, what)
    return operations.open_unproven(app.root, day, approved)


@dataclass(slots=True)
class _Question:
    """Whether a person says yes to the plan that was shown."""

    app: App
    auto_approve: bool
    declined: bool = False
    """Somebody was asked and did not say yes."""

    def __call__(self, _made: Plan) -> bool:
        if self.auto_approve:
            return True
        if not sys.stdin.isatty():
            raise PolicyError(NobodyToAsk())
        self.declined = not self.app.agreed("apply.ask")
        if self.declined:
            self.app.say(self.app.words.ui("apply.no") + "\n")
        return not self.declined


def _ended(running: Running, found: Applied, *, declined: bool = False) -> int:
    if declined:
        return DECLINED
    code = plan_exit_code(found.plan, detailed=False) if found.plan else 0
    if not found.results:
        return code
    running.print_summary(found.results)
    return exit_code(found.results) or code


def _approval(given: Sequence[str], on: date | None) -> Approval:
    """Digests, or one plan file. Anything that is neither is refused, never taken for approval."""
    if len(given) == 1 and not re.fullmatch(r"[0-9a-fA-F]*", given[0]):
        return Approval.of_plan(read_plan(given[0]), on)
    return Approval.of_digests([text.lower() for text in given], on)
