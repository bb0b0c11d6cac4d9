"""Swiss telephone numbers and DDI blocks.

Numbers are written in national form without spaces (R9): ``0445001234``.  A block is written
shortened (R11): ``04450012`` is 0445001200 to 0445001299, shown as ``04450012xx``.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from provisioner.codes.fields import BlockAmongNumbers, NumberAmongBlocks, SeveralBlocks
from provisioner.codes.telephony import (
    BlockMisspelled,
    NotAFixedLineAreaCode,
    NumberDoesNotExist,
    NumberMisspelled,
    PositionOutsideTheBlock,
)
from provisioner.errors import ProvisionError

PREFIXES = frozenset(
    "021 022 024 026 027 031 032 033 034 041 043 044 052 055 056 058 061 062 071 081 091".split()
)
"""Geographic area codes and the corporate code 058 of the Swiss numbering plan."""

DIGITS = 10
BLOCK_SIZES = {1: 10, 2: 100, 3: 1000}
"""Digits that are left off a block's prefix, and the numbers that the block then holds."""

MAX_BLOCKS = 9
"""A range that takes more blocks is no range that a provider gave."""

ASSIGNED = re.compile(
    r"0(?:(?:2[12467]|3[1-4]|4[134]|5[12568]|6[12]|[7-9]1)\d{7}"
    r"|(?:6[89]|7[235-9])\d{7}|(?:74[0248]|84[0248]|90[016]|800|878)\d{6})",
    re.ASCII,
)
"""Valid Swiss numbers of ten digits, so that ``phonenumbers`` need not be loaded for them."""
_SHAPE = re.compile(r"0\d{9}", re.ASCII)
_APART = "\\s().'’/\u2010-\u2015\u2212-"
"""What stands between digits, with the dashes and spaces of word processors."""
_WRITTEN = re.compile(rf"\+?[0-9{_APART}]+")
_SEPARATORS = re.compile(rf"[{_APART}]")
_BLOCK = re.compile(r"(?:\+41|0041|0)(?P<prefix>\d+)(?P<rest>[xX]*)", re.ASCII)
_UNTIL = re.compile("\\s*(?:[\u2010-\u2015\u2212-]|\\.{2,3}|…|\\b(?:bis|to|à|au|a|al)\\b)\\s*")


class NumberError(ProvisionError):
    """A text that is no number, or no block; ``suggestion`` is the corrected spelling, if any."""


@lru_cache(maxsize=65_536)
def _is_assignable(national: str) -> bool:
    if ASSIGNED.fullmatch(national):
        return True
    import phonenumbers  # takes a tenth of a short command; only for a number of no known kind

    return phonenumbers.is_valid_number(phonenumbers.parse(national, "CH"))


def respell(text: str) -> str:
    """The national spelling without spaces that ``text`` most likely means, or an empty string."""
    digits = re.sub(r"[^\d+]", "", text.replace("(0)", ""), flags=re.ASCII)
    if digits.startswith("+41"):
        digits = "0" + digits[3:]
    elif digits.startswith("0041"):
        digits = "0" + digits[4:]
    elif len(digits) == DIGITS - 1 and not digits.startswith("0"):
        digits = "0" + digits
    return digits if re.fullmatch(r"0\d+", digits, re.ASCII) else ""


def number_meant(text: str) -> str:
    """The ten digits that ``text`` writes, without a doubt; else an empty string."""
    digits = respell(text) if _WRITTEN.fullmatch(text) else ""
    return digits if _SHAPE.fullmatch(digits) else ""


def blocks_meant(text: str) -> list[str]:
    """The blocks that ``text`` writes, each shortened: ``052 555 20 xx``, ``052 555 20 00 – 99``;
    several where a range is none of 10, 100 or 1,000.  Empty if it is no such text."""
    shortened = _shortened(text)
    return [shortened] if shortened else _range(text)


def _shortened(text: str) -> str:
    found = _BLOCK.fullmatch(_SEPARATORS.sub("", text.replace("(0)", "")))
    if not found:
        return ""
    prefix, rest = "0" + found["prefix"], found["rest"]
    missing = DIGITS - len(prefix)
    return prefix if missing in BLOCK_SIZES and len(rest) in {0, missing} else ""


def _range(text: str) -> list[str]:
    """From ``first - last``; the last one may be shortened to its own digits."""
    for between in _UNTIL.finditer(text):
        first, written = number_meant(text[: between.start()]), text[between.end() :]
        short = _SEPARATORS.sub("", written)
        if first and re.fullmatch(r"\d{1,4}", short, re.ASCII):
            last = first[: -len(short)] + short
        else:
            last = number_meant(written)
        if first and last and (found := _covering(int(first), int(last))):
            return found
    return []


def _covering(first: int, last: int) -> list[str]:
    """The fewest blocks with exactly the numbers from ``first`` to ``last``; at most MAX_BLOCKS."""
    found: list[str] = []
    while first <= last and len(found) < MAX_BLOCKS:
        sizes = (m for m in sorted(BLOCK_SIZES, reverse=True) if not first % BLOCK_SIZES[m])
        fit = next((m for m in sizes if first + BLOCK_SIZES[m] - 1 <= last), 0)
        if not fit:
            return []
        found.append(f"{first:0{DIGITS}d}"[:-fit])
        first += BLOCK_SIZES[fit]
    return found if first > last else []


@dataclass(frozen=True, slots=True, order=True)
class E164:
    """One number. ``national`` is ten digits that begin with 0."""

    national: str

    @classmethod
    def parse(cls, text: str) -> "E164":
        """A geographic or corporate number, as it can be ordered and ported.

        Raises NumberError PV201 (spelling), PV202 (area code) or PV203 (not assignable).
        """
        number = cls.parse_any(text)
        if number.area not in PREFIXES:
            raise NumberError(NotAFixedLineAreaCode(found=text, area=number.area))
        return number

    @classmethod
    def parse_any(cls, text: str) -> "E164":
        """Any valid Swiss number, mobile included, as a contact may have it."""
        if not _SHAPE.fullmatch(text):
            suggestion = respell(text)
            if _SHAPE.fullmatch(suggestion):
                raise NumberError(NumberMisspelled(found=text, suggestion=suggestion))
            blocks = blocks_meant(text)
            lacks_one = len(suggestion) == DIGITS - 1 and "x" not in text.lower()
            if blocks and not lacks_one:
                raise NumberError(BlockAmongNumbers(found=text, blocks=", ".join(blocks)))
            raise NumberError(NumberMisspelled(found=text, suggestion=""))
        if not _is_assignable(text):
            raise NumberError(NumberDoesNotExist(found=text))
        return cls(text)

    @property
    def area(self) -> str:
        """Area code with its zero: ``044``."""
        return self.national[:3]

    @property
    def international(self) -> str:
        """E.164 with plus sign: ``+41445001234``."""
        return "+41" + self.national[1:]

    def __str__(self) -> str:
        return self.national


@dataclass(frozen=True, slots=True, order=True)
class DdiBlock:
    """A range of 10, 100 or 1,000 numbers that share ``prefix`` and port only as a whole."""

    prefix: str

    @classmethod
    def parse(cls, text: str) -> "DdiBlock":
        """From the shortened spelling; also ``04450012xx``.

        Raises NumberError PV204 (spelling or size) or PV202 (area code).
        """
        prefix = text.rstrip("xX")
        missing = DIGITS - len(prefix)
        bad = not re.fullmatch(r"0\d+", prefix, re.ASCII) or missing not in BLOCK_SIZES
        if bad or (prefix != text and len(text) != DIGITS):
            number = respell(text)
            blocks = blocks_meant(text)
            if not blocks and _SHAPE.fullmatch(number):
                raise NumberError(NumberAmongBlocks(found=text, number=number))
            if len(blocks) > 1:
                raise NumberError(SeveralBlocks(found=text, blocks=", ".join(blocks)))
            raise NumberError(BlockMisspelled(found=text, suggestion="".join(blocks)))
        if prefix[:3] not in PREFIXES:
            raise NumberError(NotAFixedLineAreaCode(found=text, area=prefix[:3]))
        return cls(prefix)

    @property
    def size(self) -> int:
        """How many numbers it holds: 10, 100 or 1,000."""
        return BLOCK_SIZES[DIGITS - len(self.prefix)]

    @property
    def area(self) -> str:
        return self.prefix[:3]

    @property
    def first(self) -> E164:
        return E164(self.prefix.ljust(DIGITS, "0"))

    @property
    def last(self) -> E164:
        return E164(self.prefix.ljust(DIGITS, "9"))

    def line(self, index: int) -> E164:
        """The number at ``index``, 0 to size - 1."""
        if not 0 <= index < self.size:
            raise NumberError(PositionOutsideTheBlock(found=index, size=self.size))
        width = DIGITS - len(self.prefix)
        return E164(f"{self.prefix}{index:0{width}d}")

    def index(self, number: E164) -> int:
        """Where ``number`` stands in the block, counted from 0."""
        return int(number.national[len(self.prefix) :])

    def __contains__(self, number: object) -> bool:
        return isinstance(number, E164) and number.national.startswith(self.prefix)

    def overlaps(self, other: "Numbers") -> bool:
        """Whether any number is in both."""
        mine, theirs = self.prefix, digits_of(other)
        return mine.startswith(theirs) or theirs.startswith(mine)

    def __str__(self) -> str:
        return self.prefix.ljust(DIGITS, "x")


Numbers = E164 | DdiBlock


def digits_of(numbers: Numbers) -> str:
    """The leading digits that all of ``numbers`` share; its spelling in a manifest."""
    return numbers.prefix if isinstance(numbers, DdiBlock) else numbers.national


def numbers_from(digits: str) -> Numbers:
    """Back from :func:`digits_of`; trusts its argument."""
    return E164(digits) if len(digits) == DIGITS else DdiBlock(digits)
