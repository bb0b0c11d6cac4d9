"""Sentences of the catalogue, and findings, in the Markdown that GitHub and GitLab both render."""

import re

from provisioner.manifest.diagnostics import Diagnostic
from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue, Params
from provisioner.report.sanitise import code, markdown, visible

LONG = 400
"""Characters of one line before it is cut."""

_CODE = re.compile(r"`([^`]+)`")


def item(diagnostic: Diagnostic, words: Catalogue, *, placed: bool = False) -> str:
    """A finding as an item of a list, with its place if ``placed``."""
    label = markdown(words.ui(f"severity.{diagnostic.severity}"))
    lines = [f"- **{label}**: {sentence(diagnostic.code, diagnostic.params, words)}"]
    if placed and (place := diagnostic.place):
        where = f"{visible(place.file)}:{place.line}:{place.column}"
        lines.append(f"  {code(clip(where, LONG))}")
    return "  \n".join(lines)


def sentence(found: str, params: Params, words: Catalogue) -> str:
    """The text and the help of a code, with the code itself."""
    said = prose(words.text(found, params), params)
    helped = words.help(found, params)
    more = f" {prose(helped, params)}" if helped else ""
    return f"{said}{more} {code(f'[{visible(found)}]')}"


def prose(text: str, params: Params | None = None) -> str:
    """A sentence with its backticks as code, unless a value could have brought its own."""
    cut = clip(text, LONG)
    if any("`" in str(value) for value in (params or {}).values()):
        return markdown(cut)
    pieces = _CODE.split(cut)
    return "".join(
        code(piece) if at % 2 else _between(piece, first=at == 0) for at, piece in enumerate(pieces)
    )


def _between(text: str, *, first: bool) -> str:
    """A piece of a sentence; the blanks that part it from code stay blanks."""
    core = text.strip(" ")
    before = " " if text.startswith(" ") else ""
    after = " " if core and text.endswith(" ") else ""
    return f"{before}{markdown(core, first=first) if core else ''}{after}"
