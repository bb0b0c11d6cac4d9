"""What a forge tells of a merge request, in words that fit GitHub and GitLab alike.

Every time is the forge's own and has a zone. Accounts are numbers: a login can be renamed, and
taken by somebody else. None means that the forge does not tell, never that there is none.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Account:
    """``login`` is for people to read; only ``number`` says who it is."""

    number: int
    login: str
    bot: bool | None = None


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """A merge request (GitLab) or pull request (GitHub)."""

    number: int
    project: int
    """The number of the project that it is to be merged into."""
    target: str
    """The name of the branch that it is to be merged into."""
    source_project: int | None
    """None if the fork is gone."""
    source: str
    """The name of the branch that it comes from."""
    author: Account
    head: str | None
    """Its newest commit; once merged, the commit that was merged. None as long as it has none."""
    open: bool
    merged_at: datetime | None = None
    merge_commit: str | None = None
    """What stands on the target's first-parent history since then: the merge commit, the squashed
    commit, or the last one of a rebase or fast-forward. None unless merged."""

    @property
    def merged(self) -> bool:
        return self.merged_at is not None


@dataclass(frozen=True, slots=True)
class Commit:
    """Who a commit says that it is from. Its e-mail addresses can be made up, so an account here is
    a reason to refuse and never one to trust."""

    sha: str
    author: Account | None
    committer: Account | None


@dataclass(frozen=True, slots=True)
class Commits:
    """Those of a merge request."""

    found: tuple[Commit, ...]
    whole: bool
    """False if there are more than the forge tells: who wrote them is then unknown."""
    accounts_told: bool
    """False on a forge that tells names and addresses only."""

    @property
    def accounts(self) -> frozenset[int]:
        """All that are known to have written or committed."""
        people = (who for one in self.found for who in (one.author, one.committer))
        return frozenset(who.number for who in people if who)


@dataclass(frozen=True, slots=True)
class Push:
    """Somebody has moved a branch from one commit to another, also by merging on the forge.

    ``before`` is no commit that is known where the branch was made by it."""

    before: str
    after: str
    by: Account


class Verdict(StrEnum):
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    DISMISSED = "dismissed"
    """An approval or a request for changes that was taken back by somebody."""
    COMMENTED = "commented"
    """Decides nothing."""


@dataclass(frozen=True, slots=True)
class Review:
    """One word of one person, as it stands now."""

    id: str
    """What ``Forge.withdraw`` takes."""
    by: Account
    verdict: Verdict
    at: datetime | None
    """When it was given; None where the forge does not tell since when it stands."""
    commit: str | None = None
    """For which head it was given. None on GitLab, and on GitHub if that commit is gone."""


@dataclass(frozen=True, slots=True)
class Head:
    """When a commit became the newest of its merge request."""

    sha: str
    came: datetime


@dataclass(frozen=True, slots=True)
class Reviews:
    """All that people have said of a merge request."""

    said: tuple[Review, ...]
    """Oldest first; those without a time last."""
    heads: tuple[Head, ...] | None
    """Oldest first, where the forge binds an approval to a moment (GitLab); None where it binds it
    to a commit (GitHub)."""

    def of_head(self, review: Review, head: str) -> bool:
        """Whether ``review`` was given for ``head``, the newest commit.

        Bound to a commit: that commit is ``head``. Bound to a moment: it is later than the moment
        at which ``head`` came for the last time, and no other head came after that.
        """
        if self.heads is None:
            return review.commit == head
        if not self.heads or review.at is None:
            return False
        newest = max(self.heads, key=lambda one: one.came)
        alone = all(one.sha == head for one in self.heads if one.came == newest.came)
        return alone and newest.came < review.at

    def decisions(self) -> dict[int, Review]:
        """The newest word of each account that decides something, by the account's number."""
        return {one.by.number: one for one in self.said if one.verdict is not Verdict.COMMENTED}


@dataclass(frozen=True, slots=True)
class Note:
    """A comment on a merge request."""

    id: int
    by: Account
    own: bool
    """Written by the recorder's identity; by nobody who only says so."""
    body: str
    created: datetime
    updated: datetime


class State(StrEnum):
    """What a mark says at a glance."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Mark:
    """A check run (GitHub) or commit status (GitLab)."""

    name: str
    state: State
    reference: str
    """A short text of ours: the external id, or the description. At most 255 characters."""
    title: str
    summary: str
    """Two lines for people; GitLab has no place for them."""
    text: str | None = None
    """Long text, at most 65,535 characters. None on GitLab, which has no place for it."""


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark of the recorder on a commit."""

    id: int
    head: str
    mark: Mark
    created: datetime | None
    """None on GitHub, where whoever places it names the time."""


@dataclass(frozen=True, slots=True)
class Issue:
    number: int
    own: bool
    open: bool
    title: str
    body: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """The job in which this tool runs."""

    by: Account
    """Who started it: on GitHub who started this attempt."""
    attempt: int
    """1 unless it was run again. GitLab makes a new job each time, so always 1 there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How the forge itself guards a branch. None: not told, by this forge or to this token."""

    approvals: int | None = None
    approvals_end_on_push: bool | None = None
    author_may_approve: bool | None = None
    committers_may_approve: bool | None = None
    """GitHub: whether who pushed last may."""
    required_marks: tuple[tuple[str, int | None], ...] | None = None
    """Name, and the App that must have placed it; None as App: anybody may."""
    marks_must_pass: bool | None = None
    """A failed check or pipeline stops the merge."""
    only_by_request: bool | None = None
    """Nobody can push past a merge request."""
    history_kept: bool | None = None
    """Nobody can rewrite or delete the branch."""
    queue: bool | None = None
    fork_runs_here: bool | None = None
    """GitLab: a merge request of a fork can run its own pipeline in this project."""
    variables_by_anyone: bool | None = None
    """GitLab: whoever starts a pipeline may give it variables."""


class Right(StrEnum):
    """What a token may do; as much as a forge tells."""

    READ = "read"
    COMMENT = "comment"
    MARK = "mark"
    MERGE = "merge"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Rights:
    """Of the token in use."""

    account: Account | None
    project: int
    rights: frozenset[Right] | None
    """None where the forge does not tell a token what it may."""
    scopes: tuple[str, ...] | None
    ends: datetime | None
