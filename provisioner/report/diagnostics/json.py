"""Diagnostics for programs."""

from collections.abc import Iterable
from typing import Any

import orjson

from provisioner.manifest.diagnostics import Diagnostic, Place
from provisioner.report.diagnostics.forms import Report
from provisioner.report.diagnostics.text import path_text
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible


def render_json(report: Report) -> str:
    """A JSON list of what :func:`diagnostics_json` has, in the report's order."""
    found = [_object(d, report.words) for d in report.diagnostics]
    return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n"


def diagnostics_json(diagnostics: Iterable[Diagnostic], words: Catalogue) -> list[dict[str, Any]]:
    """One object each, in file order.

    Keys: ``code``, ``severity``, ``text`` and ``help`` in the language, ``file``, ``line``,
    ``column``, ``end`` (None without a place), ``customer``, ``path``, ``related`` (places),
    ``rule``.
    """
    return [_object(d, words) for d in sorted(diagnostics, key=lambda d: d.order)]


def _object(diagnostic: Diagnostic, words: Catalogue) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "text": words.text(diagnostic.code, diagnostic.params),
        "help": words.help(diagnostic.code, diagnostic.params),
        **_place(diagnostic.place),
        "customer": visible(diagnostic.customer) if diagnostic.customer else None,
        "path": path_text(diagnostic.path) or None,
        "related": [_place(place) for place in diagnostic.related],
        "rule": words.rule(diagnostic.code),
    }


def _place(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"file": None, "line": None, "column": None, "end": None}
    return {
        "file": visible(place.file),
        "line": place.line,
        "column": place.column,
        "end": place.end,
    }
