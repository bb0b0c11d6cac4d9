"""Nothing that a repository brings along is run, and nothing is written into it.

Each way to name a command leaves a canary behind if the command runs.  That the canary can sing at
all is tried with an ordinary git, for the ways in which that is easy.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import Clone, manifest

from provisioner.errors import ProvisionError
from provisioner.git.files import TreeFiles
from provisioner.git.repository import opened
from provisioner.manifest.repository import load_workspace

SCHMIEDE = "customers/limmat/schmiede.yaml"


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """There once a command has run."""
    return tmp_path / "canary"


def everything(root: Path, tip: str, head: str) -> None:
    """All that can be asked, of branches and numbers.  What is refused is refused with a code."""
    with opened(root) as repository:
        for name in ("main", "side", "HEAD", "HEAD~1", "v1", tip, head):
            try:
                repository.commit(name)
            except ProvisionError as error:
                assert error.code == "PV702"
        merged = repository.merge(tip, head)
        for tree in (repository.tree(tip), repository.tree(head), repository.tree(merged.tree)):
            load_workspace(root, TreeFiles(repository, tree))
        repository.history(SCHMIEDE, tip)
        repository.mainline(tip)
        repository.is_ancestor(head, tip)


def two_sides(clone: Clone) -> tuple[str, str]:
    """Commits of ``main`` and ``side`` that change the same manifest."""
    clone.workspace()
    clone.git("checkout", "--quiet", "-b", "side")
    head = clone.commit({SCHMIEDE: manifest("links")})
    clone.git("checkout", "--quiet", "main")
    return clone.commit({SCHMIEDE: manifest("rechts")}), head


def driver(clone: Clone, command: str) -> None:
    for line in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process"):
        clone.git("config", line, command)
    for line in ("diff.evil.textconv", "diff.evil.command", "diff.external"):
        clone.git("config", line, command)
    clone.git("config", "merge.evil.driver", f"{command} %A %O %B")
    attributes = "* filter=evil diff=evil merge=evil\n"
    (clone.path / ".git/info/attributes").write_text(attributes)
    clone.git("config", "core.attributesFile", str(clone.path / ".git/info/attributes"))


def hooks(clone: Clone, command: str) -> None:
    folder = clone.path / ".git/hooks"
    folder.mkdir(exist_ok=True)
    names = "post-checkout post-merge reference-transaction pre-auto-gc post-index-change".split()
    for name in [*names, "fsmonitor-watchman", "post-rewrite", "pre-merge-commit"]:
        (folder / name).write_text(f"#!/bin/sh\n{command}\n")
        (folder / name).chmod(0o755)
    clone.git("config", "core.hooksPath", str(folder))


def settings(clone: Clone, command: str) -> None:
    words = "fsmonitor sshCommand pager editor gitProxy askPass alternateRefsCommand".split()
    for line in [f"core.{word}" for word in words]:
        clone.git("config", line, command)
    for line in (
        "gpg.program",
        "credential.helper",
        "interactive.diffFilter",
        "uploadpack.packObjectsHook",
    ):
        clone.git("config", line, command)
    for name in "rev-parse ls-tree cat-file merge-tree log rev-list merge-base config".split():
        clone.git("config", f"alias.{name}", f"!{command}")
        clone.git("config", f"pager.{name}", command)
    clone.git("config", "log.showSignature", "true")


def included(clone: Clone, command: str) -> None:
    other = clone.path / ".git/other"
    other.write_text(f"[core]\n\tfsmonitor = {command}\n[extensions]\n\tobjectformat = sha256\n")
    clone.git("config", "--add", "include.path", str(other))
    clone.git("config", "--add", f"includeIf.gitdir:{clone.path}/.path", str(other))


def promisor(clone: Clone, command: str) -> None:
    """A partial clone, from a remote that is a command: a missing object would be fetched."""
    clone.git("config", "remote.origin.url", f"ext::{command}")
    clone.git("config", "remote.origin.promisor", "true")
    clone.git("config", "remote.origin.uploadpack", command)
    clone.git("config", "protocol.ext.allow", "always")
    clone.git("config", "extensions.partialClone", "origin")


@pytest.mark.parametrize("arm", [driver, hooks, settings, included, promisor])
def test_no_command_of_a_repository_runs(
    clone: Clone, canary: Path, arm: Callable[[Clone, str], None], tmp_path: Path
) -> None:
    tip, head = two_sides(clone)
    script = tmp_path / "sing"
    script.write_text(f"#!/bin/sh\ntouch {canary}\n")
    script.chmod(0o755)
    arm(clone, str(script))
    before = clone.listing()
    everything(clone.path, tip, head)
    assert not canary.exists()
    assert clone.listing() == before


def test_the_canary_sings(clone: Clone, canary: Path) -> None:
    """An ordinary git does run what is in there: the test above can fail."""
    two_sides(clone)
    driver(clone, f"touch {canary}; cat")
    subprocess.run(["git", "diff", "HEAD~1"], cwd=clone.path, check=False, capture_output=True)
    assert canary.exists()


def test_no_command_of_the_attributes_in_a_commit_runs(clone: Clone, canary: Path) -> None:
    clone.commit({".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    tip, head = two_sides(clone)
    driver(clone, f"touch {canary}; cat")
    canary.unlink(missing_ok=True)
    everything(clone.path, tip, head)
    assert not canary.exists()


def test_attributes_do_not_join_what_is_in_conflict(clone: Clone) -> None:
    """``merge=union`` would take both sides, and a manifest would say everything twice."""
    clone.commit({".gitattributes": "* merge=union\n"})
    tip, head = two_sides(clone)
    (clone.path / ".git/info/attributes").write_text("* merge=union\n")
    with opened(clone.path) as repository:
        assert repository.merge(tip, head).conflicts == (SCHMIEDE,)


def test_a_missing_object_is_not_fetched(clone: Clone, canary: Path) -> None:
    tip, _ = two_sides(clone)
    promisor(clone, f"touch {canary}")
    gone = clone.git("rev-parse", f"{tip}:{SCHMIEDE}")
    (clone.path / ".git/objects" / gone[:2] / gone[2:]).unlink()
    with opened(clone.path) as repository:
        with pytest.raises(ProvisionError) as refused:
            repository.blobs(repository.tree(tip), [SCHMIEDE])
        assert refused.value.code == "PV703"
        with pytest.raises(ProvisionError):
            repository.commit("0" * 40)
    assert not canary.exists()


def test_what_the_environment_says_about_git_does_not_count(
    clone: Clone, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip, head = two_sides(clone)
    other = clone.path.parent / "settings"
    other.write_text(f"[core]\n\tpager = touch {canary}\n[log]\n\tshowSignature = true\n")
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG"):
        monkeypatch.setenv(name, str(other))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {canary}")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_TRACE", str(canary))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "merge.renames")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "false")
    everything(clone.path, tip, head)
    assert not canary.exists()


def test_replaced_objects_and_grafts_do_not_count(clone: Clone) -> None:
    first = clone.workspace()
    tip = clone.commit({SCHMIEDE: manifest("neu")})
    foreign = clone.commit_of(f"{first}^{{tree}}")
    clone.git("replace", tip, foreign)
    (clone.path / ".git/info/grafts").write_text(f"{tip} {foreign}\n")
    with opened(clone.path) as repository:
        assert repository.commit("main") == tip
        assert repository.commit("main~1") == first
        assert repository.mainline(tip) == (tip, first)
        tree = repository.tree(tip)
        assert b"login: neu" in repository.blobs(tree, [SCHMIEDE])[SCHMIEDE]


def test_a_folder_of_somebody_else_is_read(clone: Clone) -> None:
    """As in most CI jobs; git itself would refuse it or ask for safe.directory."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    tip, head = two_sides(clone)
    for path in [clone.path, *clone.path.rglob("*")]:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    everything(clone.path, tip, head)


def test_the_temporary_folder_goes_with_the_block(clone: Clone, tmp_path: Path) -> None:
    tip, head = two_sides(clone)
    with opened(clone.path) as repository:
        quarantine = repository._git
        repository.merge(tip, head)
        assert list(quarantine.glob("objects/??"))
    assert not quarantine.exists()
    assert (clone.path / ".git/refs/heads/main").exists()
    (tmp_path / "not").mkdir()
    with pytest.raises(ProvisionError), opened(tmp_path / "not"):
        pass
