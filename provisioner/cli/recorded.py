"""Who is recorded for what somebody does by hand, where ``--who`` does not say it."""

import os
import shutil
import subprocess
from pathlib import Path

from provisioner.cli.context import App
from provisioner.cli.usage import WrongUsage
from provisioner.report.sanitise import visible

_LONGEST = 120
_SECONDS = 5
_JOBS = ("CI", "GITHUB_ACTIONS", "GITLAB_CI")
_STARTED_BY = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")
_NOBODY = frozenset({"", "root", "0"})


def recorded(app: App, who: str) -> str:
    """``who``, or whoever is at work here.

    ``PROVISION_WHO`` comes first.  In a job of CI it is who started it, as the forge says, and
    never the runner's user or its git; elsewhere who commits with this git, or the login.  Raises
    WrongUsage where that would be root or nobody: an audit that names a machine names no one.
    """
    if who.strip():
        return who
    found = os.environ.get("PROVISION_WHO", "") or _at_work(app.start)
    if found in _NOBODY:
        raise WrongUsage("who.needed")
    return found


def tell(app: App, given: str, who: str) -> None:
    """Once it is recorded: as whom, where ``given`` did not say it."""
    if not given.strip():
        app.note(app.words.ui("who.recorded", who=visible(who)) + "\n")


def _at_work(folder: Path) -> str:
    if any(os.environ.get(name, "") not in {"", "false", "0"} for name in _JOBS):
        return next(filter(None, (os.environ.get(name) for name in _STARTED_BY)), "")
    name, email = (_git(folder, f"user.{key}") for key in ("name", "email"))
    if name or email:
        return f"{name} <{email}>" if name and email else name or email
    return os.environ.get("USER") or os.environ.get("LOGNAME") or ""


def _git(folder: Path, key: str) -> str:
    """What git would write into a commit; empty if it has no git or no answer."""
    git = shutil.which("git")
    if git is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - a program of this machine, and words of ours
            [git, "config", "--get", key],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()[:_LONGEST]
