"""A project on a server, and what CI checks out of it: real git, with the tools of a job played."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from cli.conftest import environment

from provisioner.cli.starter import EXAMPLE, helper_files, workspace_files

MANIFEST = f"customers/muster-it/{EXAMPLE}.yaml"
TODAY = date(2026, 11, 24)

Change = Callable[[Path], None]


def write(root: Path) -> None:
    """A workspace as it comes from ``init``, with the version of provision in tools/."""
    made = workspace_files("en", "muster-it", "Muster IT GmbH", TODAY) | helper_files("en", "none")
    made |= {"tools/requirements.lock": b"good==1\n", "tools/provisioner-1-py3-none-any.whl": b""}
    for name, data in made.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


class Checkouts:
    """The project on a server, and what CI checks out of it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.origin = place / "origin"
        self.origin.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        write(self.origin)
        self.main = self.commit()
        for name, body in {
            "provision": f'exec "{sys.executable}" -m provisioner "$@"',
            "pip": 'cat tools/requirements.lock >> "$PIPS"; ls tools/*.whl >> "$PIPS"',
            "python3": 'mkdir -p "$3/bin" && cp "$(dirname "$0")"/p* "$3/bin"  # -m venv',
        }.items():
            tool = place / "bin" / name
            tool.parent.mkdir(exist_ok=True)
            tool.write_text(f"#!/bin/sh\n{body}\n")
            tool.chmod(0o755)

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        identity = {f"GIT_{r}_{k}": v for r in ("AUTHOR", "COMMITTER") for k, v in
                    {"NAME": "Anna", "EMAIL": "anna@muster.example"}.items()}  # fmt: skip
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.origin,
            env={**environment(), **identity},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")
        return self.git("rev-parse", "HEAD")

    def propose(self, change: Change) -> str:
        self.git("checkout", "--quiet", "-b", "change")
        change(self.origin)
        head = self.commit()
        self.git("update-ref", "refs/merge-requests/7/head", head)
        self.git("checkout", "--quiet", "--force", "main")
        return head

    def merged(self, head: str) -> str:
        """The commit that GitHub makes of a pull request, whose first parent is main."""
        self.git("checkout", "--quiet", "--force", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "x", head)
        merge = self.git("rev-parse", "HEAD")
        self.git("checkout", "--quiet", "--force", "main")
        return merge

    def clone(self, commit: str, folder: str) -> Path:
        target = self.place / folder
        self.git("clone", "--quiet", str(self.origin), str(target))
        self.git("fetch", "--quiet", "origin", commit, cwd=target)
        self.git("checkout", "--quiet", "--detach", commit, cwd=target)
        return target

    def run(self, folder: Path, script: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=folder,
            env=environment(
                PATH=f"{self.place}/bin:{os.environ['PATH']}",
                PIPS=str(self.place / "pips"),
                CI_DEFAULT_BRANCH="main",
                **env,
            ),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
