"""A plan for the people who release it: what is dangerous first, what is open next, then the rest.

Symbols and words say everything; colour only repeats it.  Readable from 60 columns on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from provisioner.codes import Severity
from provisioner.codes.views import AdviceIsAcknowledged
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import Cause, CustomerPlan, Plan
from provisioner.report.diagnostics.text import title_lines
from provisioner.report.layout import Column, Paint, clamp, clip, table, wrap
from provisioner.report.messages import Catalogue, Params
from provisioner.report.plan import view
from provisioner.report.plan.ahead import (
    Ahead,
    cost_days,
    cost_line,
    days_ahead,
    defaults_text,
    edited,
    until_text,
)
from provisioner.report.plan.alike import NAMED, put_together
from provisioner.report.plan.lines import Line
from provisioner.report.plan.since import others_text, since_text
from provisioner.report.plan.words import COLOURS, SYMBOLS, Tally
from provisioner.report.sanitise import cells, visible
from provisioner.report.swiss import show_money

ALIKE = 2
"""So many pieces of the same advice are shown."""

UPCOMING = 20
"""So many coming events are shown."""

COMPANY, STATUS = 12, 28
"""Columns of the overview: a company with less room is left out, a status with less is wrapped."""


def render_plan(
    plan: Plan,
    words: Catalogue,
    *,
    width: int,
    color: bool,
    show_all: bool = False,
    brief: bool = False,
    summary: bool = False,
) -> str:
    """The whole plan as text, ended by a newline.

    ``show_all`` shows every addition and every customer on its own, and the help of every advice;
    ``summary`` leaves the details of customers out; ``brief`` the changes, for whoever has approved
    them already.
    """
    text = _PlanText(plan, words, clamp(width), Paint(color), show_all)
    return text.brief() if brief else text.render(summary=summary)


class _PlanText:
    def __init__(
        self, plan: Plan, words: Catalogue, width: int, paint: Paint, show_all: bool
    ) -> None:
        self.plan, self.words, self.width, self.paint = plan, words, width, paint
        self.show_all = show_all
        self.groups, self.rest = ([], plan) if show_all else put_together(plan)

    def render(self, *, summary: bool) -> str:
        customers = [] if summary else view.detailed(self.rest)
        blocks = [
            self._verdict(),
            self._danger(),
            self._stopped(),
            self._open(),
            self._alike(),
            self._overview(),
            *(self._customer(c) for c in customers),
            [] if summary else self._later(),
            self._end(),
        ]
        return _joined(blocks)

    def brief(self) -> str:
        """The verdict, the dangers and what is stopped."""
        return _joined([self._verdict(), self._danger(), self._stopped()])

    # The verdict and what stands above the changes

    def _verdict(self) -> list[str]:
        words, plan = self.words, self.plan
        text = f"{words.ui('plan.for', day=words.day(plan.at))}: {view.verdict(plan, words)}"
        lines = self._said(since_text(plan, words))
        changing = bool(plan.steps)
        if changing:
            text += f"; {Tally.of(plan.steps).text(words)}"
        if plan.braked:
            lines += self._painted(words.ui("plan.braked"), "bold", "red")
        lines += [self.paint(line, "bold") for line in wrap(text + ".", self.width)]
        if cost := cost_line(plan.customers, words):
            lines += self._said(words.ui("plan.cost", cost=cost))
        if changing:
            lines += self._painted(self._legend(), "dim")
        return lines

    def _legend(self) -> str:
        steps = [*self.plan.steps, *(h.step for c in self.plan.customers for h in c.held)]
        steps += [s for c in self.plan.customers for d in c.days for s in edited(d)]
        seen = {SYMBOLS[s.action] for s in steps}
        shown = [f"{s} {self.words.ui(f'legend.{n}')}" for s, n in _LEGEND.items() if s in seen]
        return "  ".join(shown)

    def _danger(self) -> list[str]:
        """A line each; equal edits share one, with the names of all customers."""
        found = [
            f"{risk.customer}: {risk.when}{risk.symbol} {risk.what} - {risk.means}"
            for risk in view.risks(self.rest, self.words)
        ]
        for group in self.groups:
            if dangers := group.dangers(self.words):
                names = group.names(len(group.customers), self.words)
                found.append(f"{group.title(self.words)} - {dangers}: {names}")
        if not found:
            return []
        lines = [self._heading("plan.danger", "red")]
        for said in found:
            lines += self.paint.head(wrap(said, self.width, "  ! ", "      "), 4, "bold", "red")
        return lines

    def _stopped(self) -> list[str]:
        """Brakes and other findings of the whole run, then customers that cannot be applied."""
        lines: list[str] = []
        for diagnostic in view.of_the_run(self.plan):
            lines += self._diagnostic(diagnostic, "", helped=True)
        stopped = view.stopped(self.plan)
        if lines and stopped:
            lines.append("")
        for customer in stopped:
            name = visible(customer.customer)
            text = f"{name}: {self.words.ui(f'status.{customer.status}')}"
            lines += self.paint.head(wrap(text, self.width, "", "  "), len(name), "bold", "red")
            for diagnostic in view.of_severity(customer, Severity.ERROR):
                lines += self._diagnostic(diagnostic, "  ", helped=True)
        return lines

    def _open(self) -> list[str]:
        """Held steps (R6) and questions (R5, R18), over all customers."""
        lines: list[str] = []
        for customer in self.plan.customers:
            name = visible(customer.customer)
            for held in view.waiting(customer, self.words):
                label = self.words.ui("plan.held_label")
                for what in held.what:
                    wrapped = wrap(f"{label} {name}: {what}", self.width, "  ", "      ")
                    lines += self.paint.head(wrapped, 2 + len(label), "bold", "yellow")
                text = self.words.text(held.code, held.params)
                lines += wrap(f"{text} [{visible(held.code)}]", self.width, "      ")
                lines += self._help(held.code, held.params, "      ")
            for question in view.of_severity(customer, Severity.QUESTION):
                label = self.words.ui("severity.question")
                text = self.words.text(question.code, question.params)
                said = f"{label} {name}: {text} [{visible(question.code)}]"
                wrapped = wrap(said, self.width, "  ", "      ")
                lines += self.paint.head(wrapped, 2 + len(label), "bold", "cyan")
                lines += self._help(question.code, question.params, "      ")
        return [self._heading("plan.open", "yellow"), *lines] if lines else []

    def _alike(self) -> list[str]:
        """Equal edits of many customers."""
        lines: list[str] = []
        for group in self.groups:
            dangers = group.dangers(self.words)
            title = wrap(
                group.title(self.words), self.width, "  ! " if dangers else "    ", "      "
            )
            lines += self.paint.head(title, 4, "bold", "red") if dangers else title
            lines += self._painted(dangers, "red", indent=6) if dangers else []
            for said in (group.names(NAMED, self.words), *group.facts(self.words)):
                lines += wrap(said, self.width, "      ", "        ")
        if lines:
            lines += wrap(self.words.ui("alike.each"), self.width, "  ")
        return [self._heading("alike.heading", "cyan"), *lines] if lines else []

    def _overview(self) -> list[str]:
        """A row for each customer; a single one has it all in the verdict and its own heading."""
        rows = view.rows(self.rest, self.words)
        if len(rows) < (1 if self.groups else 2):
            return []
        texts = {
            "customer": [row.customer for row in rows],
            "company": [row.company for row in rows],
            "changes": [row.tally.signs if row.tally else "" for row in rows],
            "monthly": [_amount(row.cost.monthly) for row in rows],
            "once": [_amount(row.cost.once) for row in rows],
            "status": [row.status for row in rows],
        }
        told = {self.words.ui(f"reading.{name}"): t for name, t in texts.items() if any(t)}
        company = self.words.ui("reading.company")
        others = (max(map(cells, (n, *t))) + 2 for n, t in told.items() if n != company)
        *fixed, status = others
        room = self.width - sum(fixed) - min(status, STATUS) - 2
        if room < COMPANY:
            told.pop(company, None)
        elif company in told:
            told[company] = [clip(text, room) for text in told[company]]
        right = {self.words.ui(f"reading.{name}") for name in ("monthly", "once")}
        columns = [Column(name, right=name in right) for name in told]
        lines = table(columns, list(zip(*told.values(), strict=True)), self.width, self.paint)
        return [self._heading("reading.overview", "cyan"), *lines]

    # One customer

    def _customer(self, customer: CustomerPlan) -> list[str]:
        words = self.words
        name = visible(customer.customer)
        title = f"{name}  {visible(customer.company)}".rstrip()
        if customer.reseller:
            title += f"  ({words.ui('plan.reseller', name=customer.reseller)})"
        lines = self.paint.head(wrap(title, self.width, "", "  "), len(name), "bold")
        if customer.steps:
            parts = [Tally.of(customer.steps).text(words), cost_line([customer], words)]
            lines += wrap("; ".join(p for p in parts if p), self.width, "  ")
            lines += wrap(view.because(customer, words), self.width, "  ")
            if given := defaults_text(customer, words):
                lines += wrap(given, self.width, "  ", "    ")
            common = view.common_cause(customer)
            for line in view.lines(customer, words, show_all=self.show_all):
                lines += self._line(line, common)
        for day in days_ahead(customer, words, show_all=self.show_all):
            lines += self._ahead(day)
        if costs := cost_days(customer, self.plan.at, words):
            lines += wrap("; ".join(costs), self.width, "  ", "    ")
        if until := until_text(customer, words):
            lines += wrap(until, self.width, "  ")
        for diagnostic in view.of_severity(customer, Severity.WARNING):
            lines += self._diagnostic(diagnostic, "    ", helped=True)
        return [*lines, *self._advice(customer)]

    def _ahead(self, day: Ahead) -> Iterator[str]:
        yield from self._painted(day.title, "bold", "cyan", indent=2)
        for line in day.lines:
            yield from self._line(line, line.cause)
        for note in day.notes:
            yield from wrap(note, self.width, "      = ", "        ")

    def _advice(self, customer: CustomerPlan) -> Iterator[str]:
        """The same advice is given twice at most; more of it is counted."""
        given: Counter[str] = Counter()
        for diagnostic in view.of_severity(customer, Severity.ADVICE):
            if diagnostic.says(AdviceIsAcknowledged):
                said = self.words.text(diagnostic.code, diagnostic.params)
                yield from self._painted(f"= {said}", "dim", indent=4)
                continue
            given[diagnostic.code] += 1
            if self.show_all or given[diagnostic.code] <= ALIKE:
                yield from self._diagnostic(diagnostic, "    ", helped=self.show_all)
        for code, count in given.items():
            if not self.show_all and count > ALIKE:
                more = self.words.ui("plan.advice_more", count=count - ALIKE, code=code)
                yield from wrap(more, self.width, "    ")

    def _line(self, line: Line, common: Cause | None) -> Iterator[str]:
        text = line.text
        if line.folded:
            text = self.words.ui("plan.folded", count=line.folded, kind=line.text)
        length = len(text)
        if line.fields:
            text += f": {line.fields}"
        if line.cause is not common:
            text += f"  [{view.tag(line.cause, self.words)}]"
        mark = "!" if line.dangerous else " "
        first, *rest = wrap(text, self.width, f"  {mark} {line.symbol} ", "        ")
        strong = ("bold", "red") if line.dangerous else (COLOURS[line.symbol],)
        yield self.paint(first[: 6 + length], *strong) + first[6 + length :]
        yield from rest
        for change in line.changes:
            yield from wrap(change.text, self.width, "        ", "          ")
        if line.means:
            yield from self._painted(line.means, "red", indent=8)

    # The end

    def _later(self) -> list[str]:
        events = view.events(self.plan, self.words)
        if not events:
            return []
        lines = [self._heading("plan.later", "cyan")]
        shown = events if self.show_all else events[:UPCOMING]
        for event in shown:
            day = self.words.day(event.on)
            lines += wrap(f"{event.customer}: {event.text}", self.width, f"  {day}  ", "      ")
        if len(shown) < len(events):
            lines.append("  " + self.words.ui("plan.later_more", count=len(events) - len(shown)))
        return lines

    def _end(self) -> list[str]:
        words, plan = self.words, self.plan
        lines = []
        if plan.unchanged:
            lines += wrap(words.ui("plan.unchanged", count=plan.unchanged), self.width)
        lines += self._said(others_text(plan, words))
        if not plan.steps:
            return lines
        label = f"{words.ui('plan.digest')}: "
        if len(label) + len(plan.digest) <= self.width:
            lines.append(label + visible(plan.digest))
        else:
            lines += [label.rstrip(), visible(plan.digest)]
        tally = words.ui("plan.last", tally=Tally.of(plan.steps).text(words))
        return [*lines, *(self.paint(line, "bold") for line in wrap(tally, self.width))]

    # Small parts

    def _said(self, text: str) -> list[str]:
        return wrap(text, self.width, "", "  ") if text else []

    def _heading(self, key: str, colour: str) -> str:
        return self.paint(self.words.ui(key), "bold", colour)

    def _painted(self, text: str, *styles: str, indent: int = 0) -> list[str]:
        blank = " " * indent
        return [
            blank + self.paint(line.lstrip(), *styles)
            for line in wrap(text, self.width, blank, blank)
        ]

    def _help(self, code: str, params: Params, indent: str) -> list[str]:
        found = self.words.help(code, params)
        return wrap(f"= {found}", self.width, indent, indent + "  ") if found else []

    def _diagnostic(self, diagnostic: Diagnostic, indent: str, *, helped: bool) -> list[str]:
        lines = title_lines(diagnostic, self.words, self.width, self.paint, indent)
        if diagnostic.place and diagnostic.severity is Severity.ERROR:
            place = diagnostic.place
            where = f"{visible(place.file)}:{place.line}:{place.column}"
            lines.append(f"{indent}  {self.paint('-->', 'cyan')} {where}")
        if helped:
            lines += self._help(diagnostic.code, diagnostic.params, indent + "  ")
        return lines


_LEGEND = {"+": "add", "~": "change", "-": "remove", "^": "submit", "x": "cancel", ">": "move"}


def _amount(rappen: int) -> str:
    return show_money(rappen, signed=True) if rappen else ""


def _joined(blocks: Iterable[list[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
