"""The double's half that speaks as GitHub's REST API."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from forge.double.filled import filled
from forge.double.server import TOKEN, Asked, Said, page
from forge.double.world import Comment, Commit, Issue, Mark, Person, Request, Review, World, sha

MOST_COMMENT_BYTES = 262_144
MOST_CHARACTERS = 65_536
VERSIONS = ("2022-11-28", "2026-03-10")


class GitHubApi:
    prefix = ""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read_only = False
        self._tells_merges = True
        home = f"/repos/{re.escape(world.repository)}"
        self._routes = [
            (method, re.compile(f"{home}{path}"), call)
            for method, path, call in (
                ("GET", "", self.repository),
                ("GET", "/pulls", self.pulls),
                ("GET", r"/pulls/(\d+)", self.pull),
                ("GET", r"/pulls/(\d+)/commits", self.commits),
                ("GET", r"/pulls/(\d+)/reviews", self.reviews),
                ("PUT", r"/pulls/(\d+)/reviews/(\d+)/dismissals", self.dismiss),
                ("GET", r"/commits/([0-9a-f]+)/pulls", self.pulls_of),
                ("GET", r"/commits/([0-9a-f]+)/check-runs", self.checks),
                ("POST", "/check-runs", self.check),
                ("GET", r"/issues/(\d+)/comments", self.comments),
                ("POST", r"/issues/(\d+)/comments", self.comment),
                ("PATCH", r"/issues/comments/(\d+)", self.edit_comment),
                ("DELETE", r"/issues/comments/(\d+)", self.delete_comment),
                ("GET", "/issues", self.issues),
                ("POST", "/issues", self.open_issue),
                ("GET", r"/issues/(\d+)", self.issue),
                ("PATCH", r"/issues/(\d+)", self.edit_issue),
                ("GET", "/activity", self.activity),
                ("GET", r"/actions/runs/(\d+)", self.run),
                ("GET", "/rules/branches/([^/]+)", self.branch_rules),
            )
        ]

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") not in {f"Bearer {TOKEN}", f"token {TOKEN}"}:
            return _error(401, "Bad credentials")
        if self.read_only and asked.method != "GET":
            told = {"X-Accepted-GitHub-Permissions": "issues=write; pull_requests=write"}
            return _error(403, "Resource not accessible by integration", told)
        version = asked.headers.get("x-github-api-version", VERSIONS[0])
        if version not in VERSIONS:
            return _error(400, "Unsupported API version")
        self._tells_merges = version == VERSIONS[0]
        for method, pattern, call in self._routes:
            found = pattern.fullmatch(asked.path)
            if found and method == asked.method:
                parts = [int(p) if p.isdecimal() and len(p) < 40 else p for p in found.groups()]
                try:
                    return call(asked, *parts)  # type: ignore[operator]
                except KeyError:
                    break
        return _error(404, "Not Found")

    # The project

    def repository(self, _: Asked) -> Said:
        return Said(200, filled("full-repository", self._repository()))

    def _repository(self) -> dict[str, Any]:
        owner, name = self.world.repository.split("/")
        return {"id": self.world.project, "name": name, "full_name": f"{owner}/{name}"}

    def branch_rules(self, asked: Asked, branch: str) -> Said:
        rules = self.world.rules if unquote(branch) == self.world.branch else []
        return page(asked, rules, list)

    def activity(self, asked: Asked) -> Said:
        show = [
            {
                "id": n + 1,
                "ref": f"refs/heads/{push.branch}",
                "before": push.before,
                "after": push.after,
                "actor": self._user(push.by),
                "activity_type": "push",
            }
            for n, push in enumerate(self.world.pushes)
            if asked.query.get("ref") in {None, f"refs/heads/{push.branch}"}
        ]
        if asked.query.get("direction", "desc") == "desc":
            show.reverse()
        return page(asked, show, lambda rows: [filled("activity", one) for one in rows])

    def run(self, _: Asked, number: int) -> Said:
        first, again, attempt = self.world.runs[number]
        given = {
            "id": number,
            "repository": self._repository(),
            "actor": self._user(first),
            "triggering_actor": self._user(again),
            "run_attempt": attempt,
        }
        return Said(200, filled("workflow-run", given))

    # Pull requests

    def pulls(self, asked: Asked) -> Said:
        found = [
            one
            for one in self.world.requests.values()
            if one.open == (asked.query.get("state", "open") == "open")
            and one.target == asked.query.get("base", one.target)
        ]
        if asked.query.get("direction", "desc") == "desc":
            found.reverse()
        return page(asked, found, lambda rows: [self._simple(one) for one in rows])

    def pull(self, _: Asked, number: int) -> Said:
        request = self.world.requests[number]
        given = self._given(request) | {
            "merged": request.merged_at is not None,
            "commits": len(request.commits),
        }
        return Said(200, filled("pull-request", given))

    def pulls_of(self, asked: Asked, commit: str) -> Said:
        """For a commit on the branch: the one that brought it there."""
        every = list(self.world.requests.values())
        found = [one for one in every if commit == _merged_as(one)]
        found = found or [
            one for one in every if commit in {one.head, *(each.sha for each in one.commits)}
        ]
        return page(asked, found, lambda rows: [self._simple(one) for one in rows])

    def _simple(self, request: Request) -> dict[str, Any]:
        return filled("pull-request-simple", self._given(request))  # type: ignore[no-any-return]

    def _given(self, request: Request) -> dict[str, Any]:
        source = {"id": request.source_project} if request.source_project else None
        return {
            "number": request.number,
            "state": "open" if request.open else "closed",
            "user": self._user(request.author),
            "base": {"ref": request.target, "repo": self._repository()},
            "head": {"ref": request.source, "sha": request.head, "repo": source},
            "merged_at": _time(request.merged_at),
        } | self._merge_commit(request)

    def _merge_commit(self, request: Request) -> dict[str, Any]:
        """Before the merge that of a trial; in the newer version of the API none at all."""
        found = _merged_as(request) or sha(f"trial {request.head}")
        return {"merge_commit_sha": found} if self._tells_merges else {}

    def commits(self, asked: Asked, number: int) -> Said:
        found = self.world.requests[number].commits[:250]
        return page(asked, found, lambda rows: [self._commit(one) for one in rows])

    def _commit(self, commit: Commit) -> dict[str, Any]:
        return filled(  # type: ignore[no-any-return]
            "commit",
            {
                "sha": commit.sha,
                "author": self._user(commit.author) if commit.author else None,
                "committer": self._user(commit.committer) if commit.committer else None,
            },
        )

    def reviews(self, asked: Asked, number: int) -> Said:
        found = self.world.requests[number].reviews
        return page(asked, found, lambda rows: [self._review(one) for one in rows])

    def _review(self, review: Review) -> dict[str, Any]:
        return filled(  # type: ignore[no-any-return]
            "pull-request-review",
            {
                "id": review.id,
                "user": self._user(review.by) if review.by else None,
                "state": review.state,
                "submitted_at": _time(review.at),
                "commit_id": review.commit,
                "author_association": "MEMBER",
            },
        )

    def dismiss(self, asked: Asked, number: int, review: int) -> Said:
        found = next(o for o in self.world.requests[number].reviews if o.id == review)
        if found.state not in {"APPROVED", "CHANGES_REQUESTED"}:
            return _error(422, "Can not dismiss a dismissed pull request review")
        self.world.tick()
        found.state, found.body = "DISMISSED", asked.body["message"]
        return Said(200, self._review(found))

    # Comments

    def comments(self, asked: Asked, number: int) -> Said:
        found = self.world.requests[number].comments
        return page(asked, found, lambda rows: [self._comment(one) for one in rows])

    def comment(self, asked: Asked, number: int) -> Said:
        body = asked.body["body"]
        if len(body.encode()) > MOST_COMMENT_BYTES:
            return _too_long("IssueComment")
        made = self.world.comment(self.world.requests[number], self.world.recorder, body)
        return Said(201, self._comment(made))

    def edit_comment(self, asked: Asked, number: int) -> Said:
        found = self._found(number)
        if len(asked.body["body"].encode()) > MOST_COMMENT_BYTES:
            return _too_long("IssueComment")
        self.world.edit(found, asked.body["body"])
        return Said(200, self._comment(found))

    def delete_comment(self, _: Asked, number: int) -> Said:
        self.world.delete(self._found(number))
        return Said(204)

    def _found(self, number: int) -> Comment:
        return {one.id: one for one in self.world.comments()}[number]

    def _comment(self, comment: Comment) -> dict[str, Any]:
        given = {
            "id": comment.id,
            "user": self._user(comment.by),
            "body": comment.body,
            "created_at": _time(comment.created),
            "updated_at": _time(comment.updated),
            "author_association": "MEMBER",
            "performed_via_github_app": {"id": comment.through} if comment.through else None,
        }
        return filled("issue-comment", given)  # type: ignore[no-any-return]

    # Checks

    def checks(self, asked: Asked, head: str) -> Said:
        name, app = asked.query.get("check_name"), asked.query.get("app_id")
        found = [
            one
            for one in self.world.marks
            if one.head == head and name in {None, one.name} and app in {None, str(one.by.app)}
        ]
        if asked.query.get("filter", "latest") == "latest":
            found = list({(one.name, one.by.app): one for one in found}.values())

        def show(rows: list[Mark]) -> Any:
            return {"total_count": len(found), "check_runs": [self._check(one) for one in rows]}

        return page(asked, found, show)

    def check(self, asked: Asked) -> Said:
        body = asked.body
        if any(len(body["output"].get(f) or "") >= MOST_CHARACTERS for f in ("summary", "text")):
            return _too_long("CheckRun")
        state = body.get("conclusion", "")
        made = self.world.mark(
            self.world.recorder,
            body["head_sha"],
            body["name"],
            state,
            body.get("external_id", ""),
            **body["output"],
        )
        return Said(201, self._check(made))

    def _check(self, mark: Mark) -> dict[str, Any]:
        return filled(  # type: ignore[no-any-return]
            "check-run",
            {
                "id": mark.id,
                "name": mark.name,
                "head_sha": mark.head,
                "external_id": mark.reference or None,
                "status": "completed" if mark.state else "in_progress",
                "conclusion": mark.state or None,
                "app": {"id": mark.by.app, "slug": mark.by.login},
                "output": {
                    "title": mark.output.get("title"),
                    "summary": mark.output.get("summary"),
                    "text": mark.output.get("text"),
                },
            },
        )

    # Issues

    def issues(self, asked: Asked) -> Said:
        """A pull request is an issue as well."""
        found = [self._issue(one) for one in self.world.issues.values() if one.open]
        found += [
            filled(
                "issue",
                {
                    "number": one.number,
                    "state": "open",
                    "user": self._user(one.author),
                    "pull_request": {},
                },
            )
            for one in self.world.requests.values()
            if one.open
        ]
        return page(asked, found, list) if self.world.issues_on else _error(410, "Issues off")

    def issue(self, _: Asked, number: int) -> Said:
        return Said(200, self._issue(self.world.issues[number]))

    def open_issue(self, asked: Asked) -> Said:
        if not self.world.issues_on:
            return _error(410, "Issues are disabled for this repo")
        if len(asked.body.get("body", "")) > MOST_CHARACTERS:
            return _too_long("Issue")
        made = self.world.issue(self.world.recorder, asked.body["title"], asked.body["body"])
        return Said(201, self._issue(made))

    def edit_issue(self, asked: Asked, number: int) -> Said:
        found = self.world.issues[number]
        found.updated = self.world.tick()
        found.title = asked.body.get("title", found.title)
        found.open = asked.body.get("state", "open" if found.open else "closed") == "open"
        if len(asked.body.get("body", "")) <= MOST_CHARACTERS:  # else: 200, and the old text stays
            found.body = asked.body.get("body", found.body)
        return Said(200, self._issue(found))

    def _issue(self, issue: Issue) -> dict[str, Any]:
        given = {
            "number": issue.number,
            "state": "open" if issue.open else "closed",
            "title": issue.title,
            "body": issue.body,
            "user": self._user(issue.by),
            "updated_at": _time(issue.updated),
            "performed_via_github_app": {"id": issue.by.app} if issue.by.app else None,
        }
        return filled("issue", given)  # type: ignore[no-any-return]

    def _user(self, person: Person) -> dict[str, Any]:
        login = f"{person.login}[bot]" if person.bot else person.login
        return {"id": person.number, "login": login, "type": "Bot" if person.bot else "User"}


def _merged_as(request: Request) -> str | None:
    if request.merged_at is None:
        return None
    return request.merge_commit or request.squash_commit or request.head


def _time(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Said:
    body = {
        "message": message,
        "documentation_url": "https://forge.example/x",
        "status": str(status),
    }
    return Said(status, body, headers or {})


def _too_long(resource: str) -> Said:
    said = _error(422, "Validation Failed")
    message = f"Body is too long (maximum is {MOST_CHARACTERS} characters)"
    said.body["errors"] = [
        {"resource": resource, "code": "unprocessable", "field": "data", "message": message}
    ]
    return said
