"""A plan that a check has made from snapshots: for a terminal, in a job's summary, as counts."""

import json
from datetime import UTC, datetime

from provisioner.operations.proposing import Preview
from provisioner.report.diagnostics.text import render_diagnostics
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.plan import pieces
from provisioner.report.plan.markdown import LIMIT, plan_facts, render_framed
from provisioner.report.plan.sections import Frame
from provisioner.report.plan.text import render_plan
from provisioner.report.plan.words import Tally
from provisioner.report.sanitise import markdown


def preview_text(preview: Preview, words: Catalogue, *, width: int, color: bool) -> str:
    """Its age, whom it leaves out, and the plan."""
    paint, made = Paint(color), preview.proposed
    lines = [paint(line, "bold") for line in wrap(_title(preview, words), clamp(width))]
    lines += wrap(words.ui("review.snapshot"), clamp(width))
    blocks = ["\n".join(lines)]
    if made.missing:
        found = render_diagnostics(list(made.missing), words, width=width, color=color)
        blocks.append(found.rstrip("\n"))
    if made.plan is None:
        blocks.append("\n".join(wrap(words.ui("checked.preview_none"), clamp(width))))
    else:
        blocks.append(render_plan(made.plan, words, width=width, color=color).rstrip("\n"))
    return "\n\n".join(blocks) + "\n"


def preview_markdown(preview: Preview, words: Catalogue) -> str:
    """The same, in at most ``LIMIT`` characters."""
    plan = preview.proposed.plan
    lines = [f"### {markdown(_title(preview, words))}", "", markdown(words.ui("review.snapshot"))]
    if missing := preview.proposed.missing:
        lines += ["", *(pieces.diagnostic(words, each, placed=True) for each in missing[:20])]
        if len(missing) > 20:
            lines.append(f"- {markdown(words.ui('diagnostics.more', count=len(missing) - 20))}")
    if plan is None:
        return "\n".join([*lines, "", markdown(words.ui("checked.preview_none"))]) + "\n"
    if facts := plan_facts(plan, words):
        lines += ["", *(f"- {fact}" for fact in facts)]
    return render_framed(plan, words, Frame(lines), LIMIT).text


def widget(preview: Preview) -> bytes:
    """How much it creates, changes and removes: JSON of GitLab's ``terraform`` report."""
    plan = preview.proposed.plan
    tally = Tally.of(plan.steps if plan else ())
    counts = {"create": tally.add, "update": tally.change, "delete": tally.destroy}
    return json.dumps(counts).encode() + b"\n"


def _title(preview: Preview, words: Catalogue) -> str:
    made, until = (_moment(each, words) for each in (preview.made, preview.until))
    return words.ui("checked.preview", made=made, until=until)


def _moment(at: datetime, words: Catalogue) -> str:
    at = at.astimezone(UTC)
    return f"{words.day(at.date())} {at:%H:%M} UTC"
