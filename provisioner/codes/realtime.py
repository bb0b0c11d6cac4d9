"""PV64x: the database of a fleet of Asterisks."""

from provisioner.codes import LiveFault


class NoTablesOfAsterisk(LiveFault, code="PV640"):
    target: str


class FleetTablesAreIncomplete(LiveFault, code="PV641"):
    target: str


class FleetRoleLacksARight(LiveFault, code="PV642"):
    target: str


class TablesOfAnotherAsterisk(LiveFault, code="PV643"):
    missing: str
    target: str
    version: str


class CodecThatNoNodeKnows(LiveFault, code="PV644"):
    codecs: str
    count: int
    id: str


class ContactsOfNobody(LiveFault, code="PV645"):
    count: int
    id: str


class PBXNeedsNoUpgrade(LiveFault, code="PV646"):
    driver: str


class NodeDoesNotReadThisDatabase(LiveFault, code="PV647"):
    node: str


class NodeDoesNotConnectEmergencies(LiveFault, code="PV650"):
    count: int
    missing: str
    node: str


class NodeShowsAnotherNumber(LiveFault, code="PV651"):
    found: str
    node: str
    wanted: str
