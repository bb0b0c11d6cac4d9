from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manifest.layouts import Layout
from ruamel.yaml.comments import CommentedMap

from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.writing.housestyle import manifest_text
from provisioner.manifest.writing.roundtrip import edit

ROOT = Path(__file__).parents[2]
MANIFESTS = [
    *sorted(ROOT.glob("customers/*/*.yaml")),
    *sorted(ROOT.glob("tests/cases/bases/*.yaml")),
]
PROFILE = settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)

TEXT = """\
# yaml-language-server: $schema=x.json
version:   1   # two things are odd here
contact: { company: "Muster AG", city:  Wil }   # kept as it is

# what is rented
workplaces:
- login: a.b      # the boss
  # no app
  license:  'phones'
-   {login: c.d, license: phones}
# the end
"""


def data_of(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - builds no types


def nothing(_data: CommentedMap) -> None:
    pass


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
def test_no_change_is_no_change(path: Path) -> None:
    text = path.read_text()
    assert edit(text, nothing) == text
    assert edit(TEXT, nothing) == TEXT


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.split("\n"), after.split("\n")
    return [o for o in old if o not in new], [n for n in new if n not in old]


def test_a_value() -> None:
    def change(data: CommentedMap) -> None:
        data["workplaces"][0]["license"] = "phones+apps"

    gone, come = changed_lines(TEXT, edit(TEXT, change))
    assert gone == ["  license:  'phones'"]
    assert come == ["  license: phones+apps"]


def test_a_field_in_another_spelling_is_the_same_field() -> None:
    text = TEXT.replace("  license:", "  licence:")

    def change(data: CommentedMap) -> None:
        data["workplaces"][0]["license"] = "phones+apps"

    assert edit(text, change) == text.replace("licence:  'phones'", "licence: phones+apps")


def test_what_is_added_is_in_house_style_and_in_its_place() -> None:
    def change(data: CommentedMap) -> None:
        data["contact"]["phone"] = "0445001234"
        data["contact"]["postcode"] = 9500
        data["subscription"] = {"billing_from": "2027-01-01"}

    made = edit(TEXT, change)
    assert 'contact: {company: "Muster AG", postcode: 9500, city: Wil, phone: "0445001234"}' in made
    assert made.index("subscription:") < made.index("workplaces:")
    assert "version:   1   # two things are odd here" in made
    assert "# kept as it is" in made


def test_what_is_removed_leaves_the_comments_of_others() -> None:
    """ruamel.yaml hangs the comment above a field on the field before it; here it stays."""

    def change(data: CommentedMap) -> None:
        del data["contact"]

    made = edit(TEXT, change)
    assert "# what is rented" in made
    assert "# kept as it is" not in made


def test_items_of_a_list_keep_their_comments_when_others_go() -> None:
    text = "numbers:\n  # first\n  - {id: a}\n  # second\n  - {id: b} # b\n  - {id: c} # c\n"

    def change(data: CommentedMap) -> None:
        del data["numbers"][0]
        data["numbers"].append({"id": "d"})

    assert edit(text, change) == (
        "numbers:\n  # second\n  - {id: b} # b\n  - {id: c} # c\n  - {id: d}\n"
    )


def test_comments_of_ruamel_are_written() -> None:
    def change(data: CommentedMap) -> None:
        data["contact"]["city"] = "Bern"
        data.yaml_set_comment_before_after_key("workplaces", before="moved\ntwice")
        data.yaml_add_eol_comment("since today", "contact")

    made = edit("version: 1\ncontact:\n  city: Wil\nworkplaces: []\n", change)
    assert "\n# moved\n# twice\nworkplaces: []\n" in made
    assert "contact: # since today\n  city: Bern\n" in made


def test_new_items_look_like_their_neighbours() -> None:
    def change(data: CommentedMap) -> None:
        data["workplaces"].append(CommentedMap(login="x.y", license="phones"))

    block = edit("workplaces:\n  - login: a\n    license: phones\n", change)
    assert block.endswith("  - login: x.y\n    license: phones\n")
    flow = edit("workplaces:\n  - {login: a, license: phones}\n", change)
    assert flow.endswith("  - {login: x.y, license: phones}\n")


def test_what_the_reader_refuses_is_not_edited() -> None:
    with pytest.raises(InputError) as caught:
        edit("a: &x 1\n", nothing)
    assert [d.code for d in caught.value.diagnostics] == ["PV006"]


@pytest.mark.parametrize("hostile", ["# no", "a: b", "*x", "no", "0441234567", "x\ny", "'", '"'])
def test_hostile_values_are_quoted(hostile: str) -> None:
    def change(data: CommentedMap) -> None:
        data["contact"]["city"] = hostile

    assert data_of(edit(TEXT, change))["contact"]["city"] == hostile


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
@given(seed=st.integers(0, 2**64))
@PROFILE
def test_any_layout_keeps_its_comments_and_says_what_was_asked(path: Path, seed: int) -> None:
    layout = Layout.of(seed)
    text = layout.text(data_of(path.read_text()))
    assert edit(text, nothing) == text

    def change(data: CommentedMap) -> None:
        data["contact"]["street"] = "Neugasse 7 # 3"
        layout.random.choice(data["workplaces"])["extension"] = 4321
        data["admin"] = {"login": "new.admin"}

    made = edit(text, change)
    wanted = data_of(text)
    found = data_of(made)
    assert found["contact"] == {**wanted["contact"], "street": "Neugasse 7 # 3"}
    assert found["admin"] == {"login": "new.admin"}
    assert [w["login"] for w in found["workplaces"]] == [w["login"] for w in wanted["workplaces"]]
    assert sum(w.get("extension") == "4321" for w in found["workplaces"]) == 1
    replaced = data_of(path.read_text()).get("admin") is not None
    for comment in layout.comments if not replaced else ():
        assert comment in made


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
def test_a_manifest_written_from_nothing_loads_as_itself(path: Path) -> None:
    manifest = load_manifest(path.read_bytes(), path.name).value
    notes = {("contact",): "who\nand where", ("workplaces", 0): "the first"}
    text = manifest_text(manifest, header="A customer", notes=notes)
    again = load_manifest(text.encode(), path.name).value
    assert again == manifest
    assert again.digest() == manifest.digest()
    assert text.startswith("# yaml-language-server: $schema=../../schemas/customer.schema.json\n")
    assert "\n# who\n# and where\ncontact:\n" in text
    assert "  # the first\n  - " in text
    assert all(len(line) <= 100 for line in text.split("\n"))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
def test_house_style_is_what_the_formatter_makes(path: Path) -> None:
    from provisioner.manifest.writing.formatter import format_text

    text = manifest_text(load_manifest(path.read_bytes(), path.name).value)
    assert format_text(text) == text


@given(
    company=st.text(
        st.characters(categories=["L", "Nd", "P", "Zs"], max_codepoint=0x17F), max_size=60
    )
)
@PROFILE
def test_any_company_name_comes_back(company: str) -> None:
    base = load_manifest(MANIFESTS[0].read_bytes(), "x").value
    if not company.strip().isprintable() or not company.strip():
        return
    contact = base.contact.model_copy(update={"company": company.strip()})
    manifest = base.model_copy(update={"contact": contact})
    try:
        type(contact).model_validate(contact.model_dump(mode="json"))
    except ValueError:
        return
    assert load_manifest(manifest_text(manifest).encode(), "x").value.contact.company == (
        company.strip()
    )
