"""The one spelling of a number or block, where the writing leaves no doubt what is meant (R9, R11).

Stricter than the suggestion of a finding: what people read may be a guess, what a tool writes into
a file may not.  Letters, or digits that are left over, are no spelling of a number.
"""

import re

from provisioner.errors import ProvisionError
from provisioner.telephony.identity import Uid
from provisioner.telephony.numbers import (
    BLOCK_SIZES,
    DIGITS,
    E164,
    PREFIXES,
    DdiBlock,
    digits_of,
    respell,
)

_WRITTEN = re.compile(r"\+?[\d\s().'’/-]+", re.ASCII)
_SEPARATORS = re.compile(r"[\s().'’/-]", re.ASCII)
_BLOCK = re.compile(r"(?:\+41|0041|0)(?P<prefix>\d+)(?P<rest>[xX]*)", re.ASCII)
_UNTIL = re.compile(r"\s*(?:[-–—]|\.{2,3}|\bbis\b|\bto\b)\s*")


def number_spelling(text: str) -> str:
    """``+41 44 500 12 34`` as ``0445001234``; ``text`` itself if that is not certain."""
    digits = _digits(text)
    return digits if digits and _is(E164.parse, digits) else text


def phone_spelling(text: str) -> str:
    """As :func:`number_spelling`, mobile numbers included."""
    digits = _digits(text)
    return digits if digits and _is(E164.parse_any, digits) else text


def block_spelling(text: str) -> str:
    """``044 500 12 xx`` and ``0445001200-0445001299`` as ``04450012``; else ``text`` itself."""
    prefix = _shortened(text) or _range(text)
    return prefix if prefix and _is(DdiBlock.parse, prefix) else text


def number_or_block_spelling(text: str) -> str:
    """Either; ten digits are a number."""
    found = number_spelling(text)
    return found if found != text or len(text) == DIGITS else block_spelling(text)


def area_spelling(text: str) -> str:
    """``44`` as ``044``: the zero that a spreadsheet lost."""
    return f"0{text}" if f"0{text}" in PREFIXES else text


def uid_spelling(text: str) -> str:
    """``CHE123456788`` as ``CHE-123.456.788``."""
    try:
        return str(Uid.parse(text))
    except ProvisionError:
        return text


def _digits(text: str) -> str:
    """The ten digits that ``text`` writes, or an empty string."""
    digits = respell(text) if _WRITTEN.fullmatch(text) else ""
    return digits if len(digits) == DIGITS else ""


def _shortened(text: str) -> str:
    found = _BLOCK.fullmatch(_SEPARATORS.sub("", text))
    if not found:
        return ""
    prefix, rest = "0" + found["prefix"], found["rest"]
    missing = DIGITS - len(prefix)
    return prefix if missing in BLOCK_SIZES and len(rest) in {0, missing} else ""


def _range(text: str) -> str:
    """The block from ``first - last``; the last one may be shortened to its own digits."""
    for between in _UNTIL.finditer(text):
        first, written = _digits(text[: between.start()]), text[between.end() :]
        last = _digits(written)
        if first and re.fullmatch(r"\d{1,4}", written, re.ASCII):
            last = first[: -len(written)] + written
        for missing in BLOCK_SIZES if first and last else ():
            block = DdiBlock(first[:-missing])
            if (str(block.first), str(block.last)) == (first, last):
                return digits_of(block)
    return ""


def _is(parse: object, text: str) -> bool:
    assert callable(parse)  # noqa: S101 - the kinds above have one
    try:
        parse(text)
    except ProvisionError:
        return False
    return True
