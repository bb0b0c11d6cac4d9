"""The call of each operation: one for each kind, to the system that holds the resource."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never

from provisioner.codes.moves import DriverMovesNothing
from provisioner.codes.policy import (
    DriverRenamesNothing,
    DriverTakesNothingOver,
)
from provisioner.contract.desk import Desk, MovingDesk, RenamingDesk
from provisioner.contract.pbx import AdoptingPbx, MovingPbx, Pbx, RenamingPbx
from provisioner.contract.resources import (
    BillingInterval,
    DeskResource,
    PbxResource,
    Release,
    Resource,
    Route,
    StockAllocation,
    System,
    Tenant,
    Workplace,
)
from provisioner.errors import Refused
from provisioner.plan.operation import (
    Adopt,
    AnyResource,
    Create,
    Delete,
    Give,
    Move,
    Operation,
    Rename,
    Take,
    Update,
)
from provisioner.telephony.identity import CustomerId

Secrets = Mapping[str, str]
"""Passwords to set, by login; empty where none is."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Both systems, for one call of a run; ``key`` is its idempotency key."""

    pbx: Pbx
    desk: Desk
    today: date
    at: datetime
    who: str
    key: str

    def carry_out(self, operation: Operation, secrets: Secrets) -> Resource:
        """What was written, with the numbers and the progress that the desk chose."""
        match operation:
            case Create(resource) | Update(resource):
                return self._put(resource, secrets)
            case Delete(resource):
                return self._delete(resource)
            case Adopt(resource):
                if not isinstance(self.pbx, AdoptingPbx):
                    raise Refused(DriverTakesNothingOver(system=str(resource.system)))
                self.pbx.adopt(resource, secret=_own(resource, secrets), key=self.key)
                return resource
            case Rename(resource, was):
                self._rename(resource, was, secrets)
                return resource
            case Take(resource, was):
                return self._take(resource, was)
            case Give(resource, _):
                return resource  # the taker's call has done it
            case Move(order, event):
                return self.desk.move(
                    order,
                    event,
                    today=self.today,
                    who=self.who,
                    why="calendar",
                    key=self.key,
                    at=self.at,
                )
            case _:
                assert_never(operation)

    def _put(self, resource: AnyResource, secrets: Secrets) -> Resource:
        if isinstance(resource, PbxResource):
            self.pbx.put(resource, secret=_own(resource, secrets), key=self.key)
            return resource
        return self.desk.put(resource, today=self.today, key=self.key)

    def _delete(self, resource: AnyResource) -> Resource:
        if isinstance(resource, DeskResource):
            self.desk.delete(resource, today=self.today, key=self.key)
        else:
            self.pbx.delete(resource, key=self.key)
        return resource

    def _take(self, resource: StockAllocation | Route, was: CustomerId) -> Resource:
        if isinstance(resource, StockAllocation):
            if not isinstance(self.desk, MovingDesk):
                raise Refused(DriverMovesNothing(system=str(System.DESK)))
            return self.desk.move_number(resource, was=was, at=self.at, who=self.who, key=self.key)
        if not isinstance(self.pbx, MovingPbx):
            raise Refused(DriverMovesNothing(system=str(System.PBX)))
        self.pbx.move_route(resource, was=was, key=self.key)
        return resource

    def _rename(
        self, resource: Workplace | BillingInterval | Tenant | Release, was: str, secrets: Secrets
    ) -> None:
        match resource:
            case Workplace():
                self._renaming_pbx.rename_login(
                    resource, was=was, secret=_own(resource, secrets), key=self.key
                )
            case BillingInterval(customer=customer, item=item):
                self._renaming_desk.rename_login(
                    customer, was=was, login=item.name, today=self.today, key=self.key
                )
            case Tenant(customer=customer):
                self._renaming_pbx.rename_customer(
                    CustomerId(was), customer, secrets=secrets, key=self.key
                )
            case Release():
                self._renaming_desk.rename_customer(
                    resource, was=CustomerId(was), at=self.at, who=self.who, key=self.key
                )
            case _:
                assert_never(resource)

    @property
    def _renaming_pbx(self) -> RenamingPbx:
        if not isinstance(self.pbx, RenamingPbx):
            raise Refused(DriverRenamesNothing(system=str(System.PBX)))
        return self.pbx

    @property
    def _renaming_desk(self) -> RenamingDesk:
        if not isinstance(self.desk, RenamingDesk):
            raise Refused(DriverRenamesNothing(system=str(System.DESK)))
        return self.desk


def _own(resource: PbxResource, secrets: Secrets) -> str | None:
    return secrets.get(resource.key)
