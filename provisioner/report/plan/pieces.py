"""Pieces of a comment in Markdown: names, sentences of the catalogue, rows.  Values stay values."""

import re
from collections.abc import Iterable

from provisioner.manifest.diagnostics import Diagnostic
from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue, Params
from provisioner.report.sanitise import code, markdown, visible

LONG, SHORT = 400, 80
"""Characters of one line before it is cut, in full and in a short list."""

_CODE = re.compile(r"`([^`]+)`")


def diagnostic(words: Catalogue, found: Diagnostic, *, placed: bool = False) -> str:
    """An item of a list; ``placed``: with file, line and column on a line of their own."""
    label = markdown(words.ui(f"severity.{found.severity}"))
    lines = [f"- **{label}**: {sentence(words, found.code, found.params)}"]
    if placed and (place := found.place):
        where = f"{visible(place.file)}:{place.line}:{place.column}"
        lines.append(f"  {code(clip(where, LONG))}")
    return "  \n".join(lines)


def sentence(words: Catalogue, found: str, params: Params) -> str:
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
    found = _CODE.split(cut)
    return "".join(
        code(piece) if at % 2 else _between(piece, first=at == 0) for at, piece in enumerate(found)
    )


def name(customer: str) -> str:
    """An id or a login, cut; never empty, since a list of names would lose one."""
    return markdown(clip(visible(customer), SHORT)) or "-"


def cells(texts: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(texts)} |"


def indented(text: str) -> str:
    """As a part of the list item before it."""
    return "\n".join(f"  {line}" for line in text.split("\n"))


def _between(text: str, *, first: bool) -> str:
    """A piece of a sentence; the blanks that part it from code stay blanks."""
    core = text.strip(" ")
    before = " " if text.startswith(" ") else ""
    after = " " if core and text.endswith(" ") else ""
    return f"{before}{markdown(core, first=first) if core else ''}{after}"
