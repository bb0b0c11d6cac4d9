"""Each language is written as people in Switzerland write it, and none shows through in another."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import ModuleType

import pytest
import yaml
from report.texts import HOLE, OTHERS

from provisioner.cli.group import COMMANDS
from provisioner.cli.starter import workspace_files
from provisioner.cli.translations import ROOT, tables, texts
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.plan.text import render_plan
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_moment

Words = Callable[[Language], Catalogue]
STOPS = (".", "?", "!", ":")
LITERAL = re.compile(r"`[^`]*`|\{[^{}]*\}|provision [a-z]+( [a-z]+)?|--?[a-z][a-z-]*|[\w./]+\.\w+")
"""What is the same in every language: code, placeholders, commands, options, names of files."""

FIELD = re.compile(
    rf"\b[a-z]+(?:_[a-z]+)+\b|--[a-z][a-z-]+|\b[a-z]+\.ya?ml\b|\bprovision ({'|'.join(COMMANDS)})\b"
)
"""Names of fields, commands, options and files, as people type them."""

FOREIGN = {
    "de": "the|with|from|this|not|which|cannot",
    "fr": "the|with|from|this|cannot|der|die|und|ist|nicht|wird|della|degli|sono|viene|è",
    "it": "the|with|from|this|cannot|der|die|und|ist|nicht|wird|les|des|est|avec|dans|être",
}
"""Words that betray another language, in whatever case."""


def code_out(text: str) -> str:
    return re.sub(r"`[^`]*`", "`", text)


def typed(text: str) -> set[str]:
    plain = HOLE.sub(" ", code_out(text))
    return {*re.findall(r"`[^`]*`", text), *(found[0] for found in FIELD.finditer(plain))}


@pytest.mark.parametrize("language", OTHERS)
def test_what_people_type_is_never_translated(language: str) -> None:
    """Commands, options, fields, file names and code in backticks."""
    english, other = texts("en"), texts(language)
    wrong = [
        (key, sorted(lost))
        for key in sorted(set(english) & set(other))
        if (lost := typed(english[key]) - typed(other[key]))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_was_left_in_another_language(language: str) -> None:
    found = texts(language)
    wrong = [
        (key, other)
        for other in LANGUAGES
        if other != language
        for key, text in sorted(texts(other).items())
        if len(HOLE.sub("", text)) > 15 and found.get(key) == text
    ]
    assert wrong == []


@pytest.mark.parametrize(("language", "foreign"), sorted(FOREIGN.items()))
def test_no_word_was_left_in_another_language(language: str, foreign: str) -> None:
    """Words so common that a sentence that was forgotten has one of them."""
    words = re.compile(rf"\b({foreign})\b", re.IGNORECASE)
    wrong = [
        (key, found[0])
        for key, text in sorted(texts(language).items())
        if (found := words.search(LITERAL.sub(" ", text)))
    ]
    assert wrong == []


def test_german_is_swiss() -> None:
    assert [p.name for p in (ROOT / "de").glob("*.toml") if "ß" in p.read_text("utf-8")] == []


@pytest.mark.parametrize("language", ["fr", "it"])
def test_french_and_italian_are_written_as_in_swiss_official_texts(language: str) -> None:
    """No blank before ``: ; ? !`` or within «», and the apostrophe ’ between letters."""
    wrong = [
        (key, found[0])
        for key, text in sorted(texts(language).items())
        if (
            found := re.search(
                r" (?:[:;?»]|!(?= |$))(?!\w)|« |[^\W\d_]'[^\W\d_]|[“”„]", code_out(text)
            )
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_shown_as_it_is_written(language: str) -> None:
    """What the sanitiser would escape, such as a narrow space, has no place in a text either."""
    wrong = [
        key
        for key, text in sorted(texts(language).items())
        if visible(text.replace("\n", " ")) != text.replace("\n", " ")
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_end_without_a_stop_and_sentences_with_one(language: str) -> None:
    wrong = []
    for code, entry in tables(language).items():
        if entry["title"].endswith(STOPS) or len(entry["title"]) > 60:
            wrong.append((code, "title"))
        if not entry["explain"].strip().endswith(STOPS):
            wrong.append((code, "explain"))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_weekdays_and_answers(language: Language) -> None:
    words = Catalogue(language)
    days = words.ui("weekdays").split()
    assert len(days) == len(set(days)) == 7
    assert {len(day) for day in days} <= {2, 3}
    assert words.ui("apply.yes") in words.ui("apply.ask").split()
    assert words.ui("apply.yes").isascii()
    assert words.day(date(2026, 12, 1)) == f"{days[1]} 01.12.2026"


@pytest.mark.parametrize("language", OTHERS)
def test_a_new_workspace_is_the_same_in_every_language(language: str) -> None:
    """Only its comments and the reasons in them differ."""
    english = workspace_files("en", "muster-it", "Muster IT", date(2026, 12, 1))
    other = workspace_files(language, "muster-it", "Muster IT", date(2026, 12, 1))
    assert list(english) == list(other)
    for path, text in english.items():
        assert uncommented(other[path], language) == uncommented(text, "en"), path
        assert other[path] != text


def uncommented(text: bytes, language: str) -> object:
    found = yaml.safe_load(text)
    if "resellers" in found:
        assert found["resellers"]["muster-it"].pop("language") == language
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_plan_has_swiss_dates_and_numbers_and_keeps_to_the_width(
    language: Language, width: int, words: Words, plans: ModuleType
) -> None:
    for plan in plans.PLANS.values():
        text = render_plan(plan, words(language), width=width, color=False)
        said = re.sub(r"`[^`]*`", "", text)
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", said)
        assert not re.search(r"\b0\d{9}\b", said)
        assert all(len(line) <= width or len(line) == 64 for line in text.splitlines())


def test_a_moment_is_shown_in_swiss_time() -> None:
    days = "Mo Di Mi Do Fr Sa So".split()
    assert show_moment(datetime(2026, 12, 1, 23, 30, tzinfo=UTC), days) == "Mi 02.12.2026 00:30"
    assert show_moment(datetime(2026, 7, 1, 8, 5, tzinfo=UTC)) == "01.07.2026 10:05"
    assert show_moment(datetime(2026, 7, 1, 8, 5)) == "01.07.2026 08:05"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "Tue 01.12.2026 09:30"),
        ("de", "Di 01.12.2026 09:30"),
        ("fr", "mar 01.12.2026 09:30"),
        ("it", "mar 01.12.2026 09:30"),
    ],
)
def test_a_lease_ends_at_a_moment(language: Language, shown: str) -> None:
    params = {"customer": "schmiedeisen", "holder": "ci", "until": "2026-12-01T08:30:00+00:00"}
    text = Catalogue(language).text("PV531", params)
    assert shown in text
    assert "T08:30" not in text
