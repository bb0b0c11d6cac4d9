"""Runs git, and nothing that a repository could bring along.

Git works in an empty directory of its own (``Quarantine``), which borrows the objects of the
repository and has none of its configuration, hooks, attributes, replaced objects or grafts.  What a
merge writes goes into that directory and away with it.
"""

import os
import re
import selectors
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from provisioner.codes.commits import GitFailed, GitIsMissing, NotAGitRepository, RepositoryIsLarge
from provisioner.errors import PolicyError, ProvisionError

SECONDS = 120
"""For one call of git; 3,000 manifests take less than one."""
MAX_FILES = 200_000
"""In one commit, manifests and all else."""
MAX_OUTPUT = 512 * 1024 * 1024
"""Bytes of one answer: 150,000 manifests with 20 workplaces each."""
_WORDS = 4096
"""Bytes of what git says about an error."""
_CHUNK = 1 << 16
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

    Raises ProvisionError PV705 if there is no git, PV706 if it does not start or end, PV710 as soon
    as it has said more than any fleet needs.
    """
    git = shutil.which("git")
    if git is None:
        raise ProvisionError(GitIsMissing())
    with tempfile.TemporaryFile() as given:
        given.write(feed)
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - a fixed program, arguments as a list
                [git, f"--git-dir={git_dir}", *arguments],
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_CALM,
                cwd=git_dir,
            )
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise ProvisionError(GitFailed(command=arguments[0], reason=reason)) from None
        with process:
            try:
                return _answer(process)
            except (TimeoutError, subprocess.TimeoutExpired):
                process.kill()
                raise ProvisionError(GitFailed(command=arguments[0], reason="timeout")) from None
            except BaseException:
                process.kill()
                raise


def _answer(process: subprocess.Popen[bytes]) -> Answer:
    """Raises TimeoutError, TimeoutExpired, PolicyError PV710."""
    out: list[bytes] = []
    words: list[bytes] = []
    left, end = MAX_OUTPUT, monotonic() + SECONDS
    with selectors.DefaultSelector() as pipes:
        for pipe, kept in ((process.stdout, out), (process.stderr, words)):
            pipes.register(pipe or -1, selectors.EVENT_READ, kept)
        while pipes.get_map():
            ready = pipes.select(max(0, end - monotonic()))
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                part = os.read(key.fd, _CHUNK)
                left -= len(part)
                if left < 0:
                    raise too_large()
                if part:
                    key.data.append(part)
                else:
                    pipes.unregister(key.fileobj)
    code = process.wait(max(0, end - monotonic()))
    return Answer(code, b"".join(out), b"".join(words)[:_WORDS].decode("utf-8", "replace"))


def too_large() -> PolicyError:
    """PV710."""
    return PolicyError(RepositoryIsLarge(files=MAX_FILES, megabytes=MAX_OUTPUT // 1024**2))


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
        found = root / _first_line(found).removeprefix("gitdir:").strip()
    elif not found.is_dir():
        found = root
    if not (found / "HEAD").is_file():
        raise ProvisionError(NotAGitRepository(folder=root.absolute().name))
    return found.resolve()


class Quarantine:
    """An empty bare repository with the objects of another one.

    ``names`` is a second one, to ask which commit a name stands for: it has the branches too.  The
    first has none and no HEAD, because newer versions of git read attributes from there.
    """

    def __init__(self, source: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="provision-git-")
        self.path = Path(self._folder.name)
        self.names = self.path / "names"
        try:
            self._fill(source)
        except BaseException:
            self._folder.cleanup()
            raise

    def _fill(self, source: Path) -> None:
        common = source
        if (source / "commondir").is_file():  # a second work tree has only its own HEAD
            common = (source / _first_line(source / "commondir")).resolve()
        for name in ("objects/info", "refs", "names"):
            (self.path / name).mkdir(parents=True)
        (self.path / "HEAD").write_text("ref: refs/heads/none\n", "utf-8")
        (self.path / "objects/info/alternates").write_bytes(_quoted(common / "objects"))
        (self.names / "objects").symlink_to(self.path / "objects")
        for name in ("refs", "packed-refs", "reftable"):
            if (common / name).exists():
                (self.names / name).symlink_to(common / name)
        for name in ("HEAD", "FETCH_HEAD"):
            if (source / name).is_file():
                line = os.fsencode(_first_line(source / name))
                (self.names / name).write_bytes(line + b"\n")
        if (common / "shallow").is_file():
            for folder in (self.path, self.names):
                shutil.copyfile(common / "shallow", folder / "shallow")
        objects, branches = (_extension(self.path, common, name) for name in _EXTENSIONS)
        _configure(self.path, objects)
        _configure(self.names, objects + branches)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()


_EXTENSIONS = ("objectformat", "refstorage")
"""How a repository names its objects and keeps its branches."""


def _extension(git_dir: Path, source: Path, name: str) -> str:
    """A line of its configuration, which is asked for nothing else; includes are not followed."""
    asked = ["config", "--no-includes", "--file", str(source / "config")]
    answer = run(git_dir, [*asked, "--get", f"extensions.{name}"])
    found = answer.out.decode("ascii", "replace").strip()
    if answer.code not in {0, 1} or not re.fullmatch("[a-z0-9]*", found):
        folder = source.parent if source.name == ".git" else source
        raise ProvisionError(NotAGitRepository(folder=folder.name))
    return f"\t{name} = {found}\n" if found else ""


def _configure(git_dir: Path, extensions: str) -> None:
    text = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n"
    (git_dir / "config").write_text(text + extensions, "utf-8")


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return os.fsdecode(file.read(4096).split(b"\n")[0])


def _quoted(path: Path) -> bytes:
    """As git quotes: a path may hold a line end, or begin with a sign that means something."""
    return b'"%s"\n' % b"".join(b"\\%03o" % byte for byte in os.fsencode(path))
