"""Diagnostics as a JUnit report: a test case for each manifest, which fails if it has an error.

What is no error stands in the output of its case.  The report holds no time, so the same workspace
gives the same text.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.report.diagnostics.forms import Report
from provisioner.report.sanitise import visible


def render_junit(report: Report) -> str:
    """The report as XML, ended by a newline."""
    by_file: dict[str, list[Diagnostic]] = {file: [] for file in report.files}
    for diagnostic in report.diagnostics:
        file = diagnostic.place.file if diagnostic.place else diagnostic.customer or "-"
        by_file.setdefault(file, []).append(diagnostic)
    cases = [_case(file, found, report) for file, found in by_file.items()]
    failures = sum(case.find("failure") is not None for case in cases)
    numbers = {"tests": len(cases), "failures": failures, "errors": 0, "skipped": 0}
    shown = {name: str(count) for name, count in numbers.items()}
    root = ET.Element("testsuites", shown)
    suite = ET.SubElement(root, "testsuite", {"name": "provision validate", **shown})
    suite.extend(cases)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(file: str, found: Sequence[Diagnostic], report: Report) -> ET.Element:
    """``classname`` is the folder, which is the reseller's, so that reports group by it."""
    folder, _, name = visible(file).rpartition("/")
    case = ET.Element("testcase", {"classname": folder or "-", "name": name, "file": visible(file)})
    errors = [d for d in found if d.severity is Severity.ERROR]
    if errors:
        first = errors[0]
        message = report.words.text(first.code, first.params)
        if len(errors) > 1:
            message += f" ({report.words.ui('count.error', count=len(errors))})"
        failure = ET.SubElement(case, "failure", {"message": message, "type": visible(first.code)})
        failure.text = "\n".join(_line(d, report) for d in errors)
    others = [_line(d, report) for d in found if d.severity is not Severity.ERROR]
    if others:
        ET.SubElement(case, "system-out").text = "\n".join(others)
    return case


def _line(diagnostic: Diagnostic, report: Report) -> str:
    severity = report.words.ui(f"severity.{diagnostic.severity}")
    where = report.where(diagnostic)
    text = f"{severity}[{visible(diagnostic.code)}]: {report.sentence(diagnostic)}"
    return f"{where}: {text}" if where else text
