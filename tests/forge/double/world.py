"""What happened in one project on a forge: people, merge requests, words, marks, issues.

Its clock is its own. It stands still but for a second with each thing that happens, and moves where
a test moves it. Both APIs show the same world, each as its forge does.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

APP = 654321
"""The number of the recorder's GitHub App."""
ACTIONS_APP = 15368
"""The App of GitHub in whose name workflows run."""


@dataclass(eq=False)
class Person:
    number: int
    login: str
    bot: bool = False
    app: int | None = None
    """GitHub: the App whose account it is."""


@dataclass(eq=False)
class Commit:
    sha: str
    author: Person | None
    committer: Person | None
    email: str = "somebody@somewhere.example"


@dataclass(eq=False)
class Review:
    id: int
    by: Person | None
    state: str
    at: datetime
    commit: str | None
    body: str = ""


@dataclass(eq=False)
class Comment:
    id: int
    by: Person
    body: str
    created: datetime
    updated: datetime
    through: int | None = None
    """GitHub: the App with which it was written, also by a person."""
    system: bool = False


@dataclass(eq=False)
class Mark:
    id: int
    by: Person
    head: str
    name: str
    state: str
    reference: str
    created: datetime
    output: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Issue:
    number: int
    by: Person
    title: str
    body: str
    updated: datetime
    open: bool = True


@dataclass(eq=False)
class Request:
    number: int
    author: Person
    source: str
    target: str
    source_project: int | None
    head: str
    heads: list[tuple[str, datetime]]
    created: datetime
    commits: list[Commit] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    approved: dict[Person, datetime] = field(default_factory=dict)
    reviewers: dict[Person, str] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    open: bool = True
    merged_at: datetime | None = None
    merge_commit: str | None = None
    squash_commit: str | None = None


@dataclass(eq=False)
class Push:
    branch: str
    before: str
    after: str
    by: Person
    others: int = 0
    """So many other branches were moved at once."""


def sha(text: str) -> str:
    """A commit's name for a test that has no repository."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class World:
    """``now`` is what the forge's clock shows."""

    def __init__(self, now: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)) -> None:
        self.now = now
        self.project = 4711
        self.repository = "operator/manifests"
        self.branch = "main"
        self._ids = count(1001)
        self._numbers = count(1)
        self.people: dict[int, Person] = {}
        self.recorder = self.person("provisioner", bot=True, app=APP)
        self.workflows = self.person("github-actions", bot=True, app=ACTIONS_APP)
        self.requests: dict[int, Request] = {}
        self.pushes: list[Push] = []
        self.marks: list[Mark] = []
        self.issues: dict[int, Issue] = {}
        self.runs: dict[int, tuple[Person, Person, int]] = {}
        self.rules: list[dict[str, Any]] = []
        self.guards: dict[str, Any] = {}
        self.issues_on = True
        self.ends_on_push = True
        """Whether the forge ends approvals when somebody pushes."""

    def tick(self, seconds: float = 1) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def id(self) -> int:
        return next(self._ids)

    def person(self, login: str, *, bot: bool = False, app: int | None = None) -> Person:
        made = Person(self.id(), login, bot, app)
        self.people[made.number] = made
        return made

    # Merge requests

    def open_request(
        self,
        author: Person,
        head: str,
        *,
        source: str = "change",
        fork: bool = False,
        commits: list[Commit] | None = None,
    ) -> Request:
        at = self.tick()
        number = next(self._numbers)
        made = Request(
            number, author, source, self.branch, 9000 if fork else self.project, head, [], at
        )
        self.requests[number] = made
        self.push(made, head, by=author, commits=commits)
        return made

    def push(
        self, request: Request, head: str, *, by: Person, commits: list[Commit] | None = None
    ) -> None:
        at = self.tick()
        request.head = head
        request.heads.append((head, at))
        if request.source_project == self.project:
            self.push_to(request.source, head, by=by)
        request.commits += [Commit(head, by, by)] if commits is None else commits
        if self.ends_on_push:
            request.approved.clear()
            for review in request.reviews:
                if review.state == "APPROVED":
                    review.state = "DISMISSED"

    def push_to(self, branch: str, after: str, *, by: Person, others: int = 0) -> None:
        """Of a branch of this project, also by what the forge itself merges."""
        self.pushes.append(Push(branch, self.tip(branch), after, by, others))

    def tip(self, branch: str) -> str:
        """Zeros if nobody has pushed to it."""
        moved = (push.after for push in reversed(self.pushes) if push.branch == branch)
        return next(moved, "0" * 40)

    def review(self, request: Request, by: Person, state: str = "APPROVED") -> Review:
        """``state``: APPROVED, CHANGES_REQUESTED or COMMENTED."""
        at = self.tick()
        made = Review(self.id(), by, state, at, request.head)
        request.reviews.append(made)
        match state:
            case "APPROVED":
                request.approved[by] = at
                request.reviewers[by] = "approved"
            case "CHANGES_REQUESTED":
                request.approved.pop(by, None)
                request.reviewers[by] = "requested_changes"
            case _:
                request.reviewers.setdefault(by, "reviewed")
        return made

    def take_back(self, request: Request, by: Person) -> None:
        """Somebody dismisses what ``by`` said last."""
        self.tick()
        own = [one for one in request.reviews if one.by is by and one.state != "COMMENTED"]
        own[-1].state = "DISMISSED"
        request.approved.pop(by, None)
        request.reviewers[by] = "unapproved"

    def ask_again(self, request: Request, of: Person) -> None:
        """A review is asked for once more: GitHub leaves the old one as it is, GitLab ends it."""
        self.tick()
        request.approved.pop(of, None)
        request.reviewers[of] = "unreviewed"

    def merge(self, request: Request, how: str, commit: str) -> str:
        """``how``: merge, squash, rebase, fast-forward or queue. What ``commit`` is then."""
        request.merged_at = self.tick()
        request.open = False
        match how:
            case "squash":
                request.squash_commit = commit
            case "fast-forward":
                commit = request.head
            case _:
                request.merge_commit = commit
        self.push_to(request.target, commit, by=request.author)
        return commit

    # Words, marks, issues

    def comment(
        self, request: Request, by: Person, body: str, *, through: int | None = None
    ) -> Comment:
        at = self.tick()
        made = Comment(self.id(), by, body, at, at, through if through is not None else by.app)
        request.comments.append(made)
        return made

    def edit(self, comment: Comment, body: str) -> None:
        comment.body, comment.updated = body, self.tick()

    def comments(self) -> list[Comment]:
        return [one for request in self.requests.values() for one in request.comments]

    def delete(self, comment: Comment) -> None:
        self.tick()
        for request in self.requests.values():
            if comment in request.comments:
                request.comments.remove(comment)

    def mark(
        self, by: Person, head: str, name: str, state: str, reference: str, **output: Any
    ) -> Mark:
        made = Mark(self.id(), by, head, name, state, reference, self.tick(), output)
        self.marks.append(made)
        return made

    def issue(self, by: Person, title: str, body: str = "") -> Issue:
        made = Issue(next(self._numbers), by, title, body, self.tick())
        self.issues[made.number] = made
        return made
