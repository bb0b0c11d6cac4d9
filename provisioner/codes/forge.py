"""PV72x and PV73x: what GitHub or GitLab does not answer, not allow or not keep."""

from provisioner.codes import Caution, LiveFault


class AddressOfAForgeThatCannotBeUsed(LiveFault, code="PV720"):
    forge: str


class ForgeCannotBeReached(LiveFault, code="PV721"):
    target: str


class ForgeFails(LiveFault, code="PV722"):
    status: int
    target: str


class ForgeAsksToWait(LiveFault, code="PV723"):
    seconds: int
    target: str
    until: str = ""


class ForgeAnswerNotUnderstood(LiveFault, code="PV724"):
    target: str
    what: str


class ForgeAnswerTooLargeOrSlow(LiveFault, code="PV725"):
    megabytes: int
    seconds: int
    target: str


class ForgeListWithoutEnd(LiveFault, code="PV726"):
    pages: int
    target: str
    what: str


class ForgeLeadsElsewhere(LiveFault, code="PV727"):
    target: str
    what: str


class ForgeRefusesTheToken(LiveFault, code="PV728"):
    target: str


class ForgeTokenLacksARight(LiveFault, code="PV729"):
    right: str
    target: str
    what: str


class NotThereOnTheForge(LiveFault, code="PV730"):
    target: str
    what: str


class NoAnswerWhetherItWasPublished(LiveFault, code="PV731"):
    target: str
    what: str


class TextTooLongForTheForge(LiveFault, code="PV732"):
    characters: int
    what: str


class ForgeKeptAnotherText(LiveFault, code="PV733"):
    target: str
    what: str


class ForgeProjectIsAnother(LiveFault, code="PV734"):
    expected: int
    found: int
    target: str


class ForgeRefusesTheRequest(LiveFault, code="PV735"):
    status: int
    target: str
    what: str


class IssuesAreSwitchedOff(LiveFault, code="PV736"):
    target: str


class DiscussionIsLocked(LiveFault, code="PV786"):
    target: str
    what: str


class TokenThatCannotBeSent(LiveFault, code="PV737"):
    forge: str


class CertificatesThatCannotBeRead(LiveFault, code="PV738"):
    file: str


class TokenEndsSoon(Caution, code="PV739"):
    day: str
    setting: str
