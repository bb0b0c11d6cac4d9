"""What was changed by hand on the live systems: told in one issue, which closes itself."""

from provisioner.forge.sticky import CHARACTERS, end_issue, keep_issue
from provisioner.forge.texts import first_line
from provisioner.operations.lane import Lane
from provisioner.operations.opening import Opened
from provisioner.operations.planning import plan
from provisioner.plan.model import Cause, CustomerPlan, Plan
from provisioner.review.showing import DriftShown


def drift(lane: Lane, opened: Opened) -> Plan:
    """The plan of the customers that are not as they were released; keeps the issue about it."""
    made = plan(opened, today=lane.today).plan
    found = tuple(each for each in made.customers if _drifts(each))
    made = made.model_copy(update={"customers": found})
    shown = DriftShown(project=lane.review.project.id, plan=made)
    title, text = lane.texts.drift(shown, CHARACTERS)
    if found:
        keep_issue(lane.forge, title, lambda limit: lane.texts.drift(shown, limit)[1])
    else:
        end_issue(lane.forge, first_line(text))
    return made


def _drifts(part: CustomerPlan) -> bool:
    return any(step.cause is Cause.DRIFT for step in part.steps)
