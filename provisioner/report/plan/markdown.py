"""A plan as the comment on a merge or pull request, for GitHub and GitLab alike.

Only what both render: headings, lists, tables, code and ``<details>``.  A comment has a limit; what
does not fit is left out by whole sections, the harmless first, and counted.  A step that cannot be
undone is never left out: if they are very many they are listed in short, and if even that is too
long the comment says at its top that it cannot be released by.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic, has_errors
from provisioner.plan.model import Cause, CustomerPlan, Effect, Plan
from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue, Params
from provisioner.report.plan import view
from provisioner.report.plan.ahead import cost_days, cost_line, days_ahead, until_text
from provisioner.report.plan.fitting import Lazy, Space, size_of
from provisioner.report.plan.lines import Line
from provisioner.report.plan.words import Tally
from provisioner.report.sanitise import code, markdown, summary, visible
from provisioner.report.swiss import show_money

MARKER = "<!-- provisioner plan -->"
"""First line: by it CI finds its comment and edits it instead of writing one more."""

LIMIT = 60_000
"""Characters. GitHub refuses a comment of more than 65,536; CI may add a line of its own."""

LONG, SHORT = 400, 80
"""Characters of one line before it is cut, in full and in the short list."""

UPCOMING = 20
"""So many coming events are shown."""

ERRORS = 10
"""So many errors of one customer are shown."""

_CODE = re.compile(r"`([^`]+)`")


def render_markdown(plan: Plan, words: Catalogue, *, limit: int = LIMIT) -> str:
    """The plan in at most ``limit`` characters, ended by a newline.  The same plan, the same text.

    ``limit`` has to leave room for the verdict: 5,000 at least.
    """
    return _Comment(plan, words, limit).render()


class _Comment:
    """Sections are filled in the order of their weight and then put in the order of reading."""

    def __init__(self, plan: Plan, words: Catalogue, limit: int) -> None:
        self.plan, self.words = plan, words
        self.space = Space(limit - _RESERVE)

    def render(self) -> str:
        plan, words = self.plan, self.words
        head, foot = self._head(), self._foot()
        self.space.take([*head, *foot, words.ui("reading.shortened")])
        risks = view.risks(plan, words)
        danger = self._danger(risks)
        halted = plan.braked or view.stopped(plan) or has_errors(plan.diagnostics)
        title = "reading.stopped" if halted else "reading.notes"
        stopped = self._section(title, self._stopped(), "reading.more_stopped")
        opened = self._section("plan.open", self._open(), "reading.more_open")
        overview = self._overview()
        later = self._later()
        details = self._details()
        if self.space.shortened:
            head = [*head, "", f"_{self._prose(words.ui('reading.shortened'))}_"]
        blocks = [head, danger, stopped, opened, overview, details, later, foot]
        return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"

    # What is always there

    def _head(self) -> list[str]:
        plan, words = self.plan, self.words
        said = f"{words.ui('plan.for', day=words.day(plan.at))}: {view.verdict(plan, words)}"
        lines = [MARKER, f"### {markdown(said)}"]
        if plan.braked:
            lines += ["", f"**{markdown(words.ui('plan.braked'))}**"]
        cost = cost_line(plan.customers, words)
        if plan.steps:
            facts = [markdown(Tally.of(plan.steps).text(words))]
            facts += [markdown(words.ui("plan.cost", cost=cost))] if cost else []
            digest = code(clip(visible(plan.digest), SHORT))
            lines += ["", *(f"- {fact}" for fact in facts)]
            lines += [f"- {markdown(words.ui('plan.digest'))}: {digest}"]
        return lines

    def _foot(self) -> list[str]:
        count = self.plan.unchanged
        return [markdown(self.words.ui("plan.unchanged", count=count))] if count else []

    # Danger

    def _danger(self, risks: Sequence[view.Risk]) -> list[str]:
        """Irreversible steps in full or in short, all of them; then disruptive ones that fit."""
        if not risks:
            return []
        final = [risk for risk in risks if risk.effect is Effect.IRREVERSIBLE]
        heading = [f"#### {markdown(self.words.ui('plan.danger'))}", ""]
        self.space.take(heading)
        lines = [self._risk(risk) for risk in final]
        if size_of(lines) > self.space.left // 2:
            self.space.shortened = True
            lines = self._in_short(final)
        if size_of(lines) > self.space.left:
            said = self.words.ui("reading.too_many", count=len(final))
            lines = [f"- **{self._prose(said)}**"]
        self.space.take(lines)
        others = (risk for risk in risks if risk.effect is not Effect.IRREVERSIBLE)
        rest = Lazy(others, self._risk)
        return [*heading, *lines, *self._fitting(rest, "reading.more_disruptive")]

    def _risk(self, risk: view.Risk) -> str:
        said = markdown(clip(f"{risk.what} - {risk.means}", LONG))
        when = markdown(risk.when) + " " if risk.when else ""
        if risk.effect is Effect.IRREVERSIBLE:
            said = f"**{said}**"
        return f"- **{_name(risk.customer)}**: {when}{code(risk.symbol)} {said}"

    def _in_short(self, final: Sequence[view.Risk]) -> list[str]:
        said = self.words.ui("reading.compact", count=len(final))
        lines = [f"- **{markdown(said)}**"]
        for customer, alike in groupby(final, key=lambda risk: risk.customer):
            steps = ", ".join(
                f"{markdown(r.when)} {code(r.symbol)} {markdown(clip(r.what, SHORT))}".lstrip()
                for r in alike
            )
            lines.append(f"- {_name(customer)}: {steps}")
        return lines

    # What stands still and what is open

    def _stopped(self) -> Sequence[str]:
        found: list[Diagnostic | CustomerPlan] = [*view.of_the_run(self.plan)]
        found += view.stopped(self.plan)
        return Lazy(found, self._reason)

    def _reason(self, found: Diagnostic | CustomerPlan) -> str:
        if isinstance(found, Diagnostic):
            return self._diagnostic(found)
        status = markdown(self.words.ui(f"status.{found.status}"))
        errors = view.of_severity(found, Severity.ERROR)
        lines = [_indented(self._diagnostic(error, placed=True)) for error in errors[:ERRORS]]
        if left := len(errors[ERRORS:]):
            lines.append(f"  - {markdown(self.words.ui('reading.more_stopped', count=left))}")
        return "\n".join([f"- **{_name(found.customer)}**: {status}", *lines])

    def _open(self) -> Sequence[str]:
        found: list[tuple[str, view.Waiting | Diagnostic]] = []
        for customer in self.plan.customers:
            name = visible(customer.customer)
            found += [(name, held) for held in view.waiting(customer, self.words)]
            found += [(name, d) for d in view.of_severity(customer, Severity.QUESTION)]
        return Lazy(found, self._question)

    def _question(self, found: tuple[str, view.Waiting | Diagnostic]) -> str:
        name, cause = found
        said = self._sentence(cause.code, cause.params)
        if isinstance(cause, Diagnostic):
            return f"- **{markdown(self.words.ui('severity.question'))} {_name(name)}**: {said}"
        label = markdown(self.words.ui("plan.held_label"))
        what = markdown(clip(", ".join(cause.what), LONG))
        return f"- **{label} {_name(name)}**: {what}  \n  {said}"

    # The overview

    def _overview(self) -> list[str]:
        """Rows of the customers that need somebody's eyes are kept; shown in the plan's order."""
        rows = view.rows(self.plan, self.words)
        if len(rows) < 2:
            return []
        told = {
            "customer": True,
            "company": any(row.company for row in rows),
            "changes": any(row.tally for row in rows),
            "monthly": any(row.cost.monthly for row in rows),
            "once": any(row.cost.once for row in rows),
            "status": True,
        }
        shown = [name for name, is_told in told.items() if is_told]
        titles = [markdown(self.words.ui(f"reading.{name}")) for name in shown]
        marks = ["--:" if name in {"monthly", "once"} else "--" for name in shown]
        heading = [f"#### {markdown(self.words.ui('reading.overview'))}", ""]
        heading += [_cells(titles), _cells(marks)]
        made = Lazy(rows, lambda row: _cells(_row(row)[name] for name in shown))
        ranks = [row.rank for row in rows]
        self.space.take(heading)
        kept = self.space.gravest(made, ranks, share=0.5)
        left = len(made) - len(kept)
        more = [markdown(self.words.ui("reading.more_rows", count=left))] if left else []
        if not kept:
            return more
        return [*heading, *(made[at] for at in kept), *(["", *more] if more else [])]

    # Details, folded for each customer

    def _details(self) -> list[str]:
        customers = view.detailed(self.plan)
        if not customers:
            return []
        heading = [f"#### {markdown(self.words.ui('reading.details'))}", ""]
        made = Lazy(customers, self._customer)
        ranks = [view.rank(customer) for customer in customers]
        self.space.take(heading)
        blocks = [made[at] for at in self.space.gravest(made, ranks)]
        if left := len(made) - len(blocks):
            blocks.append(markdown(self.words.ui("reading.more_details", count=left)))
        return [*heading, "\n\n".join(blocks)]

    def _customer(self, customer: CustomerPlan) -> str:
        words = self.words
        facts = [f"<b>{summary(clip(visible(customer.customer), SHORT))}</b>"]
        if customer.company:
            facts.append(summary(clip(visible(customer.company), SHORT)))
        if customer.steps:
            facts.append(summary(Tally.of(customer.steps).text(words)))
        lines = [f"<details><summary>{' &middot; '.join(facts)}</summary>", ""]
        said = [words.ui("plan.reseller", name=customer.reseller)] if customer.reseller else []
        said += [cost_line([customer], words), view.because(customer, words)]
        lines += [f"{markdown(clip('; '.join(filter(None, said)), LONG))}", ""]
        common = view.common_cause(customer)
        for line in view.lines(customer, words):
            lines += self._line(line, common)
        for day in days_ahead(customer, words):
            lines += ["", f"**{markdown(clip(day.title, LONG))}**", ""]
            for line in day.lines:
                lines += self._line(line, line.cause)
            lines += [f"- {markdown(clip(note, LONG))}" for note in day.notes]
        lines += ["", *(f"- {markdown(each)}" for each in cost_days(customer, self.plan.at, words))]
        if until := until_text(customer, words):
            lines += ["", markdown(until), ""]
        for severity in (Severity.WARNING, Severity.ADVICE):
            for diagnostic in view.of_severity(customer, severity):
                lines.append(self._diagnostic(diagnostic))
        return "\n".join([*lines, "", "</details>"])

    def _line(self, line: Line, common: Cause | None) -> Iterator[str]:
        text = line.text
        if line.folded:
            text = self.words.ui("reading.folded", count=line.folded, kind=line.text)
        text = markdown(clip(f"{text}: {line.fields}" if line.fields else text, LONG))
        if line.dangerous:
            text = f"**{text}** - {markdown(line.means)}"
        if line.cause is not common:
            text += f" {code(f'[{view.tag(line.cause, self.words)}]')}"
        yield f"- {code(line.symbol)} {text}"
        for change in line.changes:
            yield f"  - {markdown(clip(change.text, LONG))}"

    def _later(self) -> list[str]:
        events = view.events(self.plan, self.words)
        if not events:
            return []
        title = summary(self.words.ui("reading.later", count=len(events)))
        lines = [f"<details><summary>{title}</summary>", ""]
        for event in events[:UPCOMING]:
            said = markdown(clip(event.text, LONG))
            day = markdown(self.words.day(event.on))
            lines.append(f"- {day} **{_name(event.customer)}**: {said}")
        if len(events) > UPCOMING:
            more = self.words.ui("plan.later_more", count=len(events) - UPCOMING)
            lines.append(f"- {markdown(more)}")
        lines += ["", "</details>"]
        if size_of(lines) > self.space.left:
            self.space.shortened = True
            return [markdown(self.words.ui("reading.later", count=len(events)))]
        self.space.take(lines)
        return lines

    # What fits

    def _section(self, title: str, items: Sequence[str], more: str) -> list[str]:
        """A heading and the items that fit under it; nothing if there are none."""
        if not items:
            return []
        heading = [f"#### {markdown(self.words.ui(title))}", ""]
        self.space.take(heading)
        return [*heading, *self._fitting(items, more)]

    def _fitting(self, items: Sequence[str], more: str) -> list[str]:
        """Items from the first on as long as they fit, and how many did not."""
        kept = self.space.first(items)
        left = len(items) - len(kept)
        return [*kept, f"- {markdown(self.words.ui(more, count=left))}"] if left else kept

    # Sentences of the catalogue

    def _diagnostic(self, diagnostic: Diagnostic, *, placed: bool = False) -> str:
        label = markdown(self.words.ui(f"severity.{diagnostic.severity}"))
        lines = [f"- **{label}**: {self._sentence(diagnostic.code, diagnostic.params)}"]
        if placed and (place := diagnostic.place):
            where = f"{visible(place.file)}:{place.line}:{place.column}"
            lines.append(f"  {code(clip(where, LONG))}")
        return "  \n".join(lines)

    def _sentence(self, found: str, params: Params) -> str:
        """The text and the help of a code, with the code itself."""
        said = self._prose(self.words.text(found, params), params)
        helped = self.words.help(found, params)
        more = f" {self._prose(helped, params)}" if helped else ""
        return f"{said}{more} {code(f'[{visible(found)}]')}"

    def _prose(self, text: str, params: Params | None = None) -> str:
        """A sentence with its backticks as code, unless a value could have brought its own."""
        cut = clip(text, LONG)
        if any("`" in str(value) for value in (params or {}).values()):
            return markdown(cut)
        pieces = _CODE.split(cut)
        return "".join(
            code(piece) if at % 2 else _between(piece, first=at == 0)
            for at, piece in enumerate(pieces)
        )


_RESERVE = 1_500
"""For headings' blank lines and the sentences that count what was left out."""


def _between(text: str, *, first: bool) -> str:
    """A piece of a sentence; the blanks that part it from code stay blanks."""
    core = text.strip(" ")
    before = " " if text.startswith(" ") else ""
    after = " " if core and text.endswith(" ") else ""
    return f"{before}{markdown(core, first=first) if core else ''}{after}"


def _name(name: str) -> str:
    return markdown(clip(visible(name), SHORT)) or "-"


def _row(row: view.Row) -> dict[str, str]:
    return {
        "customer": _name(row.customer),
        "company": markdown(clip(row.company, SHORT)) if row.company else "",
        "changes": code(row.tally.signs) if row.tally else "",
        "monthly": show_money(row.cost.monthly, signed=True) if row.cost.monthly else "",
        "once": show_money(row.cost.once, signed=True) if row.cost.once else "",
        "status": markdown(row.status),
    }


def _cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
