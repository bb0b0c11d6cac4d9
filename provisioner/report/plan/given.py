"""Values that stand in no manifest, since a default of provision.yaml gives them.  Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from provisioner.contract.resources import Kind
from provisioner.plan.model import CustomerPlan, Edit, Step
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible

Given = Mapping[str, str]
"""Paths in a manifest of which a default gives the value, and whose it is."""

NOTHING: Given = MappingProxyType({})

_AT = {Kind.WORKPLACE: "workplaces.{key}.", Kind.SUPPORT: "support_login."}


def given_to(customer: CustomerPlan) -> Given:
    return {each.path: each.of for each in customer.defaults}


def of_edit(edit: Edit, given: Given) -> str:
    """The path of what an edit is about, as a default names it; empty if none gives its value."""
    names = (edit.path, f"{edit.path}.login")  # a support login comes as a whole
    return next((name for name in names if name in given), "") if edit.after is not None else ""


def because_of_defaults(customer: CustomerPlan) -> bool:
    """Whether all that the manifest says otherwise is said by a default."""
    given = given_to(customer)
    return bool(customer.edits) and all(of_edit(each, given) for each in customer.edits)


def of_path(path: str, words: Catalogue, given: Given) -> str:
    """`` (default of limmat-it)``, to stand behind a value; empty for one that is written."""
    return f" {words.ui('given.of', of=visible(given[path]))}" if path in given else ""


def of_field(step: Step, field: str, words: Catalogue, given: Given) -> str:
    """The same of a field of what a step sets up or changes."""
    if not given or step.after is None:
        return ""
    return of_path(_AT.get(step.kind, "").format(key=step.key) + field, words, given)
