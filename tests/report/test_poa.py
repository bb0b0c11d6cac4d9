"""The letter of authority, read back from its PDF."""

import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from syrupy.assertion import SnapshotAssertion

from provisioner.manifest.config import Config
from provisioner.manifest.entry import Entry
from provisioner.manifest.lines import UNPRINTED
from provisioner.manifest.models import Manifest
from provisioner.manifest.packed import Packed
from provisioner.manifest.yaml import Document
from provisioner.report.letter.content import Letter, letters
from provisioner.report.letter.pdf import LetterError, printable, set_pdf
from provisioner.report.messages import LANGUAGES, Catalogue, Language, package_texts, placeholders
from provisioner.telephony.identity import CustomerId

DAY = date(2026, 11, 24)

CONTACT = {
    "company": "Schmiedeisen AG",
    "uid": "CHE-123.456.788",
    "street": "Hammerweg 12",
    "postcode": "8400",
    "city": "Winterthur",
    "person": "Petra Huber",
    "email": "rechnung@schmiedeisen.example",
    "phone": "0525550100",
}
PORT: dict[str, Any] = {
    "id": "haupt",
    "provider": "Swisscom",
    "scope": "partial",
    "internet_on_contract": "true",
    "other_services": ["Datenkarte im Lieferwagen", "E-Mail"],
    "schedule": {"when": "contract_end", "contract_ends_on": "2027-02-28", "time": "09:00"},
    "signature": {"authority": "collective", "signatories": ["Petra Huber", "Hans Huber"]},
    "numbers": ["0525551200", "0525551201"],
    "blocks": ["05255520"],
}
OPEN: dict[str, Any] = {
    "provider": "unknown",
    "scope": "full",
    "schedule": {"when": "asap", "time": "14:30"},
    "signature": {"authority": "single", "signatories": ["Toni Gisler"]},
    "numbers": [f"05255512{n:02d}" for n in range(12)],
    "blocks": [],
}
LONG: dict[str, Any] = {
    "provider": "Vereinigte Fernmeldegesellschaften der nordöstlichen Schweiz Genossenschaft",
    "other_services": [
        "W" * 80,
        "Alarmanlage mit Aufschaltung auf die Zentrale der Kantonspolizei",
    ],
    "signature": {
        "authority": "collective",
        "signatories": [
            "Zoë Çelik-Šimić",
            "Błażej Żółć-Świętosławski",
            "Françoise de la Fontaine-Châtelain-Bærentsen van der Straten zu Obergösgen",
            "Đorđe Ćirić",
            "M" * 80,
        ],
    },
    "numbers": [f"05255512{n:02d}" for n in range(10)],
    "blocks": ["05255520", "052555300", "0525554"],
}
LONG_COMPANY = "Handels-, Beratungs- und Beteiligungsgesellschaft für Zimmerei und Holzbau mbH"

HOSTILE = [
    '#import "x": *',
    "$ab$",
    '#read("/etc/passwd")',
    "= Titel",
    "<b>*fett*</b> _k_ @ref <label>",
    "\\u{1F600} \\ // /* */",
    "`xy` ~ -- --- ' \" ...",
    "{reseller} {{page}} {page}",
    "https://evil.example/#x",
    "]})) xy",
]


def config(reseller: str = "Muster Telecom GmbH") -> Config:
    return Config.model_validate(
        {
            "version": "1",
            "pbx": {"driver": "local"},
            "desk": {"driver": "sql"},
            "resellers": {"muster": {"name": reseller}},
        }
    )


def entry(port: Mapping[str, Any] | None = None, **contact: str | None) -> Entry:
    """A manifest with one port; ``None`` takes a field of the contact away."""
    manifest = Manifest.model_validate(
        {
            "version": "1",
            "contact": {n: v for n, v in {**CONTACT, **contact}.items() if v is not None},
            "subscription": {"billing_from": "2027-01-01"},
            "porting": [{**PORT, **(port or {})}],
            "workplaces": [{"login": "a", "license": "phones"}],
        }
    )
    file = "customers/muster/schmiedeisen.yaml"
    return Entry(
        CustomerId("schmiedeisen"), "muster", file, Packed.of(manifest), Document(file, b"")
    )


def letter(
    language: Language = "de", port: Mapping[str, Any] | None = None, **contact: str | None
) -> Letter:
    (made,) = letters(entry(port, **contact), config(), Catalogue(language), DAY)
    return made


def pages(made: Letter) -> list[str]:
    """The text of each page, as a reader of PDF finds it."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(set_pdf(made))).pages]


def golden(made: Letter) -> str:
    """The whole text; the digest changes with every new field of a manifest."""
    text = "\n---\n".join(pages(made))
    shown = next(part for part in made.footer if "anifest" in part).split()[-1]
    assert re.fullmatch("[0-9a-f]{12}", shown)
    return text.replace(shown, "0123456789ab")


def dense(text: str) -> str:
    """Without the blanks and line ends that a layout is free to choose."""
    return "".join(text.split())


def text_of(made: Letter) -> str:
    return dense("".join(pages(made)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_in_each_language(language: Language, snapshot: SnapshotAssertion) -> None:
    assert golden(letter(language)) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_r5_r6_r10_what_is_open_is_left_to_be_filled_in(
    language: Language, snapshot: SnapshotAssertion
) -> None:
    made = letter(language, OPEN, uid=None)
    assert made.donor is None
    assert made.orders == ("haupt/1", "haupt/2")
    assert golden(made) == snapshot


def test_a_long_letter(snapshot: SnapshotAssertion) -> None:
    made = letter("de", LONG, company=LONG_COMPANY)
    assert len(pages(made)) == 2
    assert golden(made) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_r4_a_usual_letter_with_two_signatures_is_one_page(language: Language) -> None:
    assert len(pages(letter(language))) == 1


def test_r4_one_block_for_each_signatory() -> None:
    people = ("Petra Huber", "Hans Huber", "Zoë Šimić")
    port = {"signature": {"authority": "collective", "signatories": list(people)}}
    found = text_of(letter("de", port))
    assert [found.count(dense(name.upper())) for name in people] == [1, 1, 1]
    assert found.count(dense("Ort, Datum")) == 3
    assert dense("Alle 3 genannten Personen unterschreiben gemeinsam") in found
    single = {"signature": {"authority": "single", "signatories": ["Al", "Bo"]}}
    assert dense("einer der genannten Personen genügt") in text_of(letter("de", single))
    alone = {"signature": {"authority": "single", "signatories": ["Al"]}}
    assert "genügt" not in text_of(letter("de", alone))


@pytest.mark.parametrize(
    ("schedule", "shown"),
    [
        (
            {"when": "contract_end", "contract_ends_on": "2027-02-28", "time": "09:00"},
            "26.02.2027, 09:00 Uhr (Vertragsende: 28.02.2027)",
        ),
        ({"when": "date", "date": "2027-04-08", "time": "10:30"}, "08.04.2027, 10:30 Uhr"),
        (
            {"when": "asap", "time": "08:00"},
            "nach Vereinbarung mit der neuen Anbieterin, 08:00 Uhr",
        ),
        (
            {"when": "asap", "agreed_date": "2027-04-20", "time": "14:00"},
            "20.04.2027, 14:00 Uhr",
        ),
        (
            {
                "when": "contract_end",
                "contract_ends_on": "2027-02-28",
                "agreed_date": "2027-03-01",
                "time": "09:00",
            },
            "01.03.2027, 09:00 Uhr",
        ),
    ],
)
def test_r6_the_date_asked_for(schedule: dict[str, str], shown: str) -> None:
    made = letter("de", {"schedule": schedule})
    assert [f.value for f in made.facts if f.label == "Gewünschter Termin"] == [shown]


@pytest.mark.parametrize("internet", ["true", "false"])
@pytest.mark.parametrize("scope", ["partial", "full"])
def test_r7_the_consequence_of_the_scope_is_said(scope: str, internet: str) -> None:
    found = text_of(letter("de", {"scope": scope, "internet_on_contract": internet}))
    wanted = {"partial": "Alles Übrige", "full": "endet der ganze Vertrag"}
    on_it = {"partial": "bleibt in Betrieb", "full": "abgeschaltet"}
    assert [scope for scope, text in wanted.items() if dense(text) in found] == [scope]
    shown = [scope for scope, text in on_it.items() if dense(text) in found]
    assert shown == ([scope] if internet == "true" else [])


def test_r8_services_are_ticked_or_end_with_the_contract() -> None:
    partial, full = letter("de"), letter("de", {"scope": "full"})
    assert partial.services
    assert full.services
    assert len(partial.services.columns) == 2
    assert full.services.columns == ()
    for made in (partial, full):
        assert all(dense(s) in text_of(made) for s in PORT["other_services"])
    assert letter("de", {"other_services": []}).services is None


def test_r10_linked_orders_stand_in_one_letter() -> None:
    numbers = [f"05255512{n:02d}" for n in range(23)]
    made = letter("en", {"numbers": numbers})
    assert made.orders == ("haupt/1", "haupt/2", "haupt/3")
    found = text_of(made)
    assert all(f"052555{n[6:]}" in found for n in numbers)
    assert dense("consists of 3 linked orders") in found
    assert dense("Total: 23 single numbers, 1 block (100 numbers)") in found
    assert "haupt/1–3" in found


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        ("05255520", "052 555 20 xx 052 555 20 00 to 052 555 20 99 (100 numbers"),
        ("052555200", "052 555 20 0x 052 555 20 00 to 052 555 20 09 (10 numbers"),
        ("0525552", "052 555 2x xx 052 555 20 00 to 052 555 29 99 (1’000 numbers"),
    ],
)
def test_r11_a_block_says_what_it_means(block: str, shown: str) -> None:
    assert dense(shown) in text_of(letter("en", {"blocks": [block]}))


def everywhere(value: str) -> Letter:
    """``value`` wherever a manifest may hold any line."""
    port = {
        "provider": value,
        "other_services": [value],
        "signature": {"authority": "single", "signatories": [value]},
    }
    made = entry(port, company=value, street=value, city=value, person=value)
    (found,) = letters(made, config(value), Catalogue("en"), DAY)
    return found


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_printed_as_they_are(value: str) -> None:
    found = text_of(everywhere(value))
    # header, sender, street, town, address of the donor, mandate twice, person, service; signatory
    assert found.count(dense(value)) + found.count(dense(value.upper())) >= 9


def acceptable(text: str) -> str | None:
    """``text`` as a manifest takes it wherever it holds a line, or None if it does not."""
    try:
        everywhere(text)
        return str(entry(company=text).manifest.contact.company)
    except ValueError:
        return None


LINES = (
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)
    | st.text(st.characters(max_codepoint=0x24F), min_size=1, max_size=80)
    | st.text("aA é#$\\\"'`*_[]{}<>@=-/~", min_size=1, max_size=80)
)


@settings(deadline=None, max_examples=60)
@given(LINES)
@example("˂①①﷼！")
@example("W" * 80)
@example("\\" * 80)
@example("Aŉ")
def test_any_line_of_a_manifest_is_in_the_pdf(text: str) -> None:
    value = acceptable(text)
    if value is None or value == "unknown":
        return
    found = text_of(everywhere(value))
    assert found.count(dense(printable(value))) >= 8 or not dense(printable(value))
    # a letter whose capital has no character of its own stays small
    capitals = (c if UNPRINTED.search(c.upper()) else c.upper() for c in value)
    assert dense(printable("".join(capitals))) in found


def test_what_is_called_printable_is_in_the_font() -> None:
    kept = [c for c in map(chr, range(0x20, 0x3000)) if printable(c) == c]
    assert len(kept) > 850
    assert {*"äöüéèàçšćčžłđșțőűÿœßẞ–—’‘“”„«»‹›…•€№½·§°&@/"} <= {*kept}
    text = " ".join(kept)
    made = letter()
    signing = replace(made.signing, people=(text,))  # half bold
    set_pdf(replace(made, title=text, mandate=(text,), signing=signing))  # bold and plain


@pytest.mark.parametrize(
    ("postcode", "city", "country"),
    [
        ("9490", "Vaduz", "Liechtenstein"),
        ("8238", "Büsingen am Hochrhein", "Deutschland"),
        ("6911", "Campione d’Italia", "Italien"),
        ("9484", "Oberschaan", None),
        ("9499", "Altstätten", None),
        ("8400", "Winterthur", None),
    ],
)
def test_an_address_abroad_has_its_country(postcode: str, city: str, country: str | None) -> None:
    sender = letter(postcode=postcode, city=city).sender
    at = sender.index(f"{postcode} {city}")
    assert [line for line in sender if line in {"Liechtenstein", "Deutschland", "Italien"}] == (
        [country] if country else []
    )
    if country:
        assert sender[at + 1] == country


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+4232371234", "+423 237 12 34"), ("0795550195", "079 555 01 95")],
)
def test_a_phone_of_any_country_is_shown_as_it_is_dialled(phone: str, shown: str) -> None:
    assert dense(shown) in text_of(letter(phone=phone))


@pytest.mark.parametrize("name", ["ǰan Meier", "Weiß Anna", "Nordwind™ →★♥ ½ µ"])
def test_what_a_manifest_takes_is_never_written_out(name: str) -> None:
    port = {"provider": name, "signature": {"authority": "single", "signatories": [name]}}
    found = text_of(letter(port=port, company=name, street=name, city=name))
    assert "u{" not in found
    assert dense(name) in found


@pytest.mark.parametrize("char", ["\U0001f600", "☎", "\u0301", "\u202e", "\u200b", "ﬁ"])
def test_what_the_font_lacks_is_written_out(char: str) -> None:
    assert printable(f"a{char}b") == f"a\\u{{{ord(char):X}}}b"


def test_the_same_letter_has_the_same_bytes() -> None:
    once, again = set_pdf(letter()), set_pdf(letter())
    assert once == again
    other = letters(entry(), config(), Catalogue("de"), date(2026, 11, 25))[0]
    assert set_pdf(other) != once


def test_the_document_says_what_it_is() -> None:
    reader = PdfReader(io.BytesIO(set_pdf(letter("fr"))))
    assert reader.metadata is not None
    assert reader.metadata.title == "Procuration pour le portage de numéros d’appel"
    assert reader.metadata.author == "Muster Telecom GmbH"
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == DAY
    assert reader.trailer["/Root"]["/Lang"].startswith("fr")  # type: ignore[index]
    assert b"pdfaid:part" in set_pdf(letter())


@pytest.mark.parametrize(
    "source",
    [
        '#read("/etc/passwd")',
        '#read("../outside.txt")',
        '#import "@preview/example:0.1.0": *',
        '#panic("Petra Huber")',
        '#text(font: "Libertinus Serif", fallback: false)[漢]',
    ],
)
def test_a_template_that_cannot_be_set_is_a_coded_error(source: str, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret", "utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "letter.typ").write_text(f'#set document(title: "x")\n{source}\n', "utf-8")
    with pytest.raises(LetterError) as caught:
        set_pdf(letter(), folder / "letter.typ")
    assert (caught.value.code, caught.value.params) == ("PV903", {"porting": "haupt"})
    assert caught.value.__cause__ is None


def test_the_letter_has_all_its_words_in_each_language() -> None:
    def words(language: str) -> dict[str, str]:
        file = package_texts() / language / "ui-poa.toml"
        found = tomllib.loads(file.read_text("utf-8"))
        plural = {
            f"{k}.{n}": t for k, v in found.items() if isinstance(v, dict) for n, t in v.items()
        }
        return {k: v for k, v in found.items() if isinstance(v, str)} | plural

    english = words("en")
    for language in LANGUAGES:
        found = words(language)
        assert sorted(found) == sorted(english)
        assert {k: placeholders(v) for k, v in found.items()} == {
            k: placeholders(v) for k, v in english.items()
        }
        assert "ß" not in "".join(found.values())
        assert [k for k, v in found.items() if not v.strip()] == []
