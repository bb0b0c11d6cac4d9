"""What two writers must not do at the same time: the customer's things, and numbers of an area."""

from collections.abc import Iterable

from provisioner.contract.resources import (
    DeskResource,
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    StockAllocation,
)
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.pools import NumberPools

_CUSTOMER = "customer "


def of_customer(*customers: CustomerId) -> set[str]:
    """Everything that is theirs, their leases too."""
    return {f"{_CUSTOMER}{customer}" for customer in customers}


def customers_in(scopes: Iterable[str]) -> set[str]:
    """Whose customers' scopes are among these."""
    return {scope.removeprefix(_CUSTOMER) for scope in scopes if scope.startswith(_CUSTOMER)}


def of_resources(resources: Iterable[DeskResource], pools: NumberPools) -> set[str]:
    """What writing them touches: their customers, and the areas in which a number is chosen or has
    to be free."""
    found: set[str] = set()
    for each in resources:
        found |= of_customer(each.customer)
        found |= {f"numbers {area}" for area in _areas(each, pools)}
    return found


def _areas(resource: DeskResource, pools: NumberPools) -> set[str]:
    match resource:
        case StockAllocation(area=area, number=number):
            return {area, number[:3]} if number else {area}
        case ProvisionalAllocation():
            return {block.area for block in pools.provisional}
        case PortedNumber(digits=digits):
            return {digits[:3]}
        case PortingOrder():
            return {digits[:3] for digits in resource.items}
        case _:
            return set()
