"""A letter or another page as a PDF: A4, PDF/A-2a for the archive, always the same bytes.

The texts go in as JSON and are set as text, so nothing in them can be markup.  The compiler sees
the template's folder and no other file, and uses its own fonts only.  In PDF/A a character that the
font lacks is an error and never an empty box, so such a character is written as ``\\u{1F600}``.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import orjson

from provisioner import extras
from provisioner.codes.extras import LetterPackageMissing
from provisioner.codes.internal import LetterCannotBeSet
from provisioner.errors import ProvisionError, Unavailable
from provisioner.manifest.lines import UNPRINTED
from provisioner.report.letter.content import Letter
from provisioner.report.sanitise import visible

_TEMPLATES = files("provisioner.report") / "templates"
TEMPLATE = "poa.typ"


class LetterError(ProvisionError):
    """The letter cannot be set: PV903."""


def set_pdf(letter: Letter, template: Path | None = None) -> bytes:
    """The letter as PDF, by ``template`` or our own. Raises LetterError PV903 and, without
    the extra, Unavailable PV614.
    """
    made = typeset(TEMPLATE, "letter", asdict(letter), letter.issued, template)
    if made is None:
        raise LetterError(LetterCannotBeSet(porting=letter.porting))
    return made


def typeset(
    name: str, what: str, texts: Mapping[str, Any], day: date, template: Path | None = None
) -> bytes | None:
    """``texts`` by our template ``name``, or another one, in which they are called ``what``.

    None if it cannot be set: what the compiler says of it may hold what the page holds.
    Raises Unavailable PV614 without the extra.
    """
    try:
        import typst  # a compiler, only for what is printed
    except ImportError:
        missing = LetterPackageMissing(
            command=extras.command("letters"), extra="letters", package="typst"
        )
        raise Unavailable(missing) from None

    with as_file(_TEMPLATES) as folder:
        source = template or folder / name
        try:
            return typst.compile(
                source,
                root=source.parent,
                format="pdf",
                ignore_system_fonts=True,
                sys_inputs={what: orjson.dumps(_shown(texts)).decode()},
                pdf_standards="a-2a",
                timestamp=datetime.combine(day, time.min, UTC),
            )
        except typst.TypstError:
            return None


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
