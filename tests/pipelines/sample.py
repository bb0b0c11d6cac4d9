"""An operator's project on a forge, as ``init --ci`` set it up: real git, and the tools of a job.

``provision`` in a job is a stand-in that notes how it was called, with what, and what lay around
it; ``real()`` lets the command itself run.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cli.conftest import environment

from provisioner.cli.starter import EXAMPLE, ci_files, helper_files, workspace_files

MANIFEST = f"customers/muster-it/{EXAMPLE}.yaml"
REQUEST = 1
RESELLER, STAFF = 9001, 583231
TODAY = date(2026, 11, 24)
SECRETS = {
    "PROVISION_APP_KEY": "canary-app-key",
    "PROVISION_SIGNING_KEY": "ed25519-private:canary-signing-key",
    "PROVISION_IDENTITY": "AGE-SECRET-KEY-1CANARY",
}
TOKEN = "double-token-Zq7wLm2xVt"

Change = Callable[[Path], None]

_STAND_IN = """
import json, os, subprocess, sys
from pathlib import Path

def git(*words):
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
    return done.stdout.split()

line = sys.argv[1:]
files = [line[n + 1] for n, word in enumerate(line) if word == "--identity"]
call = {
    "line": line,
    "env": {name: value for name, value in os.environ.items() if name.startswith("PROVISION_")},
    "identity": [[Path(f).read_text(), oct(Path(f).stat().st_mode)[-3:]] for f in files],
    "tip": git("rev-parse", "HEAD")[0],
    "objects": git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects"),
    "status": git("status", "--porcelain", "--untracked-files=no"),
    "manifest": Path(MANIFEST).read_text("utf-8"),
    "credentials": git("config", "--local", "--list"),
}
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(call) + "\\n")
sys.exit(CODES.get(" ".join(line[:2]), 0))
"""


def _review(forge: str) -> str:
    key = "ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    return f"""
review:
  project: {{forge: {forge}, id: 4711, branch: main}}
  recorder: 654321
  keys: ["{key}"]
  staff: [{{name: J. Meier, {forge}: {STAFF}}}]
"""


@dataclass(frozen=True)
class Call:
    """One call of ``provision`` in a job. ``env``: what of its environment is ours."""

    line: list[str]
    env: dict[str, str]
    identity: list[list[str]]
    tip: str
    objects: list[str]
    status: list[str]
    manifest: str
    credentials: list[str]


class Sample:
    """``main`` and ``head`` are commits: of the protected branch, and of the one request."""

    def __init__(self, place: Path, forge: str) -> None:
        self.place, self.forge = place, forge
        self.origin = place / "origin"
        self.origin.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        made = workspace_files("en", "muster-it", "Muster IT GmbH", TODAY) | helper_files("en")
        settings = made["provision.yaml"].decode() + _review(forge)
        accounts = f"recipients: []\n    accounts: {{{forge}: [{RESELLER}]}}"
        made["provision.yaml"] = settings.replace("recipients: []", accounts, 1).encode()
        made["tools/requirements.lock"] = b"good==1\n"
        made["tools/provisioner-1-py3-none-any.whl"] = b""
        if forge == "github":
            made |= ci_files("github")
        self._write(self.origin, made)
        self.main = self.commit()
        self.head = ""
        self.bin = place / "bin"
        self._tool("pip", 'echo "$@" >> "$PIPS"')
        made_tool = 'mkdir -p "$4/bin" && cp "$(dirname "$0")"/p* "$4/bin"'
        real = f'exec "{sys.executable}" "$@"'
        self._tool("python3", f'if [ "$2" = venv ]; then {made_tool}; else {real}; fi')
        self.stand_in()

    def stand_in(self, **codes: int) -> None:
        """``ci_apply=4`` lets `provision ci apply` end with 4."""
        ends = {name.replace("_", " "): code for name, code in codes.items()}
        text = f"CODES = {ends!r}\nMANIFEST = {MANIFEST!r}\n{_STAND_IN}"
        (self.place / "stand_in.py").write_text(text, "utf-8")
        self._tool("provision", f'exec "{sys.executable}" -I "{self.place}/stand_in.py" "$@"')

    def real(self) -> None:
        self._tool("provision", f'exec "{sys.executable}" -m provisioner "$@"')

    def calls(self) -> list[Call]:
        noted = self.place / "calls"
        lines = noted.read_text("utf-8").splitlines() if noted.exists() else []
        return [Call(**json.loads(line)) for line in lines]

    def installed(self) -> list[str]:
        return (self.place / "pips").read_text("utf-8").splitlines()

    def environment(self, **more: str) -> dict[str, str]:
        inherited = environment()
        return inherited | {
            "PATH": f"{self.bin}:{inherited['PATH']}",
            "HOME": str(self.place / "home"),
            "CALLS": str(self.place / "calls"),
            "PIPS": str(self.place / "pips"),
            **more,
        }

    def propose(self, change: Change) -> str:
        self.git("checkout", "--quiet", "-b", "change")
        change(self.origin)
        self.head = self.commit()
        for ref in (f"refs/pull/{REQUEST}/head", f"refs/merge-requests/{REQUEST}/head"):
            self.git("update-ref", ref, self.head)
        self.git("checkout", "--quiet", "--force", "main")
        self.git("branch", "--quiet", "-D", "change")  # it may be a fork's
        return self.head

    def commit(self) -> str:
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        who = {"NAME": "Anna", "EMAIL": "anna@muster.example"}
        identity = {f"GIT_{r}_{k}": v for r in ("AUTHOR", "COMMITTER") for k, v in who.items()}
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.origin,
            env={**environment(), **identity},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def clone(self) -> Path:
        """As a runner has it before the job: of the request, objects only."""
        folder = Path(mkdtemp(prefix="clone-", dir=self.place))
        self.git("clone", "--quiet", str(self.origin), str(folder))
        if self.head:
            self.git("fetch", "--quiet", "origin", self.head, cwd=folder)
        return folder

    def project_of_its_own(self, folder: Path) -> None:
        """GitLab reads the pipelines from another project; here they lie beside the files."""
        made = {n.removeprefix("provision-ci/"): d for n, d in ci_files("gitlab").items()}
        self._write(folder, made)
        self.git("add", "--force", *made, cwd=folder)

    def _write(self, root: Path, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)

    def _tool(self, name: str, body: str) -> None:
        tool = self.bin / name
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        tool.chmod(0o755)


def event(sample: Sample, **more: Any) -> dict[str, Any]:
    """What GitHub tells a workflow of a pull request."""
    pull = {
        "number": REQUEST,
        "head": {"sha": sample.head, "ref": "$(id)`id`;id"},
        "base": {"ref": "main", "sha": sample.main},
        "user": {"id": RESELLER, "login": "anna"},
        "title": '"; id #',
    }
    return {"number": REQUEST, "pull_request": pull, **more}


def merge_request(sample: Sample, **more: str) -> dict[str, str]:
    """The variables that GitLab gives to a pipeline of a merge request."""
    return {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_PROJECT_ID": "4711",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED": "true",
        "CI_COMMIT_BRANCH": "",
        "CI_COMMIT_SHA": sample.head,
        "GITLAB_USER_ID": str(RESELLER),
        **more,
    }


# Changes


def city(root: Path) -> None:
    manifest = root / MANIFEST
    manifest.write_text(manifest.read_text("utf-8").replace("city: Zürich", "city: Bern"), "utf-8")


def evil(root: Path) -> None:
    """Each file that a job could take from a request for the operator's."""
    city(root)
    (root / "tools/requirements.lock").write_text("evil==1\n", "utf-8")
    (root / "provision.yaml").unlink()
    (root / "provision.yaml").symlink_to("/etc/passwd")
    (root / ".gitattributes").write_text("* filter=evil\n", "utf-8")
    (root / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = ../evil\n', "utf-8")
