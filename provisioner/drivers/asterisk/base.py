"""Which call writes what on an Asterisk, wherever it keeps its objects."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from provisioner.codes.systems import NumberNotKnownYet
from provisioner.contract.pbx import CONTRACT
from provisioner.contract.resources import (
    Admin,
    PbxResource,
    Route,
    SupportLogin,
    Tenant,
    Workplace,
)
from provisioner.drivers.asterisk import adopting, ids, renames, writing
from provisioner.drivers.asterisk.scene import Scene
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId

TRUST_SECONDS = 5
"""So long a run relies on what it read of a customer; what people do meanwhile, the next plan sees.
"""


class AsteriskWriter(ABC):
    """``sip``: ``HOST:PORT`` where phones register.  No idempotency key is looked at: every write
    is compared with what is there, so a second one changes nothing."""

    contract: int = CONTRACT
    target: str
    sip: str

    @abstractmethod
    def write(
        self,
        customer: CustomerId,
        act: Callable[[Scene], None],
        *,
        was: CustomerId | None = None,
        digits: str = "",
    ) -> None:
        """``act`` on the customer's rows.  ``was``: another customer who is touched; ``digits``: a
        number or block that may come about."""

    @staticmethod
    def sip_user(customer: CustomerId, login: str) -> str:
        """What a phone is set up with."""
        return ids.object_id(customer, login)

    @staticmethod
    def app_user(customer: CustomerId, login: str) -> str:
        """What an app in a browser is set up with; the password is the phone's."""
        return ids.object_id(customer, login) + ids.APP

    def put(self, resource: PbxResource, *, secret: str | None, key: str) -> None:
        """Refused PV512, PV513, PV515, PV547 to PV549."""
        del key
        _known(resource)
        self.write(
            resource.customer, lambda at: _put(at, resource, secret), digits=_digits(resource)
        )

    def adopt(self, resource: PbxResource, *, secret: str | None, key: str) -> None:
        """As :meth:`put`, also where an object has no mark at all."""
        del key
        _known(resource)

        def act(at: Scene) -> None:
            adopting.adopt(at, resource, lambda: _put(at, resource, secret))

        self.write(resource.customer, act, digits=_digits(resource))

    def delete(self, resource: PbxResource, *, key: str) -> None:
        """Refused PV512, PV514."""
        del key
        self.write(resource.customer, lambda at: _delete(at, resource))

    def rename_login(self, workplace: Workplace, *, was: str, secret: str | None, key: str) -> None:
        """Refused PV512, PV513 or PV515."""
        del key
        _known(workplace)
        self.write(workplace.customer, lambda at: renames.rename_login(at, workplace, was, secret))

    def rename_customer(
        self, was: CustomerId, customer: CustomerId, *, secrets: Mapping[str, str], key: str
    ) -> None:
        """Refused PV512 or PV518."""
        del key
        self.write(
            customer, lambda at: renames.rename_customer(at.beside(was), at, secrets), was=was
        )

    def move_route(self, route: Route, *, was: CustomerId, key: str) -> None:
        """Refused PV512 or PV515."""
        del key
        _known(route)
        self.write(
            route.customer,
            lambda at: writing.move_route(at.beside(was), at, route),
            was=was,
            digits=_digits(route),
        )


def _known(resource: PbxResource) -> None:
    """Refused PV515."""
    digits = resource.number.digits if isinstance(resource, Route) else ""
    if digits is None or None in resource.concrete().values():
        raise Refused(NumberNotKnownYet(key=resource.key))


def _digits(resource: PbxResource) -> str:
    return (resource.number.digits or "") if isinstance(resource, Route) else ""


def _put(at: Scene, resource: PbxResource, secret: str | None) -> None:
    match resource:
        case Tenant():
            writing.put_tenant(at, resource)
        case SupportLogin() | Admin():
            writing.put_login(at, resource, secret)
        case Workplace():
            writing.put_workplace(at, resource, secret)
        case Route():
            writing.put_route(at, resource)


def _delete(at: Scene, resource: PbxResource) -> None:
    match resource:
        case Tenant():
            writing.delete_tenant(at, resource)
        case SupportLogin() | Admin():
            writing.delete_login(at, resource)
        case Workplace():
            writing.delete_workplace(at, resource)
        case Route():
            if resource.number.digits:
                writing.delete_route(at, resource)
