"""The work list on a terminal: a line that says who has to do what by when, and its command."""

import re
from collections.abc import Sequence
from datetime import date

from provisioner.plan.matters import Matter
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import cells, visible
from provisioner.report.work.words import command_of, owner_of, text_of, whose_of

ROOMY = 100
"""From so many columns on, what is to be done stands beside day and owner."""
_INDENT = 4
_LEAST = 20
"""So many columns a line has for what is to be done."""
_WORD = r"""(?:'[^']*'|"[^"]*"|[^\s'"])+"""
_WORDS = re.compile(rf"--[a-z-]+ {_WORD}|{_WORD}")
"""Of a command; an option and its value are one."""


def render_work(
    matters: Sequence[Matter],
    words: Catalogue,
    *,
    today: date,
    until: date,
    width: int,
    color: bool,
) -> str:
    """The most urgent first, what is overdue with a ``!``."""
    if not matters:
        return words.ui("due.none", until=until.isoformat()) + "\n"
    paint, width = Paint(color), clamp(width)
    days = [words.day(m.due_on) if m.due_on else words.ui("due.undated") for m in matters]
    owners = [owner_of(m, words) for m in matters]
    wide, broad = max(map(cells, days)), max(map(cells, owners))
    beside = width >= ROOMY and wide + broad + 6 <= width // 2
    indent = wide + broad + 6 if beside else _INDENT
    lines = wrap(sums(matters, words, today, until), width)
    for matter, day, owner in zip(matters, days, owners, strict=True):
        late = is_late(matter, today)
        mark = "! " if late else "  "
        head = f"{mark}{_padded(day, wide)}  "
        head += f"{_padded(owner, broad)}  " if beside else f"{owner}  "
        text = ": ".join(filter(None, (whose_of(matter), text_of(matter, words))))
        if cells(head) <= width - _LEAST:
            told = wrap(text, width, head, " " * indent)
        else:
            told = [head.rstrip(), *wrap(text, width, " " * indent)]
        lines += ["", *paint.head(told, len(mark + day), *(["red", "bold"] if late else ["bold"]))]
        typed = command_lines(command_of(matter, words), width, indent)
        lines += [paint(line, "cyan") for line in typed]
    return "\n".join(lines) + "\n"


def sums(matters: Sequence[Matter], words: Catalogue, today: date, until: date) -> str:
    late = sum(is_late(each, today) for each in matters)
    undated = sum(each.due_on is None for each in matters)
    dated = len(matters) - late - undated
    return words.ui("due.sums", late=late, dated=dated, open=undated, until=until.isoformat())


def is_late(matter: Matter, today: date) -> bool:
    return matter.due_on is not None and matter.due_on < today


def command_lines(command: str, width: int, indent: int) -> list[str]:
    """The command so that it works when it is copied: a line that is parted ends with ``\\``."""
    shown, start = visible(command), " " * indent
    if cells(start + shown) <= width:
        return [start + shown]
    first, *words = _WORDS.findall(shown)
    lines = [start + first]
    for word in words:
        longer = f"{lines[-1]} {word}"
        if cells(longer) + 2 <= width:
            lines[-1] = longer
        else:
            lines[-1] += " \\"
            lines.append(f"{start}    {word}")
    return lines


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))
