"""A plan as one HTML page: no script, nothing loaded from elsewhere, light and dark, printable.

The template only lays out; every value goes through ``visible`` and Jinja's escaping on its way.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import groupby

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape

from provisioner.codes import Severity
from provisioner.contract.resources import Kind
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import Action, CustomerPlan, Effect, Plan, Status, Step
from provisioner.report.messages import Catalogue, Params
from provisioner.report.plan import view
from provisioner.report.plan.ahead import (
    Ahead,
    cost_days,
    cost_line,
    days_ahead,
    defaults_text,
    edited,
    later_count,
    until_text,
)
from provisioner.report.plan.alike import Alike, put_together
from provisioner.report.plan.lines import Line
from provisioner.report.plan.since import others_text, since_text
from provisioner.report.plan.words import DANGEROUS, SYMBOLS, Tally
from provisioner.report.sanitise import visible
from provisioner.report.timeline.events import Timeline, timeline
from provisioner.report.timeline.svg import SHAPES, Drawing, draw

WIDE, NARROW = 1100, 336
"""Widths of the two drawings: of the page, and of a screen of 360 pixels without its margins."""

FOLD = 8
"""Harmless additions of one kind are folded if there are more; on paper they are all there."""

COLOURS = {"+": "add", "~": "change", "-": "remove", "^": "move", "x": "remove", ">": "move"}
_LEGEND = {"+": "add", "~": "change", "-": "remove", "^": "submit", "x": "cancel", ">": "move"}
_WHOLE = re.compile(
    r"0\d\d \d{3} [\dx]{2} [\dx]{2}|\w{2,3} \d\d\.\d\d\.\d{4}|CHF [+-]?[\d’.]+|`([^`]{1,200})`"
)
"""Numbers, dates and amounts are not parted at the end of a line; what is in backticks is code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic in words. ``where`` is ``file:line:column`` or empty; so are ``help`` and
    ``customer``."""

    severity: str
    code: str
    text: str
    help: str
    where: str
    customer: str


@dataclass(frozen=True, slots=True)
class Group:
    """Steps of one kind. ``folded``: harmless and many."""

    title: str
    lines: tuple[Line, ...]
    folded: bool


def render_html(plan: Plan, words: Catalogue) -> Iterator[str]:
    """The whole plan as a page that stands on its own, piece by piece, ended by a newline."""
    yield from _Page(plan, words).render()


class _Section:
    """One customer of the plan.  What is told of it is made when it is asked for, and not kept."""

    def __init__(self, plan: CustomerPlan, number: int, page: "_Page") -> None:
        self.plan, self.anchor = plan, f"c{number}"
        self._page, self._words = page, page.words

    @property
    def status(self) -> str:
        """Why nothing of it is carried out; empty if it is."""
        ready = self.plan.status is Status.READY
        return "" if ready else self._words.ui(f"status.{self.plan.status}")

    @property
    def tally(self) -> Tally:
        return Tally.of(self.plan.steps)

    @property
    def cost(self) -> str:
        return cost_line([self.plan], self._words)

    @property
    def because(self) -> str:
        return view.because(self.plan, self._words)

    @property
    def defaults(self) -> str:
        return defaults_text(self.plan, self._words)

    @property
    def groups(self) -> Iterator[Group]:
        lines = view.lines(self.plan, self._words, show_all=True)
        steps = zip(self.plan.steps, lines, strict=True)
        for (kind, plain), alike in groupby(steps, key=lambda pair: _sort(pair[0])):
            shown = tuple(line for _, line in alike)
            title = self._words.ui(f"kinds.{kind}")
            yield Group(title, shown, folded=plain and len(shown) > FOLD)

    @property
    def waiting(self) -> list[view.Waiting]:
        return list(view.waiting(self.plan, self._words))

    @property
    def findings(self) -> list[Finding]:
        """The gravest first."""
        found = sorted(self.plan.diagnostics, key=lambda d: d.severity)
        return [self._page.finding(d, self.plan.customer) for d in found]

    @property
    def ahead(self) -> Iterator[Ahead]:
        return days_ahead(self.plan, self._words, show_all=True)

    @property
    def costs(self) -> list[str]:
        """What changes when."""
        return cost_days(self.plan, self._page.plan.at, self._words)

    @property
    def until(self) -> str:
        return until_text(self.plan, self._words)

    @property
    def dangers(self) -> int:
        return sum(s.effect in DANGEROUS for s in self.plan.steps) + later_count(self.plan)

    @property
    def questions(self) -> list[Finding]:
        return [f for f in self.findings if f.severity == str(Severity.QUESTION)]

    @property
    def open(self) -> int:
        """Questions and held steps."""
        return len(self.plan.held) + len(view.of_severity(self.plan, Severity.QUESTION))


class _Page:
    def __init__(self, plan: Plan, words: Catalogue) -> None:
        self.plan, self.words = plan, words
        self.sections = [_Section(c, n, self) for n, c in enumerate(plan.customers, 1)]
        self.risks = view.risks(plan, words)
        self.timeline = timeline(plan, words)
        self.later = view.events(plan, words)
        self.problems = [self.finding(d, "") for d in view.of_the_run(plan)]

    def render(self) -> Iterator[str]:
        return page("plan.html.j2", self.words, page=self, plan=self.plan, colours=COLOURS)

    @property
    def mood(self) -> str:
        """The colour of the verdict, which repeats what it says."""
        if self.plan.blocked or self.risks:
            return "bad"
        return "ask" if self.open else "good"

    @property
    def open(self) -> int:
        return sum(section.open for section in self.sections)

    @property
    def stopped(self) -> list[_Section]:
        return [section for section in self.sections if section.status]

    @property
    def contents(self) -> list[str]:
        """Anchors of the parts that are there, in their order."""
        there = {
            "danger": self.risks,
            "stopped": self.stopped or self.problems,
            "open": self.open,
            "customers": self.sections,
            "later": self.later,
            "timeline": self.timeline.events or self.timeline.waiting,
            "details": self.sections,
        }
        return [anchor for anchor, found in there.items() if found]

    @property
    def verdict(self) -> str:
        return view.verdict(self.plan, self.words)

    @cached_property
    def groups(self) -> list[Alike]:
        """Equal edits of many customers; the details of each are told below all the same."""
        return put_together(self.plan)[0]

    @property
    def single_risks(self) -> list[view.Risk]:
        """Dangers that no group tells with the names of all its customers."""
        told = {visible(each.customer) for group in self.groups for each in group.customers}
        return [risk for risk in self.risks if risk.customer not in told]

    @property
    def since(self) -> str:
        return since_text(self.plan, self.words)

    @property
    def others(self) -> str:
        return others_text(self.plan, self.words)

    @property
    def tally(self) -> Tally:
        return Tally.of(self.plan.steps)

    @property
    def cost(self) -> str:
        return cost_line(self.plan.customers, self.words)

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Symbols that occur, each with its meaning."""
        steps = [*self.plan.steps, *(h.step for c in self.plan.customers for h in c.held)]
        steps += [s for c in self.plan.customers for d in c.days for s in edited(d)]
        return legend({SYMBOLS[step.action] for step in steps}, self.words)

    @property
    def piles(self) -> bool:
        """Whether a drawing counts events that lie on each other."""
        return has_piles(self.drawings)

    @cached_property
    def drawings(self) -> list[Drawing]:
        """The same twice: for wide screens and paper, and for narrow screens; CSS shows one."""
        return drawings_of(self.timeline, self.words)

    def text(self, code: str, params: Params) -> str:
        return self.words.text(code, params)

    def help(self, code: str, params: Params) -> str:
        return self.words.help(code, params) or ""

    def cause(self, line: Line) -> str:
        """In a word: ``edited``, ``drift``."""
        return view.tag(line.cause, self.words)

    def finding(self, diagnostic: Diagnostic, customer: str) -> Finding:
        place = diagnostic.place
        return Finding(
            str(diagnostic.severity),
            diagnostic.code,
            self.text(diagnostic.code, diagnostic.params),
            self.help(diagnostic.code, diagnostic.params),
            f"{visible(place.file)}:{place.line}:{place.column}" if place else "",
            customer,
        )


def legend(seen: Collection[str], words: Catalogue) -> list[tuple[str, str]]:
    """The symbols that occur, each with its meaning."""
    return [(s, words.ui(f"legend.{name}")) for s, name in _LEGEND.items() if s in seen]


def drawings_of(found: Timeline, words: Catalogue) -> list[Drawing]:
    """A wide and a narrow one; none where nothing happens."""
    if not found.events:
        return []
    return [
        draw(found, words, width=WIDE, stacked=False, id_="wide"),
        draw(found, words, width=NARROW, stacked=True, id_="narrow"),
    ]


def has_piles(drawings: Iterable[Drawing]) -> bool:
    """Whether one counts events that lie on each other."""
    return any(s.mark is None for d in drawings for lane in d.lanes for s in lane.signs)


def page(template: str, words: Catalogue, *styles: str, **values: object) -> Iterator[str]:
    """A page that stands on its own, piece by piece; ``styles`` come behind those of a plan."""
    text = "".join(map(_text, ("plan.css", *styles)))
    return (
        page_environment()
        .get_template(template)
        .generate(
            words=words,
            ui=words.ui,
            style=Markup(text),  # noqa: S704 - our own files
            style_hash=b64encode(hashlib.sha256(text.encode()).digest()).decode(),
            shapes=SHAPES,
            **values,
        )
    )


@cache
def page_environment() -> Environment:
    """Jinja with escaping on; a value that is missing is an error, not an empty place."""
    environment = Environment(
        loader=_Packaged(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["prose"] = prose
    return environment


def prose(text: str) -> Markup:
    """A sentence: code in backticks as code, numbers and dates kept whole, the rest escaped."""
    pieces, at = [], 0
    shown = visible(text)
    for found in _WHOLE.finditer(shown):
        pieces.append(escape(shown[at : found.start()]))
        tag = Markup("<code>{}</code>") if found[1] else Markup('<span class="whole">{}</span>')
        pieces.append(tag.format(found[1] or found[0]))
        at = found.end()
    return Markup("").join([*pieces, escape(shown[at:])])


class _Packaged(BaseLoader):
    """Templates that come with the package, also from a zip."""

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja's signature
        template: str,
    ) -> tuple[str, None, None]:
        try:
            return _text(template), None, None
        except OSError:
            raise TemplateNotFound(template) from None


def _text(name: str) -> str:
    return (files("provisioner.report") / "templates" / name).read_text("utf-8")


def _shown(value: object) -> object:
    """The last thing before escaping: what is no markup of ours is made visible."""
    return value if isinstance(value, Markup) else visible(str(value))


def _sort(step: Step) -> tuple[Kind, bool]:
    """Kind, and whether it is an addition that harms nobody."""
    return step.kind, step.action is Action.CREATE and step.effect is Effect.ADDITIVE
