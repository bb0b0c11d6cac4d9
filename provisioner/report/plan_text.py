"""A plan for the people who release it: what is dangerous first, what is open next, then the rest.

Symbols and words say everything; colour only repeats it.  Readable from 60 columns on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from provisioner.live.resources import Kind
from provisioner.manifest.diagnostics import Diagnostic, Severity
from provisioner.plan.model import Action, Cause, Cost, CustomerPlan, Effect, Plan, Status, Step
from provisioner.report.diagnostics_text import title_lines
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue, Params
from provisioner.report.sanitise import visible
from provisioner.report.step_words import (
    COLOURS,
    DANGEROUS,
    SYMBOLS,
    Tally,
    cost_text,
    differences,
    full_headline,
    headline,
    impact,
    item_text,
    product_text,
    summary,
    value_text,
)

FOLD = 10
"""So many additions of one kind are shown in full; the rest of them is counted."""

ALIKE = 2
"""So many pieces of the same advice are shown."""

UPCOMING = 20
"""So many coming events are shown."""


def render_plan(
    plan: Plan,
    words: Catalogue,
    *,
    width: int,
    color: bool,
    show_all: bool = False,
    brief: bool = False,
) -> str:
    """The whole plan as text, ended by a newline.

    ``show_all`` shows every addition on its own and the help of every advice; ``brief`` leaves the
    changes out, for whoever has approved them already.
    """
    text = _PlanText(plan, words, clamp(width), Paint(color), show_all)
    return text.brief() if brief else text.render()


class _PlanText:
    def __init__(
        self, plan: Plan, words: Catalogue, width: int, paint: Paint, show_all: bool
    ) -> None:
        self.plan, self.words, self.width, self.paint = plan, words, width, paint
        self.show_all = show_all

    def render(self) -> str:
        blocks = [
            self._verdict(),
            self._danger(),
            self._stopped(),
            self._open(),
            *(self._customer(c) for c in self.plan.customers if c.steps or _notes(c)),
            self._later(),
            self._end(),
        ]
        return _joined(blocks)

    def brief(self) -> str:
        """The verdict, the dangers and what is stopped."""
        return _joined([self._verdict(), self._danger(), self._stopped()])

    # The verdict and what stands above the changes

    def _verdict(self) -> list[str]:
        words, plan = self.words, self.plan
        changing = sum(1 for c in plan.customers if c.steps)
        questions = [d for d in self._all_diagnostics() if d.severity is Severity.QUESTION]
        counts = {
            "plan.changing": changing,
            "plan.dangerous": sum(1 for s in plan.steps if s.effect in DANGEROUS),
            "plan.stopped": len(self._unready()),
            "plan.held": sum(len(c.held) for c in plan.customers),
            "count.question": len(questions),
        }
        parts = [words.ui(key, count=count) for key, count in counts.items() if count]
        if not changing:
            parts.insert(0, words.ui("plan.nothing"))
        text = f"{words.ui('plan.for', day=words.day(plan.at))}: {', '.join(parts)}"
        if changing:
            text += f"; {Tally.of(plan.steps).text(words)}"
        lines = self._painted(words.ui("plan.braked"), "bold", "red") if plan.braked else []
        lines += [self.paint(line, "bold") for line in wrap(text + ".", self.width)]
        if changing and (cost := cost_text(_total(plan.customers), words)):
            lines += wrap(words.ui("plan.cost", cost=cost), self.width, "", "  ")
        if changing:
            lines += self._painted(self._legend(), "dim")
        return lines

    def _legend(self) -> str:
        steps = [*self.plan.steps, *(h.step for c in self.plan.customers for h in c.held)]
        seen = {SYMBOLS[s.action] for s in steps}
        shown = [f"{s} {self.words.ui(f'legend.{n}')}" for s, n in _LEGEND.items() if s in seen]
        return "  ".join(shown)

    def _danger(self) -> list[str]:
        found = [
            (customer, step)
            for customer in self.plan.customers
            for step in customer.steps
            if step.effect in DANGEROUS
        ]
        if not found:
            return []
        lines = [self._heading("plan.danger", "red")]
        for effect in (Effect.IRREVERSIBLE, Effect.DISRUPTIVE):
            for customer, step in found:
                if step.effect is effect:
                    what = full_headline(step, self.words, _orders(customer))
                    said = f"{visible(customer.customer)}: {SYMBOLS[step.action]} {what}"
                    said += f" - {impact(step, self.words)}"
                    wrapped = wrap(said, self.width, "  ! ", "      ")
                    lines += self.paint.head(wrapped, 4, "bold", "red")
        return lines

    def _stopped(self) -> list[str]:
        """Brakes and other findings of the whole run, then customers that cannot be applied."""
        lines: list[str] = []
        for diagnostic in sorted(self.plan.diagnostics, key=lambda d: (d.severity, d.order)):
            lines += self._diagnostic(diagnostic, "", helped=True)
        if lines and self._unready():
            lines.append("")
        for customer in self._unready():
            name = visible(customer.customer)
            text = f"{name}: {self.words.ui(f'status.{customer.status}')}"
            lines += self.paint.head(wrap(text, self.width, "", "  "), len(name), "bold", "red")
            for diagnostic in _by_severity(customer.diagnostics, Severity.ERROR):
                lines += self._diagnostic(diagnostic, "  ", helped=True)
        return lines

    def _open(self) -> list[str]:
        """Held steps (R6) and questions (R5, R18), over all customers."""
        lines: list[str] = []
        for customer in self.plan.customers:
            name = visible(customer.customer)
            for reason, alike in groupby(customer.held, key=lambda h: (h.code, h.params)):
                for held in alike:
                    label = self.words.ui("plan.held_label")
                    what = headline(held.step, self.words, _orders(customer))
                    symbol = SYMBOLS[held.step.action]
                    wrapped = wrap(f"{label} {name}: {symbol} {what}", self.width, "  ", "      ")
                    lines += self.paint.head(wrapped, 2 + len(label), "bold", "yellow")
                text = self.words.text(*reason)
                lines += wrap(f"{text} [{visible(reason[0])}]", self.width, "      ")
                lines += self._help(*reason, "      ")
            for question in _by_severity(customer.diagnostics, Severity.QUESTION):
                label = self.words.ui("severity.question")
                text = self.words.text(question.code, question.params)
                said = f"{label} {name}: {text} [{visible(question.code)}]"
                wrapped = wrap(said, self.width, "  ", "      ")
                lines += self.paint.head(wrapped, 2 + len(label), "bold", "cyan")
                lines += self._help(question.code, question.params, "      ")
        return [self._heading("plan.open", "yellow"), *lines] if lines else []

    # One customer

    def _customer(self, customer: CustomerPlan) -> list[str]:
        words = self.words
        name = visible(customer.customer)
        title = f"{name}  {visible(customer.company)}".rstrip()
        if customer.reseller:
            title += f"  ({words.ui('plan.reseller', name=customer.reseller)})"
        lines = self.paint.head(wrap(title, self.width, "", "  "), len(name), "bold")
        if customer.steps:
            parts = [Tally.of(customer.steps).text(words), cost_text(customer.cost, words)]
            lines += wrap("; ".join(p for p in parts if p), self.width, "  ")
            causes = Counter(step.cause for step in customer.steps)
            common = causes.most_common(1)[0][0]
            because = words.ui(f"cause.{common}")
            if len(causes) > 1:
                because = words.ui("plan.cause_mostly", cause=because)
            lines += wrap(because, self.width, "  ")
            lines += self._steps(customer, common)
        for diagnostic in _by_severity(customer.diagnostics, Severity.WARNING):
            lines += self._diagnostic(diagnostic, "    ", helped=True)
        return [*lines, *self._advice(customer)]

    def _advice(self, customer: CustomerPlan) -> Iterator[str]:
        """The same advice is given twice at most; more of it is counted."""
        given: Counter[str] = Counter()
        for diagnostic in _by_severity(customer.diagnostics, Severity.ADVICE):
            given[diagnostic.code] += 1
            if self.show_all or given[diagnostic.code] <= ALIKE:
                yield from self._diagnostic(diagnostic, "    ", helped=self.show_all)
        for code, count in given.items():
            if not self.show_all and count > ALIKE:
                more = self.words.ui("plan.advice_more", count=count - ALIKE, code=code)
                yield from wrap(more, self.width, "    ")

    def _steps(self, customer: CustomerPlan, common: Cause) -> Iterator[str]:
        orders = _orders(customer)
        for (kind, plain), group in groupby(customer.steps, key=lambda s: (s.kind, _plain(s))):
            steps = list(group)
            if self.show_all or not plain:
                shown = steps
            elif kind is Kind.BILLING:
                yield from self._billing(steps, common)
                continue
            else:
                shown = steps if len(steps) <= FOLD + 2 else steps[:FOLD]
            for step in shown:
                yield from self._step(step, orders, common)
            if len(shown) < len(steps):
                count = len(steps) - len(shown)
                kind_name = self.words.ui(f"kinds.{kind}")
                more = self.words.ui("plan.folded", count=count, kind=kind_name)
                yield from wrap(more, self.width, "    + ")

    def _step(self, step: Step, orders: Sequence[str], common: Cause) -> Iterator[str]:
        symbol = SYMBOLS[step.action]
        mark = "!" if step.effect in DANGEROUS else " "
        said = full_headline(step, self.words, orders)
        length = len(said)
        moving = step.action is Action.UPDATE
        if not moving and (fields := summary(step, self.words)):
            said += f": {fields}"
        wrapped = wrap(said, self.width, f"  {mark} {symbol} ", "        ")
        colour = COLOURS[symbol]
        first = wrapped[0]
        painted = self.paint(first[: 6 + length], *_strong(step, colour)) + first[6 + length :]
        yield from [painted, *wrapped[1:]]
        if moving:
            for difference in differences(step, self.words):
                yield from wrap(difference, self.width, "        ", "          ")
        if step.effect in DANGEROUS:
            yield from self._painted(impact(step, self.words), "red", indent=8)
        if step.cause is not common:
            yield from wrap(self.words.ui(f"cause.{step.cause}"), self.width, "        ")

    def _billing(self, steps: Iterable[Step], common: Cause) -> Iterator[str]:
        """New billing in one line per product and start, since it follows from the rest."""
        groups: dict[tuple[str, str, Cause], list[Step]] = {}
        for step in steps:
            after = step.after or {}
            key = str(after.get("product", "")), str(after.get("starts") or ""), step.cause
            groups.setdefault(key, []).append(step)
        for (product, starts, cause), alike in groups.items():
            once = bool((alike[0].after or {}).get("once"))
            begin = ("once" if once else "from") + ("" if starts else "_apply")
            day = value_text("starts", starts, self.words) if starts else ""
            begins = self.words.ui(f"plan.billed_{begin}", day=day)
            name = product_text(product, self.words)
            shown = self.words.ui("plan.billing", product=name, begins=begins)
            items = [_billed_item(step, self.words) for step in alike]
            text = shown if items == [name] else f"{shown}: {', '.join(items)}"
            wrapped = wrap(text, self.width, "    + ", "        ")
            yield from self.paint.head(wrapped, min(6 + len(shown), len(wrapped[0])), "green")
            if cause is not common:
                yield from wrap(self.words.ui(f"cause.{cause}"), self.width, "        ")

    # The end

    def _later(self) -> list[str]:
        events = sorted(
            (u.on, c.customer, u.code, self.words.text(u.code, u.params))
            for c in self.plan.customers
            for u in c.upcoming
        )
        if not events:
            return []
        lines = [self._heading("plan.later", "cyan")]
        shown = events if self.show_all else events[:UPCOMING]
        for on, customer, _code, text in shown:
            said = f"{visible(customer)}: {text}"
            lines += wrap(said, self.width, f"  {self.words.day(on)}  ", "      ")
        if len(shown) < len(events):
            lines.append("  " + self.words.ui("plan.later_more", count=len(events) - len(shown)))
        return lines

    def _end(self) -> list[str]:
        words, plan = self.words, self.plan
        lines = []
        if plan.unchanged:
            lines += wrap(words.ui("plan.unchanged", count=plan.unchanged), self.width)
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

    def _unready(self) -> list[CustomerPlan]:
        return [c for c in self.plan.customers if c.status is not Status.READY]

    def _all_diagnostics(self) -> Iterator[Diagnostic]:
        yield from self.plan.diagnostics
        for customer in self.plan.customers:
            yield from customer.diagnostics


_LEGEND = {"+": "add", "~": "change", "-": "remove", "^": "submit", "x": "cancel", ">": "move"}


def _billed_item(step: Step, words: Catalogue) -> str:
    """A workplace by its login alone: the licence before it says what it is."""
    head, _, login = step.key.partition("/")
    return visible(login) if head == "workplace" else item_text(step.key, words)


def _joined(blocks: Iterable[list[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _plain(step: Step) -> bool:
    """May be folded: an addition that harms nobody."""
    return step.action is Action.CREATE and step.effect is Effect.ADDITIVE


def _strong(step: Step, colour: str) -> tuple[str, ...]:
    return ("bold", "red") if step.effect in DANGEROUS else (colour,)


def _orders(customer: CustomerPlan) -> tuple[str, ...]:
    steps = (*customer.steps, *(held.step for held in customer.held))
    return tuple(s.key for s in steps if s.kind is Kind.ORDER)


def _notes(customer: CustomerPlan) -> bool:
    return any(d.severity in {Severity.WARNING, Severity.ADVICE} for d in customer.diagnostics)


def _by_severity(diagnostics: Iterable[Diagnostic], severity: Severity) -> list[Diagnostic]:
    return [d for d in diagnostics if d.severity is severity]


def _total(customers: Iterable[CustomerPlan]) -> Cost:
    found = [c.cost for c in customers]
    return Cost(monthly=sum(c.monthly for c in found), once=sum(c.once for c in found))
