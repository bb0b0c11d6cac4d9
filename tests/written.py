"""A plan in the forms that are written piece by piece, whole."""

from provisioner.plan.model import Plan
from provisioner.plan.parts import Part
from provisioner.report.messages import Catalogue
from provisioner.report.plan import html, json, junit


def plan_json(made: Plan | Part) -> bytes:
    return b"".join(json.plan_json(made))


def render_html(plan: Plan, words: Catalogue) -> str:
    return "".join(html.render_html(plan, words))


def render_junit(plan: Plan, words: Catalogue) -> str:
    return "".join(junit.render_junit(plan, words))
