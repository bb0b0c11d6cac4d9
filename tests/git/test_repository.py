"""What is asked of a repository, in each form that one can have."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import Clone, manifest

from provisioner.errors import ProvisionError
from provisioner.git import process
from provisioner.git.files import TreeFiles
from provisioner.git.repository import Repository, opened
from provisioner.manifest.repository import load_workspace

SCHMIEDE = "customers/limmat/schmiede.yaml"


def refusal(root: Path, ask: Callable[[Repository], object]) -> str:
    """The code with which a question is refused."""
    with pytest.raises(ProvisionError) as refused, opened(root) as repository:
        ask(repository)
    return refused.value.code


def test_names_of_commits(clone: Clone) -> None:
    first = clone.workspace()
    tip = clone.commit({SCHMIEDE: manifest("neu")})
    clone.git("tag", "light", first)
    clone.git("tag", "--annotate", "v1", "--message=A release", first)
    clone.git("update-ref", "refs/remotes/origin/main", first)
    with opened(clone.path) as repository:
        for name in ("main", "HEAD", "refs/heads/main", "@", tip, tip[:12], "main^{commit}"):
            assert repository.commit(name) == tip, name
        for name in ("light", "v1", "refs/tags/v1", "HEAD~1", "HEAD^", "origin/main"):
            assert repository.commit(name) == first, name
    clone.git("fetch", "--quiet", ".", "refs/tags/light")
    clone.git("pack-refs", "--all")
    with opened(clone.path) as repository:
        assert repository.commit("origin/main") == first
        assert repository.commit("FETCH_HEAD") == first


NO_COMMITS = """
    --all --exec=x -h --git-dir=/ @{u} @{-1} HEAD@{1} HEAD~9 none main..main ^main :/Change
    :customers HEAD:customers HEAD^{tree} tree-tag main@{upstream} ../main config objects/info
    refs/heads/
""".split()


@pytest.mark.parametrize("name", [*NO_COMMITS, "", " main", "main\n", "main main", "a" * 300, "\0"])
def test_what_names_no_commit(clone: Clone, name: str) -> None:
    clone.workspace()
    clone.git("tag", "tree-tag", "HEAD^{tree}")
    assert refusal(clone.path, lambda repository: repository.commit(name)) == "PV702"


def test_a_tag_does_not_choose_what_a_branch_is(clone: Clone) -> None:
    tip = clone.workspace()
    evil = clone.commit({SCHMIEDE: manifest("evil")})
    clone.git("update-ref", "refs/remotes/origin/main", tip)
    clone.git("update-ref", "refs/tags/origin/main", evil)
    assert refusal(clone.path, lambda repository: repository.commit("origin/main")) == "PV702"
    with opened(clone.path) as repository:
        assert repository.commit("refs/remotes/origin/main") == tip


def test_no_name_is_taken_where_a_number_belongs(clone: Clone) -> None:
    tip = clone.workspace()
    with opened(clone.path) as repository:
        for name in ("main", "--all", "", tip[:12], tip + "\n", tip.upper()):
            for ask in (
                lambda name=name: repository.tree(name),
                lambda name=name: repository.merge(tip, name),
                lambda name=name: repository.history(SCHMIEDE, name),
                lambda name=name: repository.mainline(name),
                lambda name=name: repository.is_ancestor(name, tip),
            ):
                with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
                    ask()


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_both_ways_to_name_objects(another: Callable[..., Clone], form: str) -> None:
    clone = another(form, f"--object-format={form}")
    tip = clone.workspace()
    head = clone.commit({SCHMIEDE: manifest("neu")})
    with opened(clone.path) as repository:
        assert repository.commit("main") == head
        assert repository.is_ancestor(tip, head)
        merged = repository.merge(tip, head)
        assert merged.tree == clone.git("rev-parse", "main^{tree}")
        assert {touch.commit for touch in repository.history(SCHMIEDE, head)} == {tip, head}
        found = load_workspace(clone.path, TreeFiles(repository, repository.tree(head)))
    assert not found.faulty


def test_forms_of_a_clone(clone: Clone, tmp_path: Path) -> None:
    tip = clone.workspace()
    bare, second, shared = tmp_path / "bare", tmp_path / "second", tmp_path / "sha\nred"
    clone.git("clone", "--quiet", "--bare", ".", str(bare))
    clone.git("worktree", "add", "--quiet", "-b", "side", str(second))
    clone.git("clone", "--quiet", "--shared", "--no-checkout", ".", str(shared))
    clone.git("clone", "--quiet", "--shared", "--bare", str(bare), str(tmp_path / "third"))
    side = clone.commit_of(f"{tip}^{{tree}}", tip)
    clone.git("update-ref", "refs/heads/side", side)
    for root, head in (
        (clone.path, tip),
        (clone.path / ".git", tip),
        (bare, tip),
        (second, side),
        (shared, tip),
        (tmp_path / "third", tip),
    ):
        with opened(root) as repository:
            assert repository.commit("HEAD") == head, root
            assert SCHMIEDE in repository.tree(head).files
            assert repository.mainline(head) == tuple(dict.fromkeys((head, tip)))


def test_a_relative_path_to_alternate_objects(clone: Clone, tmp_path: Path) -> None:
    tip = clone.workspace()
    clone.git("clone", "--quiet", "--shared", ".", str(tmp_path / "shared"))
    alternates = tmp_path / "shared/.git/objects/info/alternates"
    alternates.write_text("../../../clone/.git/objects\n")
    with opened(tmp_path / "shared") as repository:
        assert SCHMIEDE in repository.tree(tip).files


def test_what_is_no_repository(tmp_path: Path, clone: Clone) -> None:
    empty, link = tmp_path / "empty", tmp_path / "link"
    empty.mkdir()
    link.mkdir()
    (link / ".git").write_text("gitdir: ../nowhere\n")
    for root in (empty, link, tmp_path / "none"):
        assert refusal(root, lambda repository: repository.commit("HEAD")) == "PV701"
    (clone.path / "inner").mkdir()
    assert refusal(clone.path / "inner", lambda repository: repository.commit("HEAD")) == "PV701"
    (clone.path / ".git/config").write_text("[core\n")
    assert refusal(clone.path, lambda repository: repository.commit("HEAD")) == "PV701"


def test_a_repository_without_a_commit(clone: Clone) -> None:
    assert refusal(clone.path, lambda repository: repository.commit("HEAD")) == "PV702"
    assert refusal(clone.path, lambda repository: repository.tree("0" * 40)) == "PV703"


@pytest.fixture
def shallow(clone: Clone, tmp_path: Path) -> Clone:
    clone.workspace()
    clone.commit({SCHMIEDE: manifest("neu")})
    path = tmp_path / "shallow"
    clone.git("clone", "--quiet", "--depth=1", clone.path.as_uri(), str(path))
    return Clone(path)


def test_a_shallow_clone_has_files_and_no_history(shallow: Clone) -> None:
    tip = shallow.git("rev-parse", "HEAD")
    side = shallow.commit({SCHMIEDE: manifest("side")})
    with opened(shallow.path) as repository:
        found = load_workspace(shallow.path, TreeFiles(repository, repository.tree(tip)))
        assert not found.faulty
        assert repository.is_ancestor(tip, side)
    for ask in (
        lambda repository: repository.history(SCHMIEDE, tip),
        lambda repository: repository.mainline(tip),
        lambda repository: repository.merge(tip, side),
        lambda repository: repository.is_ancestor(side, tip),
    ):
        assert refusal(shallow.path, ask) == "PV703"


def test_a_commit_that_was_not_fetched(clone: Clone) -> None:
    tip, other = clone.workspace(), "1" * 40
    for ask in (
        lambda repository: repository.tree(other),
        lambda repository: repository.merge(tip, other),
        lambda repository: repository.merge(other, tip),
        lambda repository: repository.history(SCHMIEDE, other),
        lambda repository: repository.mainline(other),
        lambda repository: repository.is_ancestor(other, tip),
        lambda repository: repository.is_ancestor(tip, other),
    ):
        assert refusal(clone.path, ask) == "PV703"


def test_history_with_a_hole(clone: Clone) -> None:
    first = clone.workspace()
    tip = clone.commit({SCHMIEDE: manifest("neu")})
    (clone.path / ".git/objects" / first[:2] / first[2:]).unlink()
    for ask in (
        lambda repository: repository.history(SCHMIEDE, tip),
        lambda repository: repository.mainline(tip),
        lambda repository: repository.is_ancestor("1" * 40, tip),
    ):
        assert refusal(clone.path, ask) == "PV703"


def test_a_partial_clone_says_what_it_lacks(clone: Clone, tmp_path: Path) -> None:
    clone.workspace()
    tip = clone.commit({SCHMIEDE: manifest("neu")})
    clone.git("config", "uploadpack.allowFilter", "true")
    for kind in ("blob:none", "tree:0"):
        path = tmp_path / kind.replace(":", "")
        clone.git(
            *("clone", "--quiet", "--no-checkout", f"--filter={kind}"),
            *(clone.path.as_uri(), str(path)),
        )
        code = refusal(
            path,
            lambda repository, path=path: load_workspace(
                path, TreeFiles(repository, repository.tree(tip))
            ),
        )
        assert code == "PV703", kind


def by_hand(clone: Clone, *names: bytes) -> str:
    blob = clone.blob()
    return clone.commit_of(clone.tree([("100644", name, blob) for name in names]))


@pytest.mark.parametrize(
    "names", [(b"a", b"a"), (b"..",), (b".",), (b".git",), (b".GIT",), (b"a/../b",), (b"a//b",)]
)
def test_a_tree_that_no_work_tree_could_have(clone: Clone, names: tuple[bytes, ...]) -> None:
    clone.workspace()
    commit = by_hand(clone, *names)
    assert refusal(clone.path, lambda repository: repository.tree(commit)) == "PV706"
    tip = clone.git("rev-parse", "HEAD")
    assert refusal(clone.path, lambda repository: repository.merge(tip, commit)) == "PV706"


def test_a_file_and_a_folder_of_one_name(clone: Clone) -> None:
    blob = clone.blob()
    inner = clone.tree([("100644", b"b", blob)])
    commit = clone.commit_of(clone.tree([("100644", b"a", blob), ("40000", b"a", inner)]))
    assert refusal(clone.path, lambda repository: repository.tree(commit)) == "PV706"


def test_folders_nested_again_and_again(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten in each of ten in each of ten …: a thousand million files out of ten small objects."""
    clone.workspace()
    entry = ("100644", b"x", clone.blob())
    tree = clone.tree([entry])
    for _ in range(9):
        tree = clone.tree([("40000", f"{number}".encode(), tree) for number in range(10)])
    commit = clone.commit_of(tree)
    monkeypatch.setattr(process, "MAX_OUTPUT", 1024**2)
    assert refusal(clone.path, lambda repository: repository.tree(commit)) == "PV710"
    tip = clone.git("rev-parse", "HEAD")
    assert refusal(clone.path, lambda repository: repository.merge(tip, commit)) == "PV710"


def test_more_than_can_be_held(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = clone.workspace()
    monkeypatch.setattr("provisioner.git.repository.MAX_OUTPUT", 100)
    assert (
        refusal(
            clone.path, lambda repository: repository.blobs(repository.tree(commit), [SCHMIEDE])
        )
        == "PV710"
    )
    monkeypatch.setattr("provisioner.git.repository.MAX_FILES", 2)
    assert refusal(clone.path, lambda repository: repository.tree(commit)) == "PV710"


def test_a_damaged_object(clone: Clone) -> None:
    commit = clone.workspace()
    tree = clone.git("rev-parse", f"{commit}^{{tree}}")
    path = clone.path / ".git/objects" / tree[:2] / tree[2:]
    path.chmod(0o644)
    path.write_bytes(b"rubbish")
    assert refusal(clone.path, lambda repository: repository.tree(commit)) in {"PV706", "PV703"}


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a script in the place of git; what follows in ``$@`` is its arguments."""

    def put(script: str) -> None:
        path = tmp_path / "bin/git"
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(path.parent))

    return put


def test_an_older_git(clone: Clone, stand_in: Callable[[str], None]) -> None:
    """Before 2.38 ``merge-tree`` has another meaning and no option of that name."""
    tip = clone.workspace()
    git = shutil.which("git")
    stand_in(f'case "$*" in *merge-tree*) exit 129;; esac; exec {git} "$@"')
    assert refusal(clone.path, lambda repository: repository.merge(tip, tip)) == "PV705"
    with opened(clone.path) as repository:
        assert SCHMIEDE in repository.tree(tip).files


def test_no_git(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.workspace()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(clone.path, lambda repository: repository.commit("main")) == "PV705"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exec sleep 60", "PV706"),
        ("exec >&- 2>&-; exec sleep 60", "PV706"),
        ("exec yes", "PV710"),
        ("exec yes >&2", "PV710"),
        ("kill -9 $$", "PV706"),
    ],
)
def test_a_git_that_does_not_end(
    clone: Clone,
    stand_in: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    code: str,
) -> None:
    tip = clone.workspace()
    git = shutil.which("git")
    stand_in(f'case "$*" in *ls-tree*) {script};; esac; exec {git} "$@"')
    monkeypatch.setattr(process, "MAX_OUTPUT", 1024**2)
    monkeypatch.setattr(process, "SECONDS", 0.5 if "sleep" in script else 60)
    assert refusal(clone.path, lambda repository: repository.tree(tip)) == code
