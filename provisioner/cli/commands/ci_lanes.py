"""``provision ci plan``, ``ready``, ``apply`` and ``drift``: the jobs of the protected branch."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from provisioner.apply.run import EXIT_BLOCKED, EXIT_NOT_APPROVED
from provisioner.apply.run import exit_code as run_exit_code
from provisioner.cli.commands.apply import identity_option
from provisioner.cli.commands.plan import acknowledge_option, print_plan
from provisioner.cli.context import App, common
from provisioner.cli.files import append, read_snapshots, write_atomically
from provisioner.cli.helping import Command
from provisioner.cli.operators import operator_options
from provisioner.cli.reviewing import lane
from provisioner.cli.running import Running
from provisioner.cli.usage import WrongUsage
from provisioner.codes.review import BranchWasRewritten, DigestOfNoPlan
from provisioner.errors import PolicyError, ProvisionError
from provisioner.forge.sticky import CHARACTERS
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations.forging import signing_key, this_run
from provisioner.operations.lane import Lane
from provisioner.operations.opening import Opened, open_systems
from provisioner.operations.proposing import FromSnapshots, Live, Source
from provisioner.operations.releasing import Released, release
from provisioner.operations.resolving import Refused
from provisioner.operations.showing import Published, show, show_all
from provisioner.operations.snapshots import ProtectedBranch, opened, taken
from provisioner.plan.approval import Approval
from provisioner.plan.model import CustomerPlan, Plan
from provisioner.review.showing import Ended, Outcome
from provisioner.review.snapshot import file_name, packed

ERROR, CHANGES = 1, 2


@click.command(cls=Command, epilog="Example:  provision ci plan --mr 12")
@click.option("--mr", "number", metavar="N", type=click.IntRange(min=1), help="This merge request.")
@click.option("--open", "every", is_flag=True, help="All that are open.")
@click.option(
    "--snapshot",
    "snapshots",
    metavar="FILE",
    multiple=True,
    help="Plan from what ci apply has written, instead of the live systems; one per reseller.",
)
@operator_options
@common
def plan(
    app: App,
    number: int | None,
    every: bool,
    snapshots: tuple[str, ...],
    operator: Path | None,
    reseller: str,
) -> int:
    """Show and record the plan of merge requests.

    Plans what merging would bring about, on the live systems as they are now, writes it into one
    comment, and records it with a signature for whoever approves it. If what was shown holds still,
    nothing is written; if not, approvals of it are taken back. Changes no live system.

    Run it with the protected branch checked out, and the heads of merge requests fetched. Needs
    PROVISION_FORGE_TOKEN and PROVISION_SIGNING_KEY. With --snapshot it needs no way to the live
    systems; what is shown says so, and holds no longer than the snapshot.
    """
    if (number is None) == (not every):
        raise WrongUsage("usage.either", one="--mr", other="--open")
    failed: list[Diagnostic] = []
    found: list[Published | Diagnostic]
    with lane(app, operator, reseller) as here:
        key = signing_key(here.review, os.environ)
        with _source(app, here, snapshots) as source:
            if number is not None:
                found = [show(here, source, key, number)]
            else:
                found = [*show_all(here, source, key)]
        _sum_up(app, here, found)
    for each in found:
        if isinstance(each, Published):
            app.say(_told(app, each))
        else:
            failed.append(each)
    if not found:
        app.say(app.words.ui("ci.none_open") + "\n")
    if failed:
        app.report(failed)
    return ERROR if failed else 0


@contextmanager
def _source(app: App, here: Lane, snapshots: Sequence[str]) -> Iterator[Source]:
    """Both live systems, or the snapshots."""
    if snapshots:
        found = opened(read_snapshots(snapshots), here.review, app.now())
        yield FromSnapshots(found, ProtectedBranch(here.files(), here.config))
        return
    with open_systems(here.config, here.home) as (pbx, desk):
        yield Live(pbx, desk, here.scope)


@click.command(cls=Command, epilog="Example:  provision ci ready --rev HEAD")
@click.option("--rev", metavar="REV", required=True, help="Commit that would become the tip.")
@operator_options
@common
def ready(app: App, rev: str, operator: Path | None, reseller: str) -> int:
    """Check that approved plans cover what a merge queue is about to merge.

    Each customer that the commit changes has to be in the recorded plan of an open merge request
    with the same manifest, and that plan has to be approved. Asks the forge and no live system, and
    needs no secret but a token that may read. Ends with 4 if something is not covered.
    """
    from provisioner.operations.queue import ready as covered

    with lane(app, operator, reseller) as here:
        found = covered(here, rev)
    if found:
        app.report(found)
        return EXIT_NOT_APPROVED
    app.say(app.words.ui("ci.ready") + "\n")
    return 0


@click.command(cls=Command, epilog="Example:  provision ci apply --identity apply.key")
@click.option(
    "--release",
    "digests",
    metavar="DIGEST",
    multiple=True,
    help="Release a customer's plan by hand; only for staff, in a job that they have started.",
)
@acknowledge_option
@click.option(
    "--acknowledge-rewritten",
    is_flag=True,
    help="Go on although the branch no longer holds what was carried out last.",
)
@identity_option
@click.option(
    "--snapshots",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Write there what is live then, signed and without personal data, a file per reseller.",
)
@operator_options
@common
def apply(
    app: App,
    digests: tuple[str, ...],
    acknowledge: tuple[str, ...],
    acknowledge_rewritten: bool,
    identities: tuple[str, ...],
    snapshots: Path | None,
    operator: Path | None,
    reseller: str,
) -> int:
    """Carry out what approved merge requests have brought to the protected branch.

    Finishes what a run that died left open, then takes each customer that differs from what was
    released: it is carried out if a merge request showed exactly this and was approved as
    provision.yaml asks. All others are left unchanged and told in an issue. Exit codes: as of
    provision apply; 4 if something is not approved.

    With --snapshots it also needs PROVISION_SIGNING_KEY.
    """
    from provisioner.operations.telling import outcomes, tell
    from provisioner.operations.tip import Standing, entries_of, since_told, tip_of

    if digests:
        digests = tuple(Approval.of_digests([each.lower() for each in digests]).digests)
    with (
        lane(app, operator, reseller) as here,
        Running(app, identities) as running,
        open_systems(here.config, here.home) as (pbx, desk),
    ):
        tip = tip_of(here, desk)
        if tip.standing is Standing.SUPERSEDED:
            app.say(app.words.ui("ci.superseded") + "\n")
            return 0
        if tip.standing is Standing.REWRITTEN and not acknowledge_rewritten:
            raise PolicyError(BranchWasRewritten(branch=here.review.project.branch))
        # a snapshot tells of everybody
        seen = here.opened(pbx, desk) if snapshots else here.unproven(pbx, desk)
        found = release(
            here,
            seen,
            running.runner,
            settings_changed=tip.settings_changed,
            digests=digests,
            run=this_run(here.forge, os.environ) if digests else None,
            acknowledged=acknowledge,
        )
        told = outcomes(seen, found)
        untold = tell(here, seen, found, told)
        told_now = not untold and bool(since_told(here, desk))
        for what, why in entries_of(here, tip, settled=found.settled, told=told_now):
            at = running.runner.clock()
            desk.note(at=at, who=running.runner.who, what=what, why=why, customer=None)
        if snapshots:
            untold = (*untold, *_snapshots(app, here, seen, snapshots))
    return _ended(running, found, told, untold)


def _snapshots(app: App, here: Lane, seen: Opened, folder: Path) -> Iterator[Diagnostic]:
    """Written, or why not: what was approved is carried out in any case."""
    count = 0
    try:
        key = signing_key(here.review, os.environ)
        for each in taken(seen, here.review, app.now()):
            write_atomically(folder / file_name(each.reseller), packed(each, key))
            count += 1
    except ProvisionError as error:
        yield Diagnostic.of(error.about)
    else:
        app.say(app.words.ui("ci.snapshots", count=count) + "\n")


def _ended(
    running: Running, found: Released, told: Sequence[Outcome], untold: Sequence[Diagnostic]
) -> int:
    """Says what was done and what not; the exit code.  ``untold``: what no merge request says."""
    app = running.app
    refused = [
        Diagnostic.of(about, each.customer)
        for each in told
        if each.customer not in found.results
        for about in each.about
    ]
    refused += untold
    refused += [Diagnostic.of(DigestOfNoPlan(digest=each)) for each in sorted(found.unknown)]
    if found.results:
        running.print_summary([*found.results.values()])
    elif not refused:
        app.say(app.words.ui("ci.clean") + "\n")
    for fresh in _to_release(found.plan, [each.fresh for each in told if each.fresh]):
        print_plan(app, fresh, "text")
    if refused:
        app.report(refused)
    if code := run_exit_code([*found.results.values()]):
        return code
    if found.unknown or any(each.ended is Ended.REFUSED for each in told):
        unapproved = found.unknown or any(
            isinstance(each, Refused) for each in found.resolved.values()
        )
        return EXIT_NOT_APPROVED if unapproved else EXIT_BLOCKED
    return ERROR if untold else 0


def _to_release(made: Plan, parts: Sequence[CustomerPlan]) -> Iterator[Plan]:
    """Each part above the digest that releases it by hand; what concerns all stands once."""
    for part in parts:
        yield made.model_copy(update={"customers": (part,), "digest": part.digest})
        made = made.model_copy(update={"diagnostics": (), "braked": False, "unchanged": 0})


@click.command(cls=Command, epilog="Example:  provision ci drift")
@operator_options
@common
def drift(app: App, operator: Path | None, reseller: str) -> int:
    """Tell in an issue what was changed by hand on the live systems.

    The issue is edited in place, and closed once everything is as it was released. Ends with 2 if
    there is something.
    """
    from provisioner.operations.drifting import drift as drifted

    with lane(app, operator, reseller) as here, open_systems(here.config, here.home) as (pbx, desk):
        found = drifted(here, here.unproven(pbx, desk))
    print_plan(app, found, "text")
    return CHANGES if found.customers else 0


def _sum_up(app: App, here: Lane, found: Iterable[Published | Diagnostic]) -> None:
    """What was shown, for the page of the job, where it has one."""
    written = (each.shown for each in found if isinstance(each, Published) and each.written)
    texts = [here.texts.plan(shown, None, CHARACTERS)[0] for shown in written if shown]
    if app.summary and texts:
        append(Path(app.summary), "\n".join(texts).encode())


def _told(app: App, found: Published) -> str:
    if found.shown is None:
        said = app.words.ui("ci.closed", request=found.request)
    elif found.written:
        said = app.words.ui(f"ci.shown_{found.shown.stage}", request=found.request)
    else:
        said = app.words.ui("ci.stands", request=found.request)
    if found.withdrawn:
        said += " " + app.words.ui("review.withdrawn", count=found.withdrawn)
    return said + "\n"
