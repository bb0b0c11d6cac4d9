"""GitLab, over its REST API, version 4.

The recorder is the account of a project or group access token. Its marks are commit statuses, which
have no place for a long text: what belongs to them stands in its notes.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from provisioner.codes.forge import (
    ForgeRefusesTheToken,
    ForgeTokenLacksARight,
    NotThereOnTheForge,
    TokenThatCannotBeSent,
)
from provisioner.errors import Refused
from provisioner.forge import gitlab_shapes as shapes
from provisioner.forge.client import Client
from provisioner.forge.gitlab_rules import granted, guards
from provisioner.forge.model import (
    Account,
    Commits,
    Head,
    Issue,
    Mark,
    MergeRequest,
    Note,
    PlacedMark,
    Push,
    Review,
    Reviews,
    Rights,
    Rules,
    Run,
    State,
    Verdict,
)
from provisioner.forge.protocol import Forge
from provisioner.forge.texts import first_line
from provisioner.forge.transport import Call, Token, Transport

API = "https://gitlab.com/api/v4"
MOST_COMMITS = 250
"""As on GitHub: of more nobody looks through who wrote them."""
_OLDEST_FIRST: Mapping[str, str | int] = {"order_by": "created_at", "sort": "asc"}
_STATES = {State.PENDING: "pending", State.SUCCESS: "success", State.FAILURE: "failed"}
_NEVER = datetime.max.replace(tzinfo=UTC)

T = TypeVar("T")
Body = Mapping[str, Any] | None
Params = Mapping[str, str | int] | None


class GitLab(Client, Forge):
    """``recorder``: the number of the token's account. ``job_token``: of the job that this runs in,
    which tells who started it."""

    name = "gitlab"
    keeps_text = False

    def __init__(
        self,
        *,
        project: int,
        recorder: int,
        token: str,
        api: str = API,
        job_token: str = "",
        authorities: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._home = f"/projects/{project}"
        self._job_token = Token(job_token, "gitlab", "JOB-TOKEN") if job_token else None
        transport = Transport(
            "gitlab",
            api,
            Token(token, "gitlab"),
            headers={"Accept": "application/json", "User-Agent": "provisioner"},
            authorities=authorities,
            sleep=sleep,
        )
        super().__init__(project, recorder, transport)

    # Merge requests

    def merge_request(self, number: int) -> MergeRequest:
        call = self._merge(number, "")
        found = self._transport.get(call, shapes.MERGE)
        self.only_ours(found.project_id)
        return found.value

    def open_requests(self, target: str) -> Sequence[MergeRequest]:
        asked = {"state": "opened", "target_branch": target, **_OLDEST_FIRST}
        call = self._call("/merge_requests", params=asked)
        return [one.value for one in self._transport.pages(call, shapes.MERGES, list)]

    def requests_of(self, commit: str) -> Sequence[MergeRequest]:
        path = f"/repository/commits/{commit}/merge_requests"
        call = self._call(path)
        return [one.value for one in self._transport.pages(call, shapes.MERGES, list)]

    def commits(self, number: int) -> Commits:
        call = self._merge(number, "/commits")
        found = self._transport.pages(call, shapes.COMMITS, list)
        people = tuple(one.value for one in found)
        return Commits(people, whole=len(found) <= MOST_COMMITS, accounts_told=False)

    def pushes(self, branch: str) -> Iterator[Push]:
        call = self._call("/events", params={"action": "pushed", "sort": "desc"})
        for one in self._transport.rows(call, shapes.EVENTS, list):
            data = one.push_data
            if data and data.commit_to and (data.ref_type, data.ref) == ("branch", branch):
                yield Push(data.commit_from or "", data.commit_to, one.author.account)

    def reviews(self, number: int) -> Reviews:
        call = self._merge(number, "/versions")
        versions = self._transport.pages(call, shapes.VERSIONS, list)
        call = self._merge(number, "/approvals")
        approved = self._transport.get(call, shapes.APPROVALS).approved_by
        call = self._merge(number, "/reviewers")
        reviewers = self._transport.pages(call, shapes.REVIEWERS, list)
        said = [
            Review(f"{one.user.id}", self._person(one.user), Verdict.APPROVED, one.approved_at)
            for one in approved
        ]
        # asking for changes takes the person's approval away, so nobody is in both
        said += [
            Review(f"{one.user.id}", one.user.account, Verdict.CHANGES_REQUESTED, None)
            for one in reviewers
            if one.state == "requested_changes"
        ]
        heads = (Head(one.head_commit_sha, one.created_at) for one in versions)
        return Reviews(
            tuple(sorted(said, key=lambda one: one.at or _NEVER)),
            heads=tuple(sorted(heads, key=lambda one: one.came)),
        )

    def _person(self, user: shapes.User) -> Account:
        """With whether it is a bot, which GitLab tells of one account at a time."""
        if user.bot is not None:
            return user.account
        call = Call("read_api", "GET", f"/users/{user.id}")
        return self._transport.get(call, shapes.USER).account

    # Notes

    def notes(self, number: int) -> Sequence[Note]:
        asked = {"activity_filter": "only_comments", **_OLDEST_FIRST}
        call = self._merge(number, "/notes", params=asked)
        found = self._transport.pages(call, shapes.NOTES, list)
        notes = (self._note(one) for one in found if not one.system)
        return sorted(notes, key=lambda one: (one.created, one.id))

    def add_note(self, number: int, body: str) -> Note:
        marker = first_line(body)

        def look() -> shapes.MergeNote | None:
            asked: Params = {"activity_filter": "only_comments"}
            call = self._merge(number, "/notes", params=asked)
            found = self._transport.pages(call, shapes.NOTES, list)
            own = (one for one in found if one.author.id == self._recorder)
            return next((one for one in own if first_line(one.body) == marker), None)

        call = self._merge(number, "/notes", "POST", {"body": body})
        return self._stored(call, self._transport.add(call, shapes.NOTE, look), body)

    def edit_note(self, number: int, note: int, body: str) -> Note:
        call = self._merge(number, f"/notes/{note}", "PUT", {"body": body})
        return self._stored(call, self._transport.set(call, shapes.NOTE), body)

    def remove_note(self, number: int, note: int) -> None:
        call = self._merge(number, f"/notes/{note}", "DELETE")
        self._transport.remove(call)

    def _note(self, found: shapes.MergeNote) -> Note:
        return Note(
            id=found.id,
            by=found.author.account,
            own=found.author.id == self._recorder,
            body=found.body,
            created=found.created_at,
            updated=found.updated_at,
        )

    def _stored(self, call: Call, found: shapes.MergeNote, body: str) -> Note:
        self.kept(call, body, found.body)
        return self._note(found)

    # Marks

    def marks(self, head: str, name: str) -> Sequence[PlacedMark]:
        found = sorted(self._statuses(head, name), key=lambda one: -one.id)
        return [one.value for one in found]

    def _statuses(self, head: str, name: str) -> list[shapes.Status]:
        asked: Params = {"name": name, "all": "true"}
        path = f"/repository/commits/{head}/statuses"
        call = self._call(path, params=asked)
        found = self._transport.pages(call, shapes.STATUSES, list)
        return [one for one in found if self._places(one, head, name)]

    def _places(self, one: shapes.Status, head: str, name: str) -> bool:
        """What was asked for is looked at again: it decides whose word counts."""
        ours = one.author is not None and one.author.id == self._recorder
        return ours and (one.sha, one.name) == (head, name)

    def place(self, head: str, mark: Mark) -> PlacedMark:
        newest = next(iter(self.marks(head, mark.name)), None)
        if newest and _says(newest, mark):
            return newest

        def look() -> shapes.Status | None:
            newest = max(self._statuses(head, mark.name), key=lambda one: one.id, default=None)
            return newest if newest and _says(newest.value, mark) else None

        body = {
            "state": _STATES[mark.state],
            "name": mark.name,
            "description": mark.reference,
        }
        call = self._call(f"/statuses/{head}", "POST", body, right="Developer, api")
        found = self._transport.add(call, shapes.STATUS, look)
        self.kept(call, mark.reference, found.description or "")
        if not self._places(found, head, mark.name):
            right = f"account {self._recorder}"
            raise Refused(ForgeTokenLacksARight(target=self.target, what=call.what, right=right))
        return found.value

    # Approvals

    def withdraw(self, number: int, reviews: Sequence[str], reason: str) -> int:  # noqa: ARG002  GitLab has no place for a reason
        if not reviews:
            return 0
        right = "project_access_token"
        call = self._merge(number, "/reset_approvals", "PUT", right=right)
        try:
            self._transport.order(call)
        except Refused as error:
            if not error.says(ForgeRefusesTheToken):
                raise
            # what a token must not do here is answered as if it were no token
            raise Refused(
                ForgeTokenLacksARight(target=self.target, what=call.what, right=right)
            ) from None
        return len(reviews)

    # Issues

    def issues(self) -> Sequence[Issue]:
        found = (self._issue(one) for one in self._open_issues())
        return [one for one in found if one.own]

    def _open_issues(self) -> list[shapes.IssueAnswer]:
        asked = {"state": "opened", "author_id": self._recorder, "scope": "all", **_OLDEST_FIRST}
        call = self._call("/issues", params=asked)
        return self._transport.pages(call, shapes.ISSUES, list)

    def open_issue(self, title: str, body: str) -> Issue:
        def look() -> shapes.IssueAnswer | None:
            own = (one for one in self._open_issues() if one.author.id == self._recorder)
            return next((one for one in own if one.title == title), None)

        content = {"title": title, "description": body}
        call = self._call("/issues", "POST", content, right="Reporter, api")
        return self._kept_issue(self._transport.add(call, shapes.ISSUE, look).iid, body)

    def edit_issue(self, number: int, *, title: str, body: str) -> Issue:
        content = {"title": title, "description": body}
        call = self._call(f"/issues/{number}", "PUT", content, right="Reporter, api")
        self._transport.set(call, shapes.ISSUE)
        return self._kept_issue(number, body)

    def close_issue(self, number: int) -> Issue:
        content = {"state_event": "close"}
        call = self._call(f"/issues/{number}", "PUT", content, right="Reporter, api")
        return self._issue(self._transport.set(call, shapes.ISSUE))

    def _kept_issue(self, number: int, body: str) -> Issue:
        """Read anew: what an edit answers is not always what is stored."""
        call = self._call(f"/issues/{number}")
        found = self._issue(self._transport.get(call, shapes.ISSUE))
        self.kept(call, body, found.body)
        return found

    def _issue(self, found: shapes.IssueAnswer) -> Issue:
        return Issue(
            number=found.iid,
            own=found.author.id == self._recorder,
            open=found.state == "opened",
            title=found.title,
            body=found.description or "",
            updated=found.updated_at,
        )

    # The job, the project

    def run(self, job: int | None = None) -> Run:  # noqa: ARG002  the job's own token says which
        if self._job_token is None:
            raise Refused(TokenThatCannotBeSent(forge="gitlab"))
        call = Call("CI_JOB_TOKEN", "GET", "/job", token=self._job_token)
        found = self._transport.get(call, shapes.JOB)
        self.only_ours(found.pipeline.project_id)
        return Run(self._person(found.user), attempt=1)

    def rules(self, branch: str) -> Rules:
        project = self._transport.get(self._call(""), shapes.PROJECT)
        path = f"/protected_branches/{quote(branch, safe='')}"
        call = self._call(path)
        told = True
        try:
            guard = self._transport.get(call, shapes.PROTECTED)
        except Refused as error:
            if not error.says(NotThereOnTheForge, ForgeTokenLacksARight):
                raise
            told, guard = error.says(NotThereOnTheForge), None
        settings = self._found(self._call("/approvals"), shapes.SETTINGS)
        path = "/approval_rules"
        needed = self._found(self._call(path), shapes.APPROVAL_RULES)
        return guards(project, guard, settings, needed, told=told)

    def _found(self, call: Call, shape: TypeAdapter[T]) -> T | None:
        """None where this project, or its licence, has none."""
        try:
            return self._transport.get(call, shape)
        except Refused as error:
            if error.says(NotThereOnTheForge, ForgeTokenLacksARight):
                return None
            raise

    def rights(self) -> Rights:
        call = Call("api or read_api", "GET", "/personal_access_tokens/self")
        token = self._transport.get(call, shapes.TOKEN)
        user = self._transport.get(Call("read_api", "GET", "/user"), shapes.USER)
        project = self._transport.get(self._call(""), shapes.PROJECT)
        return granted(token, user, project)

    def _merge(
        self,
        number: int,
        path: str,
        method: str = "GET",
        body: Body = None,
        *,
        params: Params = None,
        right: str = "",
    ) -> Call:
        return self._call(
            f"/merge_requests/{number}{path}",
            method,
            body,
            params=params,
            right=right or ("Reporter, api" if body or method != "GET" else ""),
        )

    def _call(
        self,
        path: str,
        method: str = "GET",
        body: Body = None,
        *,
        params: Params = None,
        right: str = "",
    ) -> Call:
        return Call(right or "Reporter, read_api", method, f"{self._home}{path}", params, body)


def _says(placed: PlacedMark, mark: Mark) -> bool:
    """GitLab refuses to set a status to pending twice."""
    if placed.mark.state is mark.state is State.PENDING:
        return True
    return (placed.mark.state, placed.mark.reference) == (mark.state, mark.reference)
