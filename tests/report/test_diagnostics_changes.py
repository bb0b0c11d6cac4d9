"""What ``fmt`` and ``validate --fix`` say."""

import re

import pytest
from syrupy.assertion import SnapshotAssertion

from provisioner.manifest.diagnostics import Place
from provisioner.manifest.writing.fixes import Fix, What
from provisioner.report.diagnostics.changes import render_diff, render_fixes, render_formatted
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.sanitise import cells

FILE = "customers/limmat-it/a-customer-with-a-rather-long-name.yaml"
FIXES = (
    Fix("PV201", Place(FILE, 20, 1, 2), What.VALUE, ("porting",), "+41 44 555 13 41", "0445551341"),
    Fix("PV207", Place(FILE, 9, 1, 2), What.VALUE, ("contact", "phone"), "079 9", "0799", True),
    Fix("PV101", Place(FILE, 2, 1, 2), What.VERSION, after="version: 1"),
    Fix("PV103", Place(FILE, 5, 1, 2), What.NAME, ("contact", "Street"), "Street", "street"),
    Fix("PV004", Place("removals.yaml", 1, 1, 2), What.LINE_ENDS),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_fixes(width: int, language: Language, snapshot: SnapshotAssertion) -> None:
    text = render_fixes(FIXES, Catalogue(language), width=width, color=False)
    assert text == snapshot
    assert all(cells(line) <= width for line in text.splitlines())
    assert "799" not in text


def test_colour_is_an_addition() -> None:
    coloured = render_fixes(FIXES, Catalogue("en"), width=80, color=True)
    plain = render_fixes(FIXES, Catalogue("en"), width=80, color=False)
    assert coloured != plain
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_formatted(language: Language, snapshot: SnapshotAssertion) -> None:
    words = Catalogue(language)
    texts = [
        render_formatted(changed, same, words, dry=dry)
        for changed in ([], ["a.yaml"], ["a.yaml", "b\x1b[2J.yaml"])
        for same in (0, 1, 7)
        for dry in (False, True)
    ]
    assert "\n".join(texts) == snapshot


def test_a_diff_shows_and_never_obeys() -> None:
    text = render_diff("a: 1\n\tb\n", "a: 2\n\x1b[2J\u202e\n", "x\x1b.yaml", color=False)
    assert "-a: 1\n" in text
    assert "+a: 2\n" in text
    assert "\\u{1B}[2J\\u{202E}" in text
    assert "\x1b" not in text
    coloured = render_diff("a: 1\n", "a: 2\n", "x.yaml", color=True)
    assert "\033[32m+a: 2\033[0m\n" in coloured
