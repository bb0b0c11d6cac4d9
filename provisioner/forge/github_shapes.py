"""What is read of the answers of GitHub's REST API, version 2022-11-28."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Discriminator, Field, Tag, TypeAdapter

from provisioner.forge.model import (
    Account,
    Commit,
    Mark,
    MergeRequest,
    PlacedMark,
    Review,
    State,
    Verdict,
)
from provisioner.forge.shapes import Name, Number, Sha, Shape


class User(Shape):
    id: Number
    login: Name
    type: Name

    @property
    def account(self) -> Account:
        return Account(self.id, self.login, bot=self.type != "User")


class Nobody(Shape):
    """``{}`` in the place of a user."""

    id: None = None


class App(Shape):
    id: Number | None = None


class Numbered(Shape):
    id: Number


class Repository(Shape):
    id: Number
    permissions: dict[str, bool] | None = None


class Base(Shape):
    ref: Name
    repo: Numbered


class Tip(Shape):
    ref: Name
    sha: Sha
    repo: Numbered | None


_VERDICTS = {
    "APPROVED": Verdict.APPROVED,
    "CHANGES_REQUESTED": Verdict.CHANGES_REQUESTED,
    "DISMISSED": Verdict.DISMISSED,
}


class Pull(Shape):
    number: Number
    state: Literal["open", "closed"]
    user: User
    base: Base
    head: Tip
    merged_at: AwareDatetime | None
    merge_commit_sha: Sha | None

    @property
    def value(self) -> MergeRequest:
        return MergeRequest(
            number=self.number,
            project=self.base.repo.id,
            target=self.base.ref,
            source_project=self.head.repo.id if self.head.repo else None,
            source=self.head.ref,
            author=self.user.account,
            head=self.head.sha,
            open=self.state == "open",
            merged_at=self.merged_at,
            # before the merge it is a trial that the forge makes for itself
            merge_commit=self.merge_commit_sha if self.merged_at else None,
        )


class PullCommit(Shape):
    sha: Sha
    author: User | Nobody | None
    committer: User | Nobody | None

    @property
    def value(self) -> Commit:
        return Commit(self.sha, _known(self.author), _known(self.committer))


def _known(found: User | Nobody | None) -> Account | None:
    return found.account if isinstance(found, User) else None


class PullReview(Shape):
    id: Number
    user: User | None
    state: Name
    submitted_at: AwareDatetime | None = None
    commit_id: Sha | None

    @property
    def value(self) -> Review | None:
        """None if the account is gone: nobody can be held to it."""
        if self.user is None:
            return None
        return Review(
            id=str(self.id),
            by=self.user.account,
            verdict=_VERDICTS.get(self.state, Verdict.COMMENTED),
            at=self.submitted_at,
            commit=self.commit_id,
        )


class Comment(Shape):
    id: Number
    user: User | None
    body: str | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    performed_via_github_app: App | None = None


class Output(Shape):
    title: str | None = None
    summary: str | None = None
    text: str | None = None


class CheckRun(Shape):
    id: Number
    name: Name
    head_sha: Sha
    external_id: str | None
    conclusion: str | None
    app: App | None
    output: Output

    @property
    def value(self) -> PlacedMark:
        match self.conclusion:
            case None:
                state = State.PENDING
            case "success":
                state = State.SUCCESS
            case _:
                state = State.FAILURE
        mark = Mark(
            name=self.name,
            state=state,
            reference=self.external_id or "",
            title=self.output.title or "",
            summary=self.output.summary or "",
            text=self.output.text,
        )
        return PlacedMark(self.id, self.head_sha, mark, created=None)


class CheckRuns(Shape):
    total_count: int
    check_runs: list[CheckRun]


class IssueAnswer(Shape):
    number: Number
    state: Name
    title: str
    body: str | None = None
    user: User | None
    updated_at: AwareDatetime
    performed_via_github_app: App | None = None
    pull_request: Any = None
    """There for a pull request, which is an issue as well."""


class WorkflowRun(Shape):
    id: Number
    repository: Numbered
    triggering_actor: User
    run_attempt: Annotated[int, Field(ge=1)]


class Activity(Shape):
    ref: Name
    before: Name
    after: Name
    actor: User | None


class PullRules(Shape):
    required_approving_review_count: int
    dismiss_stale_reviews_on_push: bool
    require_last_push_approval: bool


class RequiredCheck(Shape):
    context: Name
    integration_id: int | None = None


class CheckRules(Shape):
    required_status_checks: list[RequiredCheck]


class PullRule(Shape):
    type: Literal["pull_request"]
    parameters: PullRules


class CheckRule(Shape):
    type: Literal["required_status_checks"]
    parameters: CheckRules


class OtherRule(Shape):
    type: Name


def _kind(rule: Any) -> str:
    found = rule.get("type") if isinstance(rule, dict) else None
    return found if found in {"pull_request", "required_status_checks"} else "other"


Rule = Annotated[
    Annotated[PullRule, Tag("pull_request")]
    | Annotated[CheckRule, Tag("required_status_checks")]
    | Annotated[OtherRule, Tag("other")],
    Discriminator(_kind),
]

REPOSITORY = TypeAdapter(Repository)
PULL = TypeAdapter(Pull)
PULLS = TypeAdapter(list[Pull])
COMMITS = TypeAdapter(list[PullCommit])
REVIEW = TypeAdapter(PullReview)
REVIEWS = TypeAdapter(list[PullReview])
COMMENT = TypeAdapter(Comment)
COMMENTS = TypeAdapter(list[Comment])
CHECK = TypeAdapter(CheckRun)
CHECKS = TypeAdapter(CheckRuns)
ISSUE = TypeAdapter(IssueAnswer)
ISSUES = TypeAdapter(list[IssueAnswer])
ACTIVITIES = TypeAdapter(list[Activity])
RUN = TypeAdapter(WorkflowRun)
RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])
