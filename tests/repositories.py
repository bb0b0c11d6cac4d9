"""Repositories that git itself makes, with the workspace of an operator in them."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

Content = str | bytes | None
"""Of a file; None removes it."""

SETTINGS = """\
version: 1
pbx: {driver: local, path: pbx.db}
desk: {driver: sql, url: "sqlite:///desk.db"}
numbers: {stock: [0525551]}
porting: {canton: ZH}
resellers:
  limmat: {name: Limmat IT AG}
  aare: {name: Aare Telecom GmbH}
"""

REVIEWED = (
    SETTINGS.partition("resellers:")[0]
    + """\
review:
  project: {forge: github, id: 7}
  recorder: 5
  keys: ["ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
  staff: [{name: J. Meier, github: 10, gitlab: 77}]
resellers:
  limmat: {name: Limmat IT AG, accounts: {github: [9001], gitlab: [41]}}
  aare: {name: Aare Telecom GmbH, accounts: {github: [9002]}}
"""
)
"""With merge requests at GitHub, and whose accounts are whose."""

MANIFEST = """\
version: 1
contact:
  company: {company}
  street: Hammerweg 12
  postcode: 8400
  city: Winterthur
  person: Petra Huber
  email: rechnung@example.com
  phone: 0525550100
subscription:
  billing_from: 2027-01-01
  activate_from: 2026-12-10
numbers:
  - {{id: zentrale, area: 052}}
workplaces:
  - {{login: {login}, license: phones, use: other, number: {{stock: zentrale}}}}
"""


def manifest(login: str = "empfang", company: str = "Schmiedeisen AG") -> str:
    """Without an error, in a workspace with ``SETTINGS``.  Logins are unique over customers."""
    return MANIFEST.format(company=company, login=login)


class Clone:
    """A repository with a work tree, written by whoever may write anything."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *arguments: str, feed: bytes = b"", **env: str) -> str:
        """What ``git`` says, without the line end.  Nothing of this machine's settings counts."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=feed,
            capture_output=True,
            check=True,
            env={**os.environ, **_CALM, **env},
        )
        return os.fsdecode(done.stdout).rstrip("\n")

    def write(self, files: Mapping[str, Content]) -> None:
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, files: Mapping[str, Content] | None = None, message: str = "Change") -> str:
        """The id of a commit of everything that is in the work tree, with ``files`` written."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", f"--message={message}")
        return self.git("rev-parse", "HEAD")

    def tree(self, entries: Sequence[tuple[str, bytes, str]]) -> str:
        """The id of a tree made by hand, of (mode, name, id): git checks nothing of it."""
        raw = b"".join(
            f"{mode} ".encode() + name + b"\0" + bytes.fromhex(id_) for mode, name, id_ in entries
        )
        return self.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", feed=raw)

    def blob(self, content: bytes = b"x\n") -> str:
        return self.git("hash-object", "-w", "--stdin", feed=content)

    def commit_of(self, tree: str, *parents: str) -> str:
        """The id of a commit of ``tree``; no branch moves."""
        return self.git("commit-tree", tree, "-m", "By hand", *(f"-p{p}" for p in parents))

    def listing(self) -> Mapping[str, tuple[int, int, bytes]]:
        """All that is in ``.git``: mode, time of the last change, content."""
        return {
            str(path): (
                path.lstat().st_mode,
                path.lstat().st_mtime_ns,
                path.read_bytes() if path.is_file() else b"",
            )
            for path in sorted((self.path / ".git").rglob("*"))
        }

    def workspace(self) -> str:
        """The first commit of an operator: two resellers with a customer each."""
        return self.commit(
            {
                "provision.yaml": SETTINGS,
                "customers/limmat/schmiede.yaml": manifest(),
                "customers/aare/muehle.yaml": manifest("telefon", "Mühle AG"),
            }
        )


_CALM = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.com",
    "GIT_COMMITTER_NAME": "Somebody",
    "GIT_COMMITTER_EMAIL": "somebody@example.com",
}
