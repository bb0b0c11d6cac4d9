"""What an apply did, for each customer and in all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from provisioner.errors import ProvisionError
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible
from provisioner.report.step_words import headline_of_id

Outcome = Literal["done", "failed", "refused", "locked", "interrupted", "skipped"]

SHOWN = 10
"""So many steps that were not done are named; the rest is counted."""

_MARKS = {"done": "✓", "failed": "✗", "refused": "✗", "locked": "✗", "interrupted": "✗"}
_COLOURS = {"done": "green", "skipped": "dim"}


class CustomerResult(Protocol):
    """What the executor tells about one customer."""

    @property
    def customer(self) -> str: ...

    @property
    def outcome(self) -> Outcome: ...

    @property
    def done(self) -> Sequence[str]:
        """Ids of steps that were carried out."""
        ...

    @property
    def failed(self) -> Mapping[str, ProvisionError]:
        """By id of the step; by an empty id what stopped the customer as a whole."""
        ...

    @property
    def skipped(self) -> Sequence[str]:
        """Ids of steps that were not begun."""
        ...

    @property
    def not_approved_diff(self) -> str | None:
        """For a refused customer: the text of ``diff_plans``."""
        ...


def render_result(result: CustomerResult, words: Catalogue, *, width: int, color: bool) -> str:
    """One customer: a line where all went well, otherwise what failed and what is open."""
    return "\n".join(_customer(result, words, clamp(width), Paint(color))) + "\n"


def render_results(
    results: Sequence[CustomerResult], words: Catalogue, *, width: int, color: bool
) -> str:
    """All customers and the summary."""
    lines = [render_result(r, words, width=width, color=color) for r in results]
    return "".join([*lines, render_summary(results, words, width=width, color=color)])


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
        for outcome in ("done", "failed", "refused", "locked", "interrupted", "skipped")
        if counts[outcome]
    ]
    done = sum(len(r.done) for r in results)
    failed = sum(len(r.failed) for r in results)
    left = sum(len(r.skipped) for r in results)
    text = f"{', '.join(customers)}; {_counts(done, failed, left, words)}."
    well = set(counts) <= {"done", "skipped"}
    styles = ("bold", "green" if well else "red")
    lines = [paint(line, *styles) for line in wrap(text, width)]
    for outcome in ("failed", "interrupted", "locked", "refused"):
        if counts[outcome]:
            lines += wrap(words.ui(f"result.open_{outcome}"), width)
    return "\n".join(lines) + "\n"


def _counts(done: int, failed: int, left: int, words: Catalogue) -> str:
    parts = [words.ui("result.steps", count=done)]
    if failed:
        parts.append(words.ui("result.failures", count=failed))
    if left:
        parts.append(words.ui("result.left", count=left))
    return ", ".join(parts)


def _customer(result: CustomerResult, words: Catalogue, width: int, paint: Paint) -> list[str]:
    mark = _MARKS.get(result.outcome, "-")
    outcome = words.ui(f"result.{result.outcome}")
    counts = _counts(len(result.done), len(result.failed), len(result.skipped), words)
    text = f"{mark} {visible(result.customer)}: {outcome}"
    colour = _COLOURS.get(result.outcome, "red")
    quiet = result.outcome in {"refused", "locked", "skipped"} and not result.done
    lines = wrap(text if quiet else f"{text}, {counts}", width, "", "  ")
    lines = paint.head(lines, min(len(text), len(lines[0])), "bold", colour)
    for step, error in result.failed.items():
        lines += _failure(step, error, words, width, paint)
    if result.not_approved_diff:
        lines += [f"  {line}" for line in result.not_approved_diff.splitlines()]
    elif result.outcome in {"failed", "interrupted"}:
        because = f" ({words.ui('result.because')})" if result.outcome == "failed" else ""
        for step in result.skipped[:SHOWN]:
            shown = words.ui("result.skipped_step", step=headline_of_id(step, words))
            lines += wrap(shown + because, width, "    ", "      ")
        if (more := len(result.skipped) - SHOWN) > 0:
            lines.append("    " + words.ui("result.skipped_more", count=more))
    return lines


def _failure(
    step: str, error: ProvisionError, words: Catalogue, width: int, paint: Paint
) -> list[str]:
    lines = []
    if step:
        said = words.ui("result.failed_step", step=headline_of_id(step, words))
        lines += [paint(line, "red") for line in wrap(said, width, "    ", "      ")]
    label = f"{words.ui('severity.error')}[{visible(error.code)}]"
    text = f"{label}: {words.text(error.code, error.params)}"
    lines += wrap(text, width, "      ", "        ")
    if found := words.help(error.code, error.params):
        lines += wrap(f"= {found}", width, "      ", "        ")
    return lines
