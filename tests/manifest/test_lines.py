"""What people type into a field, field by field: the tool and the editor's schema agree."""

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft7Validator

from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.lines import NOTHING, UNPRINTED, folded
from provisioner.manifest.loader import Loaded, load_manifest
from provisioner.manifest.models import Manifest
from provisioner.manifest.schemas.schema import schemas

FIELDS = {
    "company": "company: Schmiedeisen AG",
    "street": "street: Hammerweg 12",
    "city": "city: Winterthur",
    "person": "person: Petra Huber",
    "provider": "provider: Swisscom",
    "signatory": "signatories: [Petra Huber, Hans Huber]",
    "name": "name: Petra Huber\n    license",
}
PLACES = {
    "company": ("contact", "company"),
    "street": ("contact", "street"),
    "city": ("contact", "city"),
    "person": ("contact", "person"),
    "provider": ("porting", 0, "provider"),
    "signatory": ("porting", 0, "signature", "signatories", 0),
    "name": ("workplaces", 0, "name"),
}


def written(whole: str, field: str, value: str) -> str:
    """``value`` as it stands in YAML."""
    old = FIELDS[field]
    assert old in whole
    if field == "signatory":
        return whole.replace(old, f"signatories: [{value}, Hans Huber]")
    name, _, rest = old.partition(": ")
    return whole.replace(
        old, f"{name}: {value}" + rest.partition("\n")[1] + rest.partition("\n")[2]
    )


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def codes(text: str) -> list[str]:
    return [d.code for d in errors(text)]


def errors(text: str) -> Iterator:  # type: ignore[type-arg]  # of diagnostics
    try:
        load_manifest(text.encode(), "customers/a/b.yaml")
    except InputError as error:
        yield from error.diagnostics


def loaded(text: str) -> Loaded[Manifest]:
    return load_manifest(text.encode(), "customers/a/b.yaml")


def value_of(text: str, field: str) -> str:
    found = loaded(text).value
    for step in PLACES[field]:
        found = found[step] if isinstance(step, int) else getattr(found, step)  # type: ignore[index]
    return str(found)


VALIDATOR = Draft7Validator(schemas()["customer.schema.json"])


def editor_complains(text: str) -> bool:
    """As an editor types what is plain; its dates stay text."""
    ruamel = pytest.importorskip("ruamel.yaml")
    data = ruamel.YAML(typ="safe", pure=True).load(text)
    return not VALIDATOR.is_valid(json.loads(json.dumps(data, default=str)))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ["~", "null", "Null", "NULL"])
def test_null_is_no_text(field: str, value: str, whole: str) -> None:
    text = written(whole, field, value)
    assert codes(text) == ["PV130"]
    assert editor_complains(text)


@pytest.mark.parametrize("value", ["~", "null"])
@pytest.mark.parametrize("field", ["uid", "postcode", "email", "phone", "billing_from", "when"])
def test_null_is_no_other_value_either(field: str, value: str, whole: str) -> None:
    head, mark, tail = whole.partition(f"{field}: ")
    ends = min(at for at in (tail.find("\n"), tail.find(",")) if at >= 0)
    text = f"{head}{mark}{value}{tail[ends:]}"
    assert codes(text) == ["PV130"]
    assert editor_complains(text)


@pytest.mark.parametrize("field", [f for f in FIELDS if f not in {"provider", "name"}])
@pytest.mark.parametrize(
    "value",
    ["-", "--", "?", "...", "n/a", "N/A", "keine Ahnung", "Keine", "TBD", "null", "~", "xx"],
)
def test_what_only_fills_a_field_is_refused(field: str, value: str, whole: str) -> None:
    text = written(whole, field, quoted(value))
    assert codes(text) == ["PV131"]
    assert editor_complains(text)


@pytest.mark.parametrize(
    "value", ["-", "?", "n/a", "keine Ahnung", "Unbekannt", "INCONNU", "offen"]
)
def test_r5_for_a_provider_there_is_a_word(value: str, whole: str) -> None:
    text = written(whole, "provider", quoted(value))
    assert codes(text) == ["PV208"]
    assert editor_complains(text)
    assert not editor_complains(written(whole, "provider", "unknown"))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("signatory", "x", "PV133"),
        ("person", "x", "PV133"),
        ("person", "P. 1", "PV133"),
        ("person", "044 500 12 34", "PV138"),
        ("signatory", "+41445001234", "PV138"),
        ("person", "petra@schmiedeisen.example", "PV138"),
        ("provider", "0445001234", "PV138"),
        ("provider", "info@swisscom.example", "PV138"),
        ("company", "052 555 01 00", "PV138"),
        ("city", "0525550100", "PV138"),
        ("street", "052 / 555 01 00", "PV138"),
    ],
)
def test_what_slipped_into_a_name(field: str, value: str, code: str, whole: str) -> None:
    text = written(whole, field, quoted(value))
    found = list(errors(text))
    assert [d.code for d in found] == [code]
    assert editor_complains(text)
    assert "555" not in str(found[0].params)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", "20 Minuten AG"),
        ("company", "1818 Auskunft AG"),
        ("company", "4711"),
        ("company", "Nr. 10"),
        ("company", "X"),
        ("company", "@home GmbH"),
        ("company", "3A Composites & Co. (Schweiz) AG"),
        ("company", "Müller’s «Zum Rössli» AG"),
        ("company", "L'Œuf & Fils Sàrl, en liquidation"),
        ("company", "Nothing Hill AG"),
        ("company", "Genossenschaft " + "sehr " * 40 + "lang"),
        ("street", "Bahnhofstrasse 1–3"),
        ("street", "12"),
        ("street", "Postfach"),
        ("street", "c/o Keller Treuhand"),
        ("city", "Gy"),
        ("city", "Au ZH"),
        ("city", "Büsingen am Hochrhein"),
        ("city", "L’Abbaye"),
        ("city", "Vaduz"),
        ("person", "Li"),
        ("person", "O. Wey"),
        ("person", "Ngoc-Lan Nguyễn"),
        ("person", "Zoë Łęcki"),
        ("person", "Keiner"),
        ("signatory", "Jean-Paul d’Arcy-Müller, Präsident"),
        ("provider", "1&1 Telecom"),
        ("provider", "UPC / Sunrise"),
        ("provider", "VTX Services SA (021)"),
        ("name", "101"),
        ("name", "A"),
        ("name", "0445001234"),
        ("name", "Leer"),
        ("name", "🚪 Eingang"),
    ],
)
def test_names_as_they_are(field: str, value: str, whole: str) -> None:
    text = written(whole, field, quoted(value))
    assert value_of(text, field) == value
    assert not editor_complains(text)


@pytest.mark.parametrize("word", sorted(NOTHING))
def test_an_editor_knows_every_word_for_nothing(word: str, whole: str) -> None:
    text = written(whole, "city", quoted(word.upper()))
    assert codes(text) == ["PV131"]
    assert editor_complains(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Muster\u00a0AG", "Muster AG"),
        ("Muster\u202fAG", "Muster AG"),
        ("ﬁnanz ﬂott AG", "finanz flott AG"),
        ("ＡＢＣ AG", "ABC AG"),
        ("Louis Ⅳ SA", "Louis IV SA"),
        ("Zu\u0308rich AG", "Zürich AG"),
        ("Herz ♥\ufe0f AG", "Herz ♥ AG"),
        ("D\u02bcArcy AG", "D’Arcy AG"),
        ("Nordwind™ AG", "Nordwind™ AG"),
        ("A → B GmbH", "A → B GmbH"),
        ("Stern ★ AG", "Stern ★ AG"),
        ("µ-Technik AG", "µ-Technik AG"),
        ("Hotel ①", "Hotel 1"),
    ],
)
def test_a_text_is_what_was_meant(typed: str, meant: str, whole: str) -> None:
    assert folded(typed) == meant
    text = written(whole, "company", typed)
    assert value_of(text, "company") == meant
    assert not UNPRINTED.search(meant)
    assert not editor_complains(text)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Hotel 😀 AG", "PV139"),
        ("Telefon ☎ AG", "PV139"),
        ("Мüller AG", "PV111"),
        ("Μuster AG", "PV111"),
        ("Muster ٣ AG", "PV111"),
        ("Mu\u034fster AG", "PV003"),
        ("Muster\u2800AG", "PV003"),
        ("Muster\U000e0100 AG", "PV003"),
        ("Muster x\u0302 AG", "PV111"),
        ("Muster\u3164AG", "PV003"),
        ("Muster\\u2800AG", "PV111"),
    ],
)
def test_what_looks_like_something_else_or_cannot_be_printed(
    typed: str, code: str, whole: str
) -> None:
    assert codes(written(whole, "company", f'"{typed}"')) == [code]
    in_a_name = codes(written(whole, "name", f'"{typed}"'))
    assert in_a_name == ([] if code == "PV139" else [code])


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ["Taxi #1 AG", "Halle # 3", "Taxi  #1"])
def test_a_text_that_a_comment_cuts_is_refused(field: str, value: str, whole: str) -> None:
    assert "PV132" in codes(written(whole, field, value))
    assert "PV132" not in codes(written(whole, field, quoted(value)))


@pytest.mark.parametrize("value", ["Wil # the old town", "Wil  #  x", "C#-Schule", "Wil#1"])
def test_a_comment_that_begins_as_one_is_one(value: str, whole: str) -> None:
    assert not codes(written(whole, "city", value))


def test_a_comment_at_anything_else_needs_no_blank(whole: str) -> None:
    text = whole.replace("postcode: 8400", "postcode: 8400 #1").replace("use: desk", "use: desk #x")
    assert not codes(text)
    assert not codes(whole.replace("  - login: fax", "  #1\n  - login: fax #2"))


@pytest.mark.parametrize(
    "braces",
    [
        "contact: {company: Taxi #1 AG, street: Weg 1}\nsubscription: {}\n",
        "contact: {company: Taxi #1 AG}\nsubscription: {}\n",
        "contact: {company: Taxi #1 AG,\n  street: Weg 1}\nsubscription: {}\n",
        "contact:\n  - [Taxi #1, b]\nc: d\n",
    ],
)
def test_in_braces_the_comment_itself_is_named(braces: str) -> None:
    (first, *_) = errors(f"version: 1\n{braces}")
    assert first.code == "PV132"
    assert first.place is not None
    line = f"version: 1\n{braces}".split("\n")[first.place.line - 1]
    assert line[first.place.column - 1] == "#"


def test_the_longest_company_is_told_its_limit(whole: str) -> None:
    assert codes(written(whole, "company", "A" * 255)) == []
    assert codes(written(whole, "company", "A" * 256)) == ["PV110"]


def test_three_thousand_workplaces_fit(whole: str) -> None:
    head, _, tail = whole.partition("workplaces:\n")
    places = "".join(
        f"  - login: zimmer.{at}\n    name: Zimmer {at}\n    license: phones\n    use: other\n"
        f"    extension: {at + 2000}\n    password: {{generate: true}}\n"
        for at in range(3000)
    )
    text = f"{head}workplaces:\n{places}{tail[tail.index('support_login') :]}"
    assert len(loaded(text).value.workplaces) == 3000
