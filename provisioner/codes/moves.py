"""PV4xx: numbers that pass from one customer to another."""

from provisioner.codes import Fault, Hold


class NumberStaysWithItsCustomer(Fault, code="PV414"):
    customer: str
    found: str
    to: str


class NumberIsNotTheirs(Fault, code="PV415"):
    customer: str
    found: str


class NumberIsOnItsWay(Fault, code="PV416"):
    customer: str
    found: str
    order: str


class MovesToAPBXThatIsOff(Fault, code="PV417"):
    customer: str
    found: str


class OtherCustomerIsNotReady(Fault, code="PV418"):
    customer: str
    found: str


class FromStays(Fault, code="PV419"):
    id: str
    was: str


class MovesBesideARename(Fault, code="PV439"):
    customer: str
    found: str


class MovesAsAWhole(Fault, code="PV441"):
    customer: str
    found: str
    whole: str


class DriverMovesNothing(Fault, code="PV451"):
    system: str


class WaitsForItsNewCustomer(Hold, code="PV452"):
    customer: str
