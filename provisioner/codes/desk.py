"""PV62x and PV63x: the desk's database on a server."""

from provisioner.codes import LiveFault


class DatabasePackageMissing(LiveFault, code="PV620"):
    backend: str
    command: str
    extra: str
    package: str


class DeskIsNotSetUp(LiveFault, code="PV621"):
    target: str


class DeskNeedsAnUpgrade(LiveFault, code="PV622"):
    found: int
    target: str
    wanted: int


class DeskRoleLacksARight(LiveFault, code="PV623"):
    target: str


class DatabaseRefusesTheLogin(LiveFault, code="PV624"):
    target: str


class DatabaseIsAbsent(LiveFault, code="PV625"):
    target: str


class NoProtectedConnection(LiveFault, code="PV626"):
    target: str


class DatabaseTooSlow(LiveFault, code="PV627"):
    seconds: int
    target: str


class DatabaseTakesNoWrites(LiveFault, code="PV628"):
    target: str


class PasswordInTheAddress(LiveFault, code="PV629"):
    pass


class DatabasePasswordFileUnreadable(LiveFault, code="PV630"):
    file: str


class DeskNeedsNoUpkeep(LiveFault, code="PV631"):
    driver: str


class LeaseWasLost(LiveFault, code="PV632"):
    customer: str


class RunHasStopped(LiveFault, code="PV633"):
    target: str
    count: int


class ServiceIsNotDefined(LiveFault, code="PV634"):
    target: str


class DeskThereIsNotEmpty(LiveFault, code="PV648"):
    target: str


class DeskWasMoved(LiveFault, code="PV649"):
    target: str
