"""The issues that provision keeps: what could not be applied, and what is not as released.

Each is edited in place and closed once there is nothing to tell.
"""

from provisioner.report.messages import Catalogue
from provisioner.report.plan import pieces, view
from provisioner.report.plan.markdown import LIMIT, plan_facts, render_framed
from provisioner.report.plan.sections import Frame, render_sections
from provisioner.report.review.outcome import outcome_sections
from provisioner.report.sanitise import markdown
from provisioner.review.showing import WELL, DriftShown, OpenShown


def open_marker(project: int) -> str:
    """The first line of the issue about what could not be applied."""
    return f"<!-- provision open {project} -->"


def drift_marker(project: int) -> str:
    """The first line of the issue about live systems that are not as released."""
    return f"<!-- provision drift {project} -->"


def issue_title(shown: OpenShown | DriftShown, words: Catalogue) -> str:
    """Plain text with nothing in it that somebody else wrote."""
    if isinstance(shown, OpenShown):
        open_ = sum(1 for each in shown.outcomes if each.ended not in WELL)
        return words.ui("review.open_title", count=open_)
    return words.ui("review.drift_title", count=len(shown.plan.customers))


def issue_text(shown: OpenShown | DriftShown, words: Catalogue, limit: int = LIMIT) -> str:
    """At most ``limit`` characters, ended by a newline."""
    if isinstance(shown, OpenShown):
        lines = [open_marker(shown.project), pieces.prose(words.ui("review.open_intro"))]
        open_ = [each for each in shown.outcomes if each.ended not in WELL]
        sections = outcome_sections(open_, words, shown.at, reseller=True)
        return render_sections(Frame(lines, sections, "review.shortened_log"), words, limit)
    plan = shown.plan
    said = f"{words.ui('plan.for', day=words.day(plan.at))}: {view.verdict(plan, words)}"
    lines = [drift_marker(shown.project), f"### {markdown(said)}", ""]
    lines += [pieces.prose(words.ui("review.drift_intro")), ""]
    lines += [f"- {fact}" for fact in plan_facts(plan, words)]
    return render_framed(plan, words, Frame(lines, shortened="review.shortened_drift"), limit).text
