"""The timeline for a terminal, from 60 columns on: a row for each customer, then the days.

Symbols and words say everything; colour only repeats it.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from provisioner.report.layout import Paint, clamp, clip, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import cells
from provisioner.report.timeline.events import Event, Mark, Scale, Timeline, scale_of

SYMBOLS = {
    Mark.ACTIVATION: "*",
    Mark.BILLING: "$",
    Mark.SYNCHRONISATION: "!",
    Mark.PORT: ">",
    Mark.PROVISIONAL: "~",
    Mark.QUARANTINE: "=",
    Mark.END: "x",
    Mark.DEADLINE: "]",
    Mark.OTHER: "o",
}
SEVERAL = "#"
"""Events that have no room beside each other."""
_COLOURS = {
    Mark.ACTIVATION: ("green",),
    Mark.SYNCHRONISATION: ("red",),
    Mark.PORT: ("cyan",),
    Mark.END: ("red",),
    Mark.DEADLINE: ("yellow",),
}
ROWS = 30
"""So many customers have a row of their own; the rest share one."""
NAMES = 5
"""So many customers are named where the same happens to many on one day."""
NAME_SHARE = 0.28
"""Share of the width for the customers' names."""
TICK = 10
"""Columns that a label of the scale needs."""


def render_timeline(
    found: Timeline, words: Catalogue, *, width: int, color: bool, show_all: bool = False
) -> str:
    """The timeline as text, ended by a newline; ``show_all`` folds nothing."""
    return _TimelineText(found, words, clamp(width), Paint(color), show_all).render()


class _TimelineText:
    def __init__(
        self, found: Timeline, words: Catalogue, width: int, paint: Paint, show_all: bool
    ) -> None:
        self.found, self.words, self.width, self.paint = found, words, width, paint
        self.show_all = show_all
        self.scale: Scale = scale_of(found)
        longest = max((cells(c) for c in found.customers), default=0)
        self.names = min(longest, int(width * NAME_SHARE))
        self.far = found.last > self.scale.last
        self.columns = width - self.names - 2 - (2 if self.far else 0)
        self.rows = list(self._rows())

    def render(self) -> str:
        chart = [*self._axis(), *self.rows] if self.rows else []
        blocks = [self._head(), chart, list(self._days()), self._open()]
        return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"

    def _head(self) -> list[str]:
        found, words = self.found, self.words
        if not found.events:
            return wrap(words.ui("timeline.none"), self.width)
        title = words.ui("timeline.title", first=words.day(found.today), last=words.day(found.last))
        lines = [self.paint(line, "bold") for line in wrap(title, self.width)]
        shown = [f"{SYMBOLS[m]} {words.ui(f'timeline.mark.{m}')}" for m in found.marks]
        if any(SEVERAL in row for row in self.rows):
            shown.append(f"{SEVERAL} {words.ui('timeline.mark.several')}")
        return [*lines, *(self.paint(line, "dim") for line in _flowed(shown, self.width))]

    # The rows

    def _rows(self) -> Iterator[str]:
        customers = self.found.customers
        fold = not self.show_all and len(customers) > ROWS + 1
        for customer in customers[:ROWS] if fold else customers:
            yield self._row(customer, self.found.of(customer))
        if fold:
            rest = set(customers[ROWS:])
            yield self.words.ui("timeline.more", count=len(rest))
            yield self._row("", [e for e in self.found.events if e.customer in rest])

    def _axis(self) -> list[str]:
        ticks = self.scale.ticks(self.words, max(2, self.columns // TICK))
        labels, lines, free = [" "] * self.columns, ["-"] * self.columns, 0
        lines[0] = "|"
        for tick in ticks:
            at = self._column(tick.at)
            lines[at] = "|"
            if at >= free and at + len(tick.label) <= self.columns:
                labels[at : at + len(tick.label)] = tick.label
                free = at + len(tick.label) + 1
        margin = " " * (self.names + 2)
        ruler = "".join(lines) + ("//" if self.far else "")
        return [(margin + "".join(labels)).rstrip(), self.paint(margin + ruler, "dim")]

    def _row(self, name: str, events: Sequence[Event]) -> str:
        """Marks that fall on one column stand beside each other where there is room."""
        cells_of: dict[int, list[Mark]] = {}
        for event in events:
            if event.on <= self.scale.last:
                at = self._column(self.scale.at(event.on))
                if event.mark not in cells_of.setdefault(at, []):
                    cells_of[at].append(event.mark)
        line = [" "] * self.columns
        line[0] = "|"
        taken: dict[int, Mark | None] = {}
        for at, marks in sorted(cells_of.items()):
            self._place(at, marks, taken, cells_of)
        for at, mark in taken.items():
            line[at] = self._sign(mark) if mark else SEVERAL
        name = clip(name, self.names)
        row = name + " " * (self.names - cells(name) + 2) + "".join(line)
        beyond = [e.mark for e in events if e.on > self.scale.last]
        if beyond:
            row += " " + (SYMBOLS[beyond[0]] if len(set(beyond)) == 1 else SEVERAL)
        return row.rstrip()

    def _place(
        self,
        at: int,
        marks: Sequence[Mark],
        taken: dict[int, Mark | None],
        others: dict[int, list[Mark]],
    ) -> None:
        for mark in marks:
            beside = [at, at + 1, at + 2]
            free = [c for c in beside if c < self.columns and c not in taken]
            free = [c for c in free if c == at or c not in others]
            if free:
                taken[free[0]] = mark
            else:
                taken[min(at, self.columns - 1)] = None

    def _sign(self, mark: Mark) -> str:
        return self.paint(SYMBOLS[mark], "bold", *_COLOURS.get(mark, ()))

    def _column(self, at: float) -> int:
        return round(at * (self.columns - 1))

    # The days

    def _days(self) -> Iterator[str]:
        """Each day once; what happens to many customers on it is said once."""
        for on, of_day in groupby(self.found.events, key=lambda e: e.on):
            day = self.words.day(on)
            alike: dict[tuple[Mark, str], list[str]] = {}
            for event in sorted(of_day, key=lambda e: list(Mark).index(e.mark)):
                alike.setdefault((event.mark, event.text), []).append(event.customer)
            for (mark, text), customers in alike.items():
                yield from self._event(day, mark, text, customers)
                day = " " * len(day)

    def _event(self, day: str, mark: Mark, text: str, customers: Sequence[str]) -> list[str]:
        named = ", ".join(customers if self.show_all else customers[:NAMES])
        if len(customers) > NAMES and not self.show_all:
            count = len(customers) - NAMES
            named += " " + self.words.ui("timeline.others", count=count)
        said = f"{named}: {text}"
        lead = f"{day}  {SYMBOLS[mark]} "
        lines = wrap(said, self.width, lead)
        at = len(day) + 2
        lines[0] = lines[0][:at] + self._sign(mark) + lines[0][at + 1 :]
        return lines

    def _open(self) -> list[str]:
        lines = []
        if self.found.waiting:
            lines.append(self.paint(self.words.ui("timeline.waiting"), "bold", "yellow"))
            for waiting in self.found.waiting:
                lines += wrap(f"{waiting.customer}: {waiting.text}", self.width, "  ", "    ")
        if self.found.unknown:
            customers = ", ".join(self.found.unknown)
            lines += wrap(
                self.words.ui("timeline.unknown", customers=customers), self.width, "", "  "
            )
        return lines


def _flowed(parts: Sequence[str], width: int) -> list[str]:
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= width:
            lines[-1] += f"  {part}"
        else:
            lines.append(part)
    return lines
