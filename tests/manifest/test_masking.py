"""Nothing that is said about a broken manifest repeats a secret or a personal value."""

import pytest

from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_manifest, load_model
from provisioner.manifest.rules import check
from provisioner.manifest.snippet import MASK, Piece, mask_parsed, mask_raw
from provisioner.telephony.calendar import WorkCalendar

STREET, PERSON, MAIL, PHONE = (
    "Canarystrasse 77",
    "Carla Canary",
    "carla@canary.example",
    "0791234599",
)
SIGNER, NAME, SECRET, COMMENT = "Signe Canary", "Nora Canary", "c4nary-Pa55", "was Canary before"
CANARIES = (STREET, PERSON, MAIL, PHONE, SIGNER, NAME, SECRET, COMMENT)
WORDS = ("anary", "Carla", "Signe", "Nora", "c4nary", "0791234599", "Pa55")

TEXT = f"""\
version: 1
contact:
  company: Firma AG
  street: {STREET}
  postcode: 8400
  city: Winterthur
  person: {PERSON}
  email: {MAIL}
  phone: {PHONE}
subscription: {{billing_from: 2027-01-01}}
porting:
  - id: haupt
    provider: Swisscom
    scope: partial
    schedule: {{when: date, date: 2027-03-01, time: "09:00"}}
    signature: {{authority: single, signatories: [{SIGNER}]}}
    numbers: [0525551200]
workplaces:
  - login: desk.one # {COMMENT}
    name: {NAME}
    license: phones+apps
    number: 0525551200
    password: {SECRET}
"""

BREAKS: dict[str, list[tuple[str, str]]] = {
    "clear password": [],
    "tab": [("  street:", "\tstreet:")],
    "colon lost in person": [("person: ", "person ")],
    "colon lost in password": [("password: ", "password ")],
    "colon added": [(f"street: {STREET}", f"street: {STREET}: x")],
    "quote open before person": [(f"person: {PERSON}", f'person: "{PERSON}')],
    "quote open before password": [(SECRET, f"'{SECRET}")],
    "bracket open at signatories": [(f"[{SIGNER}]", f"[{SIGNER}")],
    "anchor on person": [(f"person: {PERSON}", f"person: &{PERSON}")],
    "alias for a secret": [(f"password: {SECRET}", f"password: *{SECRET}")],
    "tag on mail": [(f"email: {MAIL}", f"email: !{MAIL}")],
    "person in an unknown field": [("person:", "Ansprechperson:")],
    "mail in an unknown field": [("email:", "mail_address:")],
    "duplicate of phone": [(f"phone: {PHONE}", f"phone: {PHONE}\n  phone: {PHONE}")],
    "phone misspelled": [(PHONE, "079 1234599")],
    "mail without domain": [(MAIL, "carla-canary")],
    "contact is a text": [("contact:\n  company: Firma AG\n", f"contact: {PERSON}\nadmin:\n")],
    "secret as a key": [(f"password: {SECRET}", f"password: {{{SECRET}: x}}")],
    "secret as a key without value": [(f"password: {SECRET}", f"password: {{{SECRET}}}")],
    "secret as generate": [(f"password: {SECRET}", f"password: {{generate: {SECRET}}}")],
    "secret as generation": [
        (f"password: {SECRET}", f"password: {{generate: true, generation: {SECRET}}}")
    ],
    "secret as age": [(f"password: {SECRET}", f"password: {{age: '{SECRET} !'}}")],
    "secret in a list": [(f"password: {SECRET}", f"password: [{SECRET}]")],
    "person in postcode": [("postcode: 8400", f"postcode: {PERSON}")],
    "mail in a date": [("2027-01-01", MAIL)],
    "person as a list": [(f"person: {PERSON}", f"person: [{PERSON}]")],
    "person as a group": [(f"person: {PERSON}", f"person: {{first: {PERSON}}}")],
    "block text": [(f"person: {PERSON}", f"person: |\n    {PERSON}\n    {STREET}\n  city: x")],
    "text over two lines": [(PERSON, '"Carla\n    Canary\\q"')],
    "escaped control": [(f"name: {NAME}", f'name: "{NAME}\\e"')],
    "invisible character": [(PERSON, "Carla\u200b Canary")],
    "control character": [(SECRET, f"{SECRET}\x07")],
    "carriage return": [(f"{PERSON}\n", f"{PERSON}\r\n")],
    "second document": [("subscription:", f"--- {PERSON}\nsubscription:")],
    "indentation": [("  person:", " person:")],
    "one line": [
        (f"    name: {NAME}\n    license: phones+apps\n", ""),
        ("  - login: desk.one ", f"  - {{nme: {NAME}, license: foo, password: {SECRET}}} "),
        ("    number: 0525551200\n", ""),
        (f"    password: {SECRET}\n", ""),
    ],
    "signatory in authority": [("authority: single", f"authority: {SIGNER}")],
    "signatories as a group": [(f"[{SIGNER}]", f"{{{SIGNER}: x}}")],
    "number of the contact at a workplace": [("contact:", "contakt:")],
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_no_canary_in_anything_that_is_said(name: str) -> None:
    text = TEXT
    for old, new in BREAKS[name]:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(InputError) as raised:
        load_manifest(text.encode("utf-8", "surrogateescape"), "customers/a/b.yaml")
    assert raised.value.diagnostics
    said = repr(raised.value.diagnostics) + str(raised.value)
    shown = said.replace("desk.one", "")
    assert [word for word in WORDS if word in shown] == []


def test_no_canary_in_the_findings_of_rules() -> None:
    text = TEXT.replace(f"password: {SECRET}", "password: {generate: true}").replace(
        "authority: single", "authority: collective"
    )
    loaded = load_manifest(text.encode(), "x")
    found = [loaded.locate(d) for d in check(loaded.value, days=WorkCalendar("ZH"))]
    assert any(d.code == "PV210" for d in found)
    assert [word for word in WORDS if word in repr(found)] == []


def test_no_canary_of_a_driver_option_in_the_configuration() -> None:
    text = f"version: 1\npbx: {{driver: local, url: 'postgresql://u:{SECRET}@h/d', x: }}\n"
    with pytest.raises(InputError) as raised:
        load_model(Config, text.encode(), "provision.yaml")
    assert SECRET not in repr(raised.value.diagnostics)


def test_what_may_be_shown_is_shown_and_the_caret_stays() -> None:
    data = TEXT.replace(SECRET, "{generate: true}").replace("phones+apps", "phones+app")
    with pytest.raises(InputError) as raised:
        load_manifest(data.encode(), "x")
    (found,) = raised.value.diagnostics
    assert found.place
    assert found.place.source == "    license: phones+app"
    assert found.place.source[found.place.column - 1 : found.place.end - 1] == "phones+app"


def test_caret_stands_below_the_right_word_behind_a_mask() -> None:
    text = TEXT.replace(f"password: {SECRET}", f"password: {{age: {SECRET}, foo: bar}}")
    with pytest.raises(InputError) as raised:
        load_manifest(text.encode(), "x")
    (found,) = (d for d in raised.value.diagnostics if d.code == "PV103")
    assert found.place
    line = text.split("\n")[found.place.line - 1]
    assert len(found.place.source) == len(line)
    assert line[found.place.column - 1 : found.place.end - 1] == "foo"


def test_mask_parsed_keeps_indicators_and_hides_comments() -> None:
    line = "  - {a: xyz, b: 1} # note: x"
    shown = mask_parsed(line, [Piece(5, 6, True), Piece(8, 11, False), Piece(13, 14, True)])
    assert shown == f"  - {{a: {MASK * 3}, b: {MASK}}} {MASK} {MASK * 5} {MASK}"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  city: Winterthur", f"  city: {MASK * 10}"),
        ("  - city: [a b", f"  - city: [{MASK} {MASK}"),
        ("  town: x", f"  {MASK * 5} {MASK}"),
        ("\tcity: x", f" city: {MASK}"),
        ("", ""),
    ],
)
def test_mask_raw_keeps_known_keys_only(line: str, shown: str) -> None:
    assert mask_raw(line, {"city"}) == shown
