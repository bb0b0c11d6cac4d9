"""Equal edits of many customers, told once.  Pure.

Put together are only customers of which nothing goes, no port is asked for, nothing is open and
nothing is final, today or on a coming day.  What logs phones out may be among it: the dangers of a
plan name all those customers, and the entry says it too.  All others are told one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provisioner.codes import Severity
from provisioner.contract.resources import Json, Kind
from provisioner.manifest.models import Workplace
from provisioner.plan.model import MASK, Action, CustomerPlan, Edit, Effect, Plan, Status, Step
from provisioner.report.messages import Catalogue
from provisioner.report.plan import view
from provisioner.report.plan.ahead import cost_line, edit_changes, edited, until_text
from provisioner.report.plan.given import given_to
from provisioner.report.plan.impacts import impact
from provisioner.report.plan.words import DANGEROUS, UNSAID, Tally, changes, kind_text
from provisioner.report.sanitise import visible

FEWEST = 3
"""So many customers at least are put together."""

NAMED = 5
"""So many of them are named where there is little room."""

_PORTS = frozenset({Kind.ORDER, Kind.PORTED, Kind.PROVISIONAL})
_EDITS = frozenset({Action.CREATE, Action.UPDATE})
_LOGGED_OUT = Kind.WORKPLACE, Action.UPDATE
_WORKPLACES = "workplaces"


@dataclass(frozen=True, slots=True)
class Alike:
    """Customers, sorted, that are edited in the same way."""

    customers: tuple[CustomerPlan, ...]

    def title(self, words: Catalogue) -> str:
        """``60 customers: workplaces.license: phones+apps → phones``."""
        said = "; ".join(_changes(self, words))
        return words.ui("alike.title", count=len(self.customers), what=said)

    def names(self, most: int, words: Catalogue) -> str:
        """``velo-1, velo-2 and 58 more``; or all of them, about ``most``."""
        names = [visible(each.customer) for each in self.customers]
        left = len(names) - most
        if left <= 1:  # "and 1 more" is no shorter
            return ", ".join(names)
        return words.ui("alike.more", names=", ".join(names[:most]), count=left)

    def dangers(self, words: Catalogue) -> str:
        """``60 DANGEROUS steps: phones or apps are logged out``; empty if there is none."""
        found = [s for each in self.customers for s in each.steps if s.effect in DANGEROUS]
        if not found:
            return ""
        means = "; ".join(dict.fromkeys(impact(step, words) for step in found))
        return f"{words.ui('plan.dangerous', count=len(found))}: {means}"

    def facts(self, words: Catalogue) -> list[str]:
        """What it does and costs, why, and until when an approval of the first of them holds."""
        steps = [step for each in self.customers for step in each.steps]
        does = [Tally.of(steps).text(words), cost_line(self.customers, words)]
        first = min(self.customers, key=lambda each: (each.until is None, each.until))
        advice = sum(d.severity is Severity.ADVICE for c in self.customers for d in c.diagnostics)
        said = ["; ".join(filter(None, does)), view.because(self.customers[0], words)]
        said += [until_text(first, words)]
        said += [words.ui("count.advice", count=advice)] if advice else []
        return [each for each in said if each]


def put_together(plan: Plan) -> tuple[list[Alike], Plan]:
    """The groups, in the order of their first customers, and the plan of all others."""
    groups: dict[object, list[CustomerPlan]] = {}
    for customer in plan.customers:
        if _may_be_joined(customer):
            groups.setdefault(_signature(customer), []).append(customer)
    found = [Alike(tuple(each)) for each in groups.values() if len(each) >= FEWEST]
    if not found:
        return [], plan
    told = {customer.customer for group in found for customer in group.customers}
    left = tuple(c for c in plan.customers if c.customer not in told)
    return found, plan.model_copy(update={"customers": left})


def _may_be_joined(customer: CustomerPlan) -> bool:
    if not customer.steps or customer.held or customer.dropped or customer.done:
        return False
    if any(found.severity is not Severity.ADVICE for found in customer.diagnostics):
        return False
    if any(day.blocked or any(edited(day)) for day in customer.days):
        return False
    if customer.status is not Status.READY or any(map(_is_masked, customer.edits)):
        return False
    return all(_is_edit(step, customer.lifts) for step in customer.steps)


def _is_edit(step: Step, lifts: Sequence[str]) -> bool:
    """A change of what stays, or what is added beside it; nobody's personal data."""
    if step.action not in _EDITS or step.kind in _PORTS or view.at_a_lift(step, lifts):
        return False
    if step.kind is Kind.RELEASE and step.action is Action.CREATE:  # a new customer
        return False
    if step.effect in DANGEROUS and not _logs_out(step):
        return False
    return not any(MASK in _texts(value) for pair in _fields(step) for value in pair[1:])


def _logs_out(step: Step) -> bool:
    """The only danger that is told together: phones or apps have to log in again."""
    return step.effect is Effect.DISRUPTIVE and (step.kind, step.action) == _LOGGED_OUT


def _is_masked(edit: Edit) -> bool:
    return any(MASK in text for value in (edit.before, edit.after) for text in _texts(value))


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _signature(customer: CustomerPlan) -> object:
    given = given_to(customer)
    edits = frozenset(
        (_path(e.path), str(e.before), str(e.after), given.get(e.path)) for e in customer.edits
    )
    steps = frozenset(
        (s.action, s.kind, s.effect, s.cause, tuple((n, str(b), str(a)) for n, b, a in _fields(s)))
        for s in customer.steps
    )
    return edits, steps


def _path(path: str) -> str:
    """Of a field without the login of its workplace: ``workplaces.license``; one that comes or goes
    keeps it."""
    first, _, rest = path.partition(".")
    name = rest.rpartition(".")[2]
    known = first == _WORKPLACES and name in Workplace.model_fields
    return f"{first}.{name}" if known else path


def _fields(step: Step) -> Iterator[tuple[str, Json, Json]]:
    before, after = step.before or {}, step.after or {}
    for name in step.changed if step.action is Action.UPDATE else sorted(after):
        if name not in UNSAID:
            yield name, before.get(name), after.get(name)


def edits_of(group: Alike) -> list[Edit]:
    """What the manifest of each of them says otherwise, each once."""
    edits = (e.model_copy(update={"path": _path(e.path)}) for e in group.customers[0].edits)
    return list({(e.path, str(e.before), str(e.after)): e for e in edits}.values())


def _changes(group: Alike, words: Catalogue) -> list[str]:
    """What the manifests say otherwise, or where they do not, what the steps change."""
    first = group.customers[0]
    given = {_path(path): of for path, of in given_to(first).items()}
    said = [change.text for change in edit_changes(edits_of(group), words, given)]
    if not said:
        updates = (step for step in first.steps if step.action is Action.UPDATE)
        said = [f"{kind_text(s.kind, words)}: {c.text}" for s in updates for c in changes(s, words)]
    return list(dict.fromkeys(said))
