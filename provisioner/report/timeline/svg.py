"""The timeline as a drawing: where each lane, mark and label lies.  Pure geometry, no markup.

The template ``timeline.svg.j2`` writes it down.  Lengths are in units of the drawing, which are CSS
pixels where it is shown at its own size.  Marks never lie on each other and labels never overlap:
what has no room is put together into a count, and every event stands in the table beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import cells
from provisioner.report.timeline.events import Event, Mark, Timeline, scale_of

ROWS = 24
"""So many customers have a lane of their own; the rest share one."""

CHAR, SMALL = 7.6, 6.6
"""Widths that a character of a name and of a label takes, with some to spare."""
TURN = 17
"""From one mark to the next."""
SHIFT = 36
"""A mark is moved so far at most, to stand beside another; else both are counted."""
NAME = 190
"""Width for a customer's name beside its lane."""
HEAD = 48
"""Height of the scale above the lanes."""
EDGE = 14
"""Margin at the left and right of the lanes."""
BEYOND = 84
"""Width of the strip for what lies beyond the scale."""

SHAPES = {
    Mark.ACTIVATION: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z",
    Mark.BILLING: "M-5.5 -5.5h11v11h-11z",
    Mark.SYNCHRONISATION: "M0 -7l7 12.5h-14z",
    Mark.PORT: "M0 -7.5l7.5 7.5l-7.5 7.5l-7.5 -7.5z",
    Mark.PROVISIONAL: "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0z",
    Mark.QUARANTINE: "M-5 -5h10v10h-10z",
    Mark.END: "M-5.5 -5.5l11 11m0 -11l-11 11",
    Mark.DEADLINE: "M0 6.5l-6.5 -11.5h13z",
    Mark.OTHER: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
}
"""Outlines around the point (0, 0): a mark is known by its form, colour only repeats it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the scale with its label; an empty one had no room."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A mark, or the number of events that share a place (``mark`` None)."""

    x: float
    mark: Mark | None
    count: int
    tip: str


@dataclass(frozen=True, slots=True)
class Label:
    """A short date near a mark. ``above`` the lane, or below it."""

    x: float
    above: bool
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A customer. ``y`` is the height of its line."""

    name: str
    y: float
    signs: tuple[Sign, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole drawing. ``stacked``: names stand above their lanes, as narrow screens need it."""

    id: str
    width: int
    height: int
    edge: float
    """Where the names begin."""
    left: float
    right: float
    """Ends of the lanes; the scale ends at ``scale_end``."""
    scale_end: float
    stacked: bool
    lines: tuple[Line, ...]
    lanes: tuple[Lane, ...]
    beyond: float | None
    """Middle of the strip for what lies beyond the scale."""


def draw(found: Timeline, words: Catalogue, *, width: int, stacked: bool, id_: str) -> Drawing:
    """The drawing of ``found`` in ``width`` units."""
    return _Draft(found, words, width, stacked).drawing(id_)


class _Draft:
    def __init__(self, found: Timeline, words: Catalogue, width: int, stacked: bool) -> None:
        self.found, self.words, self.width, self.stacked = found, words, width, stacked
        self.scale = scale_of(found)
        self.lane = 66 if stacked else 48
        # the same room whatever the names are: a value never moves anything but itself
        room: float = width - 2 * EDGE if stacked else NAME
        self.chars = int(room / CHAR)
        self.left = EDGE if stacked else room + 2 * EDGE
        self.right = width - EDGE
        far = found.last > self.scale.last
        self.scale_end = self.right - (BEYOND if far else 0)
        self.beyond = self.right - BEYOND / 2 if far else None

    def drawing(self, id_: str) -> Drawing:
        lanes = tuple(self._lanes())
        return Drawing(
            id=id_,
            width=self.width,
            height=HEAD + self.lane * len(lanes) + 4,
            edge=EDGE,
            left=_round(self.left),
            right=_round(self.right),
            scale_end=_round(self.scale_end),
            stacked=self.stacked,
            lines=tuple(self._lines()),
            lanes=lanes,
            beyond=self.beyond,
        )

    def _x(self, day: date) -> float:
        return self.left + self.scale.at(day) * (self.scale_end - self.left)

    def _lines(self) -> Iterator[Line]:
        room = int((self.scale_end - self.left) / (9 * SMALL))
        free: float = self.left - EDGE
        for tick in self.scale.ticks(self.words, max(2, room)):
            x, half = self._x(tick.on), cells(tick.label) * SMALL / 2
            fits = x - half >= free and x + half <= self.scale_end + EDGE
            if fits:
                free = x + half + SMALL
            yield Line(_round(x), tick.label if fits else "")

    def _lanes(self) -> Iterator[Lane]:
        customers = self.found.customers
        shown = customers[:ROWS] if len(customers) > ROWS + 1 else customers
        for at, customer in enumerate(shown):
            yield self._lane(at, clip(customer, self.chars), self.found.of(customer))
        if rest := set(customers[len(shown) :]):
            together = [e for e in self.found.events if e.customer in rest]
            label = self.words.ui("timeline.more", count=len(rest))
            yield self._lane(len(shown), label, together, counted=True)

    def _lane(self, at: int, name: str, events: Sequence[Event], *, counted: bool = False) -> Lane:
        near = [e for e in events if e.on <= self.scale.last]
        far = [e for e in events if e.on > self.scale.last]
        placed = list(self._placed(near, counted=counted))
        if far and self.beyond is not None:
            placed.append((self.beyond, far))
        signs = tuple(self._sign(x, group) for x, group in placed)
        y = HEAD + self.lane * at + (40 if self.stacked else self.lane / 2)
        return Lane(name, y, signs, tuple(self._labels(placed)))

    def _placed(
        self, events: Sequence[Event], *, counted: bool
    ) -> Iterator[tuple[float, Sequence[Event]]]:
        """Where marks lie: on their day, beside others of about that day, or counted with them."""
        run: list[tuple[float, list[Event]]] = []
        for event in events:
            x = self._x(event.on)
            same = run and run[-1][1][0].on == event.on and run[-1][1][0].mark is event.mark
            if same:
                run[-1][1].append(event)
            elif run and x < run[-1][0] + TURN:
                run.append((run[-1][0] + TURN, [event]))
            else:
                yield from self._settled(run, counted=counted)
                run = [(x, [event])]
        yield from self._settled(run, counted=counted)

    def _settled(
        self, run: Sequence[tuple[float, list[Event]]], *, counted: bool
    ) -> Iterator[tuple[float, Sequence[Event]]]:
        if not run:
            return
        moved = max(x - self._x(group[0].on) for x, group in run)
        if moved <= SHIFT and run[-1][0] <= self.right and not counted:
            yield from run
            return
        # counted where they would lie on each other; what is further away starts a new count
        pile: list[Event] = []
        start = 0.0
        for event in (e for _, group in run for e in group):
            x = self._x(event.on)
            if pile and x - start >= TURN:
                yield start, pile
                pile = []
            if not pile:
                start = x
            pile.append(event)
        yield start, pile

    def _sign(self, x: float, events: Sequence[Event]) -> Sign:
        marks = {e.mark for e in events}
        one = events[0].mark if len(marks) == 1 else None
        tips = [f"{self.words.day(e.on)}  {e.customer}: {e.text}" for e in events[:6]]
        if len(events) > 6:
            tips.append(self.words.ui("timeline.others", count=len(events) - 6))
        return Sign(_round(x), one, len(events), "; ".join(tips))

    def _labels(self, placed: Sequence[tuple[float, Sequence[Event]]]) -> Iterator[Label]:
        """The day below its mark, else above it, else not at all."""
        free = {False: 0.0, True: 0.0}
        told = {self.found.today}  # the line of today says it
        for x, events in placed:
            first = events[0].on
            if first in told:
                continue
            told.add(first)
            far = first > self.scale.last
            text = f"{first.day:02d}.{first.month:02d}." + (str(first.year) if far else "")
            half = len(text) * SMALL / 2
            middle = max(half, min(x, self.width - half))
            for above in (False, True):
                # a name that stands above its lane has that place to itself
                if middle - half >= free[above] and not (above and self.stacked):
                    free[above] = middle + half + 3
                    yield Label(_round(middle), above, text)
                    break


def _round(x: float) -> float:
    return round(x, 1)
