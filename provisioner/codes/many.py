"""PV67x, PV68x and PV694: work that is spread over machines and processes."""

from provisioner.codes import Fault, LiveFault


class NotAPlanPart(Fault, code="PV670"):
    where: str
    file: str


class PartIsMissing(Fault, code="PV671"):
    numbers: str
    of: int


class PartStandsTwice(Fault, code="PV672"):
    number: int
    of: int


class PartsDoNotBelongTogether(Fault, code="PV673"):
    what: str
    first: int
    second: int


class PoolsTooSmallForAllParts(Fault, code="PV674"):
    customer: str
    key: str
    reason: str


class PartWasAltered(Fault, code="PV675"):
    file: str


class CustomerInTwoParts(Fault, code="PV676"):
    customer: str


class PartsAreOfOtherSettings(Fault, code="PV677"):
    pass


class DeskKeepsNoDays(LiveFault, code="PV678"):
    driver: str


class QueueNeedsPostgresql(LiveFault, code="PV679"):
    target: str


class QueueIsNotSetUp(LiveFault, code="PV680"):
    pass


class QueuePackageMissing(LiveFault, code="PV681"):
    command: str
    package: str


class ChunkCameToNothing(LiveFault, code="PV682"):
    customer: str


class QueueOutOfReach(LiveFault, code="PV683"):
    pass


class FurtherProcessEnded(LiveFault, code="PV694"):
    pass
