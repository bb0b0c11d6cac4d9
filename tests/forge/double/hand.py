#!/usr/bin/env python3
"""The double by hand: what people do on a forge's pages, as commands, with a real repository.

``start`` serves GitHub's API for one bare repository until ``stop``. The other commands, given in
the folder in which it was started or below, are what a person clicks. Whoever pushed is told by
the name in the commit: a forge asks for credentials, this asks for none. Nor has it rules that
keep anybody from a branch.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request as Call
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from forge.double.github import GitHubApi
from forge.double.server import TOKEN, Asked, Double, Said
from forge.double.world import APP, Commit, Person, Request, World

ADDRESS = "double.url"
WIDTH = 80
IDLE = 900
"""Seconds without a question after which it ends: nobody may have stopped it."""


class Today(World):
    """With the time of day, yet a second apart from one thing to the next."""

    def tick(self, seconds: float = 1) -> datetime:
        self.now = max(self.now + timedelta(seconds=seconds), datetime.now(UTC))
        return self.now


class Hand:
    """GitHub's API, and beside it under /double/ what people do."""

    prefix = ""

    def __init__(self, repository: Path, people: dict[str, int]) -> None:
        self.repository = repository
        self.world = Today(datetime.now(UTC).replace(microsecond=0))
        self.world.recorder.number = APP
        made = [Person(number, login) for login, number in people.items()]
        self.people = {person.login: person for person in made}
        self.world.people = {p.number: p for p in [*made, self.world.recorder]}
        self.heard = time.monotonic()
        self.over = threading.Event()
        self._merged = 0.0
        self._api = GitHubApi(self.world)
        self._one_by_one = threading.Lock()

    def answer(self, asked: Asked) -> Said:
        with self._one_by_one:
            self.heard = time.monotonic()
            self._look_for_pushes()
            if not asked.path.startswith("/double/"):
                return self._api.answer(asked)
            call: Callable[..., str] = getattr(self, asked.path.removeprefix("/double/"))
            try:
                return Said(200, {"said": call(**asked.body)})
            except (KeyError, StopIteration, subprocess.CalledProcessError) as error:
                return Said(422, {"said": f"There is no such thing: {error}"})

    # What people do

    def open(self, branch: str, by: str) -> str:
        head = self._git("rev-parse", "--verify", f"refs/heads/{branch}")
        made = self.world.open_request(
            self.people[by], head, source=branch, commits=self._commits(head)
        )
        self._publish(made)
        return f"Merge request {made.number}, by {by}."

    def approve(self, request: int, by: str) -> str:
        self.world.review(self._open(request), self.people[by])
        return f"{by} approves merge request {request}."

    def merge(self, request: int, by: str) -> str:
        found, branch = self._open(request), f"refs/heads/{self.world.branch}"
        tip = self._git("rev-parse", branch)
        tree = self._git("merge-tree", "--write-tree", tip, found.head).splitlines()[0]
        parents = (f"-p{tip}", f"-p{found.head}")
        who = {f"GIT_{role}_NAME": by for role in ("AUTHOR", "COMMITTER")}
        who |= {f"GIT_{role}_EMAIL": f"{by}@double.example" for role in ("AUTHOR", "COMMITTER")}
        made = self._git(
            "commit-tree", tree, *parents, "-m", f"Merge request {request}", environment=who
        )
        self._git("update-ref", branch, made, tip)
        self.world.merge(found, "merge", made)
        self._merged = time.monotonic()
        return f"{by} merges merge request {request}."

    def job(self, by: str) -> str:
        """A run of a workflow that somebody starts on a page; its number."""
        number, who = self.world.id(), self.people[by]
        self.world.runs[number] = (who, who, 1)
        return str(number)

    def comment(self, request: int) -> str:
        return "\n".join(each.body for each in self.world.requests[request].comments)

    def approvals(self, request: int) -> str:
        found = self.world.requests[request].reviews
        return "\n".join(f"{one.by.login}: {one.state}" for one in found if one.by)

    def issue(self) -> str:
        found = [f"# {one.title}\n\n{one.body}" for one in self.world.issues.values() if one.open]
        return "\n".join(found) or "No issue is open."

    def since(self) -> str:
        return f"{time.monotonic() - self._merged:.0f} s since the merge"

    def look(self) -> str:
        """Called after each push; to look is done before any answer."""
        return ""

    def stop(self) -> str:
        self.over.set()
        return "The double has ended."

    def _open(self, number: int) -> Request:
        found = self.world.requests[number]
        if not found.open:
            raise KeyError(f"merge request {number} is closed")
        return found

    # What the repository says

    def _look_for_pushes(self) -> None:
        branch = f"refs/heads/{self.world.branch}"
        if not self._git("for-each-ref", branch):
            return  # nothing was pushed yet
        tip = self._git("rev-parse", branch)
        if self.world.tip(self.world.branch) != tip:
            who = self._git("log", "-1", "--format=%cn", tip)
            self.world.push_to(
                self.world.branch, tip, by=self.people.get(who) or self.world.recorder
            )
        for request in self.world.requests.values():
            if not request.open:
                continue
            head = self._git("rev-parse", f"refs/heads/{request.source}")
            if head != request.head:
                commits = self._commits(head)
                by = commits[-1].committer or request.author
                self.world.push(request, head, by=by, commits=[])
                request.commits = commits
                self._publish(request)

    def _publish(self, request: Request) -> None:
        self._git("update-ref", f"refs/pull/{request.number}/head", request.head)

    def _commits(self, head: str) -> list[Commit]:
        told = self._git(
            "log", "--reverse", "--format=%H%x09%an%x09%cn", f"{self.world.branch}..{head}"
        )
        rows = [line.split("\t") for line in told.splitlines()]
        return [Commit(s, self.people.get(a), self.people.get(c)) for s, a, c in rows]

    def _git(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.repository,
            env={**os.environ, **(environment or {})},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()


def serve(repository: Path, people: dict[str, int]) -> None:
    hand = Hand(repository, people)
    double = Double(hand.world, hand)
    place = Path(ADDRESS)
    place.with_suffix(".new").write_text(double.url, "utf-8")
    place.with_suffix(".new").rename(place)
    while not hand.over.wait(1):
        if time.monotonic() - hand.heard > IDLE or not repository.exists():
            break
    time.sleep(0.2)  # for the answer to `stop`
    place.unlink(missing_ok=True)
    double.close()


def start(name: str, people: list[str]) -> str:
    """In a process of its own, that holds none of our files open."""
    repository = Path(name).absolute()
    subprocess.run(
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(repository)], check=True
    )
    hook = repository / "hooks" / "post-receive"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" look\n', "utf-8")
    hook.chmod(0o755)
    with Path("double.log").open("wb") as log:
        subprocess.Popen(
            [sys.executable, __file__, "serve", str(repository), *people],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    for _ in range(200):
        if Path(ADDRESS).exists():
            return f"A simulated GitHub, no forge, is at {_address()}"
        time.sleep(0.05)
    raise SystemExit(Path("double.log").read_text("utf-8"))


def _address() -> str:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ADDRESS).exists():
            return (folder / ADDRESS).read_text("utf-8")
    raise SystemExit("forge-double: none was started in this folder or above it")


def _ask(what: str, given: dict[str, Any]) -> str:
    data = json.dumps(given).encode()
    try:
        call = Call(f"{_address()}/double/{what}", data)  # noqa: S310 - of 127.0.0.1
        with urlopen(call) as answer:  # noqa: S310
            return str(json.load(answer)["said"])
    except HTTPError as error:
        raise SystemExit(f"forge-double: {json.load(error)['said']}") from None


def shown(text: str) -> str:
    """Markdown for a terminal, without the notes to machines that no page shows."""
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
    rows = (_wrapped(line) if line else [""] for line in text.strip().splitlines())
    return "\n".join(chain.from_iterable(rows))


def _wrapped(line: str) -> list[str]:
    indent = " " * len(re.match(r" *(?:- )?", line)[0])  # type: ignore[index]
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="forge-double", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    for name in ("start", "serve"):
        each = commands.add_parser(name)
        each.add_argument("repository")
        each.add_argument("people", nargs="+", metavar="LOGIN=NUMBER")
    for name in ("open", "approve", "merge", "job"):
        each = commands.add_parser(name)
        if name == "open":
            each.add_argument("branch")
        elif name != "job":
            each.add_argument("request", type=int)
        each.add_argument("--by", metavar="LOGIN", required=True)
    for name in ("comment", "approvals"):
        commands.add_parser(name).add_argument("request", type=int)
    for name in ("issue", "since", "stop", "look", "environment"):
        commands.add_parser(name)
    given = vars(parser.parse_args())
    if said := _said(given.pop("what"), given):
        sys.stdout.write(f"{said}\n")


def _said(what: str, given: dict[str, Any]) -> str:
    match what:
        case "start":
            return start(given["repository"], given["people"])
        case "serve":
            pairs = (each.split("=") for each in given["people"])
            serve(Path(given["repository"]), {login: int(number) for login, number in pairs})
            return ""
        case "environment":
            return (
                f"PROVISION_FORGE_URL={_address()}\n"
                f"PROVISION_FORGE_TOKEN={TOKEN}\nGITHUB_REPOSITORY=operator/manifests"
            )
        case _:
            return shown(_ask(what, given))


if __name__ == "__main__":
    main()
