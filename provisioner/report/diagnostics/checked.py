"""What a check of a merge request found: for a terminal, for programs, as a CI job's summary."""

from collections.abc import Iterator, Sequence

from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations import Checked
from provisioner.report.diagnostics.forms import Report
from provisioner.report.diagnostics.text import count_diagnostics, render_diagnostics
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.plan import pieces
from provisioner.report.plan.fitting import Space, size_of
from provisioner.report.sanitise import markdown

LIMIT = 60_000
"""Characters of the summary; GitHub drops one of more than 1 MiB, and nobody reads so much."""
NAMED = 10
"""So many customers are named."""


def report_of(checked: Checked, words: Catalogue, *, standing: bool) -> Report:
    """All findings, those of the request's own files first; with ``standing`` also those that were
    there before."""
    found = (*checked.counting, *(checked.standing if standing else ()))
    return Report(found, words)


def render_checked(checked: Checked, words: Catalogue, *, width: int, color: bool) -> str:
    """Its own files first, then others, and what it comes to."""
    paint = Paint(color)
    blocks = [
        "\n".join(paint(line, "bold") for line in wrap(line, clamp(width)))
        for line in _facts(checked, words)
    ]
    for title, found in _parts(checked):
        shown = render_diagnostics(found, words, width=width, color=color).rstrip("\n")
        heading = [*wrap(words.ui(title), clamp(width)), ""] if title and found else []
        blocks += ["\n".join([*heading, shown])] if found else []
    blocks.append("\n".join(wrap(_verdict(checked, words), clamp(width))))
    return "\n\n".join(blocks) + "\n"


def render_verdict(checked: Checked, words: Catalogue) -> str:
    """Two lines, for a log that shows the findings already."""
    lines = [count_diagnostics(checked.counting, words), _verdict(checked, words)]
    return "".join(f"{line}\n" for line in lines if line)


def render_summary(checked: Checked, words: Catalogue) -> str:
    """Markdown of at most ``LIMIT`` characters: the verdict, then the gravest findings first."""
    lines = [f"### {markdown(words.ui('checked.title'))}", "", f"**{_marked(checked, words)}**", ""]
    counts = count_diagnostics(checked.counting, words)
    facts = [*_facts(checked, words), *([counts] if counts else [])]
    lines += [f"- {markdown(fact)}" for fact in facts]
    space = Space(LIMIT)
    space.take(lines)
    for title, found in _parts(checked):
        if found:
            lines += ["", *([markdown(words.ui(title)), ""] if title else [])]
            lines += _list(found, words, space)
    return "\n".join(lines) + "\n"


def _list(found: Sequence[Diagnostic], words: Catalogue, space: Space) -> list[str]:
    space.left -= 200  # for its heading, and the line that counts the rest
    gravest = sorted(found, key=lambda d: d.severity)
    kept: list[str] = []
    for diagnostic in gravest:
        made = pieces.diagnostic(words, diagnostic, placed=True)
        if size_of([made]) > space.left:
            break
        space.take([made])
        kept.append(made)
    left = len(gravest) - len(kept)
    return [*kept, f"- {markdown(words.ui('diagnostics.more', count=left))}"] if left else kept


def _parts(checked: Checked) -> Iterator[tuple[str, Sequence[Diagnostic]]]:
    yield "", checked.findings
    yield "checked.elsewhere", checked.elsewhere
    yield "checked.standing", checked.standing


def _facts(checked: Checked, words: Catalogue) -> Iterator[str]:
    if not checked.changes:
        yield words.ui("checked.nothing")
        return
    yield words.ui("checked.changes", count=len(checked.changes))
    customers = sorted(map(str, checked.customers))
    if customers:
        names = ", ".join(customers[:NAMED])
        if (more := len(customers) - NAMED) > 0:
            names = words.ui("checked.more", names=names, count=more)
        yield words.ui("checked.customers", names=names, count=len(customers))


def _verdict(checked: Checked, words: Catalogue) -> str:
    if checked.blocked:
        return words.ui("checked.blocked")
    return words.ui("checked.mend" if checked.faulty else "checked.good")


def _marked(checked: Checked, words: Catalogue) -> str:
    mark = "✗" if checked.blocked or checked.faulty else "✓"
    return f"{mark} {markdown(_verdict(checked, words))}"
