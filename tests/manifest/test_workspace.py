"""The workspace on disk: what is read, what is refused, what is never taken for deleted."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.codes import Severity
from provisioner.manifest import repository
from provisioner.manifest.crosscheck import crosscheck
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.entry import Entry
from provisioner.manifest.packed import Packed
from provisioner.manifest.repository import Workspace, load_workspace
from provisioner.telephony.identity import CustomerId

Make = Callable[..., Path]
A, B = "customers/muster/alpha.yaml", "customers/andere/beta.yaml"


def manifest(name: str, *, numbers: str = "", blocks: str = "", support: str = "") -> str:
    port = ""
    if numbers or blocks:
        port = f"""\
porting:
  - id: haupt
    provider: Swisscom
    scope: partial
    schedule: {{when: date, date: 2027-03-01, time: "09:00"}}
    signature: {{authority: single, signatories: [Petra Huber]}}
    numbers: [{numbers}]
    blocks: [{blocks}]
"""
    access = f"support_login: {{login: {support}}}\n" if support else ""
    return f"""\
version: 1
contact:
  company: {name} AG
  street: Weg 1
  postcode: 8400
  city: Winterthur
  person: Petra Huber
  email: a@firma.example
  phone: 0525550100
subscription: {{billing_from: 2027-01-01}}
{port}workplaces:
  - {{login: {name}, license: phones+apps}}
{access}"""


def errors(found: Workspace) -> list[str]:
    return [
        f"{d.code} {d.place} {' '.join(map(str, d.related))}".rstrip()
        for d in found.diagnostics
        if d.severity is Severity.ERROR
    ]


def test_a_clean_workspace(workspace: Make) -> None:
    root = workspace({A: manifest("alpha"), B: manifest("beta"), "customers/muster/notes.md": "x"})
    found = load_workspace(root)
    assert errors(found) == []
    assert sorted(map(str, found.entries)) == ["alpha", "beta"]
    entry = found.entries[CustomerId("alpha")]
    assert (entry.reseller, entry.file) == ("muster", A)
    assert found.faulty == frozenset()
    assert found.removals.removals == ()


def test_removals_are_read(workspace: Make) -> None:
    text = "version: 1\nremovals: [{what: alpha/customer, why: gone, until: 2027-01-31}]\n"
    found = load_workspace(workspace({"removals.yaml": text}))
    assert found.removals.removals[0].what == "alpha/customer"


def test_broken_manifest_is_never_taken_for_deleted(workspace: Make) -> None:
    found = load_workspace(workspace({A: "a: [", B: manifest("beta")}))
    assert found.broken == {CustomerId("alpha")}
    assert set(found.entries) == {CustomerId("beta")}
    assert {d.customer for d in found.diagnostics if d.severity is Severity.ERROR} == {"alpha"}


REFUSED = {
    "yml": ({"customers/muster/alpha.yml": "x"}, "PV018 customers/muster/alpha.yml:1:1", True),
    "capitals": ({"customers/muster/alpha.YAML": "x"}, "PV018", True),
    "too high": ({"customers/alpha.yaml": "x"}, "PV017 customers/alpha.yaml:1:1", True),
    "too deep": ({"customers/muster/sub/alpha.yaml": "x"}, "PV017 customers/muster/sub", True),
    "no id": ({"customers/muster/Alpha_1.yaml": manifest("alpha")}, "PV401", False),
    "too large": ({A: "#" * 600_000}, "PV001", True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_file(name: str, workspace: Make) -> None:
    files, expected, broken = REFUSED[name]
    found = load_workspace(workspace(files))
    (error,) = errors(found)
    assert error.startswith(expected)
    assert found.broken == ({CustomerId("alpha")} if broken else frozenset())
    assert not found.entries


def test_link_is_not_followed(workspace: Make) -> None:
    root = workspace({B: manifest("beta"), "secret.txt": "root:x:0"})
    (root / "customers/andere/alpha.yaml").symlink_to(root / "secret.txt")
    found = load_workspace(root)
    assert errors(found) == ["PV019 customers/andere/alpha.yaml:1:1"]
    assert CustomerId("alpha") in found.broken
    assert "root" not in repr(found.diagnostics)


def test_pipe_is_no_manifest(workspace: Make) -> None:
    root = workspace({B: manifest("beta")})
    os.mkfifo(root / "customers/andere/alpha.yaml")
    assert errors(load_workspace(root)) == ["PV019 customers/andere/alpha.yaml:1:1"]


def test_unreadable_file(workspace: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    root = workspace({A: manifest("alpha"), B: manifest("beta")})
    real = os.open

    def refuse(path: Path, flags: int) -> int:
        if str(path).endswith("alpha.yaml"):
            raise PermissionError(13, "no")
        return real(path, flags)

    monkeypatch.setattr(os, "open", refuse)
    found = load_workspace(root)
    assert errors(found) == [f"PV020 {A}:1:1"]
    assert found.broken == {CustomerId("alpha")}


@pytest.mark.parametrize("folder", ["customers", "customers/muster"])
@pytest.mark.parametrize("fault", ["unreadable", "link"])
def test_unreadable_folder_is_no_empty_fleet(
    folder: str, fault: str, workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = workspace({A: manifest("alpha"), B: manifest("beta")})
    if fault == "link":
        (root / folder).rename(root / "elsewhere")
        (root / folder).symlink_to(root / "elsewhere")
    else:
        real = os.scandir

        def refuse(path: Path) -> object:
            if Path(path) == root / folder:
                raise PermissionError(13, "no")
            return real(path)

        monkeypatch.setattr(os, "scandir", refuse)
    if folder == "customers":
        with pytest.raises(InputError) as raised:
            load_workspace(root)
        assert {d.code for d in raised.value.diagnostics} == {"PV021"}
        return
    found = load_workspace(root)
    assert errors(found) == [f"{'PV019' if fault == 'link' else 'PV021'} {folder}:1:1"]
    assert found.unread == {folder}
    assert {*map(str, found.entries)} == {"beta"}


def test_a_flood_of_files_is_refused_as_one(
    workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = workspace({A: manifest("alpha"), B: manifest("beta"), f"{A}.txt": "a note"})
    monkeypatch.setattr(repository, "MAX_FILES", 3)
    assert load_workspace(root).entries
    monkeypatch.setattr(repository, "MAX_FILES", 2)
    with pytest.raises(InputError) as raised:
        load_workspace(root)
    assert [d.code for d in raised.value.diagnostics] == ["PV034"]


def test_customers_folder_missing(workspace: Make) -> None:
    root = workspace({})
    (root / "customers").rmdir()
    with pytest.raises(InputError) as raised:
        load_workspace(root)
    assert raised.value.code == "PV021"


def test_configuration_missing_or_broken(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        load_workspace(tmp_path)
    assert raised.value.code == "PV022"
    (tmp_path / "provision.yaml").mkdir()
    with pytest.raises(InputError) as raised:
        load_workspace(tmp_path)
    assert raised.value.code == "PV020"


def test_unknown_reseller(workspace: Make) -> None:
    found = load_workspace(workspace({"customers/fremd/alpha.yaml": manifest("alpha")}))
    assert errors(found) == ["PV403 customers/fremd:1:1"]


def test_customer_of_two_resellers(workspace: Make) -> None:
    other = "customers/andere/alpha.yaml"
    found = load_workspace(workspace({A: manifest("alpha"), other: manifest("alpha")}))
    assert errors(found) == [f"PV404 {other}:1:1 {A}:1:1", f"PV404 {A}:1:1 {other}:1:1"]
    assert not found.entries
    assert found.broken == {CustomerId("alpha")}


CONFLICTS = {
    "R11 same number": (
        {"numbers": "0525551200"},
        {"numbers": "0525551200"},
        [f"PV405 {B}:17:15 {A}:17:15", f"PV405 {A}:17:15 {B}:17:15"],
    ),
    "R11 number in someone's block": (
        {"numbers": "0525551200"},
        {"blocks": "05255512"},
        [f"PV406 {B}:18:14 {A}:17:15", f"PV406 {A}:17:15 {B}:18:14"],
    ),
    "R11 overlapping blocks": (
        {"blocks": "0525551"},
        {"blocks": "052555129"},
        [f"PV406 {B}:18:14 {A}:18:14", f"PV406 {A}:18:14 {B}:18:14"],
    ),
    "R11 neighbours": ({"blocks": "05255512"}, {"blocks": "05255513"}, []),
    "R11 operator's number": ({"numbers": "0445001234"}, {}, [f"PV408 {A}:17:15"]),
    "R11 block around the operator's": ({"blocks": "0445002"}, {}, [f"PV408 {A}:18:14"]),
    "R15 support login across resellers": (
        {"support": "help"},
        {"support": "HELP"},
        [f"PV407 {B}:13:24 {A}:13:24", f"PV407 {A}:13:24 {B}:13:24"],
    ),
    "R15 support login and workplace": (
        {"support": "beta"},
        {},
        [f"PV407 {B}:12:13 {A}:13:24", f"PV407 {A}:13:24 {B}:12:13"],
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_conflict_shows_both_places(name: str, workspace: Make) -> None:
    first, second, expected = CONFLICTS[name]
    found = load_workspace(
        workspace({A: manifest("alpha", **first), B: manifest("beta", **second)})
    )
    assert errors(found) == expected
    assert len(found.faulty) == len(expected)


def test_r15_login_scope_customer(workspace: Make) -> None:
    files = {A: manifest("alpha"), B: manifest("alpha")}
    root = workspace(files)
    assert [e[:5] for e in errors(load_workspace(root))] == ["PV407", "PV407"]
    config = root / "provision.yaml"
    config.write_text(config.read_text() + "login_scope: customer\n")
    assert errors(load_workspace(root)) == []


def test_r14_support_login_shared_by_customers_of_a_reseller(workspace: Make) -> None:
    files = {
        A: manifest("alpha", support="muster.help"),
        "customers/muster/gamma.yaml": manifest("gamma", support="Muster.Help"),
    }
    assert errors(load_workspace(workspace(files))) == []


def test_findings_of_one_manifest_are_not_repeated_across(workspace: Make) -> None:
    found = load_workspace(
        workspace({A: manifest("alpha", numbers="0525551200, 0525551200", support="alpha")})
    )
    assert [e[:5] for e in errors(found)] == ["PV232", "PV212"][::-1]


def test_crosscheck_grows_like_a_sort(workspace: Make) -> None:
    found = load_workspace(workspace({A: manifest("alpha", blocks="0525551")}))
    entry = found.entries[CustomerId("alpha")]
    many = {
        CustomerId(f"c{i}"): Entry(
            CustomerId(f"c{i}"),
            "muster",
            f"customers/muster/c{i:05}.yaml",
            Packed.of(entry.manifest.model_copy(update={"porting": (), "workplaces": ()})),
            entry.document,
        )
        for i in range(5000)
    }
    assert crosscheck({**many, entry.customer: entry}, found.config) == []
