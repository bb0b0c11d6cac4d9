"""PV2xx: ports and their letters."""

from provisioner.codes import Advice, Caution, Fault, Hold, Notice, Question


class ProviderUnknown(Question, code="PV209"):
    porting: str


class SecondSignatureMissing(Fault, code="PV210"):
    count: int
    porting: str


class MoreSignatoriesThanNeeded(Advice, code="PV211"):
    count: int
    porting: str


class PortDateToBeAgreed(Question, code="PV216"):
    porting: str


class NotAWorkingDay(Fault, code="PV217"):
    date: str
    suggestion: str
    found: str = ""


class ContractEndsOnADayOff(Advice, code="PV218"):
    date: str
    used: str


class FullPortWithInternet(Caution, code="PV219"):
    porting: str


class CheckTheOldContract(Advice, code="PV220"):
    porting: str
    services: str


class MoveNotPossible(Fault, code="PV221"):
    event: str
    possible: str
    # what is, as it is typed
    state: str


class TooLateToCancel(Fault, code="PV222"):
    event: str
    state: str


class DateMissing(Fault, code="PV223"):
    event: str


class DateCannotBeAccepted(Fault, code="PV224"):
    date: str
    today: str


class TooEarly(Fault, code="PV225"):
    date: str
    event: str
    today: str


class FieldDoesNotBelongToThisSchedule(Fault, code="PV226"):
    field: str
    when: str


class DateOfTheScheduleMissing(Fault, code="PV227"):
    field: str
    when: str


class OutsideWorkingHours(Fault, code="PV228"):
    found: str


class PortIsSplit(Advice, code="PV229"):
    count: int
    limit: int
    orders: int
    porting: str
    split: str


class DateNotAgreedYet(Hold, code="PV240"):
    order: str


class PortDateTooSoon(Hold, code="PV241"):
    date: str
    earliest: str
    lead: int
    order: str


class LetterOfAuthorityMissing(Hold, code="PV242"):
    order: str


class PortOrderIsLocked(Fault, code="PV243"):
    customer: str
    fields: str
    order: str
    state: str


class PortCannotBeStoppedAnyMore(Fault, code="PV244"):
    customer: str
    fields: str
    order: str
    state: str


class OrderAlreadySubmitted(Fault, code="PV245"):
    number: str
    porting: str
    state: str


class NumberHeldByAnotherCustomer(Fault, code="PV246"):
    holder: str
    number: str


class AcceptedWithAnotherDate(Question, code="PV250"):
    asked: str
    customer: str
    entry: str
    # agreed_date as it is written then
    granted: str
    order: str
    state: str = ""


class PortOrderRejected(Question, code="PV251"):
    customer: str
    donor_code: str
    order: str
    reason: str
    state: str = ""


class PortOrderFailed(Question, code="PV252"):
    customer: str
    order: str
    state: str = ""


class OrderCancelledManifestStillAsks(Question, code="PV253"):
    customer: str
    order: str
    state: str = ""


class PortToBeConfirmed(Question, code="PV254"):
    customer: str
    date: str
    order: str
    state: str = ""


class NoAnswerToAPortOrder(Question, code="PV255"):
    customer: str
    date: str
    order: str
    state: str = ""


class CancellationNotConfirmed(Question, code="PV258"):
    customer: str
    date: str
    order: str
    state: str = ""


class Synchronisation(Notice, code="PV263"):
    order: str
    time: str


class PortDate(Notice, code="PV264"):
    order: str
    time: str


class PortBeforeTheActivation(Fault, code="PV265"):
    date: str
    from_: str
    porting: str


class PortAfterTheEnd(Fault, code="PV266"):
    date: str
    end: str
    porting: str


class NoSuchPort(Fault, code="PV267"):
    customer: str
    found: str
    known: str


class SignedInTheFuture(Fault, code="PV268"):
    day: str
    today: str


class LetterAlreadyEntered(Fault, code="PV269"):
    porting: str


class NotASignedLetter(Fault, code="PV270"):
    file: str


class SignedLetterTooLarge(Fault, code="PV271"):
    file: str
    limit: int


class FileCannotBeUsed(Fault, code="PV272"):
    file: str


class WhichPort(Fault, code="PV273"):
    customer: str
    known: str


class ThisIsTheLetterBeforeItWasSigned(Fault, code="PV274"):
    file: str


class FileIsThereAlready(Fault, code="PV275"):
    file: str


class NothingIsPorted(Fault, code="PV276"):
    customer: str


class NoProvisionalNumber(Fault, code="PV279"):
    found: str
    size: int


class ProvisionalNumbersGoOff(Notice, code="PV280"):
    # until when they rest; empty as long as nobody has said how long numbers do
    order: str
    until: str


class PortIsComplete(Fault, code="PV284"):
    event: str


class SubmittedForAnotherDate(Question, code="PV285"):
    asked: str
    entry: str
    order: str
    state: str = ""
    wanted: str


class DateIsWithTheDonor(Fault, code="PV286"):
    customer: str
    entry: str
    # agreed_date of a port in parts, if only the others are meant
    order: str
    state: str
    wanted: str


class DateIsGranted(Fault, code="PV287"):
    customer: str
    entry: str
    order: str
    state: str
    wanted: str


class PortOrderIsLockedForGood(Fault, code="PV288"):
    customer: str
    fields: str
    order: str
    state: str


class NoSuchPart(Fault, code="PV289"):
    found: str
    parts: int
    porting: str


class NotAPart(Fault, code="PV290"):
    found: str


class NotWithoutTheLetter(Fault, code="PV291"):
    order: str


class LockedWhileCancelling(Fault, code="PV292"):
    customer: str
    fields: str
    order: str
