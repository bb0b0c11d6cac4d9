"""Runs git, and nothing that a repository could bring along.

Git works in an empty directory of its own (``Quarantine``), which borrows the objects of the
repository and has none of its configuration, hooks, attributes, replaced objects or grafts.  What a
merge writes goes into that directory and away with it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from provisioner.codes.commits import GitFailed, GitIsMissing, NotAGitRepository, RepositoryIsLarge
from provisioner.errors import ProvisionError

SECONDS = 120
"""For one call of git; 3,000 manifests take less than one."""
MAX_OUTPUT = 256 * 1024 * 1024
"""Bytes of one answer: several times the largest fleet."""
_CALM: Mapping[str, str] = {
    "PATH": os.defpath,
    "LC_ALL": "C",
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_AUTHOR_NAME": "provision",
    "GIT_AUTHOR_EMAIL": "provision@invalid",
    "GIT_COMMITTER_NAME": "provision",
    "GIT_COMMITTER_EMAIL": "provision@invalid",
}
"""The whole environment: what the caller's says about git is not handed on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``code``: git's exit code."""

    code: int
    out: bytes
    err: str


def run(git_dir: Path, arguments: Sequence[str], feed: bytes = b"") -> Answer:
    """``git`` with ``arguments`` in ``git_dir``; no shell.

    Raises ProvisionError PV705 if there is no git, PV706 if it does not end, PV710 if it says more
    than any fleet needs.
    """
    git = shutil.which("git")
    if git is None:
        raise ProvisionError(GitIsMissing())
    line = [git, f"--git-dir={git_dir}", *arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, arguments as a list
                line,
                input=feed,
                stdout=out,
                stderr=err,
                env=_CALM,
                cwd=git_dir,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ProvisionError(GitFailed(command=arguments[0], reason="timeout")) from None
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise ProvisionError(GitFailed(command=arguments[0], reason=reason)) from None
        if out.tell() > MAX_OUTPUT:
            raise ProvisionError(RepositoryIsLarge(limit=MAX_OUTPUT // 1024**2))
        out.seek(0)
        err.seek(0)
        return Answer(done.returncode, out.read(), err.read(4096).decode("utf-8", "replace"))


def failed(arguments: Sequence[str], answer: Answer) -> ProvisionError:
    """PV706.  Git's own words may quote anything, so only its exit code is kept."""
    return ProvisionError(GitFailed(command=arguments[0], reason=f"exit {answer.code}"))


def git_dir_of(root: Path) -> Path:
    """The git directory of the work tree or bare repository at ``root``.

    Found without git, which would refuse a folder of another user, as in most CI jobs, and read the
    configuration of folders above.  Raises ProvisionError PV701.
    """
    found = root / ".git"
    if found.is_file():  # a second work tree, or a submodule
        with found.open("rb") as file:
            line = file.read(4096).decode("utf-8", "replace").split("\n")[0]
        found = root / line.removeprefix("gitdir:").strip()
    elif not found.is_dir():
        found = root
    if not (found / "HEAD").is_file():
        raise ProvisionError(NotAGitRepository(folder=root.absolute().name))
    return found.resolve()


class Quarantine:
    """An empty bare repository with the objects of another one."""

    def __init__(self, source: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="provision-git-")
        self.path = Path(self._folder.name)
        try:
            self._fill(source)
        except BaseException:
            self._folder.cleanup()
            raise

    def _fill(self, source: Path) -> None:
        objects, shallow, form = _facts(source)
        for name in ("objects/info", "refs"):
            (self.path / name).mkdir(parents=True)
        (self.path / "HEAD").write_text("ref: refs/heads/none\n", "utf-8")
        (self.path / "objects/info/alternates").write_bytes(os.fsencode(objects) + b"\n")
        config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
        config += f"[extensions]\n\tobjectformat = {form}\n" if form != "sha1" else ""
        (self.path / "config").write_text(config, "utf-8")
        if shallow.is_file():
            shutil.copyfile(shallow, self.path / "shallow")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()


def _facts(source: Path) -> tuple[Path, Path, str]:
    """Where its objects and its list of cut-off commits are, and how objects are named."""
    asked = ["rev-parse", "--show-object-format", "--git-path", "objects", "--git-path", "shallow"]
    answer = run(source, asked)
    lines = os.fsdecode(answer.out).splitlines()
    if answer.code != 0 or len(lines) != 3:
        raise ProvisionError(NotAGitRepository(folder=source.name))
    form, objects, shallow = lines
    return (source / objects).resolve(), source / shallow, form
