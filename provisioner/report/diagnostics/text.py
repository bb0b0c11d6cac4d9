"""Diagnostics for a terminal, as a good compiler shows them: code, place, line, caret, help."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic, Path, Place
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import cells, visible

LIMIT = 50
STYLES = {
    Severity.ERROR: ("bold", "red"),
    Severity.WARNING: ("bold", "yellow"),
    Severity.QUESTION: ("bold", "cyan"),
    Severity.ADVICE: ("bold", "green"),
}


def render_diagnostics(
    diagnostics: Iterable[Diagnostic],
    words: Catalogue,
    *,
    width: int,
    color: bool,
    limit: int = LIMIT,
    fixable: Callable[[Diagnostic], bool] = lambda _: False,
) -> str:
    """All of them in file order, and a line that counts them; an empty string if there are none.

    Of more than ``limit`` the gravest are shown and the others counted.  ``fixable`` tells of which
    to say that ``validate --fix`` writes the remedy.
    """
    found = sorted(diagnostics, key=lambda d: d.order)
    if not found:
        return ""
    paint, width = Paint(color), clamp(width)
    kept = found
    if len(found) > limit:
        gravest = sorted(found, key=lambda d: d.severity)[:limit]
        kept = sorted(gravest, key=lambda d: d.order)
    blocks = ["\n".join(diagnostic_lines(d, words, width, paint, fixable=fixable(d))) for d in kept]
    if len(found) > len(kept):
        blocks.append(words.ui("diagnostics.more", count=len(found) - len(kept)))
    blocks.append(paint(count_diagnostics(found, words), "bold"))
    return "\n\n".join(blocks) + "\n"


def count_diagnostics(diagnostics: Iterable[Diagnostic], words: Catalogue) -> str:
    """``2 errors, 1 question, 3 pieces of advice``; what there is none of is not said."""
    counts = Counter(d.severity for d in diagnostics)
    return ", ".join(
        words.ui(f"count.{severity}", count=counts[severity])
        for severity in Severity
        if counts[severity]
    )


def title_lines(
    diagnostic: Diagnostic, words: Catalogue, width: int, paint: Paint, indent: str = ""
) -> list[str]:
    """``error[PV103]: unknown field …``, wrapped."""
    label = f"{words.ui(f'severity.{diagnostic.severity}')}[{visible(diagnostic.code)}]"
    text = words.text(diagnostic.code, diagnostic.params)
    lines = wrap(f"{label}: {text}", width, indent, indent + "  ")
    return paint.head(lines, len(indent) + len(label), *STYLES[diagnostic.severity])


def diagnostic_lines(
    diagnostic: Diagnostic,
    words: Catalogue,
    width: int,
    paint: Paint,
    *,
    fixable: bool = False,
) -> list[str]:
    """One diagnostic with its places, help and rule."""
    places = [p for p in (diagnostic.place, *diagnostic.related) if p]
    gutter = max((len(str(p.line)) for p in places), default=1)
    lines = title_lines(diagnostic, words, width, paint)
    blank = " " * gutter
    if diagnostic.place:
        lines += _place(diagnostic.place, gutter, width, paint, mark="^")
    elif diagnostic.customer:
        where = visible(diagnostic.customer)
        if diagnostic.path:
            where += f", {path_text(diagnostic.path)}"
        lines.append(f"{blank}{paint('-->', 'cyan')} {where}")
    also = words.ui("diagnostics.also")
    for place in diagnostic.related:
        lines += _place(place, gutter, width, paint, mark="-", note=also)
    notes = [(words.ui("diagnostics.help"), words.help(diagnostic.code, diagnostic.params))]
    if fixable:
        notes.append((words.ui("fix.label"), words.ui("fix.hint")))
    notes.append((words.ui("diagnostics.rule"), words.rule(diagnostic.code)))
    for name, text in notes:
        if text:
            first = f"{blank} = {name}: "
            lines += paint.head(wrap(text, width, first), len(first) - 1, "cyan")
    return lines


def path_text(path: Path) -> str:
    """``workplaces[0].login``."""
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{visible(part)}"
    return shown.removeprefix(".")


def _place(
    place: Place, gutter: int, width: int, paint: Paint, *, mark: str, note: str = ""
) -> list[str]:
    blank = " " * gutter
    where = f"{visible(place.file)}:{place.line}:{place.column}"
    lines = [f"{blank}{paint('-->', 'cyan')} {where}" + (f"  {note}" if note else "")]
    if not place.source:
        return lines
    shown, before, marked = _window(place, width - gutter - 3)
    bar = paint("|", "cyan")
    number = paint(f"{place.line:>{gutter}}", "cyan")
    style = ("bold", "red") if mark == "^" else ("cyan",)
    lines.append(f"{blank} {bar}")
    lines.append(f"{number} {bar} {shown}".rstrip())
    lines.append(f"{blank} {bar} {' ' * before}{paint(mark * marked, *style)}")
    return lines


def _window(place: Place, room: int) -> tuple[str, int, int]:
    """The piece of the line that fits ``room``, and where and how long the mark below it is.

    A line that is cut says so with dots, so that the mark always stands below what it means.
    """
    pieces = [visible(char) for char in place.source]
    start = min(max(place.column - 1, 0), len(pieces))
    stop = min(max(place.end - 1, start + 1), max(len(pieces), start + 1))
    sizes = [cells(piece) for piece in pieces]
    if sum(sizes) <= room:
        return "".join(pieces), sum(sizes[:start]), max(1, sum(sizes[start:stop]))
    left = _left_edge(sizes, start, stop, room - 6)
    right, used = left, 0
    while right < len(pieces) and used + sizes[right] <= room - 6:
        used += sizes[right]
        right += 1
    head = "..." if left else ""
    tail = "..." if right < len(pieces) else ""
    before = len(head) + sum(sizes[left:start])
    marked = max(1, sum(sizes[start : min(stop, right)]))
    return head + "".join(pieces[left:right]) + tail, before, marked


def _left_edge(sizes: Sequence[int], start: int, stop: int, room: int) -> int:
    """First character to show: the beginning if the mark fits then, else some way before it."""
    if sum(sizes[:stop]) <= room:
        return 0
    left = start
    spare = min(16, max(0, room - sum(sizes[start:stop])))
    while left > 0 and spare >= sizes[left - 1]:
        left -= 1
        spare -= sizes[left]
    return left
