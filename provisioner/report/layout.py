"""Lines, columns and colour for a terminal of a given width.  Data never reaches any markup."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from provisioner.report.sanitise import cells

NARROW, WIDE = 60, 120

_TOGETHER = re.compile(
    r"0\d\d \d{3} [\dx]{2} [\dx]{2}|\w{2,3} \d\d\.\d\d\.\d{4}|CHF [+-]?\d|`[^`]{1,40}`"
)
_GLUE = "\u00a0"
"""Holds together what must not be parted; cannot come from data, since ``visible`` escapes it."""

_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def clamp(width: int) -> int:
    """The width that texts are made for: 60 to 120 columns."""
    return max(NARROW, min(width, WIDE))


@dataclass(frozen=True, slots=True)
class Paint:
    """Colour, in addition to words and symbols that say the same."""

    on: bool

    def __call__(self, text: str, *styles: str) -> str:
        if not self.on or not text or not styles:
            return text
        codes = ";".join(_COLOURS[style] for style in styles)
        return f"\033[{codes}m{text}\033[0m"

    def head(self, lines: list[str], length: int, *styles: str) -> list[str]:
        """``lines`` with the first ``length`` characters of the first one painted."""
        first, *rest = lines
        return [self(first[:length], *styles) + first[length:], *rest]


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """``text`` in lines of ``width``: the first begins with ``first``, others with ``rest``.

    Numbers, dates and short commands stay whole.  ``rest`` defaults to blanks below ``first``.
    """
    indent = " " * cells(first) if rest is None else rest
    glued = _TOGETHER.sub(lambda found: found[0].replace(" ", _GLUE), text)
    lines = textwrap.wrap(
        glued,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return [line.replace(_GLUE, " ") for line in lines or [first.rstrip()]]


def clip(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns; one that is cut ends with dots."""
    if len(text) <= width and cells(text) <= width:
        return text
    kept, used = "", 3
    for char in text:
        used += cells(char)
        if used > width:
            break
        kept += char
    return kept.rstrip() + "..."


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    right: bool = False


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, paint: Paint
) -> list[str]:
    """Rows under their titles; where that is too wide, each row as lines of ``title: value``.

    The last column may wrap as long as a fifth of the width is left for it.
    """
    texts = list(zip([column.title for column in columns], *rows, strict=True))
    taken = [{text: cells(text) for text in set(each)} for each in texts]
    sizes = [max(each.values()) for each in taken]
    fixed = sum(sizes[:-1]) + 2 * (len(sizes) - 1)
    room = width - fixed
    if room < min(sizes[-1], width // 5):
        return _records(columns, rows, width, paint)
    sizes[-1] = min(sizes[-1], room)
    titles, *found = _lines(columns, texts, taken, sizes)
    ruler = "  ".join("-" * size for size in sizes)
    lines = [*(paint(line, "bold") for line in titles), paint(ruler, "dim")]
    return [*lines, *(line for each in found for line in each)]


def _lines(
    columns: Sequence[Column],
    texts: Sequence[Sequence[str]],
    taken: Sequence[Mapping[str, int]],
    sizes: Sequence[int],
) -> Iterator[list[str]]:
    """Those of each row; the last column is wrapped where it is too wide."""
    padded = []
    for column, found, widths, size in zip(columns, texts, taken, sizes, strict=True):
        pads = {text: " " * (size - width) for text, width in widths.items()}
        shown = {text: pad + text if column.right else text + pad for text, pad in pads.items()}
        padded.append([shown[text] for text in found])
    for row, last in zip(zip(*padded, strict=True), texts[-1], strict=True):
        if taken[-1][last] > sizes[-1]:
            head = "".join(f"{each}  " for each in row[:-1])
            yield wrap(last, cells(head) + sizes[-1], head)
        else:
            yield ["  ".join(row).rstrip()]


def _records(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, paint: Paint
) -> list[str]:
    lines: list[str] = []
    for row in rows:
        if lines:
            lines.append("")
        named = [(c.title, cell) for c, cell in zip(columns, row, strict=True) if cell]
        for at, (title, cell) in enumerate(named):
            first = f"{title}: " if at == 0 else f"  {title}: "
            lines += paint.head(wrap(cell, width, first, "    "), len(first) - 1, "bold")
    return lines
