"""A line of a manifest as it may be shown: secrets and personal data masked.

A masked character becomes one ``•``, so a caret below the line still stands where it should and its
column is the one an editor counts.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

MASK = "•"
MASKED = MASK * 6
"""Stands for a masked value inside a sentence."""

_KEY = re.compile(r"(?:^|(?<=[\s{,\[]))([A-Za-z_][A-Za-z_0-9+-]*)[ ]*:(?=\s|$)")
_LEAD = re.compile(r"\s*(?:- +)*(?:-$)?")
_OPENING = re.compile(r"(?<=\s)[\[{\"']+")
_CLOSING = re.compile(r"[\]}\"',]+(?=\s|$)")
_INDICATORS = frozenset("-?:,[]{}|>\"'")


class Piece(NamedTuple):
    """A scalar on a line, columns from 0, and whether it may be shown."""

    start: int
    stop: int
    shown: bool


def mask_parsed(line: str, pieces: Iterable[Piece]) -> str:
    """``line`` of a file whose scalars are known; a comment is masked, it may say anything."""
    keep = [False] * len(line)
    inside = [False] * len(line)
    for start, stop, shown in pieces:
        for at in range(start, min(stop, len(line))):
            inside[at] = True
            keep[at] = shown
    for at, char in enumerate(line):
        if inside[at]:
            continue
        if char == "#":
            break
        keep[at] = char in _INDICATORS
    return _masked(line, keep)


def mask_raw(line: str, names: Collection[str]) -> str:
    """``line`` of a file that could not be parsed: only known keys and punctuation are left."""
    keep = [False] * len(line)
    for pattern in (_LEAD, _OPENING, _CLOSING, _KEY):
        for found in pattern.finditer(line):
            if pattern is not _KEY or found[1] in names:
                keep[found.start() : found.end()] = [True] * (found.end() - found.start())
            if pattern is _LEAD:
                break
    return _masked(line, keep)


def _masked(line: str, keep: list[bool]) -> str:
    shown = (
        " " if char.isspace() else char if kept else MASK
        for char, kept in zip(line, keep, strict=True)
    )
    return "".join(shown).rstrip()
