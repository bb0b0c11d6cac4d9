"""A reseller changes its own folder and nothing else; staff change all, nobody else anything."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from repositories import REVIEWED, manifest

from provisioner.git.tree import Blob, Tree, differences
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.entry import Entry
from provisioner.manifest.loader import load_manifest, load_model
from provisioner.manifest.packed import Packed
from provisioner.review.ownership import Author, Ownership, author_of
from provisioner.telephony.identity import CustomerId

CONFIG = load_model(Config, REVIEWED.encode(), "provision.yaml").value
LIMMAT, AARE, STAFF, STRANGER = 9001, 9002, 10, 666

FILE, EXECUTABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
TIP = {
    "provision.yaml": "settings",
    "CODEOWNERS": "owners",
    ".github/workflows/check.yml": "job",
    "schemas/customer.schema.json": "schema",
    "customers/limmat/schmiede.yaml": "schmiede",
    "customers/limmat/notes.md": "notes",
    "customers/aare/muehle.yaml": "muehle",
}
OWN, OTHER = "customers/limmat/schmiede.yaml", "customers/aare/muehle.yaml"

Edit = Mapping[str, str | tuple[str, str] | None]
"""New content by path, or mode and content; None deletes."""


def tree(files: Mapping[str, str | tuple[str, str]]) -> Tree:
    made = {}
    for path, what in files.items():
        mode, content = (FILE, what) if isinstance(what, str) else what
        made[path] = Blob(mode, content, len(content))
    return Tree("t" * 40, MappingProxyType(made))


def judged(edit: Edit, account: int | None, before: Mapping[str, str] = TIP) -> list[Diagnostic]:
    merged = {**before, **edit}
    after = {path: what for path, what in merged.items() if what is not None}
    tip = tree(before)
    changes = differences(tip, tree(after))
    return [*Ownership(author_of(account, CONFIG), CONFIG, tip, changes).of_files()]


MATRIX: Mapping[str, tuple[Edit, str, str]] = {
    # what changes: what the reseller `limmat` gets, and what staff get
    "nothing": ({}, "", ""),
    "own manifest": ({OWN: "new"}, "", ""),
    "own manifest deleted": ({OWN: None}, "", ""),
    "new customer": ({"customers/limmat/neu.yaml": "neu"}, "", ""),
    "own customer renamed": ({OWN: None, "customers/limmat/neu.yaml": "schmiede"}, "", ""),
    "own note": ({"customers/limmat/notes.md": "more"}, "", ""),
    "another's manifest": ({OTHER: "new"}, "PV711", ""),
    "another's manifest deleted": ({OTHER: None}, "PV711", ""),
    "new file of another": ({"customers/aare/neu.yaml": "neu"}, "PV711", ""),
    "own and another's": ({OWN: "new", OTHER: "new"}, "PV711", ""),
    "renamed at another's": ({OTHER: None, "customers/aare/neu.yaml": "muehle"}, "PV711 PV711", ""),
    "taken over": ({OTHER: None, "customers/limmat/muehle.yaml": "muehle"}, "PV712", ""),
    "taken over, edited": ({OTHER: None, "customers/limmat/muehle.yaml": "x"}, "PV711 PV712", ""),
    "taken over, renamed": ({OTHER: None, "customers/limmat/neu.yaml": "muehle"}, "PV712", ""),
    "given away": ({OWN: None, "customers/aare/schmiede.yaml": "schmiede"}, "PV712", ""),
    "new reseller": ({"customers/neu/a.yaml": "a", "customers/neu/b.yaml": "b"}, "PV713", ""),
    "folder in capitals": ({"customers/Limmat/a.yaml": "a"}, "PV713", ""),
    "settings": ({"provision.yaml": "new"}, "PV714", ""),
    "settings and manifest": ({"provision.yaml": "new", OWN: "new"}, "PV714", "PV715"),
    "CODEOWNERS": ({"CODEOWNERS": "me", OWN: "new"}, "PV714", "PV715"),
    "CI": ({".github/workflows/check.yml": "x", OWN: "new"}, "PV714", "PV715"),
    "new CI": ({".gitlab-ci.yml": "x"}, "PV714", ""),
    "schema": ({"schemas/customer.schema.json": "x"}, "PV714", ""),
    "permission to remove": ({"removals.yaml": "x", OWN: None}, "PV714", ""),
    "permission to adopt": ({"adoptions.yaml": "x", OWN: "new"}, "PV714", ""),
    "beside the folders": ({"customers/a.yaml": "a"}, "PV714", ""),
    "attributes of all": ({".gitattributes": "x"}, "PV714", ""),
    "attributes of all customers": ({"customers/.gitattributes": "x"}, "PV714", ""),
    "an operator's file moved": (
        {"CODEOWNERS": None, "customers/limmat/c.md": "owners"},
        "PV714",
        "PV715",
    ),
    "own file put to the operator's": ({OWN: None, "a.yaml": "schmiede"}, "PV714", "PV715"),
    "folder becomes a link": (
        {OWN: None, "customers/limmat/notes.md": None, "customers/limmat": (LINK, "aare")},
        "PV714",
        "PV715",
    ),
    "attributes": ({"customers/limmat/.gitattributes": "x"}, "PV709", ""),
    "attributes, deeper": ({"customers/limmat/a/.GitAttributes": "x"}, "PV709", ""),
    "link": ({"customers/limmat/neu.yaml": (LINK, "/etc/passwd")}, "PV707", ""),
    "becomes a link": ({OWN: (LINK, "muehle")}, "PV707", ""),
    "hidden link": ({"customers/limmat/.a": (LINK, "x")}, "PV707", ""),
    "submodule": ({"customers/limmat/sub": (SUBMODULE, "c")}, "PV707", ""),
    "mode": ({OWN: (EXECUTABLE, "schmiede")}, "PV708", ""),
    "new executable": ({"customers/limmat/run.sh": (EXECUTABLE, "x")}, "PV708", ""),
    "id of another's": ({"customers/limmat/muehle.yaml": "x"}, "PV717", ""),
    "id of another's as .yml": ({"customers/limmat/muehle.yml": "x"}, "PV717", ""),
    "id of another's as a folder": ({"customers/limmat/muehle.yaml/x": "x"}, "PV717", ""),
    "id of another's, deeper": ({"customers/limmat/a/muehle.json": "x"}, "PV717", ""),
}


@pytest.mark.parametrize("what", MATRIX)
def test_who_may_change_what(what: str) -> None:
    edit, reseller, staff = MATRIX[what]
    assert sorted(d.code for d in judged(edit, LIMMAT)) == reseller.split()
    assert sorted(d.code for d in judged(edit, STAFF)) == staff.split()
    changes = "PV716" if edit else ""
    assert [d.code for d in judged(edit, STRANGER)] == changes.split()
    assert [d.code for d in judged(edit, None)] == (["PV719"] if edit else [])


def test_a_fault_that_was_there_can_be_taken_away() -> None:
    attributes = {**TIP, "customers/limmat/.gitattributes": "x"}
    assert judged({"customers/limmat/.gitattributes": None}, LIMMAT, attributes) == []
    executable = tree({**TIP, OWN: (EXECUTABLE, "schmiede")})
    changes = differences(executable, tree(TIP))
    author = author_of(LIMMAT, CONFIG)
    assert [*Ownership(author, CONFIG, executable, changes).of_files()] == []


def test_what_is_found_stands_at_its_file() -> None:
    found = judged({OTHER: "new", "CODEOWNERS": "x"}, LIMMAT)
    assert [(str(d.place), d.params) for d in found] == [
        ("CODEOWNERS:1:1", {"file": "CODEOWNERS"}),
        (f"{OTHER}:1:1", {"file": OTHER, "reseller": "aare"}),
    ]


def test_a_mixed_request_of_staff_names_some_files() -> None:
    found = judged({OWN: "new", **{f"docs/{at}.md": "x" for at in range(5)}}, STAFF)
    assert found[0].params == {"files": "docs/0.md, docs/1.md, docs/2.md (+2)"}


def test_a_name_that_is_no_text_is_no_traceback() -> None:
    name = b"customers/aare/\xff.yaml".decode("utf-8", "surrogateescape")
    assert [str(d.place) for d in judged({name: "x"}, LIMMAT)] == ["customers/aare/?.yaml:1:1"]


def test_an_account_counts_at_the_forge_of_the_project_alone() -> None:
    assert author_of(LIMMAT, CONFIG) == Author(LIMMAT, "github", reseller="limmat")
    assert author_of(STAFF, CONFIG) == Author(STAFF, "github", staff=True)
    assert author_of(41, CONFIG) == Author(41, "github")  # limmat's at GitLab
    assert author_of(77, CONFIG) == Author(77, "github")  # staff's at GitLab
    assert author_of(None, CONFIG) is None
    assert author_of(LIMMAT, CONFIG.model_copy(update={"review": None})) is None


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("was: muehle\n", ("was",)),
        ("numbers: [{id: a, held: 0525550177, from: muehle}]\n", ("numbers", 0, "from")),
    ],
)
def test_a_manifest_names_no_customer_of_another_reseller(
    line: str, path: tuple[str | int, ...]
) -> None:
    text = manifest().replace("numbers:\n  - {id: zentrale, area: 052}\n", "")
    text = text.replace("number: {stock: zentrale}", "extension: 20") + line
    loaded = load_manifest(text.encode(), "customers/limmat/neu.yaml")
    neu = Entry(
        CustomerId("neu"),
        "limmat",
        "customers/limmat/neu.yaml",
        Packed.of(loaded.value),
        loaded.document,
    )

    def said(account: int | None) -> list[Diagnostic]:
        return [*Ownership(author_of(account, CONFIG), CONFIG, tree(TIP), ()).of_manifest(neu)]

    (found,) = said(LIMMAT)
    assert (found.code, found.path) == ("PV717", path)
    assert found.params == {"customer": "muehle", "reseller": "aare"}
    assert found.place is not None
    assert found.place.source.strip() in line
    assert said(STAFF) == []
    assert said(AARE) == []  # its own customer
