import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic, Place
from provisioner.report.diagnostics.json import diagnostics_json
from provisioner.report.diagnostics.text import render_diagnostics
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.sanitise import cells, visible

Words = Callable[[Language], Catalogue]

SPELLING = Diagnostic(
    "PV294",
    Severity.ERROR,
    {"found": "044 500 12 34", "suggestion": "0445001234"},
    place=Place("customers/muster/a.yaml", 7, 7, 20, "    - 044 500 12 34"),
)
LONG = "numbers: [" + "0445001230, " * 9 + "0445001234, 0445001299]"
CONFLICT = Diagnostic(
    "PV297",
    Severity.ERROR,
    {"number": "0445001234"},
    place=Place("customers/muster/b.yaml", 3, 119, 129, LONG),
    related=(Place("customers/nord/c.yaml", 1204, 5, 15, "  - 0445001234"),),
)
HOSTILE = Diagnostic(
    "PV294",
    Severity.ERROR,
    {"found": "\x1b[2J", "suggestion": ""},
    place=Place("customers/muster/\u202e.yaml", 112, 8, 9, "\tname: \u202ex"),
)
QUESTION = Diagnostic(
    "PV290", Severity.QUESTION, {"porting": "alt"}, customer="a", path=("porting", 0, "provider")
)
ADVICE = Diagnostic("PV293", Severity.ADVICE, {"login": "fax"})
ALL = (CONFLICT, SPELLING, HOSTILE, QUESTION, ADVICE)


@pytest.mark.parametrize(
    ("language", "width"), [("en", 60), ("en", 120), *((language, 80) for language in LANGUAGES)]
)
def test_diagnostics_as_text(
    language: Language, width: int, words: Words, snapshot: SnapshotAssertion
) -> None:
    text = render_diagnostics(ALL, words(language), width=width, color=False)
    assert text == snapshot
    assert all(cells(line) <= width for line in text.splitlines())


def test_in_the_order_of_the_file_with_a_count(en: Catalogue) -> None:
    text = render_diagnostics(ALL, en, width=80, color=False)
    marks = ["question[", "a.yaml:7:7", "b.yaml:3:119", "\\u{202E}.yaml:112:8"]
    assert [text.index(m) for m in marks] == sorted(text.index(m) for m in marks)
    assert text.endswith("3 errors, 1 question, 1 piece of advice\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_can_be_fixed_says_so(
    language: Language, words: Words, snapshot: SnapshotAssertion
) -> None:
    text = render_diagnostics(
        ALL, words(language), width=80, color=False, fixable=lambda d: d is SPELLING
    )
    assert text == snapshot
    assert text.count("validate --fix") == 1


def test_none_is_an_empty_text(en: Catalogue) -> None:
    assert render_diagnostics((), en, width=80, color=False) == ""


def test_the_gravest_fifty_are_shown_and_the_rest_counted(en: Catalogue) -> None:
    many = [ADVICE] * 60 + [SPELLING]
    text = render_diagnostics(many, en, width=80, color=False)
    assert text.count("advice[PV293]") == 49
    assert text.count("error[PV294]") == 1
    assert "... and 11 more that are not shown." in text
    assert "1 error, 60 pieces of advice" in text


def test_colour_is_an_addition(en: Catalogue) -> None:
    import re

    coloured = render_diagnostics(ALL, en, width=80, color=True)
    assert "\033[1;31m^^^" in coloured
    plain = render_diagnostics(ALL, en, width=80, color=False)
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == plain


@given(
    source=st.text(st.characters(exclude_characters="^|"), min_size=1, max_size=200),
    at=st.integers(0, 199),
    length=st.integers(1, 30),
    width=st.sampled_from([60, 80, 120]),
)
def test_the_caret_stands_below_what_it_means(
    source: str, at: int, length: int, width: int
) -> None:
    at = min(at, len(source) - 1)
    place = Place("a.yaml", 5, at + 1, min(at + length, len(source)) + 1, source)
    found = Diagnostic("PV294", Severity.ERROR, {"found": "", "suggestion": ""}, place=place)
    text = render_diagnostics([found], Catalogue("en"), width=width, color=False)
    _, shown, carets = text.split("\n  |", 1)[1].split("\n")[:3]
    shown, carets = shown[4:], carets[4:]
    before = carets.index("^")
    assert cells(shown) <= width - 4
    below = _from_cell(shown, before)
    assert below.startswith(visible(source[at]).rstrip()[: len(below) or 1])


def _from_cell(text: str, cell: int) -> str:
    for at in range(len(text) + 1):
        if cells(text[:at]) == cell:
            return text[at:]
    return ""


def test_json_has_text_help_and_places(en: Catalogue) -> None:
    found = diagnostics_json(ALL, en)
    assert json.loads(json.dumps(found)) == found
    conflict = next(f for f in found if f["code"] == "PV297")
    assert conflict == {
        "code": "PV297",
        "severity": "error",
        "text": "The number 044 500 12 34 is used twice.",
        "help": "Remove it from one of the manifests.",
        "file": "customers/muster/b.yaml",
        "line": 3,
        "column": 119,
        "end": 129,
        "customer": None,
        "path": None,
        "related": [{"file": "customers/nord/c.yaml", "line": 1204, "column": 5, "end": 15}],
        "rule": "R11",
    }
    question = found[0]
    assert (question["file"], question["path"]) == (None, "porting[0].provider")
