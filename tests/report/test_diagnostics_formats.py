"""Diagnostics for programs: GitHub, GitLab, SARIF, JUnit, JSON."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from syrupy.assertion import SnapshotAssertion

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic, Place
from provisioner.report.diagnostics.forms import FORMATS, Report, renderer
from provisioner.report.messages import Catalogue, Language

Words = Callable[[Language], Catalogue]

FILES = ("customers/muster/a.yaml", "customers/muster/b.yaml", "customers/nord/c.yaml")
SPELLING = Diagnostic(
    "PV294",
    Severity.ERROR,
    {"found": "044 500 12 34", "suggestion": "0445001234"},
    customer="a",
    path=("porting", 0, "numbers", 1),
    place=Place(FILES[0], 7, 7, 20, "    - 044 500 12 34"),
)
CONFLICT = Diagnostic(
    "PV297",
    Severity.ERROR,
    {"number": "0445001234"},
    customer="b",
    place=Place(FILES[1], 3, 5, 15, "  - 0445001234"),
    related=(Place(FILES[2], 12, 5, 15, "  - 0445001234"),),
)
QUESTION = Diagnostic(
    "PV290", Severity.QUESTION, {"porting": "alt"}, customer="a", path=("porting", 0, "provider")
)
WARNING = Diagnostic("PV293", Severity.WARNING, {"login": "fax"}, place=Place(FILES[2], 4, 1, 9))
ALL = (CONFLICT, SPELLING, WARNING, QUESTION)

HOSTILE = "x\n::error file=a,line=1::pwned\r%0A]]></failure><x y=\"'&\x1b[2J\x00\u202e\ud800"
BAD = Diagnostic(
    "PV294",
    Severity.ERROR,
    {"found": HOSTILE, "suggestion": HOSTILE},
    customer=HOSTILE,
    path=("contact", HOSTILE),
    place=Place(f"customers/{HOSTILE}.yaml", 1, 1, 2),
    related=(Place(HOSTILE, 1, 1, 2),),
)
PROGRAMS = [form for form in FORMATS if form != "text"]

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::([^\r\n]*)")


def rendered(form: str, found: tuple[Diagnostic, ...], words: Catalogue) -> str:
    return renderer(form)(Report.of(found, words, FILES))


@pytest.mark.parametrize("form", PROGRAMS)
def test_each_form(form: str, en: Catalogue, snapshot: SnapshotAssertion) -> None:
    text = rendered(form, ALL, en)
    assert re.sub(r'("name": "provision",\s+"version": )"[^"]+"', r'\1"X"', text) == snapshot


@pytest.mark.parametrize("form", PROGRAMS)
def test_nothing_found(form: str, en: Catalogue) -> None:
    text = rendered(form, (), en)
    match form:
        case "github":
            assert text == ""
        case "json" | "gitlab":
            assert json.loads(text) == []
        case "sarif":
            assert json.loads(text)["runs"][0]["results"] == []
        case "junit":
            assert ET.fromstring(text).get("failures") == "0"  # noqa: S314 - ours


@pytest.mark.parametrize("form", PROGRAMS)
def test_the_same_findings_give_the_same_text(form: str, en: Catalogue) -> None:
    assert rendered(form, ALL, en) == rendered(form, tuple(reversed(ALL)), en)


def test_github_escapes_as_its_toolkit_does(en: Catalogue) -> None:
    text = rendered("github", (BAD,), en)
    assert text.count("\n") == 1
    found = COMMAND.fullmatch(text.rstrip("\n"))
    assert found
    properties = dict(pair.split("=", 1) for pair in found[2].split(","))
    assert set(properties) == {"file", "line", "endLine", "col", "endColumn", "title"}
    assert "::" not in properties["file"]
    assert "%3A%3Aerror file=a%2Cline=1%3A%3Apwned" in properties["file"]
    assert "%250A" in found[3]  # a percent sign of the value is no escape


@given(st.text(max_size=60))
def test_github_stays_one_command(value: str) -> None:
    words = Catalogue("en")
    finding = Diagnostic("PV201", Severity.ERROR, {"found": value, "suggestion": value})
    text = rendered("github", (finding, finding), words)
    assert len(text.splitlines()) == 2
    assert all(COMMAND.fullmatch(line) for line in text.splitlines())


def test_github_shows_the_gravest_first(en: Catalogue) -> None:
    levels = [line.split()[0] for line in rendered("github", ALL, en).splitlines()]
    assert levels == ["::error", "::error", "::warning", "::notice"]


def test_gitlab_fingerprints_survive_a_move(en: Catalogue) -> None:
    def prints(*found: Diagnostic) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(rendered("gitlab", found, en))]

    from dataclasses import replace

    assert SPELLING.place
    moved = replace(
        SPELLING,
        place=replace(SPELLING.place, line=99, column=3),
        path=("porting", 4, "numbers", 0),
    )
    assert prints(moved) == prints(SPELLING)
    other = replace(SPELLING, params={"found": "1", "suggestion": ""})
    assert prints(other) != prints(SPELLING)
    elsewhere = replace(SPELLING, place=replace(SPELLING.place, file="customers/x/y.yaml"))
    assert prints(elsewhere) != prints(SPELLING)
    twice = prints(SPELLING, moved)
    assert len(set(twice)) == 2
    assert twice[0] == prints(SPELLING)[0]


@pytest.mark.parametrize("form", PROGRAMS)
def test_hostile_values(form: str, en: Catalogue) -> None:
    """Nothing of a value is obeyed: no line of its own, no control character, no broken form."""
    text = rendered(form, (BAD, SPELLING), en)
    text.encode()  # a lone surrogate would fail
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text)
    assert not re.search(r"^::error file=a", text, re.MULTILINE)
    if form == "junit":
        root = ET.fromstring(text)  # noqa: S314 - ours
        assert [child.tag for child in root.iter()].count("failure") == 2
        assert "]]>" not in text
        assert not root.findall(".//x")
    elif form != "github":
        json.loads(text)


def test_junit_counts_manifests(en: Catalogue) -> None:
    root = ET.fromstring(rendered("junit", ALL, en))  # noqa: S314 - ours
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert root.attrib == {"tests": "4", "failures": "2", "errors": "0", "skipped": "0"}
    assert cases["a.yaml"].get("classname") == "customers/muster"
    assert cases["a.yaml"].find("failure") is not None
    assert cases["c.yaml"].find("failure") is None
    assert cases["c.yaml"].find("system-out") is not None


def test_junit_shows_all_errors_of_a_manifest(en: Catalogue) -> None:
    root = ET.fromstring(rendered("junit", (SPELLING, SPELLING), en))  # noqa: S314 - ours
    (failure,) = root.iter("failure")
    assert failure.text
    assert failure.text.count("error[PV294]") == 2
    assert "2 errors" in failure.get("message", "")


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


_TEXT = _object("text", text={"type": "string", "minLength": 1})
_NUMBER = {"type": "integer", "minimum": 1}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_PHYSICAL = _object(
    "artifactLocation region",
    artifactLocation=_object(
        "uri uriBaseId",
        uri={"type": "string", "pattern": "^[A-Za-z0-9._~/%-]+$"},
        uriBaseId={"const": "%SRCROOT%"},
    ),
    region=_object(
        "startLine startColumn endColumn",
        startLine=_NUMBER,
        startColumn=_NUMBER,
        endColumn=_NUMBER,
    ),
)
_LOGICAL = {
    "type": "array",
    "items": _object("fullyQualifiedName", fullyQualifiedName={"type": "string"}),
}
SARIF = _object(
    "$schema version runs",
    **{"$schema": {"type": "string"}, "version": {"const": "2.1.0"}},
    runs={
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": _object(
            "tool results columnKind",
            tool=_object(
                "driver",
                driver=_object(
                    "name rules",
                    name={"const": "provision"},
                    version={"type": "string"},
                    rules={
                        "type": "array",
                        "uniqueItems": True,
                        "items": _object(
                            "id shortDescription fullDescription help defaultConfiguration",
                            id={"pattern": "^PV[0-9]{3}$"},
                            shortDescription=_TEXT,
                            fullDescription=_TEXT,
                            help=_TEXT,
                            defaultConfiguration=_object("level", level=_LEVEL),
                            properties=_object("tags", tags={"type": "array"}),
                        ),
                    },
                ),
            ),
            language={"pattern": "^[a-z]{2}$"},
            columnKind={"const": "unicodeCodePoints"},
            results={
                "type": "array",
                "items": _object(
                    "ruleId ruleIndex level message partialFingerprints",
                    ruleId={"pattern": "^PV[0-9]{3}$"},
                    ruleIndex={"type": "integer", "minimum": 0},
                    level=_LEVEL,
                    message=_TEXT,
                    locations={
                        "type": "array",
                        "minItems": 1,
                        "items": _object("", physicalLocation=_PHYSICAL, logicalLocations=_LOGICAL),
                    },
                    relatedLocations={
                        "type": "array",
                        "items": _object(
                            "id message physicalLocation",
                            id=_NUMBER,
                            message=_TEXT,
                            physicalLocation=_PHYSICAL,
                        ),
                    },
                    partialFingerprints={
                        "type": "object",
                        "additionalProperties": {"pattern": "^[0-9a-f]{64}$"},
                    },
                    properties={"type": "object"},
                ),
            },
        ),
    },
)
"""What we use of SARIF 2.1.0, section by section of the standard; nothing else may appear."""


@pytest.mark.parametrize("found", [(), ALL, (BAD,)], ids=["none", "all", "hostile"])
def test_sarif_has_the_structure_of_the_standard(
    found: tuple[Diagnostic, ...], en: Catalogue
) -> None:
    log = json.loads(rendered("sarif", found, en))
    assert [error.message for error in Draft7Validator(SARIF).iter_errors(log)] == []
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_has_both_places_of_a_conflict(en: Catalogue) -> None:
    log = json.loads(rendered("sarif", (CONFLICT,), en))
    (result,) = log["runs"][0]["results"]
    first = result["locations"][0]["physicalLocation"]
    other = result["relatedLocations"][0]["physicalLocation"]
    assert unquote(first["artifactLocation"]["uri"]) == FILES[1]
    assert first["region"] == {"startLine": 3, "startColumn": 5, "endColumn": 15}
    assert unquote(other["artifactLocation"]["uri"]) == FILES[2]


@pytest.mark.parametrize("form", PROGRAMS)
def test_the_real_catalogue_has_words_for_all_of_it(form: str) -> None:
    for language in ("en", "de"):
        words = Catalogue(language)
        found = tuple(Diagnostic(code, Severity.ERROR, {}) for code in words.codes())
        text = rendered(form, found, words)
        assert "diagnostics.also" not in text
        if form == "sarif":
            log = json.loads(text)
            assert [e.message for e in Draft7Validator(SARIF).iter_errors(log)] == []
