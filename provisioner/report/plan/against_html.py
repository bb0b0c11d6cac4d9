"""What differs between two plans as one HTML page, in the dress of a plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from provisioner import __version__
from provisioner.plan.comparing import CustomerDifference, Difference
from provisioner.report.messages import Catalogue
from provisioner.report.plan import against, view
from provisioner.report.plan.html import COLOURS, legend, page
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_money


@dataclass(frozen=True, slots=True)
class Told:
    """A line with what belongs to it. ``symbol``: of its badge, or empty."""

    symbol: str
    text: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What is said under one heading; often nothing more than that."""

    heading: str
    told: tuple[Told, ...]


def difference_html(found: Difference, words: Catalogue) -> Iterator[str]:
    """A page that stands on its own, piece by piece, ended by a newline."""
    made = _Page(found, words)
    yield from page("against.html.j2", words, page=made, colours=COLOURS)


class _Section:
    """One customer that differs."""

    def __init__(self, found: CustomerDifference, number: int, page: "_Page") -> None:
        self._found, self._page = found, page
        self.anchor = f"c{number}"
        self.customer, self.company = visible(found.customer), visible(found.company)
        self.come, self.gone = len(found.appeared), len(found.disappeared)
        self.other = len(found.changed)
        self.parts = [_part(*entry) for entry in against.entries(found, page.words)]

    @property
    def dangers(self) -> int:
        return sum(risk.customer == self.customer for risk in self._page.risks)

    @property
    def cost(self) -> str:
        """What it changes per month, in the earlier plan and in this one."""
        before, after = self._found.monthly_before, self._found.monthly_after
        shown = [show_money(each, signed=True) for each in (before, after)]
        return " → ".join(shown) if before != after else ""


class _Page:
    def __init__(self, found: Difference, words: Catalogue) -> None:
        self.words, self.version, self.day = words, __version__, words.day(found.after)
        self.title = words.ui("against.title", day=self.day)
        self.verdict = against.verdict(found, words)
        self.risks: list[view.Risk] = against.risks(found, words)
        self.digests = against.digests(found, words)
        self.sections = [_Section(each, n, self) for n, each in enumerate(found.customers, 1)]
        self.run = [_part(*entry) for entry in against.run(found, words)]
        self._held = any(each.held for each in found.customers)

    @property
    def mood(self) -> str:
        """The colour of the verdict, which repeats what it says."""
        if self.risks:
            return "bad"
        return "ask" if self._held or self.run else "good"

    @cached_property
    def legend(self) -> list[tuple[str, str]]:
        parts = [part for section in self.sections for part in section.parts]
        seen = {told.symbol for part in parts for told in part.told}
        return legend(seen | {risk.symbol for risk in self.risks}, self.words)


def _part(heading: str, lines: list[str]) -> Part:
    told: list[Told] = []
    for line in lines:
        if line.startswith(" "):
            last = told.pop()
            told.append(Told(last.symbol, last.text, (*last.details, line.strip())))
            continue
        symbol, _, text = line.partition(" ")
        told.append(Told(symbol, text, ()) if symbol in COLOURS else Told("", line, ()))
    return Part(heading, tuple(told))
