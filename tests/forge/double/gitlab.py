"""The double's half that speaks as GitLab's REST API, version 4."""

import re
from datetime import datetime
from typing import Any

from forge.double.server import JOB_TOKEN, TOKEN, Asked, Said, page
from forge.double.world import Comment, Commit, Issue, Mark, Person, Push, Request, World, sha

MOST_NOTE_CHARACTERS = 1_000_000
MOST_TOLD = 3
"""Branches of one push that are told one by one."""
COMMAND = re.compile(r"^/(?:merge|approve|close|assign)\b.*\n?", re.MULTILINE)


class GitLabApi:
    prefix = "/api/v4"

    def __init__(self, world: World) -> None:
        self.world = world
        self.read_only = False
        self.bot_of_project = True
        self.job: Person | None = None
        home, merge = f"/projects/{world.project}", r"/merge_requests/(\d+)"
        self._routes = [
            (method, re.compile(path), call)
            for method, path, call in (
                ("GET", home, self.project),
                ("GET", r"/users/(\d+)", self.user),
                ("GET", "/user", self.myself),
                ("GET", "/personal_access_tokens/self", self.token),
                ("GET", f"{home}/merge_requests", self.merges),
                ("GET", f"{home}{merge}", self.merge),
                ("GET", f"{home}{merge}/commits", self.commits),
                ("GET", f"{home}{merge}/versions", self.versions),
                ("GET", f"{home}{merge}/approvals", self.approvals),
                ("GET", f"{home}{merge}/reviewers", self.reviewers),
                ("PUT", f"{home}{merge}/reset_approvals", self.reset),
                ("GET", f"{home}/repository/commits/([0-9a-f]+)/merge_requests", self.merges_of),
                ("GET", f"{home}{merge}/notes", self.notes),
                ("POST", f"{home}{merge}/notes", self.note),
                ("PUT", rf"{home}{merge}/notes/(\d+)", self.edit_note),
                ("DELETE", rf"{home}{merge}/notes/(\d+)", self.delete_note),
                ("GET", f"{home}/repository/commits/([0-9a-f]+)/statuses", self.statuses),
                ("POST", f"{home}/statuses/([0-9a-f]+)", self.status),
                ("GET", f"{home}/issues", self.issues),
                ("POST", f"{home}/issues", self.open_issue),
                ("GET", rf"{home}/issues/(\d+)", self.issue),
                ("PUT", rf"{home}/issues/(\d+)", self.edit_issue),
                ("GET", f"{home}/events", self.events),
                ("GET", f"{home}/protected_branches/([^/]+)", self.protected),
                ("GET", f"{home}/approvals", self.settings),
                ("GET", f"{home}/approval_rules", self.approval_rules),
            )
        ]

    def answer(self, asked: Asked) -> Said:
        headers = asked.headers
        if asked.path == "/job":
            fits = headers.get("job-token") == JOB_TOKEN and self.job
            return self._job(self.job) if fits and self.job else _error(401, "401 Unauthorized")
        if TOKEN not in {
            headers.get("private-token"),
            headers.get("authorization", "").removeprefix("Bearer "),
        }:
            return _error(401, "401 Unauthorized")
        if self.read_only and asked.method != "GET":
            body = {
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided.",
                "scope": "api",
            }
            return Said(403, body)
        for method, pattern, call in self._routes:
            found = pattern.fullmatch(asked.path)
            if found and method == asked.method:
                parts = [int(p) if p.isdecimal() and len(p) < 40 else p for p in found.groups()]
                try:
                    return call(asked, *parts)  # type: ignore[operator]
                except KeyError:
                    break
        return _error(404, "404 Not Found")

    # The project, people, tokens

    def project(self, _: Asked) -> Said:
        level = {"access_level": 20 if self.read_only else 30}
        shown = {
            "id": self.world.project,
            "path_with_namespace": self.world.repository,
            "permissions": {"project_access": level, "group_access": None},
            "only_allow_merge_if_pipeline_succeeds": False,
            "ci_allow_fork_pipelines_to_run_in_parent_project": True,
            "ci_pipeline_variables_minimum_override_role": "developer",
        }
        return Said(200, shown | self.world.guards.get("project", {}))

    def protected(self, _: Asked, branch: str) -> Said:
        return Said(200, {"name": branch, **self.world.guards["branch"]})

    def settings(self, _: Asked) -> Said:
        return Said(200, self.world.guards["approvals"])

    def approval_rules(self, asked: Asked) -> Said:
        return page(asked, self.world.guards["rules"], list)

    def user(self, _: Asked, number: int) -> Said:
        person = self.world.people[number]
        return Said(200, self._user(person) | {"bot": person.bot})

    def myself(self, _: Asked) -> Said:
        return Said(200, self._user(self.world.recorder) | {"bot": True})

    def token(self, _: Asked) -> Said:
        scope = "read_api" if self.read_only else "api"
        return Said(
            200,
            {
                "id": 1,
                "name": "provisioner",
                "user_id": self.world.recorder.number,
                "scopes": [scope],
                "active": True,
                "expires_at": "2027-01-31",
            },
        )

    def _job(self, person: Person) -> Said:
        pipeline = {"id": 1, "project_id": self.world.project}
        return Said(200, {"id": 77, "user": self._user(person), "pipeline": pipeline})

    def events(self, asked: Asked) -> Said:
        pushes = [self._event(push) for push in self.world.pushes]
        if asked.query.get("sort", "desc") == "desc":
            pushes.reverse()
        return page(asked, pushes, list)

    def _event(self, push: Push) -> dict[str, Any]:
        """Of a push to more than three branches only how many they were."""
        told = push.others < MOST_TOLD
        data = {
            "ref_type": "branch",
            "ref": push.branch if told else None,
            "ref_count": None if told else push.others + 1,
            "commit_from": push.before if told and set(push.before) != {"0"} else None,
            "commit_to": push.after if told else None,
        }
        return {"author": self._user(push.by), "action_name": "pushed to", "push_data": data}

    def _user(self, person: Person) -> dict[str, Any]:
        return {"id": person.number, "username": person.login, "name": person.login}

    # Merge requests

    def merges(self, asked: Asked) -> Said:
        found = [
            one
            for one in self.world.requests.values()
            if one.open and one.target == asked.query.get("target_branch", one.target)
        ]
        return page(asked, found, lambda rows: [self._merge(one) for one in rows])

    def merge(self, _: Asked, number: int) -> Said:
        return Said(200, self._merge(self.world.requests[number]))

    def merges_of(self, asked: Asked, commit: str) -> Said:
        found = [
            one
            for one in self.world.requests.values()
            if commit
            in {one.merge_commit, one.squash_commit, one.head, *(c.sha for c in one.commits)}
        ]
        return page(asked, found, lambda rows: [self._merge(one) for one in rows])

    def _merge(self, request: Request) -> dict[str, Any]:
        state = "merged" if request.merged_at else "opened" if request.open else "closed"
        return {
            "id": 50_000 + request.number,
            "iid": request.number,
            "project_id": self.world.project,
            "title": "x",
            "state": state,
            "author": self._user(request.author),
            "target_branch": request.target,
            "source_branch": request.source,
            "source_project_id": request.source_project,
            "target_project_id": self.world.project,
            "sha": request.head,
            "merged_at": _time(request.merged_at),
            "merge_commit_sha": request.merge_commit,
            "squash_commit_sha": request.squash_commit,
            "web_url": "https://forge.example/x",
        }

    def commits(self, asked: Asked, number: int) -> Said:
        found = self.world.requests[number].commits
        return page(asked, found, lambda rows: [self._commit(one) for one in rows])

    def _commit(self, commit: Commit) -> dict[str, Any]:
        return {
            "id": commit.sha,
            "author_name": "x",
            "author_email": commit.email,
            "committer_name": "x",
            "committer_email": commit.email,
        }

    def versions(self, asked: Asked, number: int) -> Said:
        heads = self.world.requests[number].heads
        shown = [
            {
                "id": n,
                "head_commit_sha": head,
                "base_commit_sha": sha("base"),
                "start_commit_sha": sha("base"),
                "created_at": _time(came),
                "state": "collected",
            }
            for n, (head, came) in enumerate(heads, 1)
        ]
        return page(asked, shown[::-1], list)

    def approvals(self, _: Asked, number: int) -> Said:
        approved = [
            {"user": self._user(by), "approved_at": _time(at)}
            for by, at in self.world.requests[number].approved.items()
        ]
        return Said(200, {"approved": bool(approved), "approved_by": approved})

    def reviewers(self, asked: Asked, number: int) -> Said:
        shown = [
            {"user": self._user(by), "state": state, "created_at": _time(self.world.now)}
            for by, state in self.world.requests[number].reviewers.items()
        ]
        return page(asked, shown, list)

    def reset(self, _: Asked, number: int) -> Said:
        request = self.world.requests[number]
        if not self.bot_of_project or request.merged_at:
            return _error(401, "401 Unauthorized")
        self.world.tick()
        request.approved.clear()
        return Said(202, {})

    # Notes

    def notes(self, asked: Asked, number: int) -> Said:
        """Filtered after the page was cut, so a page may be short and not the last."""
        found = self.world.requests[number].comments
        if asked.query.get("sort", "desc") == "desc":
            found = found[::-1]
        only = asked.query.get("activity_filter") == "only_comments"

        def show(rows: list[Comment]) -> list[Any]:
            return [self._note(one) for one in rows if not (only and one.system)]

        return page(asked, found, show)

    def note(self, asked: Asked, number: int) -> Said:
        body = COMMAND.sub("", asked.body["body"])
        if len(body) > MOST_NOTE_CHARACTERS:
            return _note_too_long()
        made = self.world.comment(self.world.requests[number], self.world.recorder, body)
        return Said(201, self._note(made))

    def edit_note(self, asked: Asked, number: int, note: int) -> Said:
        found = {one.id: one for one in self.world.requests[number].comments}[note]
        body = COMMAND.sub("", asked.body["body"])
        if len(body) > MOST_NOTE_CHARACTERS:
            return _note_too_long()
        self.world.edit(found, body)
        return Said(200, self._note(found))

    def delete_note(self, _: Asked, number: int, note: int) -> Said:
        found = {one.id: one for one in self.world.requests[number].comments}[note]
        self.world.delete(found)
        return Said(204)

    def _note(self, comment: Comment) -> dict[str, Any]:
        return {
            "id": comment.id,
            "author": self._user(comment.by),
            "body": comment.body,
            "system": comment.system,
            "created_at": _time(comment.created),
            "updated_at": _time(comment.updated),
        }

    # Statuses

    def statuses(self, asked: Asked, head: str) -> Said:
        name = asked.query.get("name")
        found = [o for o in self.world.marks if o.head == head and name in {None, o.name}]
        if asked.query.get("all") != "true":
            found = list({one.name: one for one in found}.values())
        return page(asked, found, lambda rows: [self._status(one) for one in rows])

    def status(self, asked: Asked, head: str) -> Said:
        """One that has not ended yet is updated by whoever placed it; else there is a new one."""
        name, state = asked.body["name"], asked.body["state"]
        unfinished = [
            one
            for one in self.world.marks
            if (one.head, one.name, one.by, one.state)
            == (head, name, self.world.recorder, "pending")
        ]
        if unfinished and state == "pending":
            message = "Cannot transition status via :enqueue from :pending"
            return _error(400, message)
        if unfinished:
            unfinished[-1].state = state
            unfinished[-1].reference = asked.body.get("description", "")
            self.world.tick()
            return Said(201, self._status(unfinished[-1]))
        made = self.world.mark(
            self.world.recorder, head, name, state, asked.body.get("description", "")
        )
        return Said(201, self._status(made))

    def _status(self, mark: Mark) -> dict[str, Any]:
        return {
            "id": mark.id,
            "sha": mark.head,
            "name": mark.name,
            "status": mark.state,
            "description": mark.reference or None,
            "author": self._user(mark.by),
            "created_at": _time(mark.created),
        }

    # Issues

    def issues(self, asked: Asked) -> Said:
        author = asked.query.get("author_id")
        found = [
            one
            for one in self.world.issues.values()
            if one.open and author in {None, str(one.by.number)}
        ]
        return page(asked, found, lambda rows: [self._issue(one) for one in rows])

    def issue(self, _: Asked, number: int) -> Said:
        return Said(200, self._issue(self.world.issues[number]))

    def open_issue(self, asked: Asked) -> Said:
        if not self.world.issues_on:
            return _error(403, "403 Forbidden")
        made = self.world.issue(
            self.world.recorder, asked.body["title"], asked.body.get("description", "")
        )
        return Said(201, self._issue(made))

    def edit_issue(self, asked: Asked, number: int) -> Said:
        found = self.world.issues[number]
        found.updated = self.world.tick()
        found.title = asked.body.get("title", found.title)
        found.body = asked.body.get("description", found.body)
        found.open = found.open and asked.body.get("state_event") != "close"
        return Said(200, self._issue(found))

    def _issue(self, issue: Issue) -> dict[str, Any]:
        return {
            "id": 90_000 + issue.number,
            "iid": issue.number,
            "state": "opened" if issue.open else "closed",
            "title": issue.title,
            "description": issue.body,
            "author": self._user(issue.by),
            "updated_at": _time(issue.updated),
        }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _error(status: int, message: str) -> Said:
    return Said(status, {"message": message})


def _note_too_long() -> Said:
    return Said(400, {"message": {"note": ["is too long (maximum is 1000000 characters)"]}})
