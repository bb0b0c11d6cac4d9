"""Somebody puts something into their folder that leads out of it, so that a command reads, shows or
runs what is not theirs.

In every place, by reseller, staff and stranger: ``tests/review/test_ownership.py``.  Names with
dots, and trees that no work tree could have: ``tests/git/test_repository.py``.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import REVIEWED, Clone, manifest

from provisioner.cli.group import main

RUNNER = "zq-runner-file-4711: [broken\npassword: Zq-runner-secret"
"""Not YAML, so that a finding would show a line of it."""
NEU = "customers/limmat/neu.yaml"


def _link_out(clone: Clone, file: Path) -> None:
    (clone.path / NEU).symlink_to(file)


def _link_up(clone: Clone, file: Path) -> None:
    (clone.path / NEU).symlink_to(os.path.relpath(file, clone.path / "customers/limmat"))


def _link_to_another(clone: Clone, _: Path) -> None:
    """To a competitor's manifest, whose lines a finding would show."""
    (clone.path / NEU).symlink_to("../aare/muehle.yaml")


def _folder_behind_a_link(clone: Clone, file: Path) -> None:
    (clone.path / "customers/limmat/neu").symlink_to(file.parent)


def _submodule(clone: Clone, _: Path) -> None:
    clone.write({".gitmodules": f'[submodule "x"]\n\tpath = {NEU}\n\turl = ../x\n'})
    clone.git("add", "--all")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},{NEU}")


def _program(clone: Clone, _: Path) -> None:
    clone.write({NEU: manifest("neu")})
    (clone.path / NEU).chmod(0o755)


def _attributes(clone: Clone, _: Path) -> None:
    """A diff that a review does not show."""
    clone.write(
        {
            NEU: manifest("neu"),
            "customers/limmat/.gitattributes": "*.yaml -diff linguist-generated\n",
        }
    )


TRIES: dict[Callable[[Clone, Path], None], str] = {
    _link_out: "PV707",
    _link_up: "PV707",
    _link_to_another: "PV707",
    _folder_behind_a_link: "PV707",
    _submodule: "PV707",
    _program: "PV708",
    _attributes: "PV709",
}


@pytest.mark.parametrize("put", TRIES, ids=lambda put: put.__name__.strip("_"))
def test_it_is_refused_and_nothing_of_it_is_shown(
    put: Callable[[Clone, Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clone = Clone(tmp_path / "clone")
    clone.workspace()
    clone.commit({"provision.yaml": REVIEWED})
    clone.git("checkout", "--quiet", "-b", "request")
    secret = tmp_path / "runner/secret.yaml"
    secret.parent.mkdir()
    secret.write_text(RUNNER, "utf-8")
    put(clone, secret)
    if put is not _submodule:
        clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=Change")
    monkeypatch.chdir(clone.path)
    summary = tmp_path / "summary.md"
    for form in ("text", "json", "sarif"):
        check = f"ci check --rev request --base main --author 9001 --format {form}"
        assert main([*check.split(), f"--summary={summary}"]) == 3
        said = "".join(capsys.readouterr()) + summary.read_text("utf-8")
        assert TRIES[put] in said
        assert "zq-runner" not in said.lower()
        assert "telefon" not in said  # the competitor's login
    main(["validate"])  # also where it is checked out
    assert "zq-runner" not in "".join(capsys.readouterr()).lower()
