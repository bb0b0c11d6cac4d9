"""What an apply did, for each customer and in all."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from provisioner.apply.events import CustomerResult, Outcome
from provisioner.errors import ProvisionError
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.plan.words import headline_of_id
from provisioner.report.sanitise import visible

SHOWN = 10
"""So many steps that were not done are named; the rest is counted."""

_MARKS = {Outcome.DONE: "✓", Outcome.UNCHANGED: "="}
_COLOURS = {Outcome.DONE: "green", Outcome.UNCHANGED: "dim"}
_NOT_BEGUN = frozenset({Outcome.REFUSED, Outcome.LOCKED, Outcome.UNCHANGED})
_OPEN = (Outcome.FAILED, Outcome.INTERRUPTED, Outcome.LOCKED, Outcome.REFUSED)


def render_result(
    result: CustomerResult, difference: str, words: Catalogue, *, width: int, color: bool
) -> str:
    """One customer: a line where all went well, otherwise what failed and what is open.

    ``difference`` is the text of ``diff_plans`` for one that was refused, or empty.
    """
    return "\n".join(_customer(result, difference, words, clamp(width), Paint(color))) + "\n"


def render_results(
    results: Sequence[CustomerResult],
    differences: Mapping[str, str],
    words: Catalogue,
    *,
    width: int,
    color: bool,
) -> str:
    """All customers and the summary; ``differences`` by customer."""
    texts = [
        render_result(r, differences.get(r.customer, ""), words, width=width, color=color)
        for r in results
    ]
    return "".join([*texts, render_summary(results, words, width=width, color=color)])


def render_summary(
    results: Sequence[CustomerResult], words: Catalogue, *, width: int, color: bool
) -> str:
    """``2 customers done, 1 failed; 12 steps done, 1 failed, 3 not done`` and what to do next."""
    paint, width = Paint(color), clamp(width)
    if not results:
        return words.ui("result.nothing") + "\n"
    counts = Counter(r.outcome for r in results)
    customers = [
        words.ui(f"result.customers_{outcome}", count=counts[outcome])
        for outcome in Outcome
        if counts[outcome]
    ]
    done = sum(len(r.done) for r in results)
    failed = sum(len(r.failed) for r in results)
    left = sum(len(r.skipped) for r in results)
    text = f"{', '.join(customers)}; {_counts(done, failed, left, words)}."
    well = set(counts) <= {Outcome.DONE, Outcome.UNCHANGED}
    styles = ("bold", "green" if well else "red")
    lines = [paint(line, *styles) for line in wrap(text, width)]
    for advice in dict.fromkeys(a for outcome in _OPEN for a in _advice(outcome, results)):
        lines += wrap(words.ui(f"result.open_{advice}"), width)
    return "\n".join(lines) + "\n"


def _advice(outcome: Outcome, results: Sequence[CustomerResult]) -> Iterator[str]:
    """What is to be done about those that ended so."""
    for result in results:
        if result.outcome is not outcome:
            continue
        if outcome is Outcome.INTERRUPTED and not (result.done or result.failed or result.skipped):
            yield "not_begun"  # not even a run of its own, which could be resumed
        elif outcome is not Outcome.REFUSED or result.fresh:
            yield outcome


def _counts(done: int, failed: int, left: int, words: Catalogue) -> str:
    parts = [words.ui("result.steps", count=done)]
    if failed:
        parts.append(words.ui("result.failures", count=failed))
    if left:
        parts.append(words.ui("result.left", count=left))
    return ", ".join(parts)


def _customer(
    result: CustomerResult, difference: str, words: Catalogue, width: int, paint: Paint
) -> list[str]:
    mark = _MARKS.get(result.outcome, "✗")
    text = f"{mark} {visible(result.customer)}: {words.ui(f'result.{result.outcome}')}"
    colour = _COLOURS.get(result.outcome, "red")
    said = text
    if result.done or result.outcome not in _NOT_BEGUN:
        said += ", " + _counts(len(result.done), len(result.failed), len(result.skipped), words)
    if result.part:
        said += f" ({words.ui('result.part')})"
    lines = wrap(said, width, "", "  ")
    lines = paint.head(lines, min(len(text), len(lines[0])), "bold", colour)
    if result.error:
        lines += _error(result.error, words, width, "    ")
    for step, error in result.failed.items():
        failed = words.ui("result.failed_step", step=headline_of_id(step, words))
        lines += [paint(line, "red") for line in wrap(failed, width, "    ", "      ")]
        lines += _error(error, words, width, "      ")
    lines += [f"    {line}" for line in difference.splitlines()]
    if result.outcome in {Outcome.FAILED, Outcome.INTERRUPTED}:
        lines += _skipped(result, words, width)
    return lines


def _skipped(result: CustomerResult, words: Catalogue, width: int) -> list[str]:
    if not result.skipped:
        return []
    why = "since_failed" if result.failed else "since_stopped"
    lines = wrap(words.ui(f"result.{why}"), width, "    ", "      ")
    for step in result.skipped[:SHOWN]:
        lines += wrap(headline_of_id(step, words), width, "      ", "        ")
    if (more := len(result.skipped) - SHOWN) > 0:
        lines += wrap(words.ui("result.skipped_more", count=more), width, "      ")
    return lines


def _error(error: ProvisionError, words: Catalogue, width: int, indent: str) -> list[str]:
    label = f"{words.ui('severity.error')}[{visible(error.code)}]"
    lines = wrap(f"{label}: {words.text(error.code, error.params)}", width, indent, indent + "  ")
    if found := words.help(error.code, error.params):
        lines += wrap(f"= {found}", width, indent + "  ", indent + "    ")
    return lines
