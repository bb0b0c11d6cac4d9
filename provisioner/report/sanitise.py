"""The one sanitiser in front of everything that people read.

A value from a manifest, a live system or a donor may hold characters that move the cursor, hide
text or turn it round.  They are shown, never obeyed: escape first, decorate after.
"""

import unicodedata

_INVISIBLE = frozenset({0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0})
"""Letters and symbols by Unicode's categories, but nothing is seen: fillers and the empty braille
pattern.  Joiners and variation selectors are combining marks."""


def visible(text: str) -> str:
    """``text`` with every character that is not plainly seen as ``\\u{202E}``.

    Controls, escapes, line and paragraph separators, bidi and zero-width characters, spaces other
    than the space, unassigned characters and combining marks: what is composed has one character in
    NFC, and what has not could be stacked over the neighbouring lines.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _plain(char) else f"\\u{{{ord(char):X}}}" for char in text)


def _plain(char: str) -> bool:
    return (
        char.isprintable()
        and ord(char) not in _INVISIBLE
        and unicodedata.category(char) not in {"Mn", "Me"}
    )


def cells(text: str) -> int:
    """Columns that ``text`` takes on a terminal; ``text`` has been made visible."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
