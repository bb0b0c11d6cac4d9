"""What became of each customer after the merge, and where people read it: the comment of the merge
request, and one issue of all that could not be applied."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeGuard

from provisioner.apply.events import CustomerResult
from provisioner.apply.events import Outcome as End
from provisioner.codes import Code, Severity
from provisioner.contract.resources import Release
from provisioner.errors import SystemFault
from provisioner.forge.model import MergeRequest
from provisioner.forge.sticky import CHARACTERS, end_issue, keep_issue, keep_note
from provisioner.forge.texts import first_line
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations.lane import Lane
from provisioner.operations.opening import Opened
from provisioner.operations.records import Recorded, read
from provisioner.operations.releasing import Released, releases
from provisioner.operations.resolving import Accepted, Refused, acceptance_in
from provisioner.operations.tip import since_told
from provisioner.plan.live import released
from provisioner.plan.model import CustomerPlan, Status
from provisioner.review.note import about, with_record
from provisioner.review.showing import AppliedShown, Ended, OpenShown, Outcome
from provisioner.telephony.identity import CustomerId

PATIENCE = timedelta(minutes=30)
"""So long, two more runs, a failure is not told but on its merge request."""


def outcomes(opened: Opened, found: Released) -> tuple[Outcome, ...]:
    """Of each customer that is not, or was not, as the protected branch has it; by id."""
    parts = {each.customer: each for each in found.plan.customers}
    names = {*parts, *found.results, *map(str, opened.workspace.faulty)}
    return tuple(_outcome(opened, found, name, parts.get(name)) for name in sorted(names))


def _outcome(opened: Opened, found: Released, name: str, part: CustomerPlan | None) -> Outcome:
    entry = opened.workspace.entries.get(CustomerId(name))
    reseller = entry.reseller if entry else part.reseller if part else ""
    company = entry.manifest.contact.company if entry else part.company if part else ""
    ended, why = _ended(opened, found, name, part)
    result = found.results.get(name)
    fresh = result.fresh if result and result.fresh else part
    return Outcome(
        customer=name,
        reseller=reseller,
        company=company,
        ended=ended,
        about=tuple(why),
        upcoming=part.upcoming if part and ended in {Ended.DONE, Ended.NOTHING} else (),
        fresh=fresh if ended is Ended.REFUSED and fresh and fresh.steps else None,
    )


def _ended(
    opened: Opened, found: Released, name: str, part: CustomerPlan | None
) -> tuple[Ended, list[Code]]:
    result = found.results.get(name)
    if result is not None:
        if result.outcome is End.LOCKED and _is_done(opened, CustomerId(name)):
            return Ended.DONE, []
        return _of_result(result)
    resolved = found.resolved.get(CustomerId(name))
    if isinstance(resolved, Accepted):
        holding = found.braked.get(resolved.request.number, ())
        held = [d.about for d in holding if d.severity is Severity.ERROR]
        return (Ended.REFUSED, held) if held else (Ended.WAITING, [])
    if resolved is not None:
        return Ended.REFUSED, [resolved.about]
    if part is None or part.status is Status.BLOCKED:
        said = part.diagnostics if part else opened.workspace.located(name)
        return Ended.REFUSED, [d.about for d in said if d.severity is Severity.ERROR]
    return (Ended.WAITING if part.held or part.status is Status.UNKNOWN else Ended.NOTHING), []


def _is_done(opened: Opened, customer: CustomerId) -> bool:
    """Whether the run that had it has brought it to its end meanwhile: of two at once, each
    tells of both, and the one that tells last is right."""
    if customer in {each.customer for each in opened.desk.open_runs()}:
        return False
    entry = opened.workspace.entries.get(customer)
    (state,) = opened.desk.read([customer]).values()
    was = next((each.manifest for each in state.objects if isinstance(each, Release)), "")
    return was == (entry.manifest.digest() if entry else "")


def _of_result(result: CustomerResult) -> tuple[Ended, list[Code]]:
    why = [error.about for error in result.failed.values()]
    why += [result.error.about] if result.error else []
    match result.outcome:
        case End.DONE | End.UNCHANGED:
            return Ended.DONE, []
        case End.FAILED:
            return Ended.FAILED, why
        case End.REFUSED:
            return Ended.REFUSED, why
    return Ended.WAITING, why


def tell(
    lane: Lane, opened: Opened, found: Released, told: Sequence[Outcome]
) -> tuple[Diagnostic, ...]:
    """Edit the comment of each merge request that this run was about, and the one issue.

    Answers with why a comment could not be written; the others are all the same.
    """
    ends = {each.customer: each for each in told}
    untold = []
    numbers = _requests(lane, opened, found)
    earlier = since_told(lane, opened.desk)
    for number in sorted({*numbers, *earlier}):
        by = earlier.get(number, ())
        try:
            if number in numbers or _is_untold(lane, number):
                _comment(lane, opened, found, number, ends, by)
        except SystemFault as error:
            untold.append(Diagnostic.of(error.about))
    bad = tuple(each for each in told if _is_for_people(lane, opened, each))
    shown = OpenShown(project=lane.review.project.id, at=lane.today, outcomes=bad)
    title, text = lane.texts.open(shown, CHARACTERS)
    try:
        if bad:
            keep_issue(lane.forge, title, lambda limit: lane.texts.open(shown, limit)[1])
        else:
            end_issue(lane.forge, first_line(text))
    except SystemFault as error:
        untold.append(Diagnostic.of(error.about))
    return tuple(untold)


def _is_untold(lane: Lane, number: int) -> bool:
    """Whether a run has died before it could tell what it had done: the plan stands there still."""
    recorded = read(lane, lane.forge.merge_request(number)).recorded
    return isinstance(recorded, Recorded) and recorded.stands


def _requests(lane: Lane, opened: Opened, found: Released) -> set[int]:
    """Those that the customers of this run belong to."""
    known = {r.request.number for r in found.resolved.values() if r.request}
    for name in found.results.keys() - {str(customer) for customer in found.resolved}:
        for entry in opened.desk.audit(CustomerId(name)):  # a run that had died
            accepted = acceptance_in(entry.what) if lane.scope.notes(entry.what) else None
            if accepted:
                known.add(accepted[0])
                break
    return known


def _comment(
    lane: Lane,
    opened: Opened,
    found: Released,
    number: int,
    ends: Mapping[str, Outcome],
    approved_by: Sequence[str],
) -> None:
    """``approved_by``: as the audit has it, if this run did not look."""
    known = (r.request for r in found.resolved.values() if r.request)
    request = next((r for r in known if r.number == number), None)
    request = request or lane.forge.merge_request(number)
    assert request.head is not None  # noqa: S101 - it was merged
    head = request.head
    there = found.standing.get(request.number) or read(lane, request)
    recorded = there.recorded
    record = recorded if isinstance(recorded, Recorded) else None
    by = next((r.counts.by for r in found.resolved.values() if _is_by(r, request)), None)
    shown = AppliedShown(
        project=lane.review.project.id,
        at=lane.today,
        request=request.number,
        head=head,
        digest=record.record.digest if record else "",
        outcomes=tuple(_of_request(opened, found, request, record, ends)),
        approved_by=tuple(approved_by if by is None else (each.login for each in by)),
    )
    language = lane.language_of({each.reseller for each in shown.outcomes})

    def render(limit: int) -> str:
        text = about(lane.texts.applied(shown, language, limit), head)
        return with_record(text, record.text) if record and not lane.forge.keeps_text else text

    keep_note(lane.forge, request.number, render, there.notes)


def _of_request(
    opened: Opened,
    found: Released,
    request: MergeRequest,
    recorded: Recorded | None,
    ends: Mapping[str, Outcome],
) -> Iterator[Outcome]:
    """All customers of the merge request: what an earlier run has done is told again."""
    shown = recorded.record.customers if recorded else ()
    manifests = {each.id: each.manifest for each in shown}
    others = {
        str(c)
        for c, r in found.resolved.items()
        if r.request and r.request.number == request.number
    }
    names = {*manifests, *others}
    mine = opened.scope.mine(opened.desk, set(map(CustomerId, names - ends.keys())))
    was = releases(opened.desk, mine)
    for name in sorted(names):
        customer = CustomerId(name)
        if name in ends:
            yield ends[name]
        elif customer in was and was[customer].manifest == manifests.get(name):
            company, reseller = _company(opened, customer), was[customer].reseller
            yield Outcome(customer=name, reseller=reseller, company=company, ended=Ended.DONE)


def _company(opened: Opened, customer: CustomerId) -> str:
    """As the protected branch has it; of a proven customer that is what was released."""
    entry = opened.workspace.entries.get(customer)
    if entry is not None:
        return entry.manifest.contact.company
    if customer not in opened.proven:
        return ""
    (subject,) = released(opened.desk, [customer])
    return subject.manifest.contact.company if subject.manifest else ""


def _is_by(resolved: Accepted | Refused, request: MergeRequest) -> TypeGuard[Accepted]:
    return isinstance(resolved, Accepted) and resolved.request.number == request.number


def _is_for_people(lane: Lane, opened: Opened, outcome: Outcome) -> bool:
    """A refusal at once; a failure when the next runs have not mended it.

    Each of them opens a run of its own: since when it fails is when it was accepted.
    """
    if outcome.ended is not Ended.FAILED:
        return outcome.ended is Ended.REFUSED
    entries = opened.desk.audit(CustomerId(outcome.customer))
    ours = (each for each in entries if lane.scope.notes(each.what))
    since = next((each.at for each in ours if acceptance_in(each.what)), None)
    now = lane.forge.clock()
    return since is None or now is None or now - since >= PATIENCE
