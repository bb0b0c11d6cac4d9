"""The work list as one HTML page, in the dress of a plan: no script, nothing loaded, printable."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby

from provisioner import __version__
from provisioner.operations.work import Work
from provisioner.plan.matters import Matter, Who
from provisioner.report.lists.made import customer_row, due
from provisioner.report.lists.rows import CustomerRow
from provisioner.report.messages import Catalogue
from provisioner.report.plan.html import drawings_of, has_piles, page
from provisioner.report.sanitise import visible
from provisioner.report.tables import next_text, pool_counts
from provisioner.report.timeline.events import Event, Mark, Timeline, Waiting
from provisioner.report.timeline.svg import Drawing
from provisioner.report.views import OrderView, customer_view
from provisioner.report.work.text import is_late, sums
from provisioner.report.work.words import command_of, is_code, owner_of, text_of, whose_of
from provisioner.telephony.porting import State

LISTED = 500
"""Of more customers those are listed for whom something is open."""
FEW = 10
"""So many free numbers of an area are few."""

_ORDER = tuple(Mark)


@dataclass(frozen=True, slots=True)
class Card:
    """A matter in words. ``mood``: its colour, which repeats its day."""

    mood: str
    day: str
    sort: str
    whose: str
    text: str
    help: str
    code: str
    command: str


@dataclass(frozen=True, slots=True)
class Stock:
    """How many numbers of an area are left. ``mood``: a colour that repeats the number."""

    pool: str
    area: str
    counts: tuple[int, int, int]
    mood: str


def render_work_page(found: Work, words: Catalogue) -> Iterator[str]:
    """The page, piece by piece."""
    yield from page("work.html.j2", words, "work.css", page=_Page(found, words))


class _Page:
    def __init__(self, found: Work, words: Catalogue) -> None:
        self.words, self.today, self.until = words, found.today, found.until
        self.unknown = tuple(map(visible, found.unknown))
        self.version, self.target = __version__, found.target
        self._matters = found.matters
        self._views = [
            customer_view(str(customer), state, None, found.policy)
            for customer, state in found.states.items()
        ]
        self.orders = sorted(
            (order for view in self._views for order in view.orders if order.open), key=due
        )
        self.stock = [
            Stock(pool, area, (free, used, resting), _how_few(free))
            for pool, area, free, used, resting in pool_counts(found.pool)
        ]

    @property
    def title(self) -> str:
        return self.words.ui("due.title", day=self.today.isoformat())

    @property
    def mood(self) -> str:
        """The colour of the head, which repeats what it says."""
        if self.unknown or any(is_late(each, self.today) for each in self._matters):
            return "bad"
        return "ask" if self._matters else "good"

    @property
    def sums(self) -> str:
        if not self._matters:
            return self.words.ui("due.none", until=self.until.isoformat())
        return sums(self._matters, self.words, self.today, self.until)

    @property
    def owners(self) -> Iterator[tuple[str, list[Card]]]:
        """Who has something to do, staff first; each with what it is, the most urgent first."""
        ranks = tuple(Who)

        def place(matter: Matter) -> tuple[int, str]:
            return ranks.index(matter.who), owner_of(matter, self.words)

        for (rank, name), theirs in groupby(sorted(self._matters, key=place), key=place):
            named = ranks[rank] is Who.RESELLER  # an id, which stays as it is written
            yield name if named else name[:1].upper() + name[1:], list(map(self._card, theirs))

    def _card(self, matter: Matter) -> Card:
        if is_late(matter, self.today):
            mood = "error"
        else:
            mood = "warning" if matter.due_on else "question"
        day = self.words.day(matter.due_on) if matter.due_on else self.words.ui("due.undated")
        coded = is_code(matter)
        return Card(
            mood=mood,
            day=day,
            sort=self.words.ui(f"due.sort.{matter.sort}"),
            whose=whose_of(matter),
            text=text_of(matter, self.words),
            help=(self.words.help(matter.text, matter.params) or "") if coded else "",
            code=matter.text if coded else "",
            command=command_of(matter, self.words),
        )

    @cached_property
    def timeline(self) -> Timeline:
        """The ports, those too that are not due for long."""
        events = [event for order in self.orders for event in self._events(order)]
        waiting = [
            Waiting(visible(each.customer), self._said(each))
            for each in self.orders
            if each.date is None
        ]
        ordered = sorted(events, key=lambda e: (e.on, e.customer, _ORDER.index(e.mark), e.text))
        return Timeline(self.today, tuple(ordered), tuple(waiting))

    def _events(self, order: OrderView) -> Iterator[Event]:
        name, text = visible(order.customer), self._said(order)
        if order.state is State.ACCEPTED and order.next_on:
            yield Event(max(order.next_on, self.today), name, Mark.SYNCHRONISATION, text)
        if order.date:
            yield Event(max(order.date, self.today), name, Mark.PORT, text)

    def _said(self, order: OrderView) -> str:
        words = self.words
        return f"{visible(order.order.key)}: {words.word(order.state)}, {next_text(order, words)}"

    @cached_property
    def drawings(self) -> list[Drawing]:
        return drawings_of(self.timeline, self.words)

    @property
    def piles(self) -> bool:
        return has_piles(self.drawings)

    @cached_property
    def _open(self) -> Counter[str]:
        return Counter(matter.customer for matter in self._matters)

    @cached_property
    def customers(self) -> Sequence[tuple[CustomerRow, int]]:
        """Each with how many of its matters are open; those with the next port first."""
        rows = [(customer_row(view), self._open[view.customer]) for view in self._views]
        if len(rows) > LISTED:
            rows = [(row, count) for row, count in rows if count or row.ports]
        return sorted(rows, key=lambda each: (each[0].due_on or date.max, each[0].customer))

    @property
    def others(self) -> int:
        return len(self._views) - len(self.customers)

    @property
    def contents(self) -> list[str]:
        """Anchors of the parts that are there, in their order."""
        there = {
            "waits": self._matters,
            "timeline": self.orders,
            "customers": self.customers,
            "numbers": self.stock,
        }
        return [anchor for anchor, found in there.items() if found]


def _how_few(free: int) -> str:
    if free == 0:
        return "bad"
    return "ask" if free < FEW else ""
