"""Diagnostics as GitLab's code quality report: findings beside the changes of a merge request.

GitLab compares the fingerprints of both branches to tell new findings from old ones.  So they hold
what is wrong and in which field, and not on which line, nor at which position in a list.
"""

import hashlib
import json
from collections import Counter
from typing import Any

import orjson

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.repository import CONFIG
from provisioner.report.diagnostics.forms import Report
from provisioner.report.sanitise import visible

_SEVERITIES = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.QUESTION: "minor",
    Severity.ADVICE: "info",
}


def render_gitlab(report: Report) -> str:
    """A JSON list; GitLab wants one also where nothing was found."""
    seen: Counter[str] = Counter()
    found: list[dict[str, Any]] = []
    for diagnostic in report.diagnostics:
        print_ = fingerprint(diagnostic)
        seen[print_] += 1
        if seen[print_] > 1:  # the same twice in one file: told apart by their order
            print_ = hashlib.sha256(f"{print_}/{seen[print_]}".encode()).hexdigest()
        found.append(_issue(diagnostic, report, print_))
    return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n"


def fingerprint(diagnostic: Diagnostic) -> str:
    """SHA-256 over file, customer, code, field and parameters: the same wherever the line is."""
    where = diagnostic.place.file if diagnostic.place else ""
    field = [step for step in diagnostic.path if isinstance(step, str)]
    said = sorted((name, str(value)) for name, value in diagnostic.params.items())
    parts = [where, diagnostic.customer or "", diagnostic.code, field, said]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _issue(diagnostic: Diagnostic, report: Report, print_: str) -> dict[str, Any]:
    place = diagnostic.place
    lines = {"begin": place.line if place else 1}
    where = "" if place else report.where(diagnostic)
    text = f"{report.title(diagnostic)}. {report.sentence(diagnostic)}"
    return {
        "description": f"{text} ({where})" if where else text,
        "check_name": visible(diagnostic.code),
        "fingerprint": print_,
        "severity": _SEVERITIES[diagnostic.severity],
        "location": {"path": visible(place.file) if place else CONFIG, "lines": lines},
    }
