"""From the workspace and the command's arguments to the subjects of a plan."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from provisioner.cli.choosing import chosen_by
from provisioner.cli.context import App
from provisioner.contract.protocols import DeskReader, PbxReader
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.repository import Workspace
from provisioner.plan.model import Targets
from provisioner.plan.situation import Situation, Subject
from provisioner.telephony.identity import CustomerId


@dataclass(frozen=True, slots=True)
class Selection:
    """The customers to plan for, and findings of files that belong to none of them."""

    subjects: tuple[Subject, ...]
    notes: tuple[Diagnostic, ...] = ()


def select(
    workspace: Workspace, released: Collection[CustomerId], names: Sequence[str], app: App
) -> Selection:
    """All customers that are written or live, or those that ``names`` (ids or paths) name.

    Raises PolicyError PV447 for a name that is nowhere.
    """
    everyone = {*workspace.entries, *workspace.broken, *released}
    chosen = everyone if not names else set(chosen_by(names, everyone, workspace, app))
    # whoever names a customer by its former id means the one that it is now, not one that is gone
    now = {e.manifest.was: c for c, e in workspace.entries.items() if e.manifest.was}
    chosen |= {now[old] for old in chosen & now.keys() if old not in workspace.entries}
    subjects = tuple(_subject(workspace, c) for c in sorted(chosen))
    mine = {str(c) for c in everyone}
    notes = () if names else tuple(d for d in workspace.diagnostics if d.customer not in mine)
    return Selection(subjects, notes)


def _subject(workspace: Workspace, customer: CustomerId) -> Subject:
    found = tuple(d for d in workspace.diagnostics if d.customer == str(customer))
    entry = workspace.entries.get(customer)
    broken = customer in workspace.faulty
    if entry is None:
        return Subject(customer, broken=broken, diagnostics=found)
    if entry.reseller not in workspace.config.resellers:
        found += tuple(d for d in workspace.diagnostics if _is_of(d, entry.reseller))
        broken = True
    return Subject(customer, entry.reseller, entry.manifest, broken, found, entry.document)


def _is_of(diagnostic: Diagnostic, reseller: str) -> bool:
    """Whether it refuses the folder of a reseller as a whole (PV403)."""
    return diagnostic.code == "PV403" and diagnostic.params.get("reseller") == reseller


def situation(
    workspace: Workspace,
    pbx: PbxReader,
    desk: DeskReader,
    app: App,
    at: date | None,
    acknowledged: Iterable[str] = (),
) -> Situation:
    """What holds for all customers of this run."""
    return Situation(
        config=workspace.config,
        today=app.today(at),
        targets=Targets(pbx=pbx.target, desk=desk.target),
        removals=workspace.removals,
        adoptions=workspace.adoptions,
        acknowledged=frozenset(acknowledged),
    )
