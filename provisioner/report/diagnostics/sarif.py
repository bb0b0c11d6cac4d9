"""Diagnostics as SARIF 2.1.0 (OASIS), which code scanning and editors read.

Columns count Unicode characters from 1, an end is the column behind: as in ours.
"""

from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

import orjson

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic, Place
from provisioner.report.diagnostics.forms import Report
from provisioner.report.diagnostics.gitlab import fingerprint
from provisioner.report.diagnostics.text import path_text
from provisioner.report.sanitise import visible

_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.QUESTION: "note",
    Severity.ADVICE: "note",
}
_ROOT = "%SRCROOT%"
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render_sarif(report: Report) -> str:
    """One run with a rule for each code that was found."""
    rules = sorted({diagnostic.code for diagnostic in report.diagnostics})
    numbers = {code: at for at, code in enumerate(rules)}
    gravest_last = sorted(report.diagnostics, key=lambda d: -d.severity)
    levels = {d.code: _LEVELS[d.severity] for d in gravest_last}
    run = {
        "tool": {
            "driver": {
                "name": "provision",
                **_version(),
                "rules": [_rule(code, levels[code], report) for code in rules],
            }
        },
        "language": report.words.language,
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, numbers[d.code], report) for d in report.diagnostics],
    }
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [run],
    }
    return orjson.dumps(log, option=orjson.OPT_INDENT_2).decode() + "\n"


def _version() -> dict[str, str]:
    try:
        return {"version": version("provisioner")}
    except PackageNotFoundError:
        return {}


def _rule(code: str, level: str, report: Report) -> dict[str, Any]:
    words = report.words
    title = words.title(code) or visible(code)
    explain = " ".join(words.explain(code).split()) or title
    rule = words.rule(code)
    return {
        "id": visible(code),
        "shortDescription": {"text": title},
        "fullDescription": {"text": explain},
        "help": {"text": f"{explain} (provision explain {visible(code)})"},
        "defaultConfiguration": {"level": level},
        **({"properties": {"tags": [rule]}} if rule else {}),
    }


def _result(diagnostic: Diagnostic, rule: int, report: Report) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": visible(diagnostic.code),
        "ruleIndex": rule,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": report.sentence(diagnostic)},
    }
    location = _location(diagnostic, diagnostic.place)
    if location:
        found["locations"] = [location]
    if diagnostic.related:
        also = {"text": report.words.ui("diagnostics.also")}
        found["relatedLocations"] = [
            {"id": at, "message": also, "physicalLocation": _physical(place)}
            for at, place in enumerate(diagnostic.related, 1)
        ]
    found["partialFingerprints"] = {"provision/v1": fingerprint(diagnostic)}
    found["properties"] = {"severity": str(diagnostic.severity)}
    return found


def _location(diagnostic: Diagnostic, place: Place | None) -> dict[str, Any]:
    found: dict[str, Any] = {"physicalLocation": _physical(place)} if place else {}
    name = ": ".join(
        part for part in (visible(diagnostic.customer or ""), path_text(diagnostic.path)) if part
    )
    if name:
        found["logicalLocations"] = [{"fullyQualifiedName": name}]
    return found


def _physical(place: Place) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.end}
    return {
        "artifactLocation": {"uri": quote(visible(place.file)), "uriBaseId": _ROOT},
        "region": region,
    }
