"""Whether an approval counts: this person, allowed to say so, after seeing this plan, for this
content, before this day.  Pure.

Every part is checked here from what resellers cannot write: settings of the protected branch, a
signed record, and what the forge itself tells, by its own clock.  A forge's settings are a second
fence and never the only one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from provisioner.codes import Code
from provisioner.codes.policy import ApprovalHasRunOut
from provisioner.codes.review import (
    ApprovedAfterTheMerge,
    ApprovedAnotherContent,
    ApprovedBeforeItWasShown,
    ApproverIsNoStaff,
    ApproverTookPart,
    ChangesAreRequested,
    CommentWasChanged,
    MergedElsewhere,
    NobodyApproved,
    NotEnoughApprovers,
    NotInTheHistory,
    NotMerged,
    PlanHasRunOut,
    RecordOfAnotherContent,
    TooManyCommits,
    TooMuchToShow,
)
from provisioner.forge.model import Account, Commits, MergeRequest, Review, Reviews, Verdict
from provisioner.plan.approval import day_of
from provisioner.review.record import Record


@dataclass(frozen=True, slots=True)
class Terms:
    """Who may approve, and what it takes, as the protected branch says now.

    ``staff``: numbers of accounts.  ``ordinary``, ``irreversible``: so many different people.
    ``holds_days``: so long an approval counts at most.
    """

    forge: str
    project: int
    branch: str
    staff: frozenset[int]
    ordinary: int = 1
    irreversible: int = 2
    holds_days: int = 14


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a forge and the history tell of one merge request.

    ``in_history``: what its merge has made is in the first-parent history of the tip.
    ``comment_stands``: the comment is as it was when the plan was recorded.
    """

    request: MergeRequest
    commits: Commits
    reviews: Reviews
    pusher: Account | None
    in_history: bool
    comment_stands: bool = True


@dataclass(frozen=True, slots=True)
class Counts:
    """The approval counts: by whom, and since when there were enough of them."""

    by: tuple[Account, ...]
    at: datetime


def judge(
    record: Record, evidence: Evidence, terms: Terms, today: date, *, queued: bool = False
) -> Counts | Code:
    """Whether what ``record`` shows is released; if not, why. ``record`` was verified before.

    ``queued``: whether it would be, if the merge request were merged now.
    """
    about = (
        _of_the_merge(evidence, terms, queued=queued)
        or _of_the_record(record, evidence, terms)
        or _of_objections(evidence, terms)
    )
    if about is not None:
        return about
    request = evidence.request.number
    approvals: list[Review] = []
    refusals: list[Code] = []
    for review in evidence.reviews.decisions().values():
        if review.verdict is Verdict.APPROVED:
            wrong = _wrong(review, record, evidence, terms) or _too_old(review, terms, today)
            approvals += [] if wrong else [review]
            refusals += [wrong] if wrong else []
    grave = any(each.irreversible for each in record.customers)
    needed = max(1, terms.irreversible if grave else terms.ordinary)
    if len(approvals) < needed:
        if approvals:
            return NotEnoughApprovers(found=len(approvals), needed=needed, request=request)
        return next(iter(refusals), NobodyApproved(request=request))
    if record.until is None or today > record.until:
        until = str(record.until or day_of(record.shown))
        return PlanHasRunOut(request=request, until=until)
    given = max(each.at for each in approvals if each.at is not None)
    return Counts(tuple(each.by for each in approvals), given)


def _of_the_merge(evidence: Evidence, terms: Terms, *, queued: bool) -> Code | None:
    request = evidence.request
    if request.project != terms.project or request.target != terms.branch:
        return MergedElsewhere(request=request.number)
    if queued and request.open:
        return None
    if not request.merged or request.merge_commit is None:
        return NotMerged(request=request.number)
    return None if evidence.in_history else NotInTheHistory(request=request.number)


def _of_the_record(record: Record, evidence: Evidence, terms: Terms) -> Code | None:
    request = evidence.request
    same = (record.forge, record.project, record.request, record.head) == (
        terms.forge,
        terms.project,
        request.number,
        request.head,
    )
    if not same:
        return RecordOfAnotherContent(request=request.number)
    if not record.whole:
        return TooMuchToShow(request=request.number)
    return None if evidence.comment_stands else CommentWasChanged(request=request.number)


def is_part(later: Record, record: Record) -> bool:
    """Whether all that ``later`` shows was shown by ``record``; the rest is true by now."""
    if later.targets != record.targets:
        return False
    for each in later.customers:
        approved = record.of(each.id)
        if approved is None or approved.manifest != each.manifest:
            return False
        if approved.digest == each.digest:
            continue
        if approved.steps is None or each.steps is None or approved.prices != each.prices:
            return False
        if not each.steps.items() <= approved.steps.items():
            return False
    return True


def _of_objections(evidence: Evidence, terms: Terms) -> Code | None:
    if not evidence.commits.whole:
        return TooManyCommits(request=evidence.request.number)
    for review in evidence.reviews.decisions().values():
        if review.verdict is Verdict.CHANGES_REQUESTED and review.by.number in terms.staff:
            return ChangesAreRequested(by=review.by.login, request=evidence.request.number)
    return None


def _wrong(review: Review, record: Record, evidence: Evidence, terms: Terms) -> Code | None:
    """Why one approval does not count."""
    request, who = evidence.request, review.by
    login, number = who.login, request.number
    if who.number not in terms.staff or who.bot:
        return ApproverIsNoStaff(by=login, request=number)
    if who.number in set(_took_part(evidence)):
        return ApproverTookPart(by=login, request=number)
    if review.at is None or request.head is None:
        return ApprovedAnotherContent(by=login, request=number)
    if not evidence.reviews.of_head(review, request.head):
        return ApprovedAnotherContent(by=login, request=number)
    if review.at <= record.shown:  # nobody reads it in the second in which it came
        return ApprovedBeforeItWasShown(by=login, request=number)
    if request.merged_at is not None and review.at > request.merged_at:
        return ApprovedAfterTheMerge(by=login, request=number)
    return None


def _took_part(evidence: Evidence) -> Iterator[int]:
    """Nobody approves what is their own."""
    yield evidence.request.author.number
    yield from evidence.commits.accounts
    if evidence.pusher is not None:
        yield evidence.pusher.number


def _too_old(review: Review, terms: Terms, today: date) -> Code | None:
    assert review.at is not None  # noqa: S101 - it would not count otherwise
    on = day_of(review.at)
    if today > on + timedelta(days=terms.holds_days):
        return ApprovalHasRunOut(on=str(on), days=terms.holds_days)
    return None
