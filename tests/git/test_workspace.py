"""A workspace that is read out of a commit: what is wrong with a file stops its customer alone."""

import os
from collections.abc import Callable

import pytest
from repositories import SETTINGS, Clone, manifest

from provisioner.git.files import Settled, TreeFiles
from provisioner.git.repository import opened
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.repository import CONFIG, Workspace, load_workspace

SCHMIEDE = "customers/limmat/schmiede.yaml"
SAEGE = "customers/limmat/saege.yaml"


def read(clone: Clone, commit: str) -> Workspace:
    with opened(clone.path) as repository:
        return load_workspace(clone.path, TreeFiles(repository, repository.tree(commit)))


def found_in(workspace: Workspace) -> set[tuple[str, str]]:
    """Codes of errors, each with its file."""
    return {
        (d.code, d.place.file if d.place else "") for d in workspace.diagnostics if not d.severity
    }


def healthy(workspace: Workspace) -> set[str]:
    return set(map(str, workspace.entries.keys() - workspace.faulty))


@pytest.fixture
def three(clone: Clone) -> Clone:
    """Two customers of one reseller, one of another."""
    clone.workspace()
    clone.commit({SAEGE: manifest("buero", "Sägerei AG")})
    return clone


def test_a_commit_is_read_like_a_folder(three: Clone) -> None:
    found = read(three, three.git("rev-parse", "HEAD"))
    there = load_workspace(three.path)
    assert found.diagnostics == there.diagnostics
    assert found.config == there.config
    assert {str(customer): entry.manifest for customer, entry in found.entries.items()} == {
        str(customer): entry.manifest for customer, entry in there.entries.items()
    }
    assert healthy(found) == {"schmiede", "muehle", "saege"}


def test_what_is_not_committed_does_not_count(three: Clone) -> None:
    commit = three.git("rev-parse", "HEAD")
    three.write({SCHMIEDE: "version: 2\n", "provision.yaml": "nonsense"})
    assert healthy(read(three, commit)) == {"schmiede", "muehle", "saege"}


def as_link(clone: Clone) -> None:
    (clone.path / SCHMIEDE).unlink()
    (clone.path / SCHMIEDE).symlink_to("saege.yaml")


def as_submodule(clone: Clone) -> None:
    clone.git("rm", "--quiet", SCHMIEDE)
    head = clone.git("rev-parse", "HEAD")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{head},{SCHMIEDE}")


def as_program(clone: Clone) -> None:
    (clone.path / SCHMIEDE).chmod(0o755)


def as_folder(clone: Clone) -> None:
    (clone.path / SCHMIEDE).unlink()
    clone.write({f"{SCHMIEDE}/inner.txt": "x"})


def as_rubbish(clone: Clone) -> None:
    clone.write({SCHMIEDE: b"\xff\xfe\0"})


def as_large(clone: Clone) -> None:
    clone.write({SCHMIEDE: b"#" * 3_000_000})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (as_link, "PV707"),
        (as_submodule, "PV707"),
        (as_program, "PV708"),
        (as_folder, "PV017"),
        (as_rubbish, "PV002"),
        (as_large, "PV001"),
    ],
)
def test_a_broken_file_stops_its_customer_alone(
    three: Clone, make: Callable[[Clone], None], code: str
) -> None:
    make(three)
    if make is not as_submodule:
        three.git("add", "--all")
    three.git("commit", "--quiet", "--message=Change")
    found = read(three, three.git("rev-parse", "HEAD"))
    assert found_in(found) == {(code, SCHMIEDE)}
    assert set(map(str, found.faulty)) == {"schmiede"}
    assert healthy(found) == {"muehle", "saege"}
    assert not found.unread


def test_attributes_stop_the_customers_of_their_folder(three: Clone) -> None:
    commit = three.commit({"customers/limmat/.gitattributes": "*.yaml -diff\n"})
    found = read(three, commit)
    assert found_in(found) == {("PV709", SCHMIEDE), ("PV709", SAEGE)}
    assert {d.params["file"] for d in found.diagnostics if d.code == "PV709"} == {
        "customers/limmat/.gitattributes"
    }
    assert healthy(found) == {"muehle"}
    assert set(map(str, found.broken)) == {"schmiede", "saege"}


@pytest.mark.parametrize("attributes", [True, False])
def test_whom_a_refused_manifest_renames_is_not_deleted(three: Clone, attributes: bool) -> None:
    three.write({SCHMIEDE: None, "customers/limmat/hammer.yaml": f"was: schmiede\n{manifest()}"})
    if attributes:
        three.write({"customers/limmat/.gitattributes": "* -diff\n"})
    else:
        (three.path / "customers/limmat/hammer.yaml").chmod(0o755)
    found = read(three, three.commit())
    assert {"schmiede", "hammer"} <= set(map(str, found.broken))
    assert ("PV490", "customers/limmat/hammer.yaml") in found_in(found)


def test_attributes_of_all_customers_are_found_and_stop_nobody(three: Clone) -> None:
    commit = three.commit({"customers/.gitattributes": "*.yaml filter=evil\n"})
    found = read(three, commit)
    assert found_in(found) == {("PV709", "customers/.gitattributes")}
    assert healthy(found) == {"schmiede", "muehle", "saege"}
    assert not found.unread
    assert not found.broken


def test_attributes_of_the_operator_are_nobodys_concern(three: Clone) -> None:
    commit = three.commit({".gitattributes": "*.yaml text eol=lf\n"})
    assert not found_in(read(three, commit))


def test_a_folder_that_is_a_link_is_unread(three: Clone) -> None:
    (three.path / "customers/aare").rename(three.path / "aare")
    (three.path / "customers/aare").symlink_to("../aare")
    found = read(three, three.commit())
    assert found_in(found) == {("PV707", "customers/aare")}
    assert found.unread == {"customers/aare"}
    assert healthy(found) == {"schmiede", "saege"}


def test_all_customers_behind_a_link_are_not_an_empty_fleet(three: Clone) -> None:
    (three.path / "customers").rename(three.path / "elsewhere")
    (three.path / "customers").symlink_to("elsewhere")
    with pytest.raises(InputError):
        read(three, three.commit())


def test_settings_behind_a_link_are_not_read(three: Clone) -> None:
    (three.path / CONFIG).rename(three.path / "other.yaml")
    (three.path / CONFIG).symlink_to("other.yaml")
    with pytest.raises(InputError) as refused:
        read(three, three.commit())
    assert [d.code for d in refused.value.diagnostics] == ["PV020"]


def test_names_that_no_customer_has(three: Clone) -> None:
    names = [b"a\nb.yaml", b"a'b\".yaml", b"\x1b[31m.yaml", b"\xff.yaml", b"-x.yaml", b"a\tb.yaml"]
    for name in names:
        path = os.fsencode(three.path / "customers/limmat") + b"/" + name
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - a name in bytes
            file.write(manifest())
    found = read(three, three.commit())
    assert len(found_in(found)) == len(names)
    assert healthy(found) == {"schmiede", "muehle", "saege"}
    there = load_workspace(three.path)
    assert {d.code for d in found.diagnostics} == {d.code for d in there.diagnostics}


def test_too_deep_a_manifest_keeps_its_customer(three: Clone) -> None:
    three.git("rm", "--quiet", SCHMIEDE)
    commit = three.commit({"customers/limmat/deep/er/schmiede.yaml": manifest()})
    found = read(three, commit)
    assert set(map(str, found.broken)) == {"schmiede"}
    assert healthy(found) == {"muehle", "saege"}


def test_more_manifests_than_any_fleet(three: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioner.manifest.repository.MAX_FILES", 20)
    blob = three.blob(manifest().encode())
    many = [("100644", f"c{number:05}.yaml".encode(), blob) for number in range(21)]
    settings = three.blob(SETTINGS.encode())
    customers = three.tree([("40000", b"limmat", three.tree(many))])
    top = [("40000", b"customers", customers), ("100644", b"provision.yaml", settings)]
    with pytest.raises(InputError) as refused:
        read(three, three.commit_of(three.tree(top)))
    assert [d.code for d in refused.value.diagnostics] == ["PV034"]


def test_the_operators_files_come_from_the_protected_branch(three: Clone) -> None:
    tip = three.git("rev-parse", "HEAD")
    head = three.commit({CONFIG: SETTINGS.replace("Limmat IT AG", "Somebody else")})
    with opened(three.path) as repository:
        base, change = (TreeFiles(repository, repository.tree(commit)) for commit in (tip, head))
        found = load_workspace(three.path, Settled(change, base, frozenset({CONFIG})))
    assert found.config.resellers["limmat"].name == "Limmat IT AG"


def test_a_file_that_no_loader_asks_for_is_read_when_it_is(three: Clone) -> None:
    commit = three.commit({"customers/limmat/note.txt": "by the way"})
    with opened(three.path) as repository:
        files = TreeFiles(repository, repository.tree(commit))
        assert files.read("customers/limmat/note.txt") == b"by the way"
        with pytest.raises(FileNotFoundError):
            files.read("customers/limmat/none.txt")
        with pytest.raises(FileNotFoundError):
            files.listed("customers/none")
        with pytest.raises(NotADirectoryError):
            files.listed(SCHMIEDE)
