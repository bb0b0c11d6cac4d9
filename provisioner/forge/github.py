"""GitHub, over its REST API.

The recorder is a GitHub App of its own: only an App can place checks, and whoever may push can
place some in the name of the App that runs workflows.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from provisioner.codes.forge import (
    ForgeAnswerNotUnderstood,
    ForgeRefusesTheRequest,
    ForgeTokenLacksARight,
    NotThereOnTheForge,
)
from provisioner.errors import OutcomeUnknown, Refused
from provisioner.forge import github_shapes as shapes
from provisioner.forge.client import Client
from provisioner.forge.github_rules import granted, guards
from provisioner.forge.github_shapes import (
    App,
    CheckRun,
    Comment,
    IssueAnswer,
    User,
)
from provisioner.forge.model import (
    Commits,
    Issue,
    Mark,
    MergeRequest,
    Note,
    PlacedMark,
    Push,
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

API = "https://api.github.com"
MOST_COMMITS = 250
"""More GitHub does not tell of one pull request."""
VERSION = "2022-11-28"
"""The next one, 2026-03-10, no longer tells which commit a pull request was merged as. GitHub
supports this one until March 2028 at least."""
_HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": VERSION,
    "User-Agent": "provisioner",
}
_OPEN = {Verdict.APPROVED, Verdict.CHANGES_REQUESTED}
_CONCLUSIONS = {State.SUCCESS: "success", State.FAILURE: "failure"}
_NEVER = datetime.min.replace(tzinfo=UTC)

Body = Mapping[str, Any] | None
Params = Mapping[str, str | int] | None


class GitHub(Client, Forge):
    """``repository``: ``owner/name`` as it is now; ``project`` is its number, which counts.
    ``recorder``: the number of the App."""

    name = "github"
    keeps_text = True

    def __init__(
        self,
        *,
        repository: str,
        project: int,
        recorder: int,
        token: str,
        api: str = API,
        authorities: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        owner, _, name = repository.partition("/")
        self._home = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"
        self._checked = False
        transport = Transport(
            "github",
            api,
            Token(token, "github"),
            headers=_HEADERS,
            authorities=authorities,
            sleep=sleep,
        )
        super().__init__(project, recorder, transport)

    # Merge requests

    def merge_request(self, number: int) -> MergeRequest:
        found = self._transport.get(
            self._call("pull_requests=read", f"/pulls/{number}"),
            shapes.PULL,
        )
        self.only_ours(found.base.repo.id)
        self._checked = True
        return found.value

    def open_requests(self, target: str) -> Sequence[MergeRequest]:
        asked = {"state": "open", "base": target, "sort": "created", "direction": "asc"}
        call = self._call("pull_requests=read", "/pulls", params=asked)
        return self._requests(call)

    def requests_of(self, commit: str) -> Sequence[MergeRequest]:
        call = self._call("pull_requests=read", f"/commits/{commit}/pulls")
        return self._requests(call)

    def _requests(self, call: Call) -> Sequence[MergeRequest]:
        self._check()
        return [one.value for one in self._transport.pages(call, shapes.PULLS, list)]

    def commits(self, number: int) -> Commits:
        self._check()
        call = self._call("pull_requests=read", f"/pulls/{number}/commits")
        found = self._transport.pages(call, shapes.COMMITS, list)
        people = tuple(one.value for one in found)
        return Commits(people, whole=len(found) < MOST_COMMITS, accounts_told=True)

    def pushes(self, branch: str) -> Iterator[Push]:
        self._check()
        ref = f"refs/heads/{branch}"
        call = self._call("contents=read", "/activity", params={"ref": ref, "direction": "desc"})
        for one in self._transport.rows(call, shapes.ACTIVITIES, list):
            if one.ref == ref and one.actor:
                yield Push(one.before, one.after, one.actor.account)

    def reviews(self, number: int) -> Reviews:
        self._check()
        found = self._transport.pages(
            self._call(
                "pull_requests=read",
                f"/pulls/{number}/reviews",
            ),
            shapes.REVIEWS,
            list,
        )
        said = [value for one in found if (value := one.value)]
        # the order of the forge decides between two of one second
        order = sorted(said, key=lambda one: (one.at is None, one.at or _NEVER))
        return Reviews(tuple(order), heads=None)

    # Comments

    def notes(self, number: int) -> Sequence[Note]:
        self._check()
        call = self._comments(number)
        found = self._transport.pages(call, shapes.COMMENTS, list)
        notes = (self._note(one, one.user) for one in found if one.user)
        return sorted(notes, key=lambda one: (one.created, one.id))

    def add_note(self, number: int, body: str) -> Note:
        self._check()
        marker = first_line(body)

        def look() -> Comment | None:
            found = self._transport.pages(self._comments(number), shapes.COMMENTS, list)
            own = (one for one in found if self._is_own(one.user, one.performed_via_github_app))
            return next((one for one in own if first_line(one.body or "") == marker), None)

        call = self._comments(number, "POST", {"body": body})
        return self._stored(call, self._transport.add(call, shapes.COMMENT, look), body)

    def edit_note(self, number: int, note: int, body: str) -> Note:  # noqa: ARG002  a comment's is enough
        self._check()
        call = self._comment(note, "PATCH", {"body": body})
        return self._stored(call, self._transport.set(call, shapes.COMMENT), body)

    def remove_note(self, number: int, note: int) -> None:  # noqa: ARG002  a comment's is enough
        self._check()
        self._transport.remove(self._comment(note, "DELETE"))

    def _comments(self, number: int, method: str = "GET", body: Body = None) -> Call:
        right = "issues=write" if body else "issues=read"
        return self._call(right, f"/issues/{number}/comments", method, body=body)

    def _comment(self, note: int, method: str, body: Body = None) -> Call:
        return self._call("issues=write", f"/issues/comments/{note}", method, body=body)

    def _note(self, found: Comment, user: User) -> Note:
        return Note(
            id=found.id,
            by=user.account,
            own=self._is_own(user, found.performed_via_github_app),
            body=found.body or "",
            created=found.created_at,
            updated=found.updated_at,
        )

    def _stored(self, call: Call, found: Comment, body: str) -> Note:
        self.kept(call, body, found.body or "")
        if found.user is None:
            raise OutcomeUnknown(ForgeAnswerNotUnderstood(target=self.target, what=call.what))
        return self._note(found, found.user)

    def _is_own(self, user: User | None, app: App | None) -> bool:
        """Of the App itself. A person who uses the App has its number in it as well."""
        return bool(user and app and user.type == "Bot" and app.id == self._recorder)

    # Marks

    def marks(self, head: str, name: str) -> Sequence[PlacedMark]:
        self._check()
        found = [one for one in self._checks(head, name) if self._places(one, head, name)]
        return [one.value for one in sorted(found, key=lambda one: -one.id)]

    def _checks(self, head: str, name: str) -> list[CheckRun]:
        asked: Params = {"check_name": name, "app_id": self._recorder, "filter": "all"}
        path = f"/commits/{head}/check-runs"
        call = self._call("checks=read", path, params=asked)
        return self._transport.pages(call, shapes.CHECKS, lambda page: page.check_runs)

    def _places(self, one: CheckRun, head: str, name: str) -> bool:
        """What was asked for is looked at again: it decides whose word counts."""
        ours = one.app is not None and one.app.id == self._recorder
        return ours and (one.head_sha, one.name) == (head, name)

    def place(self, head: str, mark: Mark) -> PlacedMark:
        newest = next(iter(self.marks(head, mark.name)), None)
        if newest and newest.mark == mark:
            return newest

        def look() -> CheckRun | None:
            found = (
                one for one in self._checks(head, mark.name) if self._places(one, head, mark.name)
            )
            return next((one for one in found if one.value.mark == mark), None)

        state = _CONCLUSIONS.get(mark.state)
        done = {"status": "completed", "conclusion": state} if state else {"status": "in_progress"}
        output = {"title": mark.title, "summary": mark.summary}
        output |= {"text": mark.text} if mark.text is not None else {}
        body = {"name": mark.name, "head_sha": head, "external_id": mark.reference, **done}
        call = self._call(
            "checks=write",
            "/check-runs",
            "POST",
            body={**body, "output": output},
        )
        found = self._transport.add(call, shapes.CHECK, look)
        self.kept(call, mark.reference, found.external_id or "")
        self.kept(call, mark.text or "", found.output.text or "")
        if not self._places(found, head, mark.name):
            raise Refused(
                ForgeTokenLacksARight(
                    target=self.target, what=call.what, right=f"App {self._recorder}"
                )
            )
        return found.value

    # Approvals

    def withdraw(self, number: int, reviews: Sequence[str], reason: str) -> int:
        self._check()
        return sum(self._dismissed(number, review, reason) for review in reviews)

    def _dismissed(self, number: int, review: str, reason: str) -> bool:
        path = f"/pulls/{number}/reviews/{int(review)}"
        body = {"message": reason, "event": "DISMISS"}
        call = self._call("pull_requests=write", f"{path}/dismissals", "PUT", body=body)
        try:
            self._transport.set(call, shapes.REVIEW)
        except Refused as error:
            if not error.says(ForgeRefusesTheRequest, NotThereOnTheForge):
                raise
            # it may be dismissed already, or gone: then it is as it should be
            if any(one.id == review and one.verdict in _OPEN for one in self.reviews(number).said):
                raise
            return False
        return True

    # Issues

    def issues(self) -> Sequence[Issue]:
        self._check()
        found = (self._issue(one) for one in self._open_issues())
        return [one for one in found if one.own]

    def _open_issues(self) -> list[IssueAnswer]:
        asked = {"state": "open", "sort": "created", "direction": "asc"}
        call = self._call("issues=read", "/issues", params=asked)
        found = self._transport.pages(call, shapes.ISSUES, list)
        return [one for one in found if one.pull_request is None]

    def open_issue(self, title: str, body: str) -> Issue:
        self._check()

        def look() -> IssueAnswer | None:
            own = (one for one in self._open_issues() if self._issue(one).own)
            return next((one for one in own if one.title == title), None)

        content = {"title": title, "body": body}
        call = self._call("issues=write", "/issues", "POST", body=content)
        return self._kept_issue(self._transport.add(call, shapes.ISSUE, look).number, body)

    def edit_issue(self, number: int, *, title: str, body: str) -> Issue:
        self._check()
        content = {"title": title, "body": body}
        call = self._call("issues=write", f"/issues/{number}", "PATCH", body=content)
        self._transport.set(call, shapes.ISSUE)
        return self._kept_issue(number, body)

    def close_issue(self, number: int) -> Issue:
        self._check()
        content = {"state": "closed", "state_reason": "completed"}
        call = self._call("issues=write", f"/issues/{number}", "PATCH", body=content)
        return self._issue(self._transport.set(call, shapes.ISSUE))

    def _kept_issue(self, number: int, body: str) -> Issue:
        """Read anew: the answer to an edit may be one of success where nothing was edited."""
        call = self._call("issues=read", f"/issues/{number}")
        found = self._issue(self._transport.get(call, shapes.ISSUE))
        self.kept(call, body, found.body)
        return found

    def _issue(self, found: IssueAnswer) -> Issue:
        return Issue(
            number=found.number,
            own=self._is_own(found.user, found.performed_via_github_app),
            open=found.state == "open",
            title=found.title,
            body=found.body or "",
            updated=found.updated_at,
        )

    # The job, the project

    def run(self, job: int | None = None) -> Run:
        self._check()
        call = self._call("actions=read", f"/actions/runs/{job or 0}")
        found = self._transport.get(call, shapes.RUN)
        self.only_ours(found.repository.id)
        return Run(found.triggering_actor.account, found.run_attempt)

    def rules(self, branch: str) -> Rules:
        self._check()
        path = f"/rules/branches/{quote(branch, safe='')}"
        call = self._call("metadata=read", path)
        return guards(self._transport.pages(call, shapes.RULES, list))

    def rights(self) -> Rights:
        call = self._call("metadata=read", "")
        found, headers = self._transport.told(call, shapes.REPOSITORY)
        self.only_ours(found.id)
        self._checked = True
        return granted(found, headers)

    def _check(self) -> None:
        """Once, before anything else: the name may have come to somebody else."""
        if not self._checked:
            self.rights()

    def _call(
        self,
        right: str,
        path: str,
        method: str = "GET",
        *,
        params: Params = None,
        body: Body = None,
    ) -> Call:
        return Call(right, method, f"{self._home}{path}", params, body)
