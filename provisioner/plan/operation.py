"""What a step does, as a closed union: made by the planner, carried out by the executor.

An operation holds the resource itself, with personal data and numbers that are not known yet, so it
stays in memory; the plan that people see has its :class:`Step`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from provisioner.contract.resources import (
    BillingInterval,
    DeskResource,
    PbxResource,
    PortedNumber,
    PortingOrder,
    Release,
    Resource,
    Route,
    StockAllocation,
    Tenant,
    Workplace,
)
from provisioner.plan.model import Action, Step
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item
from provisioner.telephony.porting import Event
from provisioner.telephony.sources import Source

AnyResource = PbxResource | DeskResource


@dataclass(frozen=True, slots=True)
class Create:
    """It is not there yet. An order is created, submitted or submitted again."""

    resource: AnyResource


@dataclass(frozen=True, slots=True)
class Update:
    """Declared fields differ."""

    resource: AnyResource


@dataclass(frozen=True, slots=True)
class Delete:
    """It is desired no longer. An order is cancelled."""

    resource: AnyResource


@dataclass(frozen=True, slots=True)
class Adopt:
    """What somebody else set up gets our mark and its declared fields."""

    resource: PbxResource


@dataclass(frozen=True, slots=True)
class Rename:
    """The same object under another name; ``was``: a login, or the customer's former id."""

    resource: Workplace | BillingInterval | Tenant | Release
    was: str


@dataclass(frozen=True, slots=True)
class Move:
    """A move of a port order that a day brings."""

    resource: PortingOrder
    event: Event


@dataclass(frozen=True, slots=True)
class Take:
    """A number, or its route, that was the customer's ``was`` until now."""

    resource: StockAllocation | Route
    was: CustomerId


@dataclass(frozen=True, slots=True)
class Give:
    """The other side of :class:`Take`: nothing is called for it, it waits until that is done."""

    resource: StockAllocation | PortedNumber | Route
    to: CustomerId


Operation = Create | Update | Delete | Adopt | Rename | Move | Take | Give


@dataclass(frozen=True, slots=True)
class Task:
    """A step of the plan, and what it does."""

    step: Step
    operation: Operation

    def with_numbers(self, resolve: Callable[[Source], str | None]) -> "Task":
        """The same with numbers filled in that are known by now."""
        operation = self.operation
        known = operation.resource.with_numbers(resolve)
        # it stays of its kind
        return replace(self, operation=replace(operation, resource=known))  # type: ignore[arg-type]


def operation(step: Step, resource: Resource) -> Operation:
    """What ``step`` does with ``resource``."""
    assert isinstance(resource, AnyResource)  # noqa: S101 - a resource is of one of the systems
    match step.action:
        case Action.CREATE | Action.SUBMIT | Action.RESUBMIT:
            return Create(resource)
        case Action.UPDATE:
            return Update(resource)
        case Action.DELETE | Action.CANCEL:
            return Delete(resource)
        case Action.ADOPT:
            assert isinstance(resource, PbxResource)  # noqa: S101 - nothing at the desk is foreign
            return Adopt(resource)
        case Action.RENAME:
            return _rename(step, resource)
        case Action.MOVE:
            return _passed(step, resource)
        case Action.SYNCHRONISE:
            return _move(resource, Event.SYNCHRONISE)
        case Action.ACTIVATE:
            return _move(resource, Event.ACTIVATE)
        case _:
            assert_never(step.action)


def _move(resource: AnyResource, event: Event) -> Move:
    assert isinstance(resource, PortingOrder)  # noqa: S101 - nothing else moves
    return Move(resource, event)


def _passed(step: Step, resource: AnyResource) -> Take | Give:
    was, now = (CustomerId(str((side or {})["customer"])) for side in (step.before, step.after))
    match resource:
        case StockAllocation() | PortedNumber() | Route() if resource.customer == was:
            return Give(resource, now)
        case StockAllocation() | Route():
            return Take(resource, was)
        case _:
            raise ValueError(resource.kind)


def _rename(step: Step, resource: AnyResource) -> Rename:
    before = step.before or {}
    match resource:
        case Workplace():
            return Rename(resource, str(before["login"]))
        case BillingInterval():
            return Rename(resource, Item.parse(str(before["item"])).name)
        case Tenant() | Release():
            return Rename(resource, str(before["customer"]))
        case _:
            raise ValueError(resource.kind)
