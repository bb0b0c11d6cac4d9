"""Defaults of provision.yaml: what is refused, with its place, and what is written out."""

from pathlib import Path

import pytest
from manifest.test_narrowing import CONFIG, HEAD, PHONE

from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.models import Manifest
from provisioner.manifest.repository import load_config, load_workspace
from provisioner.manifest.writing.fields import fields_of
from provisioner.manifest.writing.formatter import format_text
from provisioner.manifest.writing.housestyle import manifest_text
from provisioner.manifest.writing.many import Change, Filter, edit_many
from provisioner.telephony.identity import CustomerId

PATTERN = 'defaults: {support_login: {login: "{customer}.help"}}\n'
BARE = HEAD + "workplaces: [{login: LOGIN}]\n"


def made(root: Path, more: str, files: dict[str, str] | None = None) -> Path:
    root.joinpath("provision.yaml").write_text(CONFIG + more, "utf-8")
    for name, text in (files or {}).items():
        file = root / "customers" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return root


def found(root: Path, *names: str) -> list[str]:
    """Errors, with what is said of them and their places."""
    try:
        workspace = load_workspace(root, around=names)
    except InputError as error:
        every = error.diagnostics
    else:
        every = workspace.diagnostics
    return [
        f"{d.code} {d.place} {d.params.get('suggestion', '')}".rstrip()
        for d in every
        if d.severity == 0
    ]


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("defaults: {licence: phones}", "PV103 provision.yaml:11:12 license"),
        ("defaults: {license: phone}", "PV104 provision.yaml:11:21 phones"),
        ("defaults: {canton: Bern}", "PV119 provision.yaml:11:20"),
        ("defaults: {password: hunter2}", "PV104 provision.yaml:11:22"),
        (
            'defaults: {support_login: {login: "{custmer}.help"}}',
            "PV144 provision.yaml:11:35 {customer}",
        ),
        ("defaults: {support_login: {login: help-desk}}", "PV206 provision.yaml:11:35 help.desk"),
        ("defaults: {support_login: {login: help}}", "PV145 provision.yaml:10:1"),
        ("login_scope: customer\ndefaults: {support_login: {login: help}}", None),
        ('defaults: {support_login: {login: "{reseller}.help"}}', None),
    ],
)
def test_settings_that_are_wrong(tmp_path: Path, more: str, wanted: str | None) -> None:
    root = made(tmp_path, more + "\n", {"one/a": HEAD + PHONE.format(login="x")})
    assert found(root) == ([wanted] if wanted else [])


@pytest.mark.parametrize("name", ["one/a-b", "two/other"])
def test_a_login_by_default_is_found_in_no_file_and_still_taken(tmp_path: Path, name: str) -> None:
    """PV146, whichever of the two is asked for alone."""
    files = {"one/a-b": HEAD + PHONE.format(login="x"), "two/other": HEAD}
    files["two/other"] += PHONE.format(login="A.B.help")
    root = made(tmp_path, PATTERN, files)
    place = "customers/one/a-b.yaml:1:1", "customers/two/other.yaml:5:22"
    assert found(root, name) == [f"PV146 {each}" for each in place]


def test_a_pattern_can_be_too_long_for_an_id(tmp_path: Path) -> None:
    pattern = PATTERN.replace("help", "the.help.desk")
    files = {"one/" + "a" * 40: HEAD + PHONE.format(login="x")}
    assert found(made(tmp_path, pattern, files)) == [f"PV147 customers/one/{'a' * 40}.yaml:1:1"]


def test_no_license_anywhere_is_missing(tmp_path: Path) -> None:
    assert found(made(tmp_path, "", {"one/a": BARE})) == ["PV101 customers/one/a.yaml:5:14"]


def test_sealed_passwords_are_wanted_unless_a_manifest_says_otherwise(tmp_path: Path) -> None:
    """PV148; that of a login by a pattern is generated, since nobody could seal it."""
    says = "{login: b, license: phones, password: {generate: true}}"
    files = {"one/a": HEAD + f"workplaces:\n  - {{login: a, license: phones}}\n  - {says}\n"}
    more = PATTERN.replace("{support", "{password: sealed, support")
    assert found(made(tmp_path, more, files)) == ["PV148 customers/one/a.yaml:6:13"]


def test_an_edit_asks_what_holds_and_a_file_keeps_its_spelling(tmp_path: Path) -> None:
    files = {"one/a": BARE.replace("LOGIN", "a"), "two/b": HEAD + PHONE.format(login="b")}
    root = made(tmp_path, "defaults: {license: phones+apps}\n", files)
    fields, workspace = fields_of(Manifest), load_workspace(root)
    asked = Filter.parse("workplaces[*].license=phones+apps", fields)
    same = edit_many(
        workspace, [asked], [Change.setting("workplaces[*].license=phones+apps", fields)]
    )
    assert (same.texts, same.same) == ({}, 1)
    other = edit_many(workspace, [asked], [Change.setting("workplaces[*].license=phones", fields)])
    assert [after for _, after in other.texts.values()] == [
        files["one/a"].replace("login: a", "login: a, license: phones").encode()
    ]
    assert "license" not in format_text(files["one/a"])


def test_letters_are_in_the_customers_language(tmp_path: Path) -> None:
    root = made(tmp_path, "defaults: {language: fr}\n", {"one/a": HEAD + PHONE.format(login="a")})
    workspace = load_workspace(root)
    told = workspace.entries[CustomerId("a")].manifest.language
    assert (workspace.config.language_of("one", told), told) == ("fr", "fr")
    assert workspace.config.language_of("one", None) == "de"


def test_what_a_default_gives_is_not_written(tmp_path: Path) -> None:
    more = PATTERN.replace("{support", "{license: phones, canton: BE, language: fr, support")
    root = made(tmp_path, more, {"one/a-b": BARE.replace("LOGIN", "eva.muster")})
    manifest = load_workspace(root).entries[CustomerId("a-b")].manifest
    usual = load_config(root).usual("one")
    text = manifest_text(manifest, usual=usual, customer="a-b")
    for word in ("license:", "canton:", "language:", "support_login:"):
        assert word not in text
        assert word in manifest_text(manifest)
    assert load_manifest(text.encode(), "a-b.yaml", usual).value == manifest
    other = load_config(root).usual("two")
    assert load_manifest(text.encode(), "c.yaml", other).given[-1].of == "provision.yaml"
