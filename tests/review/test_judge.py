"""An approval counts if the right person gave it, after seeing this plan, for this content."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from provisioner.forge.model import (
    Account,
    Commit,
    Commits,
    Head,
    MergeRequest,
    Review,
    Reviews,
    Verdict,
)
from provisioner.plan.model import Effect, Targets
from provisioner.review.judge import Counts, Evidence, Terms, is_part, judge
from provisioner.review.record import Record, Shown

HEAD, OLD, MERGE, TREE = "a" * 40, "b" * 40, "c" * 40, "d" * 40
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
RESELLER, MEIER, HUBER = Account(1, "limmat"), Account(10, "meier"), Account(11, "huber")
STRANGER, ROBOT = Account(2, "stranger"), Account(12, "robot", bot=True)
TERMS = Terms("github", 77, "main", frozenset({10, 11, 12}))
TODAY = date(2026, 11, 25)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


STEPS = {"account/account:update": "1" * 64, "workplace/lift:delete": "2" * 64}
SHOWN = Shown(
    id="cafe",
    manifest="e" * 64,
    digest="f" * 64,
    gravest=Effect.MUTATING,
    prices="a" * 64,
    steps=STEPS,
)
RECORD = Record(
    forge="github",
    project=77,
    request=5,
    head=HEAD,
    tip=OLD,
    tree=TREE,
    targets=Targets(pbx="local:pbx", desk="sql:desk"),
    tool="0.1",
    sequence=3,
    shown=minutes(0),
    comment="b" * 64,
    until=date(2026, 11, 30),
    digest="9" * 64,
    customers=(SHOWN,),
)
APPROVAL = Review("1", MEIER, Verdict.APPROVED, minutes(5), HEAD)
EVIDENCE = Evidence(
    MergeRequest(
        5,
        77,
        "main",
        78,
        "edit",
        RESELLER,
        HEAD,
        open=False,
        merged_at=minutes(9),
        merge_commit=MERGE,
    ),
    Commits((Commit(HEAD, RESELLER, RESELLER),), whole=True, accounts_told=True),
    Reviews((APPROVAL,), None),
    RESELLER,
    in_history=True,
)
Change = Callable[[Evidence], Evidence]


def said(*reviews: Review, heads: tuple[Head, ...] | None = None) -> Change:
    return lambda e: replace(e, reviews=Reviews(reviews, heads))


def request(**changes: object) -> Change:
    return lambda e: replace(e, request=replace(e.request, **changes))  # type: ignore[arg-type]


def by(
    who: Account, verdict: Verdict = Verdict.APPROVED, at: int = 5, commit: str = HEAD
) -> Review:
    return Review(f"{who.number}/{at}", who, verdict, minutes(at), commit)


def verdict(
    evidence: Evidence = EVIDENCE,
    record: Record = RECORD,
    terms: Terms = TERMS,
    today: date = TODAY,
) -> str:
    found = judge(record, evidence, terms, today)
    return "counts" if isinstance(found, Counts) else found.code


def test_nobody_approves_what_had_no_room_in_the_comment() -> None:
    assert verdict(record=RECORD.model_copy(update={"whole": False})) == "PV792"


def test_who_may_approve_and_saw_it_releases_it() -> None:
    found = judge(RECORD, EVIDENCE, TERMS, TODAY)
    assert found == Counts((MEIER,), minutes(5))


NO: dict[str, tuple[Change, str]] = {
    "into another branch": (request(target="staging"), "PV742"),
    "of another project": (request(project=78), "PV742"),
    "closed and not merged": (request(merged_at=None), "PV743"),
    "pushed past the history": (lambda e: replace(e, in_history=False), "PV744"),
    "a head that was pushed later": (request(head=OLD), "PV745"),
    "a comment that somebody edited": (lambda e: replace(e, comment_stands=False), "PV766"),
    "still open": (request(open=True, merged_at=None), "PV743"),
    "another request": (request(number=6), "PV745"),
    "more commits than anybody can tell": (
        lambda e: replace(e, commits=replace(e.commits, whole=False)),
        "PV747",
    ),
    "nobody": (said(), "PV748"),
    "only a comment": (said(by(MEIER, Verdict.COMMENTED)), "PV748"),
    "a reseller": (said(by(STRANGER)), "PV749"),
    "a robot of the staff's": (said(by(ROBOT)), "PV749"),
    "its author": (request(author=MEIER), "PV750"),
    "who wrote one of its commits": (
        lambda e: replace(e, commits=Commits((Commit(HEAD, MEIER, None),), True, True)),
        "PV750",
    ),
    "who committed one": (
        lambda e: replace(e, commits=Commits((Commit(HEAD, None, MEIER),), True, True)),
        "PV750",
    ),
    "who pushed it": (lambda e: replace(e, pusher=MEIER), "PV750"),
    "for an earlier head": (said(by(MEIER, commit=OLD)), "PV751"),
    "for a head that is gone": (said(replace(APPROVAL, commit=None)), "PV751"),
    "at no time that is known": (said(replace(APPROVAL, at=None)), "PV751"),
    "before the plan was there": (said(by(MEIER, at=-1)), "PV752"),
    "after the merge": (said(by(MEIER, at=10)), "PV753"),
    "taken back": (said(APPROVAL, by(MEIER, Verdict.DISMISSED, 6)), "PV748"),
    "changes requested since, by the same person": (
        said(APPROVAL, by(MEIER, Verdict.CHANGES_REQUESTED, 6)),
        "PV746",
    ),
    "changes requested by another one": (
        said(by(HUBER, Verdict.CHANGES_REQUESTED, 4), APPROVAL),
        "PV746",
    ),
}


@pytest.mark.parametrize("name", NO)
def test_what_does_not_count(name: str) -> None:
    change, code = NO[name]
    assert verdict(change(EVIDENCE)) == code


def test_a_comment_or_a_strangers_objection_changes_nothing() -> None:
    later = by(MEIER, Verdict.COMMENTED, 6)
    objection = by(STRANGER, Verdict.CHANGES_REQUESTED, 6)
    assert verdict(said(APPROVAL, later, objection)(EVIDENCE)) == "counts"


def test_on_gitlab_the_moment_at_which_a_head_came_decides() -> None:
    terms, record = replace(TERMS, forge="gitlab"), RECORD.model_copy(update={"forge": "gitlab"})
    approval = replace(APPROVAL, commit=None)
    for heads, wanted in (
        ((Head(OLD, minutes(-9)), Head(HEAD, minutes(-3))), "counts"),
        ((Head(HEAD, minutes(-9)), Head(OLD, minutes(6))), "PV751"),
        ((Head(HEAD, minutes(6)),), "PV751"),
        ((), "PV751"),
    ):
        evidence = said(approval, heads=heads)(EVIDENCE)
        assert verdict(evidence, record, terms) == wanted, heads


def test_what_cannot_be_undone_needs_two() -> None:
    grave = RECORD.model_copy(
        update={"customers": (SHOWN.model_copy(update={"gravest": Effect.IRREVERSIBLE}),)}
    )
    assert verdict(record=grave) == "PV755"
    assert verdict(said(APPROVAL, by(MEIER, at=6))(EVIDENCE), grave) == "PV755"
    assert verdict(said(APPROVAL, by(HUBER, at=6))(EVIDENCE), grave) == "counts"


def test_a_newer_plan_is_a_part_or_something_else() -> None:
    def part(**changes: object) -> bool:
        return is_part(RECORD.model_copy(update={"digest": "8" * 64, **changes}), RECORD)

    more = SHOWN.model_copy(update={"digest": "7" * 64, "steps": {**STEPS, "x:create": "3" * 64}})
    less = SHOWN.model_copy(update={"digest": "7" * 64, "steps": dict([*STEPS.items()][:1])})
    assert not part(customers=(more,))
    assert not part(customers=(less.model_copy(update={"steps": None}),))
    assert not part(customers=(less.model_copy(update={"manifest": "0" * 64}),))
    assert not part(customers=(less.model_copy(update={"prices": "0" * 64}),))
    assert part(customers=(less,))
    assert part(customers=())


@pytest.mark.parametrize(
    ("today", "until", "days", "wanted"),
    [
        (date(2026, 11, 30), date(2026, 11, 30), 14, "counts"),
        (date(2026, 12, 1), date(2026, 11, 30), 14, "PV756"),
        (date(2026, 11, 25), None, 14, "PV756"),
        (date(2026, 12, 8), date(2027, 1, 31), 14, "counts"),
        (date(2026, 12, 9), date(2027, 1, 31), 14, "PV471"),
    ],
)
def test_an_approval_ends(today: date, until: date | None, days: int, wanted: str) -> None:
    record = RECORD.model_copy(update={"until": until})
    assert verdict(record=record, terms=replace(TERMS, holds_days=days), today=today) == wanted


def test_days_are_those_of_the_operator() -> None:
    """Half past eleven at night in UTC is the next day here."""
    late = replace(APPROVAL, at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    evidence = request(merged_at=datetime(2026, 11, 24, 23, 40, tzinfo=UTC))(said(late)(EVIDENCE))
    record = RECORD.model_copy(update={"until": date(2027, 1, 31)})
    assert verdict(evidence, record, today=date(2026, 12, 9)) == "counts"
    assert verdict(evidence, record, today=date(2026, 12, 10)) == "PV471"
