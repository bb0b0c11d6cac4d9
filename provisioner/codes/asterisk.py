"""PV58x to PV61x, PV66x: a PBX that carries calls: its configuration, its clock, its phones."""

from provisioner.codes import Advice, LiveFault


class ConfigurationFilesAreThereAlready(LiveFault, code="PV580"):
    count: int
    example: str


class AnotherVersionOfAsterisk(LiveFault, code="PV581"):
    found: str


class SIPObjectsAreNotKeptInAstdb(LiveFault, code="PV582"):
    kind: str


class DialplanIsNotThere(LiveFault, code="PV583"):
    context: str


class ControlUserLacksARight(LiveFault, code="PV584"):
    right: str
    target: str


class ClocksDiffer(LiveFault, code="PV585"):
    seconds: int


class OthersCanReadASecretFile(LiveFault, code="PV586"):
    file: str


class WriteThatDidNotEnd(LiveFault, code="PV587"):
    count: int
    customer: str
    key: str


class EmergencyNumbersThatAreNotConnected(LiveFault, code="PV588"):
    count: int
    missing: str


class PhonesOfNobody(LiveFault, code="PV589"):
    count: int
    id: str


class NoSIPTool(LiveFault, code="PV591"):
    tools: str


class PBXCarriesNoCalls(LiveFault, code="PV592"):
    target: str


class NoAnswerOverSIP(LiveFault, code="PV593"):
    address: str


class PasswordDoesNotRegister(LiveFault, code="PV594"):
    login: str
    status: str


class SIPToolDoesNotStart(LiveFault, code="PV595"):
    reason: str
    tool: str


class NothingToCheck(LiveFault, code="PV596"):
    customer: str


class NoCallRingsADevice(Advice, code="PV660"):
    login: str
    user: str


class ControlAnswersWherePhonesAre(LiveFault, code="PV610"):
    address: str
    page: str


class ListOfAddressesThatAsteriskDoesNotKeep(LiveFault, code="PV611"):
    endpoint: str
    field: str


class EmergencyCallsShowAnotherNumber(LiveFault, code="PV612"):
    found: str
    wanted: str


class AnybodyCanBeTheCarrier(LiveFault, code="PV613"):
    found: str
