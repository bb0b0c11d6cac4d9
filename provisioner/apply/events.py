"""What happened, as values: the executor emits them, someone else prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from provisioner.errors import ProvisionError
from provisioner.plan.model import CustomerPlan, Step


class Outcome(StrEnum):
    """``unchanged``: nothing to do.  ``refused``: not approved, blocked or unknown; nothing was
    changed.  ``failed``: some steps were not carried out.  ``interrupted``: stopped by a person."""

    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    LOCKED = "locked"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class CustomerBegun:
    """Its lease is about to be taken; a :class:`CustomerResult` follows."""

    customer: str


@dataclass(frozen=True, slots=True)
class StepBegun:
    """One step is about to be carried out.  ``run``: the journal's name of it."""

    customer: str
    step: Step
    run: str


@dataclass(frozen=True, slots=True)
class StepDone:
    """One step was carried out."""

    customer: str
    step: Step


@dataclass(frozen=True, slots=True)
class StepFailed:
    """One step was not carried out, or nobody knows."""

    customer: str
    step: Step
    error: ProvisionError


@dataclass(frozen=True, slots=True)
class CustomerResult:
    """How a run ended for one customer. Steps by id, in the order of the plan.

    ``error`` is the reason for an outcome that no single step explains.  ``fresh`` is the plan made
    now, where it was refused for not being the approved one.  ``part``: only a part of what was
    approved was left to do.
    """

    customer: str
    outcome: Outcome
    done: tuple[str, ...] = ()
    failed: Mapping[str, ProvisionError] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    error: ProvisionError | None = None
    fresh: CustomerPlan | None = None
    part: bool = False


Event = CustomerBegun | StepBegun | StepDone | StepFailed | CustomerResult
