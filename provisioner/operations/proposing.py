"""What merging a request would bring about: on the live systems, or as snapshots tell them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

from provisioner.codes import Code
from provisioner.codes.review import NoSnapshotOfReseller, SnapshotOfAnotherRelease
from provisioner.contract.desk import DeskReader
from provisioner.contract.pbx import PbxReader
from provisioner.git.files import TreeFiles
from provisioner.git.repository import Repository
from provisioner.git.repository import opened as open_repository
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.repository import CONFIG, Workspace, load_config, load_workspace
from provisioner.operations.checking import Checked
from provisioner.operations.opening import Readable
from provisioner.operations.operator import Operator, review_of
from provisioner.operations.planning import plan, planner
from provisioner.operations.snapshots import ProtectedBranch, opened, systems
from provisioner.plan.model import Plan, Status, Targets
from provisioner.plan.scope import EVERYBODY, Scope
from provisioner.review.snapshot import Snapshot


class Source(Protocol):
    """Where plans read what is there.  ``until``: the last day on which it tells anything; None:
    it is live."""

    @property
    def until(self) -> date | None: ...

    @property
    def targets(self) -> Targets: ...

    def of(self, workspace: Workspace) -> Readable:
        """For a plan of what ``workspace`` says."""
        ...

    def told(self, made: Plan, workspace: Workspace) -> "Proposed":
        """Without customers of whom it cannot tell anything."""
        ...


@dataclass(frozen=True, slots=True)
class Live:
    """Both live systems."""

    pbx: PbxReader
    desk: DeskReader
    scope: Scope = EVERYBODY
    until: None = None

    @property
    def targets(self) -> Targets:
        return Targets(pbx=self.pbx.target, desk=self.desk.identity())

    def of(self, workspace: Workspace) -> Readable:
        return Readable(workspace, self.pbx, self.desk, self.scope)

    def told(self, made: Plan, workspace: Workspace) -> "Proposed":  # noqa: ARG002  all is told
        return Proposed(made)


@dataclass(frozen=True)
class FromSnapshots:
    """At least one; ``branch``: what is released, where its commit is the one that was applied."""

    snapshots: Sequence[Snapshot]
    branch: ProtectedBranch

    @cached_property
    def until(self) -> date:
        return min(each.until for each in self.snapshots).date()

    @property
    def targets(self) -> Targets:
        return self.snapshots[0].targets

    def of(self, workspace: Workspace) -> Readable:
        return Readable(workspace, *systems(self.snapshots, self.branch, workspace))

    def told(self, made: Plan, workspace: Workspace) -> "Proposed":
        snapshots = {each.reseller: each for each in self.snapshots}
        entries = {str(customer): entry for customer, entry in workspace.entries.items()}
        missing = []
        for each in made.customers:
            if each.status is not Status.UNKNOWN or each.customer not in entries:
                continue
            reseller = entries[each.customer].reseller
            about: Code = SnapshotOfAnotherRelease(customer=each.customer)
            if reseller not in snapshots:
                about = NoSnapshotOfReseller(customer=each.customer, reseller=reseller)
            elif not snapshots[reseller].customers.get(each.customer):
                continue  # a system could not tell, and the plan says so
            missing.append(Diagnostic.of(about, each.customer))
        gone = {each.customer for each in missing}
        kept = tuple(each for each in made.customers if each.customer not in gone)
        return Proposed(made.model_copy(update={"customers": kept}), tuple(missing))


@dataclass(frozen=True, slots=True)
class Proposed:
    """``plan``: None where the files cannot even be read as a workspace.  ``missing``: whom the
    snapshots do not tell, and why."""

    plan: Plan | None
    missing: tuple[Diagnostic, ...] = ()


def proposed(
    root: Path,
    repository: Repository,
    checked: Checked,
    source: Source,
    today: date,
    operator: Operator | None = None,
) -> Proposed:
    """Of the customers that the request changes; of all if staff change settings, and those are not
    the ``operator``'s in another repository."""
    if checked.workspace is None:
        return Proposed(None)
    staff = checked.author is not None and checked.author.staff
    everyone = staff and _settings_in(checked) and operator is None
    workspace = checked.workspace
    if everyone:  # what holds from the merge on; the systems are still those of today
        workspace = load_workspace(root, TreeFiles(repository, checked.result))
    seen = source.of(workspace)
    known = {*workspace.entries, *workspace.broken, *seen.customers()}
    names = sorted(map(str, known if everyone else known & checked.customers))
    if not names:
        return Proposed(planner(seen, today).plan_fleet(()).plan)
    return source.told(plan(seen, names, today=today).plan, workspace)


def _settings_in(checked: Checked) -> bool:
    return any(CONFIG in change.paths for change in checked.changes)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would bring about, by snapshots; ``made``: when the oldest of them was."""

    made: datetime
    until: datetime
    proposed: Proposed


def preview(
    root: Path,
    checked: Checked,
    files: Mapping[str, bytes],
    now: datetime,
    today: date,
    operator: Operator | None = None,
) -> Preview:
    """For a check that may not ask the live systems.

    ``files``: of snapshots, by the name that is shown.  Raises ProvisionError PV761, PV780 to PV783
    for one that cannot be used, and InputError for settings of the protected branch.
    """
    with open_repository(root) as repository:
        tip = TreeFiles(repository, repository.tree(checked.tip))
        config = operator.written.config if operator else load_config(root, tip)
        found = opened(files, review_of(config), now)
        source = FromSnapshots(found, ProtectedBranch(tip, config))
        made = proposed(root, repository, checked, source, today, operator)
    oldest = min(found, key=lambda each: each.made)
    return Preview(oldest.made, oldest.until, made)
