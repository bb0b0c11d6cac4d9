"""What a merge gives is what git itself makes of it in a work tree."""

import subprocess
from collections.abc import Mapping

import pytest
from repositories import Clone, Content, manifest

from provisioner.git.repository import Merged, opened

SCHMIEDE = "customers/limmat/schmiede.yaml"
HAMMER = "customers/limmat/hammer.yaml"
MUEHLE = "customers/aare/muehle.yaml"
WEBEREI = "customers/limmat/weberei.yaml"


def sides(
    clone: Clone, ours: Mapping[str, Content], theirs: Mapping[str, Content]
) -> tuple[str, str]:
    """Commits of ``main`` and ``side``, which is checked out no more."""
    clone.git("checkout", "--quiet", "-B", "side")
    head = clone.commit(theirs)
    clone.git("checkout", "--quiet", "main")
    return clone.commit(ours), head


def merged(clone: Clone, tip: str, head: str) -> Merged:
    with opened(clone.path) as repository:
        return repository.merge(tip, head)


def by_git(clone: Clone) -> str:
    """The tree that ``git merge`` leaves behind."""
    clone.git("merge", "--quiet", "--no-edit", "side")
    return clone.git("rev-parse", "HEAD^{tree}")


def edited(line: str) -> str:
    return manifest().replace("Hammerweg 12", line)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({MUEHLE: manifest("neu")}, {SCHMIEDE: manifest("neuer")}),
        ({SCHMIEDE: edited("Feldweg 1")}, {SCHMIEDE: manifest("neuer")}),
        ({SCHMIEDE: None}, {MUEHLE: manifest("neu")}),
        ({SCHMIEDE: None}, {SCHMIEDE: None}),
        ({SCHMIEDE: None, HAMMER: manifest()}, {SCHMIEDE: edited("Feldweg 1")}),
        ({SCHMIEDE: edited("Feldweg 1")}, {SCHMIEDE: None, HAMMER: manifest()}),
        ({HAMMER: manifest("neu")}, {HAMMER: manifest("neu")}),
        ({}, {SCHMIEDE: manifest("neuer")}),
        ({SCHMIEDE: manifest("neuer")}, {}),
    ],
    ids=[
        *("two files", "two lines of one file", "deleted here", "deleted on both sides"),
        *("renamed here", "renamed there", "the same on both sides", "nothing here"),
        "nothing there",
    ],
)
def test_the_result_is_that_of_git(
    clone: Clone, ours: Mapping[str, Content], theirs: Mapping[str, Content]
) -> None:
    clone.workspace()
    tip, head = sides(clone, ours, theirs)
    found = merged(clone, tip, head)
    assert found == Merged(by_git(clone))
    with opened(clone.path) as repository:
        assert repository.tree(found.tree).files


@pytest.mark.parametrize(
    ("ours", "theirs", "files"),
    [
        ({SCHMIEDE: manifest("a")}, {SCHMIEDE: manifest("b")}, {SCHMIEDE}),
        ({SCHMIEDE: None}, {SCHMIEDE: manifest("b")}, {SCHMIEDE}),
        ({HAMMER: manifest("a")}, {HAMMER: manifest("b")}, {HAMMER}),
        (
            {SCHMIEDE: None, HAMMER: manifest()},
            {SCHMIEDE: None, WEBEREI: manifest()},
            {SCHMIEDE, HAMMER, WEBEREI},
        ),
        ({SCHMIEDE: manifest("a")}, {SCHMIEDE: None, SCHMIEDE + "/x": "x"}, {SCHMIEDE}),
    ],
    ids=["one line", "deleted here", "added twice", "renamed twice", "a folder there"],
)
def test_a_conflict_names_its_files(
    clone: Clone, ours: Mapping[str, Content], theirs: Mapping[str, Content], files: set[str]
) -> None:
    clone.workspace()
    tip, head = sides(clone, ours, theirs)
    found = merged(clone, tip, head)
    assert set(found.conflicts) == files
    with pytest.raises(subprocess.CalledProcessError):
        by_git(clone)


def test_a_conflict_in_a_file_with_a_strange_name(clone: Clone) -> None:
    clone.workspace()
    name = 'customers/limmat/a\n"b\udcff.yaml'
    tip, head = sides(clone, {name: "a: 1\n"}, {name: "a: 2\n"})
    assert merged(clone, tip, head).conflicts == (name,)


def test_a_fast_forward(clone: Clone) -> None:
    tip = clone.workspace()
    head = clone.commit({SCHMIEDE: manifest("neu")})
    tree = clone.git("rev-parse", f"{head}^{{tree}}")
    assert merged(clone, tip, head) == Merged(tree)
    assert merged(clone, head, tip) == Merged(tree)
    assert merged(clone, head, head) == Merged(tree)


def test_two_branches_that_were_merged_into_each_other(clone: Clone) -> None:
    """Criss-cross: there are two commits from which both come."""
    clone.workspace()
    tip, head = sides(clone, {SCHMIEDE: manifest("links")}, {MUEHLE: manifest("rechts")})
    clone.git("merge", "--quiet", "--no-edit", head)
    clone.commit({SCHMIEDE: manifest("weiter")})
    here = clone.git("rev-parse", "HEAD")
    clone.git("checkout", "--quiet", "side")
    clone.git("merge", "--quiet", "--no-edit", tip)
    there = clone.commit({MUEHLE: manifest("auch")})
    clone.git("checkout", "--quiet", "main")
    assert len(clone.git("merge-base", "--all", here, there).split()) == 2
    assert merged(clone, here, there) == Merged(by_git(clone))


def test_histories_that_have_nothing_in_common(clone: Clone) -> None:
    tip = clone.workspace()
    other = clone.commit_of(clone.git("rev-parse", "HEAD^{tree}"))
    with opened(clone.path) as repository, pytest.raises(Exception, match="PV706"):
        repository.merge(tip, other)
