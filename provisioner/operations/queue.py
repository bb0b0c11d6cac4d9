"""Whether what a merge queue is about to merge is covered by approved plans.  Writes nothing."""

from collections.abc import Iterable, Iterator

from provisioner.codes import Code
from provisioner.codes.review import NoMergeRequestBroughtIt, NotWhatWasShown
from provisioner.errors import SystemFault
from provisioner.forge.model import MergeRequest
from provisioner.git.tree import differences
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.repository import Workspace
from provisioner.operations.lane import Lane
from provisioner.operations.records import Recorded, read
from provisioner.operations.resolving import evidence_of
from provisioner.review.judge import Counts, judge
from provisioner.review.record import Record
from provisioner.telephony.identity import CustomerId


def ready(lane: Lane, revision: str) -> list[Diagnostic]:
    """What keeps ``revision``, the commit that would become the tip, from being merged.

    Each customer that it changes has to be in the record of an open merge request with the same
    manifest, and that record has to count.  Live systems are not asked.
    """
    commit = lane.repository.commit(revision)
    after = lane.repository.tree(commit)
    changed = differences(lane.repository.tree(lane.tip), after)
    if not changed:
        return []
    here, there = lane.workspace(), lane.workspace(after)
    wanted = {
        customer: digest
        for customer in sorted({*here.entries, *there.entries, *there.broken})
        if (digest := _digest(there, customer)) != _digest(here, customer)
    }
    known: list[tuple[Record, Code | None]] = []
    unread: list[Code] = []
    for request in lane.forge.open_requests(lane.review.project.branch) if wanted else ():
        try:
            known += _records(lane, request)
        except SystemFault as error:  # what cannot be read of one, stops none of the others
            unread.append(error.about)
    found = []
    for customer, digest in wanted.items():
        reasons = [why for record, why in known if _shows(record, customer, digest)]
        if None not in reasons:
            about = next(iter([*reasons, *unread]), None) or _nobody(known, customer)
            found.append(Diagnostic.of(about, customer))
    return found


def _records(lane: Lane, request: MergeRequest) -> Iterator[tuple[Record, Code | None]]:
    """Of an open merge request, and why it does not count."""
    recorded = read(lane, request).recorded
    if isinstance(recorded, Recorded):
        yield recorded.record, _why_not(lane, request, recorded)


def _why_not(lane: Lane, request: MergeRequest, recorded: Recorded) -> Code | None:
    evidence = evidence_of(lane, request, in_history=False, comment_stands=recorded.stands)
    found = judge(recorded.record, evidence, lane.terms, lane.today, queued=True)
    return None if isinstance(found, Counts) else found


def _shows(record: Record, customer: CustomerId, digest: str | None) -> bool:
    shown = record.of(str(customer))
    return shown is not None and shown.manifest == digest


def _nobody(known: Iterable[tuple[Record, Code | None]], customer: CustomerId) -> Code:
    for record, _ in known:
        if record.of(str(customer)) is not None:
            return NotWhatWasShown(customer=str(customer), request=record.request)
    return NoMergeRequestBroughtIt(customer=str(customer))


def _digest(workspace: Workspace, customer: CustomerId) -> str | None:
    """Of the manifest; empty where there is none, None if it is broken."""
    entry = workspace.entries.get(customer)
    if entry is not None:
        return entry.manifest.digest()
    return None if customer in workspace.broken else ""
