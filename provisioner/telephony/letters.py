"""Letters: which are not seen, and names in those that every phone, key and database takes."""

import re
import unicodedata

UNSEEN = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)))
"""Letters, marks and symbols by Unicode's categories, but nothing is seen: joiners, fillers and the
empty braille pattern."""

_LETTERS = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "oe",
        "å": "aa",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "ŋ": "n",
        "ŧ": "t",
        "ĸ": "k",
        "ĳ": "ij",
        "ŀ": "l",
    }
)
"""What Unicode does not take apart, as passports write it (ICAO 9303), and German umlauts."""


def words_of(text: str) -> list[str]:
    """The words of ``text`` in small ASCII letters and digits: ``Zoë Łęcki-Müller`` is ``zoe``,
    ``lecki``, ``mueller``; an apostrophe parts no word."""
    return re.findall(r"[a-z0-9]+", re.sub(r"['’`´]", "", _plain(text)))


def _plain(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    parts = unicodedata.normalize("NFKD", composed)
    return "".join(char for char in parts if char.isascii())
