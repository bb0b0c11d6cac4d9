"""Merge requests for the work list: until when what they show can be approved and carried out."""

from collections.abc import Iterator

from provisioner.errors import SystemFault
from provisioner.forge.model import MergeRequest
from provisioner.operations.lane import Lane
from provisioner.operations.records import Recorded, read
from provisioner.operations.resolving import evidence_of
from provisioner.plan.matters import Matter, Sort, Who, typed
from provisioner.review.judge import Counts, judge
from provisioner.review.ownership import author_of


def open_requests(lane: Lane) -> Iterator[Matter | SystemFault]:
    """Those that are open and would change something; what cannot be read of one stops no other.

    Asks the forge and no live system.  Raises SystemFault if the forge cannot tell which are open.
    """
    for request in lane.forge.open_requests(lane.review.project.branch):
        try:
            yield from _of(lane, request)
        except SystemFault as fault:
            yield fault


def _of(lane: Lane, request: MergeRequest) -> Iterator[Matter]:
    recorded = read(lane, request).recorded
    if not isinstance(recorded, Recorded) or recorded.record.until is None:
        return
    record = recorded.record
    evidence = evidence_of(lane, request, in_history=False, comment_stands=recorded.stands)
    found = judge(record, evidence, lane.terms, lane.today, queued=True)
    author = author_of(request.author.number, lane.config)
    number = str(request.number)
    yield Matter(
        sort=Sort.APPROVAL,
        who=Who.STAFF,
        about=f"merge request {number}",
        text="request_approved" if isinstance(found, Counts) else "request",
        params={"number": number},
        command=typed("provision", "ci", "plan", "--mr", number),
        customer=record.customers[0].id if len(record.customers) == 1 else "",
        reseller=author.reseller if author else "",
        due_on=record.until,
    )
