"""What is read of the answers of GitLab's REST API, version 4."""

import re
from datetime import date
from typing import Literal

from pydantic import AwareDatetime, TypeAdapter

from provisioner.forge.model import Account, Commit, Mark, MergeRequest, PlacedMark, State
from provisioner.forge.shapes import Name, Number, Sha, Shape

_NO_REPLY = re.compile(r"([0-9]{1,18})-[^@\s]+@users\.noreply\.[^@\s]+")


class User(Shape):
    id: Number
    username: Name
    bot: bool | None = None

    @property
    def account(self) -> Account:
        return Account(self.id, self.username, self.bot)


class Merge(Shape):
    iid: Number
    project_id: Number
    state: Literal["opened", "closed", "locked", "merged"]
    author: User
    target_branch: Name
    source_branch: Name
    source_project_id: Number | None
    sha: Sha | None
    merged_at: AwareDatetime | None
    merge_commit_sha: Sha | None
    squash_commit_sha: Sha | None

    @property
    def value(self) -> MergeRequest:
        # a squashed commit may lie beneath a merge commit; a fast-forward leaves the head itself
        commit = self.merge_commit_sha or self.squash_commit_sha or self.sha
        return MergeRequest(
            number=self.iid,
            project=self.project_id,
            target=self.target_branch,
            source_project=self.source_project_id,
            source=self.source_branch,
            author=self.author.account,
            head=self.sha,
            open=self.state in {"opened", "locked"},
            merged_at=self.merged_at,
            merge_commit=commit if self.merged_at else None,
        )


class MergeCommit(Shape):
    id: Sha
    author_email: Name = ""
    committer_email: Name = ""

    @property
    def value(self) -> Commit:
        return Commit(self.id, _account_of(self.author_email), _account_of(self.committer_email))


def _account_of(email: str) -> Account | None:
    """Whose address that is, where the address itself says so."""
    found = _NO_REPLY.fullmatch(email)
    return Account(int(found[1]), "", None) if found else None


class Version(Shape):
    id: Number
    head_commit_sha: Sha
    created_at: AwareDatetime


class Approval(Shape):
    user: User
    approved_at: AwareDatetime | None = None


class Approvals(Shape):
    approved_by: list[Approval]


class Reviewer(Shape):
    user: User
    state: Name


class MergeNote(Shape):
    id: Number
    author: User
    body: str
    system: bool
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Status(Shape):
    id: Number
    sha: Sha
    name: Name
    status: Name
    description: str | None
    author: User | None
    created_at: AwareDatetime

    @property
    def value(self) -> PlacedMark:
        match self.status:
            case "success":
                state = State.SUCCESS
            case "pending" | "running" | "created":
                state = State.PENDING
            case _:
                state = State.FAILURE
        mark = Mark(self.name, state, self.description or "", title="", summary="")
        return PlacedMark(self.id, self.sha, mark, self.created_at)


class IssueAnswer(Shape):
    iid: Number
    state: Name
    title: str
    description: str | None
    author: User
    updated_at: AwareDatetime


class PushData(Shape):
    """Of a push to many branches and tags at once GitLab tells how many, and nothing else."""

    ref_type: Name | None = None
    ref: Name | None = None
    commit_from: Name | None = None
    commit_to: Name | None = None


class Event(Shape):
    author: User
    push_data: PushData | None = None


class Pipeline(Shape):
    project_id: Number


class Job(Shape):
    user: User
    pipeline: Pipeline


class AccessLevel(Shape):
    access_level: int | None


class Permissions(Shape):
    project_access: AccessLevel | None
    group_access: AccessLevel | None


class Project(Shape):
    id: Number
    permissions: Permissions | None = None
    only_allow_merge_if_pipeline_succeeds: bool | None = None
    merge_trains_enabled: bool | None = None
    ci_allow_fork_pipelines_to_run_in_parent_project: bool | None = None
    ci_pipeline_variables_minimum_override_role: Name | None = None


class ProtectedBranch(Shape):
    push_access_levels: list[AccessLevel]
    allow_force_push: bool


class ApprovalSettings(Shape):
    """Of a project, where the licence has them."""

    reset_approvals_on_push: bool | None = None
    merge_requests_author_approval: bool | None = None
    merge_requests_disable_committers_approval: bool | None = None


class ApprovalRule(Shape):
    approvals_required: int


class AccessToken(Shape):
    user_id: Number
    scopes: list[Name]
    expires_at: date | None


MERGE = TypeAdapter(Merge)
MERGES = TypeAdapter(list[Merge])
COMMITS = TypeAdapter(list[MergeCommit])
VERSIONS = TypeAdapter(list[Version])
APPROVALS = TypeAdapter(Approvals)
REVIEWERS = TypeAdapter(list[Reviewer])
USER = TypeAdapter(User)
NOTE = TypeAdapter(MergeNote)
NOTES = TypeAdapter(list[MergeNote])
STATUS = TypeAdapter(Status)
STATUSES = TypeAdapter(list[Status])
ISSUE = TypeAdapter(IssueAnswer)
ISSUES = TypeAdapter(list[IssueAnswer])
EVENTS = TypeAdapter(list[Event])
JOB = TypeAdapter(Job)
PROJECT = TypeAdapter(Project)
PROTECTED = TypeAdapter(ProtectedBranch)
SETTINGS = TypeAdapter(ApprovalSettings)
APPROVAL_RULES = TypeAdapter(list[ApprovalRule])
TOKEN = TypeAdapter(AccessToken)
