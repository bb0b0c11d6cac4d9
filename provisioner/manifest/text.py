"""Which bytes may be a manifest at all: size, encoding, characters.

Some programs end a line, and with it a comment, at U+2028, U+0085 or a bare carriage return, others
do not; bidirectional controls show a line in another order than it is read.  Either hides a change
from the person who reviews it, so none of them is let in.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from provisioner.codes import Code
from provisioner.codes.files import (
    CharacterNotAllowed,
    ManifestTooLarge,
    NotUTF8,
    WindowsOrOldMacLineEnds,
)
from provisioner.manifest.diagnostics import Path
from provisioner.telephony.letters import UNSEEN

MAX_BYTES = 512 * 1024
MAX_CHARACTERS_SHOWN = 10

Spot = tuple[int, int]
"""Line and column, from 0."""

_PLAIN = bytes([0x09, 0x0A, *range(0x20, 0x7F)])
_BOM = "\ufeff"
_UNSEEN = re.compile(f"[{''.join(sorted(UNSEEN))}\U000e0100-\U000e01ef]")
"""With the selectors of variants that no font has."""
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """A finding of the reader before it is made into a diagnostic."""

    about: Code
    start: Spot
    end: Spot
    path: Path | None = None


def checked_text(data: bytes) -> tuple[str, list[Trouble]]:
    """The text of ``data`` without a leading byte order mark, and what is wrong with the bytes."""
    if len(data) > MAX_BYTES:
        about = ManifestTooLarge(limit=MAX_BYTES // 1024, size=-(-len(data) // 1024))
        return "", [Trouble(about, (0, 0), (0, 1))]
    if data.isascii():
        text = data.decode("ascii")
        if not data.translate(None, _PLAIN):
            return text, []
        return text, list(_bad_characters(text))
    try:
        text = data.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        spot = (before.count("\n"), len(before) - before.rfind("\n") - 1)
        return "", [Trouble(NotUTF8(), spot, (spot[0], spot[1] + 1))]
    if text.replace("\n", "").isprintable() and not _UNSEEN.search(text):
        return text, []
    return text, list(_bad_characters(text))


def _bad_characters(text: str) -> Iterator[Trouble]:
    found = 0
    for number, line in enumerate(text.split("\n")):
        for column, char in enumerate(line):
            if char == "\t" or not _is_refused(char):
                continue
            spot, end = (number, column), (number, column + 1)
            if char == "\r":
                yield Trouble(WindowsOrOldMacLineEnds(), spot, end)
                return  # one such line end means that all are
            yield Trouble(CharacterNotAllowed(character=f"U+{ord(char):04X}"), spot, end)
            found += 1
            if found == MAX_CHARACTERS_SHOWN:
                return


def refused_characters(text: str) -> Iterator[str]:
    """The characters of ``text`` that no manifest may hold."""
    return (char for char in text if char != "\t" and _is_refused(char))


def _is_refused(char: str) -> bool:
    if char.isprintable():
        return bool(_UNSEEN.match(char))
    if char == "\n":
        return False
    point = ord(char)
    nothing = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return nothing or unicodedata.category(char) in _REFUSED
