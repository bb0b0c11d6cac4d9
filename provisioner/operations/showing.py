"""A merge request before its merge: its plan is shown and recorded, and approvals of another plan
are taken back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from threading import Timer

from nacl.signing import SigningKey

from provisioner import __version__
from provisioner.codes import Code
from provisioner.codes.review import CommentWasChanged
from provisioner.errors import ProvisionError
from provisioner.forge.model import Mark, MergeRequest, Note, Review, Reviews, State, Verdict
from provisioner.forge.sticky import keep_note
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations.checking import Checked, check_commits
from provisioner.operations.lane import Lane
from provisioner.operations.proposing import Proposed, Source, proposed
from provisioner.operations.records import NAME, Recorded, Standing, newest, read, reference_of
from provisioner.plan.digest import plan_digest
from provisioner.plan.model import Targets
from provisioner.review.note import about, taken_apart, with_record
from provisioner.review.record import Record, customers_of, signed, until_of
from provisioner.review.showing import PlanShown, Stage, Void, differences, why_void

PATIENCE = 20.0
"""Seconds of planning without a word."""
_UNSHOWN = datetime.min.replace(tzinfo=UTC)
_NOTHING = "0" * 64


@dataclass(frozen=True, slots=True)
class Published:
    """``shown``: None of a merge request that is closed, or goes to another branch.  ``written``:
    a new comment and record; else what is there holds."""

    request: int
    shown: PlanShown | None = None
    written: bool = False
    withdrawn: int = 0


def show_all(lane: Lane, source: Source, key: SigningKey) -> Iterator[Published | Diagnostic]:
    """Each open merge request; one that fails stops none of the others."""
    for request in lane.forge.open_requests(lane.review.project.branch):
        try:
            yield show(lane, source, key, request.number)
        except ProvisionError as error:
            yield Diagnostic.of(error.about)


def show(lane: Lane, source: Source, key: SigningKey, number: int) -> Published:
    """Plan merge request ``number`` and publish what comes of it, unless it stands there already.

    Raises Unavailable, Refused or OutcomeUnknown of the forge, PolicyError PV702 or PV703 if the
    clone has not fetched its head.
    """
    request = lane.forge.merge_request(number)
    if not request.open or request.target != lane.review.project.branch or request.head is None:
        return Published(number)
    there = read(lane, request)
    with _announced(lane, request, there) as announced:
        account, operator = request.author.number, lane.operator
        checked = check_commits(
            lane.repository, lane.root, lane.tip, request.head, account, operator
        )
        made = proposed(lane.root, lane.repository, checked, source, lane.today, operator)
        shown = _shown(lane, request, checked, made, source.until)
    if announced:
        there = read(lane, request)
    draft = _record(lane, request, shown, source.targets, checked)
    before = _before(lane, request, there)
    standing = _standing(lane.forge.reviews(number))
    if before is None or not _holds(before, draft, shown, lane.today):
        return _publish(lane, key, shown, draft, before, standing, there.notes)
    early = [each for each in standing if each.at is None or each.at <= before.record.shown]
    return Published(number, shown, withdrawn=_withdrawn(lane, shown, early))


@contextmanager
def _announced(lane: Lane, request: MergeRequest, there: Standing) -> Iterator[list[Note]]:
    """Where nothing stands yet and the plan takes long, people are told that it is being made."""
    said: list[Note] = []

    def announce() -> None:
        assert request.head is not None  # noqa: S101 - asked before
        text = about(lane.texts.planning(lane.review.project.id, request.head), request.head)
        with suppress(ProvisionError):  # it is a courtesy
            said.append(keep_note(lane.forge, request.number, lambda _limit: text).note)

    timer = Timer(PATIENCE, announce)
    timer.daemon = True
    if there.note is None:
        timer.start()
    try:
        yield said
    finally:
        timer.cancel()
        if there.note is None:
            timer.join()


def _shown(
    lane: Lane, request: MergeRequest, checked: Checked, made: Proposed, until: date | None
) -> PlanShown:
    """What merging it would bring about.  ``until``: what it was made from tells nothing later."""
    assert request.head is not None  # noqa: S101 - asked before
    plan = made.plan
    grave = plan is not None and any(each.irreversible for each in customers_of(plan))
    approvals = lane.config.approvals
    ends = [day for day in (until_of(plan) if plan else None, until) if day]
    return PlanShown(
        project=lane.review.project.id,
        request=request.number,
        head=request.head,
        plan=plan,
        findings=(*checked.counting, *made.missing),
        until=min(ends, default=None),
        needed=approvals.irreversible if grave else approvals.ordinary,
        snapshot=until is not None,
    )


def _record(
    lane: Lane, request: MergeRequest, shown: PlanShown, targets: Targets, checked: Checked
) -> Record:
    """All but when it was shown, and as what."""
    assert request.head is not None  # noqa: S101 - asked before
    made = shown.plan
    return Record(
        forge=lane.review.project.forge,
        project=lane.review.project.id,
        request=request.number,
        head=request.head,
        tip=lane.tip,
        tree=checked.result.id,
        targets=targets,
        tool=__version__,
        sequence=1,
        shown=_UNSHOWN,
        comment=_NOTHING,
        until=shown.until,
        digest=made.digest if made else plan_digest(()),
        snapshot=shown.snapshot,
        stopped=shown.stage is Stage.BLOCKED,
        customers=customers_of(made) if made and not checked.refused else (),
    )


def _before(lane: Lane, request: MergeRequest, there: Standing) -> Recorded | None:
    """The last record of this merge request that counts, of this head or an earlier one."""
    if isinstance(there.recorded, Recorded):
        return there.recorded
    head = taken_apart(there.note.body).head if there.note else None
    if head is None or head == request.head:
        return None
    found = newest(lane, replace(request, head=head), there.note)
    return found if isinstance(found, Recorded) else None


def _holds(before: Recorded, draft: Record, shown: PlanShown, today: date) -> bool:
    """Whether what was shown and recorded still says all that there is to say."""
    record = before.record
    if not before.stands or why_void(record, draft, today) is not None:
        return False
    ends_sooner = draft.until is not None and (record.until is None or draft.until < record.until)
    if ends_sooner or record.stopped != draft.stopped:
        return False
    return shown.stage is Stage.PLAN or record.digest == draft.digest


def _publish(
    lane: Lane,
    key: SigningKey,
    shown: PlanShown,
    draft: Record,
    before: Recorded | None,
    standing: Sequence[Review],
    notes: Sequence[Note],
) -> Published:
    number, head = shown.request, draft.head
    if before is not None:
        why: Code | None = None
        if not before.stands:
            why = CommentWasChanged(request=number)
        elif before.record.customers or standing:  # else nothing was there to approve
            why = why_void(before.record, draft, lane.today)
        if why is not None:
            shown = replace(
                shown, void=Void(about=why, differences=differences(before.record, draft))
            )
    withdrawn = _withdrawn(lane, shown, standing)
    if shown.void is not None:
        shown = replace(shown, void=replace(shown.void, withdrawn=withdrawn))
    language = lane.language_of(_resellers(shown))
    whole = True

    def render(limit: int) -> str:
        nonlocal whole
        text, whole = lane.texts.plan(shown, language, limit)
        return about(text, head)

    kept = keep_note(lane.forge, number, render, notes)
    record = draft.model_copy(
        update={
            "sequence": before.record.sequence + 1 if before else 1,
            "shown": kept.note.updated,
            "comment": taken_apart(kept.note.body).fingerprint,
            "whole": whole,
        }
    )
    text = signed(record, key)
    if not lane.forge.keeps_text:
        lane.forge.edit_note(number, kept.note.id, with_record(kept.note.body, text))
    now = lane.forge.merge_request(number)
    if not now.open or now.head != head:  # what was merged is judged by what was shown before
        return Published(number, shown, withdrawn=withdrawn)
    title, summary = lane.texts.mark(shown)
    bad = shown.stage is Stage.BLOCKED or not whole
    state = State.FAILURE if bad else State.SUCCESS
    kept_text = text if lane.forge.keeps_text else None
    lane.forge.place(head, Mark(NAME, state, reference_of(number, text), title, summary, kept_text))
    return Published(number, shown, written=True, withdrawn=withdrawn)


def _withdrawn(lane: Lane, shown: PlanShown, standing: Sequence[Review]) -> int:
    """Approvals that were given for another plan, or for none."""
    if not standing:
        return 0
    reason = lane.texts.reason(shown, lane.language_of(_resellers(shown)))
    return lane.forge.withdraw(shown.request, [each.id for each in standing], reason)


def _standing(reviews: Reviews) -> list[Review]:
    said = reviews.decisions().values()
    return [each for each in said if each.verdict is Verdict.APPROVED]


def _resellers(shown: PlanShown) -> set[str]:
    return {each.reseller for each in shown.plan.customers} if shown.plan else set()
