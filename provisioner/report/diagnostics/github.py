"""Diagnostics as GitHub's workflow commands: annotations in the lines of a pull request.

GitHub shows ten of each level for a step, so the gravest come first.
"""

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.report.diagnostics.forms import Report
from provisioner.report.sanitise import uncommanded, visible

_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.QUESTION: "notice",
    Severity.ADVICE: "notice",
}


def render_github(report: Report) -> str:
    """One line for each finding; an empty text if there is none."""
    found = sorted(report.diagnostics, key=lambda d: d.severity)
    return "".join(_command(d, report) + "\n" for d in found)


def _command(diagnostic: Diagnostic, report: Report) -> str:
    properties = {}
    if place := diagnostic.place:
        properties = {
            "file": visible(place.file),
            "line": str(place.line),
            "endLine": str(place.line),
            "col": str(place.column),
            "endColumn": str(place.end),
        }
    properties["title"] = report.title(diagnostic)
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    lines = [report.sentence(diagnostic)]
    also = report.words.ui("diagnostics.also")
    lines += [f"{also}: {visible(str(place))}" for place in diagnostic.related]
    if not diagnostic.place and (where := report.where(diagnostic)):
        lines.append(where)
    data = _data(uncommanded("\n".join(lines)))
    return f"::{_LEVELS[diagnostic.severity]} {uncommanded(shown)}::{data}"


def _data(text: str) -> str:
    """As GitHub's own toolkit escapes the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
