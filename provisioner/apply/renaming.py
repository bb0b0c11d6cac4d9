"""The calls of a rename, and the new passwords that it takes.

A phone's SIP user is made of customer and login, and what a PBX keeps of a password is made of the
SIP user: under another name the old password opens nothing, so each phone gets a new one.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import assert_never

from provisioner.apply.credentials import Credentials
from provisioner.contract.protocols import Desk, Pbx
from provisioner.contract.resources import BillingInterval, Release, Resource, Tenant, Workplace
from provisioner.plan.model import CustomerPlan, Step
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item

Secret = str | Mapping[str, str] | None
"""A login's password; those of a whole tenant by login."""

Renamed = Tenant | Workplace | Release | BillingInterval


def passwords(
    credentials: Credentials,
    plan: CustomerPlan,
    step: Step,
    opened: Mapping[str, str | None],
    at: datetime,
) -> dict[str, str]:
    """A new password for each phone of a tenant that is renamed, by login."""
    start, found = f"{step.id}/", {}
    for place, password in opened.items():
        if place.startswith(start):
            login = place.removeprefix(start)
            phone = Workplace(
                customer=CustomerId(plan.customer), login=login, license="", credential=""
            )
            made = password or credentials.generate(plan.customer, plan.reseller, phone, at)
            found[login] = made
    return found


def call(
    pbx: Pbx,
    desk: Desk,
    step: Step,
    resource: Renamed,
    secret: Secret,
    *,
    today: date,
    at: datetime,
    who: str,
    key: str,
) -> None:
    """What a step with the action ``rename`` does. The old name is in what was before."""
    before = step.before or {}
    match resource:
        case Workplace():
            password = secret if isinstance(secret, str) else None
            pbx.rename_login(resource, was=str(before["login"]), secret=password, key=key)
        case BillingInterval():
            was_billed = Item.parse(str(before["item"])).name
            login = resource.item.name
            desk.rename_login(resource.customer, was=was_billed, login=login, today=today, key=key)
        case Tenant():
            was = CustomerId(str(before["customer"]))
            found = secret if isinstance(secret, Mapping) else {}
            pbx.rename_customer(was, resource.customer, secrets=found, key=key)
        case Release():
            was = CustomerId(str(before["customer"]))
            desk.rename_customer(resource, was=was, at=at, who=who, key=key)
        case _:
            assert_never(resource)


def noted(resource: Resource) -> bool:
    """Whether the journal notes what was written: notes of what is renamed go along with it."""
    return isinstance(resource, Release)
