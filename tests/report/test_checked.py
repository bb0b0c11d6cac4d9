"""A check of a merge request in every form: no value leaves its place, none commands a runner."""

import re
from dataclasses import replace
from types import MappingProxyType
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report.hostile import NASTY, REFERENCE, outside_code, page_of, shape

from provisioner.codes import Severity
from provisioner.git.tree import Blob, Change, How, Tree
from provisioner.manifest.diagnostics import Diagnostic, Place
from provisioner.operations import Checked
from provisioner.report.diagnostics.checked import (
    LIMIT,
    render_checked,
    render_summary,
    render_verdict,
    report_of,
)
from provisioner.report.diagnostics.github import render_github
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import inert
from provisioner.telephony.identity import CustomerId

EN = Catalogue("en")
RUNNER = (
    "::error::x",
    "::stop-commands::x",
    "##[command]",
    "##[",
    "##",
    "[command]",
    "##vso[task.x]",
    "%0A",
    "%0A::error::x",
    "%250A",
    "\n",
    "\r",
    "\u2028",
    "\u0085",
    "::",
    ",line=1",
)
hostile = st.one_of(
    st.lists(st.sampled_from((*RUNNER, *NASTY)), min_size=1, max_size=5).map("".join),
    st.lists(st.sampled_from((*RUNNER, *NASTY)), min_size=2, max_size=4).map(" ".join),
    st.text(st.characters(), min_size=1, max_size=20),
)
COMMAND = re.compile(r"::(?:error|warning|notice) (?:[A-Za-z]+=[^,:]*,)*title=[^,:]*::.+")
LINE = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def checked(value: str) -> Checked:
    """With ``value`` wherever somebody could have put it."""
    place = Place(f"customers/a/{value}.yaml", 7, 2, 9, value)
    other = replace(place, file=value, source=f"  {value}: {value}")
    wrong = Diagnostic(
        "PV294", Severity.ERROR, {"found": value, "suggestion": value}, value, (value, 0), place
    )
    mine = (
        wrong,
        Diagnostic("PV711", Severity.ERROR, {"file": value, "reseller": value}, place=other),
        Diagnostic(
            "PV717", Severity.WARNING, {"customer": value, "reseller": "##"}, "a", ("##", 0)
        ),
        replace(wrong, place=None, related=(other,)),
    )
    change = Change(How.ADDED, value, None, Blob("100644", "b" * 40, 1))
    tree = Tree("t" * 40, MappingProxyType({}))
    customers = frozenset({CustomerId("a")})
    return Checked(
        "a" * 40, "b" * 40, tree, (change,), (), None, customers, None, mine, mine[:1], mine[1:2]
    )


def forge(text: str) -> ET.Element:
    return page_of(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


@settings(max_examples=150)
@given(hostile)
def test_a_runner_obeys_nothing_but_annotations(value: str) -> None:
    made = checked(value)
    text = inert(render_checked(made, EN, width=60, color=False))
    assert not [line for line in LINE.split(text) if line.strip().startswith("::")]
    annotations = render_github(report_of(made, EN, standing=False))
    lines = LINE.split(annotations.rstrip("\n"))
    assert len(lines) == len(made.counting)
    assert all(COMMAND.fullmatch(line) for line in lines)
    verdict = inert(render_verdict(made, EN))
    assert not [line for line in LINE.split(verdict) if line.strip().startswith("::")]
    for out in (text, annotations, verdict):
        assert not re.search(r"##[A-Za-z]*\[", out)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)


@settings(max_examples=100)
@given(hostile)
def test_no_value_leaves_its_place_in_the_summary(value: str) -> None:
    usual, found = (forge(render_summary(checked(each), EN)) for each in ("harmless", f"{value}x"))
    assert shape(found) == shape(usual)
    assert not [text for text in outside_code(found) if REFERENCE.search(text)]


def test_the_summary_has_its_limit_and_counts_the_rest() -> None:
    one = checked("harmless")
    many = replace(one, findings=one.findings * 500)
    text = render_summary(many, EN)
    assert len(text) <= LIMIT + 1_000
    assert re.search(r"\.\.\. and \d{3,4} more that are not shown", text)
    assert "error" in text.partition("- **warning**")[0]


@pytest.mark.parametrize("standing", [True, False])
def test_its_own_files_come_first(standing: bool) -> None:
    made = checked("harmless")
    found = report_of(made, EN, standing=standing).diagnostics
    assert found == (*made.findings, *made.elsewhere, *(made.standing if standing else ()))


def test_many_customers_are_counted() -> None:
    names = frozenset(CustomerId(f"c{at:02}") for at in range(12))
    text = render_checked(replace(checked("x"), customers=names), EN, width=100, color=False)
    assert "Customers: c00, c01, c02, c03, c04, c05, c06, c07, c08, c09 and 2 more" in text
