"""What differs between the approved plan and the one made now, for a customer that was refused."""

from collections.abc import Mapping

from provisioner.contract.resources import Json
from provisioner.plan.model import CustomerPlan, Plan, Step
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.plan.words import (
    differences,
    field_text,
    headline_of_id,
    summary,
    value_text,
)


def diff_plans(
    approved: Plan | Mapping[str, str],
    now: CustomerPlan,
    words: Catalogue,
    *,
    width: int,
    color: bool,
) -> str:
    """Steps that appeared, disappeared or changed since the approval.

    ``approved`` is the plan, or where only that is left the steps' digests by id.
    """
    paint, width = Paint(color), clamp(width)
    old_steps: Mapping[str, Step] = {}
    if isinstance(approved, Plan):
        found = next((c for c in approved.customers if c.customer == now.customer), None)
        old_steps = {s.id: s for s in found.steps} if found else {}
        digests = {s.id: s.digest for s in old_steps.values()}
        absent = found is None
    else:
        digests, absent = dict(approved), not approved
    new_steps = {s.id: s for s in now.steps}
    come = [s for s in now.steps if s.id not in digests]
    gone = [step_id for step_id in digests if step_id not in new_steps]
    changed = [s for s in now.steps if s.id in digests and digests[s.id] != s.digest]
    if not (come or gone or changed):
        return words.ui("diff.none", customer=now.customer) + "\n"
    lines = wrap(words.ui("diff.heading", customer=now.customer), width, "", "  ")
    lines = [paint(line, "bold", "red") for line in lines]
    if absent:
        lines += wrap(words.ui("diff.absent", customer=now.customer), width, "  ")
    sections = (
        ("diff.appeared", "green", [appeared(s, words) for s in come]),
        ("diff.disappeared", "red", [[headline_of_id(i, words)] for i in gone]),
        ("diff.changed", "yellow", [_changed(old_steps.get(s.id), s, words) for s in changed]),
    )
    for title, colour, entries in sections:
        if not entries:
            continue
        lines.append("  " + paint(words.ui(title), "bold", colour))
        for head, *details in entries:
            lines += wrap(head, width, "    ", "      ")
            for detail in details:
                lines += wrap(detail, width, "        ", "          ")
    return "\n".join(lines) + "\n"


def appeared(step: Step, words: Catalogue) -> list[str]:
    """A step that is new: its headline, and its fields in lines of their own."""
    head = headline_of_id(step.id, words)
    if step.before is not None and step.after is not None:
        return [head, *differences(step, words)]
    fields = summary(step, words)
    return [head, fields] if fields else [head]


def _changed(old: Step | None, new: Step, words: Catalogue) -> list[str]:
    head = headline_of_id(new.id, words)
    details = list(inside(old, new, words, "diff.field")) if old else []
    return [head, *(details or [words.ui("diff.opaque")])]


def inside(old: Step, new: Step, words: Catalogue, key: str) -> list[str]:
    """The fields, before or after, in which two versions of one step differ; ``key``: of the
    sentence for each."""
    from deepdiff import DeepDiff  # only where two plans differ

    found = DeepDiff(_fields(old), _fields(new), view="tree")
    paths = (each.path(output_format="list") for group in found.values() for each in group)
    names = sorted({(path[0], path[1]) for path in paths})
    texts = []
    for side, name in names:
        label = field_text(name, words)
        one, other = _fields(old)[side].get(name), _fields(new)[side].get(name)
        if one == other:
            continue  # declared as absent on one side only
        before = value_text(name, one, words, None)
        after = value_text(name, other, words, None)
        texts.append(words.ui(key, field=label, before=before, after=after))
    return texts


def _fields(step: Step) -> dict[str, dict[str, Json]]:
    return {"before": dict(step.before or {}), "after": dict(step.after or {})}
