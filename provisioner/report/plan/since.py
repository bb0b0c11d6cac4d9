"""What a plan is narrowed to, and what it leaves out, in a sentence each.  Pure."""

from provisioner.plan.model import Others, Plan
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible

_COMMIT = 8
"""Digits of a commit that people compare."""


def since_text(plan: Plan, words: Catalogue) -> str:
    """``Changed since origin/main (4c1d2e3f): 2 customers.``; empty of a plan of all."""
    since = plan.since
    if since is None:
        return ""
    told = {"revision": visible(since.revision), "commit": visible(since.commit[:_COMMIT])}
    if since.everybody:
        files = ", ".join(map(visible, since.everybody))
        return words.ui("since.everybody", files=files, **told)
    count = len(since.customers)
    return words.ui("since.changed" if count else "since.nothing", count=count, **told)


def others_text(plan: Plan, words: Catalogue) -> str:
    """What there is to say of those that are not shown; empty if that is nothing."""
    others = plan.since.others if plan.since else Others()
    counts = {
        "plan.changing": others.changing,
        "plan.dangerous": others.dangerous,
        "plan.stopped": others.stopped,
        "plan.held": others.held,
        "count.question": others.questions,
        "since.notes": others.notes,
    }
    parts = [words.ui(key, count=count) for key, count in counts.items() if count]
    if not (others.customers or parts):
        return ""
    what = f" ({', '.join(parts)})" if parts else ""
    return words.ui("since.others", count=others.customers, what=what)
