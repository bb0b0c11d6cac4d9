"""Lines, columns and colour for a terminal of a given width.  Data never reaches any markup."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from provisioner.report.sanitise import cells, widths

NARROW, WIDE = 60, 120

_TOGETHER = re.compile(
    r"0\d\d \d{3} [\dx]{2} [\dx]{2}|\w{2,3} \d\d\.\d\d\.\d{4}|CHF [+-]?\d|`[^`]{1,40}`"
)
_SHORT = 11
"""So many columns are left for text that may be cut."""
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
    line = first + text
    if text and len(line) <= width and line.isprintable() and text == text.strip():
        return [line]  # as nearly always
    indent = " " * cells(first) if rest is None else rest
    lines = textwrap.wrap(
        _glued(text),
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return [line.replace(_GLUE, " ") for line in lines or [first.rstrip()]]


def _glued(text: str) -> str:
    return _TOGETHER.sub(lambda found: found[0].replace(" ", _GLUE), text)


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
    """Where the table is too wide: ``short`` text is cut, and an ``extra`` column is left out; who
    wants it has another way to it."""

    title: str
    right: bool = False
    short: bool = False
    extra: bool = False


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, paint: Paint
) -> list[str]:
    """Rows under their titles; where that is too wide, each row as lines of ``title: value``.

    The last column may wrap as long as a fifth of the width is left for it.  Then cells of every
    column wrap between words, or are cut, and extra or empty columns are left
    out.
    """
    shown, texts = columns, list(zip([column.title for column in columns], *rows, strict=True))
    taken = [widths(set(each)) for each in texts]
    sizes = _sizes(shown, taken, width)
    if sizes is None and rows:
        kept = [at for at, c in enumerate(columns) if not c.extra and any(texts[at][1:])]
        shown, texts = [columns[at] for at in kept], [texts[at] for at in kept]
        taken = [taken[at] for at in kept]
        sizes = _sizes(shown, taken, width)
    if sizes is None:
        return _records(columns, rows, width, paint)
    titles, *found = _lines(shown, texts, taken, sizes)
    ruler = "  ".join("-" * size for size in sizes)
    lines = [*(paint(line, "bold") for line in titles), paint(ruler, "dim")]
    return [*lines, *(line for each in found for line in each)]


def _sizes(
    columns: Sequence[Column], taken: Sequence[Mapping[str, int]], width: int
) -> list[int] | None:
    """How wide each column is; None if not even the least that each needs fits."""
    sizes = [max(each.values()) for each in taken]
    over = sum(sizes) + 2 * (len(sizes) - 1) - width
    if over <= 0:
        return sizes
    if sizes[-1] - over >= min(sizes[-1], width // 5):
        sizes[-1] -= over
        return sizes
    least = [max(map(_longest_word, each)) for each in taken]
    most = [
        width // 3 if at == len(columns) - 1 else _SHORT if c.short else width
        for at, c in enumerate(columns)
    ]
    least = [min(pair) for pair in zip(least, most, strict=True)]
    while over > 0:
        slack, at = max(
            (size - low and size, at) if size > low else (0, at)
            for at, (size, low) in enumerate(zip(sizes, least, strict=True))
        )
        if not slack:
            return None
        sizes[at] -= 1
        over -= 1
    return sizes


def _longest_word(text: str) -> int:
    """Of what stays whole, as numbers and dates do."""
    return max(map(cells, _glued(text).split(" ")))


def _lines(
    columns: Sequence[Column],
    texts: Sequence[Sequence[str]],
    taken: Sequence[Mapping[str, int]],
    sizes: Sequence[int],
) -> Iterator[list[str]]:
    """Those of each row; cells are wrapped or cut where their column is too narrow."""
    if all(map(_is_plain, taken, sizes)):
        aligned = (f"%{'' if c.right else '-'}{n}s" for c, n in zip(columns, sizes, strict=True))
        pattern = "  ".join(aligned)
        yield from [[(pattern % row).rstrip()] for row in zip(*texts, strict=True)]
        return
    padded = []
    for column, found, known, size in zip(columns, texts, taken, sizes, strict=True):
        shown = {}
        for text, width in known.items():
            parts = [(text, width)] if width <= size else _within(text, size, short=column.short)
            pads = ((part, " " * (size - width)) for part, width in parts)
            shown[text] = [pad + part if column.right else part + pad for part, pad in pads]
        padded.append([shown[text] for text in found])
    blank = [" " * size for size in sizes]
    for row in zip(*padded, strict=True):
        yield [
            "  ".join(
                cell[at] if at < len(cell) else gap for cell, gap in zip(row, blank, strict=True)
            ).rstrip()
            for at in range(max(map(len, row)))
        ]


def _is_plain(known: Mapping[str, int], size: int) -> bool:
    """Whether the texts of a column fit, and take a column for each character: nearly all do."""
    return max(known.values()) <= size and [*known.values()] == [*map(len, known)]


def _within(text: str, size: int, *, short: bool) -> list[tuple[str, int]]:
    """Its lines, and how wide each is."""
    return [(line, cells(line)) for line in ([clip(text, size)] if short else wrap(text, size))]


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
