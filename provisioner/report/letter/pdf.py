"""A letter as a PDF: A4, PDF/A-2a for the archive, the same bytes for the same letter.

The texts go in as JSON and are set as text, so nothing in them can be markup.  The compiler sees
the template's folder and no other file, and uses its own fonts only.  In PDF/A a character that the
font lacks is an error and never an empty box, so such a character is written as ``\\u{1F600}``.
"""

from dataclasses import asdict
from datetime import UTC, datetime, time
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import orjson

from provisioner.codes.internal import LetterCannotBeSet
from provisioner.errors import ProvisionError
from provisioner.manifest.lines import UNPRINTED
from provisioner.report.letter.content import Letter
from provisioner.report.sanitise import visible

_TEMPLATES = files("provisioner.report") / "templates"
TEMPLATE = "poa.typ"


class LetterError(ProvisionError):
    """The letter cannot be set: PV903."""


def set_pdf(letter: Letter, template: Path | None = None) -> bytes:
    """The letter as PDF, by ``template`` or our own. Raises LetterError PV903."""
    import typst  # a compiler, only for letters

    with as_file(_TEMPLATES) as folder:
        source = template or folder / TEMPLATE
        try:
            return typst.compile(
                source,
                root=source.parent,
                format="pdf",
                ignore_system_fonts=True,
                sys_inputs=inputs(letter),
                pdf_standards="a-2a",
                timestamp=datetime.combine(letter.issued, time.min, UTC),
            )
        except typst.TypstError:
            # its text may hold what the letter holds
            raise LetterError(LetterCannotBeSet(porting=letter.porting)) from None


def inputs(letter: Letter) -> dict[str, str]:
    """What the template gets."""
    return {"letter": orjson.dumps(_shown(asdict(letter))).decode()}


def printable(text: str) -> str:
    """``text`` with each character that the letter cannot show as ``\\u{1F600}``."""
    return UNPRINTED.sub(lambda found: f"\\u{{{ord(found[0]):X}}}", visible(text))


def _shown(found: Any) -> Any:
    """All texts, made printable."""
    match found:
        case str():
            return printable(found)
        case dict():
            return {name: _shown(value) for name, value in found.items()}
        case list() | tuple():
            return [_shown(item) for item in found]
        case _:
            return found
