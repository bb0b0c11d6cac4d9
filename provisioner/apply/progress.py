"""How far one customer's run has come."""

from dataclasses import dataclass, field

from provisioner.apply.credentials import Passwords
from provisioner.apply.events import CustomerResult, Outcome
from provisioner.errors import ProvisionError
from provisioner.plan.context import CustomerInput
from provisioner.plan.model import SUBMITTING, Step
from provisioner.plan.planner import Planned
from provisioner.telephony.sources import Source


@dataclass(slots=True)
class Progress:
    """What has happened so far in one customer's run."""

    run: str
    planned: Planned
    passwords: dict[str, Passwords]
    known: dict[Source, str] = field(default_factory=dict)
    approved: str = ""
    """The digest that was approved."""
    done: list[str] = field(default_factory=list)
    failed: dict[str, ProvisionError] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def stops(self, step: Step) -> bool:
        """Whether something that did not come about keeps ``step`` from being carried out.

        Nothing is sent to a donor once anything of the customer has failed, a part of the same port
        included: a number that arrives must find everything, and half a port is none.
        """
        lost = self.failed.keys() | self.skipped
        return bool(lost) if step.action in SUBMITTING else not lost.isdisjoint(step.needs)

    def result(self, outcome: Outcome, error: ProvisionError | None = None) -> CustomerResult:
        return CustomerResult(
            str(self.planned.plan.customer),
            outcome,
            tuple(self.done),
            dict(self.failed),
            tuple(self.skipped),
            error,
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """A customer whose steps are through, or as far as they went, and who is to be read back.

    Its lease is held and its run stands open in the journal until then.
    """

    subject: CustomerInput
    progress: Progress
    part: bool
    """What was approved was true in part already."""
