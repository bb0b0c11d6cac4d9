"""What people ask of a repository.  See ``process.py`` for what it cannot do to us."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from provisioner.codes.commits import (
    CloneIsIncomplete,
    GitFailed,
    GitIsMissing,
    UnknownRevision,
)
from provisioner.errors import PolicyError, ProvisionError
from provisioner.git.process import (
    MAX_FILES,
    MAX_OUTPUT,
    Answer,
    Quarantine,
    failed,
    git_dir_of,
    run,
    too_large,
)
from provisioner.git.tree import OBJECT_ID, Malformed, Tree, parse

_REVISION = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_@{}./~^+-]{0,254}")
"""A name, a number or one with ``~`` and ``^``; none that git could take for an option."""
_TWO = "is ambiguous"
"""How git warns of a name that stands for two things."""
_LACKING = ("missing", "not a valid", "not a tree object", "bad object", "could not read")
"""How git says that an object is not there."""
_WITH_CONTENT = 3
"""Words before a content: what it is of, of which sort, how long."""
_USAGE = 129
"""Git's exit code for an option that it does not know."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge gives: ``tree``, or the files in conflict."""

    tree: str
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Touch:
    """A commit of the mainline that changed a file; ``before`` is the name it had until then."""

    commit: str
    path: str
    before: str = ""
    deleted: bool = False


@contextmanager
def opened(root: Path) -> Iterator["Repository"]:
    """The repository at ``root``, with a work tree or bare.  Raises ProvisionError PV701, PV705."""
    with Quarantine(git_dir_of(root)) as quarantine:
        yield Repository(quarantine)


class Repository:
    """Reads only.  Every method raises ProvisionError PV703 for a clone that lacks what it needs,
    PV705 without a git that can do it, PV706 where git fails."""

    def __init__(self, quarantine: Quarantine) -> None:
        self._git = quarantine.path
        self._names = quarantine.names
        self._logs: dict[str, Mapping[str, list[tuple[int, Touch]]]] = {}

    def commit(self, revision: str) -> str:
        """The id of the commit that ``revision`` names.

        Raises PolicyError PV702, also for a name that stands for two: whoever may push a tag
        ``origin/main`` must not choose what the branch ``origin/main`` is.  What a shallow clone
        does not know may be a commit that it lacks.
        """
        if _REVISION.fullmatch(revision):
            answer = run(self._names, ["rev-parse", "--verify", f"{revision}^{{commit}}"])
            found = answer.out.decode("ascii", "replace").strip()
            if answer.code == 0 and OBJECT_ID.fullmatch(found) and _TWO not in answer.err:
                return found
            if _TWO not in answer.err:
                self._refuse_shallow()
        raise PolicyError(UnknownRevision(found=revision))

    def tree(self, commit: str) -> Tree:
        """Of a commit or a tree, by its id.  Raises ProvisionError PV710."""
        out = self._ask("ls-tree", "-r", "-z", "-l", "--full-tree", _checked(commit))
        if out.count(b"\0") > MAX_FILES:
            raise too_large()
        try:
            return parse(commit, out)
        except Malformed:
            raise ProvisionError(GitFailed(command="ls-tree", reason="malformed tree")) from None

    def blobs(self, tree: Tree, paths: Iterable[str]) -> Mapping[str, bytes]:
        """What is in files of ``tree``, by path.  Raises ProvisionError PV710."""
        wanted = {path: tree.files[path] for path in paths}
        if sum(blob.size for blob in wanted.values()) > MAX_OUTPUT:
            raise too_large()
        ids = list(dict.fromkeys(blob.id for blob in wanted.values()))
        out = self._ask("cat-file", "--batch", feed="".join(f"{id_}\n" for id_ in ids).encode())
        found = dict(_batch(out, ids))
        return {path: found[blob.id] for path, blob in wanted.items()}

    def contents(self, path: str, commits: Iterable[str]) -> Mapping[str, bytes]:
        """What the file at ``path`` was, by commit; not of those that have none there."""
        wanted = list(dict.fromkeys(map(_checked, commits)))
        feed = "".join(f"{commit}:{path}\n" for commit in wanted)
        out = self._ask("cat-file", "--batch", feed=feed.encode()) if wanted else b""
        found, at = {}, 0
        for commit in wanted:
            end = out.index(b"\n", at)
            words, at = out[at:end].split(), end + 1
            if words[1:2] == [b"blob"]:
                found[commit] = out[at : at + int(words[2])]
            if len(words) == _WITH_CONTENT:
                at += int(words[2]) + 1
        return found

    def merge(self, tip: str, head: str) -> Merged:
        """``head`` merged into ``tip``, as the forge will.

        Raises ProvisionError PV710 for a tree of endless folders, and PV703 for a shallow clone:
        the commit that both come from may be one that it lacks.
        """
        self._refuse_shallow()
        for commit in (tip, head):
            self.tree(commit)
        line = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages"]
        line += [_checked(tip), _checked(head)]
        answer = run(self._git, line)
        if answer.code == _USAGE:
            raise ProvisionError(GitIsMissing())
        if answer.code not in {0, 1}:
            raise self._failure(line, answer)
        tree, *names = os.fsdecode(answer.out).split("\0")
        files = dict.fromkeys(_without_side(name, tip, head) for name in names if name)
        return Merged(_checked(tree.strip()), tuple(files) if answer.code else ())

    def history(self, path: str, commit: str) -> tuple[Touch, ...]:
        """The commits of the mainline up to ``commit`` that changed ``path``, newest first.

        Under its former names too, as far as git takes a file for one that was renamed.  Only first
        parents: what a merge brought is one change.
        """
        log = self._log(commit)
        found: dict[int, Touch] = {}
        names = [(path, -1)]
        for name, since in names:
            for at, touch in log.get(name, ()):
                if at > since and at not in found:
                    found[at] = touch
                    names += [(touch.before, at)] if touch.before else []
        return tuple(found[at] for at in sorted(found))

    def paths(self, file: str, commit: str) -> tuple[str, ...]:
        """Where a file of this name has ever been, in any folder, on the mainline of ``commit``."""
        return tuple(sorted(path for path in self._log(commit) if path.endswith(f"/{file}")))

    def _log(self, commit: str) -> Mapping[str, list[tuple[int, Touch]]]:
        self._refuse_shallow()
        if commit not in self._logs:
            line = ["log", "--first-parent", "-m", "-M", "--name-status", "-z", "--format=%H"]
            out = self._ask(*line, _checked(commit), "--")
            self._logs[commit] = _by_name(_touches(os.fsdecode(out)))
        return self._logs[commit]

    def mainline(self, commit: str) -> tuple[str, ...]:
        """The commits that were the tip at some time, if ``commit`` is it now; newest first."""
        self._refuse_shallow()
        return tuple(self._ask("rev-list", "--first-parent", _checked(commit)).decode().split())

    def is_ancestor(self, earlier: str, later: str) -> bool:
        """Whether ``later`` holds ``earlier``, or is it."""
        line = ["merge-base", "--is-ancestor", _checked(earlier), _checked(later)]
        answer = run(self._git, line)
        if answer.code == 1:
            self._refuse_shallow()
        if answer.code not in {0, 1}:
            raise self._failure(line, answer)
        return answer.code == 0

    def fork(self, one: str, other: str) -> str:
        """The newest commit that both come from; empty if there is none."""
        if self.is_ancestor(one, other):
            return one
        self._refuse_shallow()
        line = ["merge-base", _checked(one), _checked(other)]
        answer = run(self._git, line)
        if answer.code not in {0, 1}:
            raise self._failure(line, answer)
        return answer.out.decode("ascii", "replace").strip()

    @cached_property
    def _shallow(self) -> bool:
        return (self._git / "shallow").is_file()

    def _refuse_shallow(self) -> None:
        if self._shallow:
            raise PolicyError(CloneIsIncomplete())

    def _ask(self, *line: str, feed: bytes = b"") -> bytes:
        answer = run(self._git, line, feed)
        if answer.code != 0:
            raise self._failure(line, answer)
        return answer.out

    def _failure(self, line: Iterable[str], answer: Answer) -> ProvisionError:
        if self._shallow or any(words in answer.err.lower() for words in _LACKING):
            return PolicyError(CloneIsIncomplete())
        return failed(tuple(line), answer)


def _without_side(name: str, *sides: str) -> str:
    """Where a folder has the name of a file, git puts the commit behind the file's."""
    for side in sides:
        name = name.removesuffix(f"~{side}")
    return name


def _checked(object_id: str) -> str:
    """Raises ValueError for what is no id of an object: names are for ``Repository.commit``."""
    if not OBJECT_ID.fullmatch(object_id):
        raise ValueError(object_id)
    return object_id


def _batch(out: bytes, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    at = 0
    for id_ in ids:
        end = out.find(b"\n", at)
        words = out[at:end].split()
        if len(words) != 3 or words[:2] != [id_.encode(), b"blob"]:
            raise PolicyError(CloneIsIncomplete())
        start, size = end + 1, int(words[2])
        yield id_, out[start : start + size]
        at = start + size + 1


def _touches(out: str) -> Iterator[Touch]:
    """Of ``log -z --name-status``: a commit, then of each file how, and one name or two."""
    commit = ""
    words = iter(out.split("\0"))
    for word in words:
        how = word.strip("\n")
        if OBJECT_ID.fullmatch(how):
            commit = how
        elif how[:1] == "R":
            before = next(words, "")
            yield Touch(commit, next(words, ""), before)
        elif how:
            yield Touch(commit, next(words, ""), deleted=how == "D")


def _by_name(touches: Iterable[Touch]) -> Mapping[str, list[tuple[int, Touch]]]:
    """What happened to each name, with how late in ``touches`` it comes."""
    found: defaultdict[str, list[tuple[int, Touch]]] = defaultdict(list)
    for at, touch in enumerate(touches):
        found[touch.path].append((at, touch))
        if touch.before:
            found[touch.before].append((at, Touch(touch.commit, touch.before, deleted=True)))
    return found
