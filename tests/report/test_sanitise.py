import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.report.sanitise import cells, inert, inert_json, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café Zürich, 100%", "Café Zürich, 100%"),
        ("a\u202eb", "a\\u{202E}b"),
        ("\x1b[31mred", "\\u{1B}[31mred"),
        ("one\ntwo\rthree\ttab", "one\\u{A}two\\u{D}three\\u{9}tab"),
        ("line\u2028para\u2029nel\u0085", "line\\u{2028}para\\u{2029}nel\\u{85}"),
        ("zero\u200bwidth\ufeff\u200d", "zero\\u{200B}width\\u{FEFF}\\u{200D}"),
        ("no\u00a0break\u3164fill\u2800", "no\\u{A0}break\\u{3164}fill\\u{2800}"),
        ("z\u0335algo\ufe0f", "z\\u{335}algo\\u{FE0F}"),
        ("\ud800", "\\u{D800}"),
        ("a ##[error]b", "a #\\u{23}[error]b"),
        ("##vso[task.x]", "#\\u{23}vso[task.x]"),
        ("##", "##"),
        ("C## [x]", "C## [x]"),
        ("\x7f\x9b", "\\u{7F}\\u{9B}"),
    ],
)
def test_what_is_not_seen_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_that_a_terminal_obeys_or_hides_comes_out(text: str) -> None:
    shown = visible(text)
    assert all(char == " " or unicodedata.category(char)[0] not in "CZ" for char in shown)
    assert not any(unicodedata.category(char) in {"Mn", "Me"} for char in shown)
    assert visible(shown) == shown


@given(st.text(st.characters(categories=("L", "Nd", "P"))))
def test_letters_and_digits_stay(text: str) -> None:
    kept = [c for c in text if c not in "\u115f\u1160\u3164\uffa0"]
    assert visible("".join(kept)) == "".join(kept)


def test_wide_characters_take_two_columns() -> None:
    assert cells("ab電") == 4


def test_no_line_begins_as_a_command_to_a_runner() -> None:
    said = "one ::error::a\n::error::b\n  ::set-env name=x::y\n\t::c\n:d\na::b\n"
    shown = inert(said)
    assert not any(line.strip().startswith("::") for line in shown.split("\n"))
    assert shown.split("\n")[0] == "one ::error::a"
    assert shown.split("\n")[4:] == [":d", "a::b", ""]
    assert inert(shown) == shown


def test_json_says_the_same_without_a_command() -> None:
    found = {"company": "##[error]x", "path": "\\##vso[x]", "##": ["##"]}
    made = b"".join(inert_json([json.dumps(found).encode()]))
    assert b"##[error" not in made
    assert b"##vso[" not in made
    assert json.loads(made) == found
    assert [*inert_json([b"%PDF", b"{##[x]"])] == [b"%PDF", b"{##[x]"]
