"""How much a plan creates, changes and removes, as GitLab shows it on a merge request."""

import json

from provisioner.plan.model import Plan
from provisioner.report.plan.words import Tally


def widget(plan: Plan) -> str:
    """JSON of GitLab's ``terraform`` report."""
    tally = Tally.of(plan.steps)
    counts = {"create": tally.add, "update": tally.change, "delete": tally.destroy}
    return json.dumps(counts) + "\n"
