"""What people are shown of a merge request, as values: before the merge and after it.  Pure.

Others put them into words; the order of what they say and the words are the report's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from provisioner.codes import Code
from provisioner.codes.review import (
    AnotherHead,
    AnotherMergeCameFirst,
    DayHasPassed,
    LiveSystemChanged,
)
from provisioner.manifest.diagnostics import Diagnostic, has_errors
from provisioner.plan.model import CustomerPlan, Plan, Upcoming
from provisioner.review.judge import is_part
from provisioner.review.record import Record, Shown

SHORT = 12
"""Characters of a commit's id that people compare."""


class Stage(StrEnum):
    """Of the comment. ``blocked``: merged as it is, a part of it would be refused."""

    PLANNING = "planning"
    PLAN = "plan"
    NOTHING = "nothing"
    BLOCKED = "blocked"
    APPLYING = "applying"
    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two plans of one customer, from record to record: ids of steps, ``kind/key:action``.

    All three are empty where a record had no room for the steps, or only prices differ.
    """

    customer: str
    new: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    """In both plans, and not the same."""
    gone: tuple[str, ...] = ()
    manifest: bool = False
    """Its manifest is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """An approval that does not hold any more.

    ``about``: why, one of PV757 to PV760.  ``withdrawn``: how many approvals were taken back.
    """

    about: Code
    withdrawn: int = 0
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShown:
    """The comment after planning.

    ``head``: the commit's whole id.  ``plan``: None if there is none, since ``findings`` stop it;
    findings that the plan has too are shown once.  ``until``: the last day on which an approval
    holds.  ``needed``: so many different people have to approve.  ``snapshot``: it was not made
    against the live systems.
    """

    project: int
    request: int
    head: str
    plan: Plan | None
    findings: tuple[Diagnostic, ...] = ()
    until: date | None = None
    needed: int = 1
    void: Void | None = None
    snapshot: bool = False

    @property
    def stage(self) -> Stage:
        if self.plan is None or self.plan.blocked or has_errors(self.findings):
            return Stage.BLOCKED
        return Stage.PLAN if self.plan.steps else Stage.NOTHING


class Ended(StrEnum):
    """How it ended for one customer. ``nothing``: it was so already.  ``failed``: some steps were
    not carried out; the next run tries again.  ``refused``: nothing of it was changed.
    ``waiting``: it is being applied, or the next run does it."""

    DONE = "done"
    NOTHING = "nothing"
    FAILED = "failed"
    REFUSED = "refused"
    WAITING = "waiting"


WELL = frozenset({Ended.DONE, Ended.NOTHING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of one customer after the merge.

    ``about``: why not.  ``upcoming``: what comes by itself later.  ``fresh``: the plan made now,
    where it was refused and staff may release it by hand: nobody releases what was not shown.
    """

    customer: str
    reseller: str = ""
    company: str = ""
    ended: Ended
    about: tuple[Code, ...] = ()
    upcoming: tuple[Upcoming, ...] = ()
    fresh: CustomerPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedShown:
    """The comment after the merge.

    ``at``: the day of the apply.  ``digest``: of the approved plan; ``approved_by``: logins.
    """

    project: int
    at: date
    request: int
    head: str
    digest: str = ""
    outcomes: tuple[Outcome, ...] = ()
    approved_by: tuple[str, ...] = ()

    @property
    def stage(self) -> Stage:
        ends = {each.ended for each in self.outcomes}
        if ends <= WELL:
            return Stage.DONE if Ended.DONE in ends else Stage.NOTHING
        if ends == {Ended.WAITING}:
            return Stage.APPLYING
        return Stage.REFUSED if ends == {Ended.REFUSED} else Stage.PARTLY


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenShown:
    """The issue that tells what could not be applied; outcomes that are well are left out.

    ``at``: the day of the apply.
    """

    project: int
    at: date
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftShown:
    """The issue that tells in what the live systems are not what was released."""

    project: int
    plan: Plan


# From record to record


def why_void(before: Record, now: Record, today: date) -> Code | None:
    """Why approvals of the plan in ``before`` do not release the one in ``now``; None if they do.

    Both are of the same merge request.
    """
    if before.head != now.head:
        return AnotherHead(head=now.head[:SHORT])
    for each in now.customers:
        shown = before.of(each.id)
        if shown is not None and shown.manifest != each.manifest:
            return AnotherMergeCameFirst(customer=each.id)
    if before.until is not None and today > before.until:
        return DayHasPassed(day=str(before.until))
    return None if before.digest == now.digest or is_part(now, before) else LiveSystemChanged()


def differences(before: Record, now: Record) -> tuple[Difference, ...]:
    """Customers whose plans differ, in their order; those without a plan any more too."""
    was = {each.id: each for each in before.customers}
    ours = {each.id: each for each in now.customers}
    return tuple(_differences(was, ours))


def _differences(was: dict[str, Shown], now: dict[str, Shown]) -> Iterator[Difference]:
    for name in sorted({*was, *now}):
        old, new = was.get(name), now.get(name)
        if old and new and (old.digest, old.manifest) == (new.digest, new.manifest):
            continue
        manifest = bool(old and new and old.manifest != new.manifest)
        before, after = _steps(old), _steps(new)
        if before is None or after is None:
            yield Difference(name, manifest=manifest)
            continue
        yield Difference(
            name,
            new=_only(after, before),
            other=tuple(id_ for id_ in after if id_ in before and before[id_] != after[id_]),
            gone=_only(before, after),
            manifest=manifest,
        )


def _steps(shown: Shown | None) -> dict[str, str] | None:
    """By id; None if they are not known."""
    if shown is None:
        return {}
    return None if shown.steps is None else dict(shown.steps)


def _only(these: dict[str, str], those: dict[str, str]) -> tuple[str, ...]:
    return tuple(id_ for id_ in these if id_ not in those)
