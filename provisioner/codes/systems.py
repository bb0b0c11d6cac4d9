"""PV5xx and PV6xx: live systems and the machine."""

from provisioner.codes import LiveFault


class UnknownOptionOfADriver(LiveFault, code="PV501"):
    allowed: str
    driver: str
    option: str


class NotAReadableDatabase(LiveFault, code="PV502"):
    target: str


class DatabaseIsBusy(LiveFault, code="PV503"):
    target: str


class DatabaseHasOtherTables(LiveFault, code="PV504"):
    target: str


class RowNotUnderstood(LiveFault, code="PV505"):
    customer: str
    kind: str
    target: str


class OptionThatCannotBeUsed(LiveFault, code="PV506"):
    driver: str
    option: str


class FileCannotBeOpenedOrWritten(LiveFault, code="PV507"):
    target: str


class UnknownDriver(LiveFault, code="PV508"):
    available: str
    driver: str


class DriverIsForAnotherVersion(LiveFault, code="PV509"):
    driver: str
    expected: int
    found: str


class DriverDoesNotWork(LiveFault, code="PV510"):
    driver: str


class NoAnswerWhetherItWasWritten(LiveFault, code="PV511"):
    target: str


class BelongsToSomeoneElse(LiveFault, code="PV512"):
    key: str
    kind: str


class LoginTaken(LiveFault, code="PV513"):
    kind: str
    login: str
    taken: str


class TenantIsNotEmpty(LiveFault, code="PV514"):
    count: int
    customer: str


class NumberNotKnownYet(LiveFault, code="PV515"):
    key: str


class DatabaseNotSupportedHere(LiveFault, code="PV516"):
    backend: str


class DatabaseCannotBeReached(LiveFault, code="PV517"):
    target: str


class NewIdIsInUseOnThePBX(LiveFault, code="PV518"):
    count: int
    customer: str


class OtherCustomerCameToNothing(LiveFault, code="PV533"):
    customer: str


class NewNameIsInUseAtTheDesk(LiveFault, code="PV519"):
    count: int
    name: str


class NoFreeNumber(LiveFault, code="PV521"):
    area: str
    pool: str
    size: int


class NumberHeldAlready(LiveFault, code="PV522"):
    number: str


class OrderIsLocked(LiveFault, code="PV523"):
    fields: str
    order: str
    state: str


class NoSuchPortOrder(LiveFault, code="PV524"):
    customer: str
    order: str


class IdempotencyKeyUsedTwice(LiveFault, code="PV525"):
    key: str


class BillingHasBegun(LiveFault, code="PV526"):
    asked: str
    item: str
    starts: str


class AllocatedNumberCannotChangeItsAreaOrSize(LiveFault, code="PV527"):
    key: str
    kind: str


class UnknownProductInTheLedger(LiveFault, code="PV528"):
    customer: str
    item: str
    product: str


class NoPriceListInForce(LiveFault, code="PV529"):
    customer: str
    day: str
    item: str


class AnotherRunHoldsTheCustomer(LiveFault, code="PV531"):
    customer: str
    holder: str
    until: str


class RunHasEnded(LiveFault, code="PV532"):
    run: str


class DeskHasALaterDay(LiveFault, code="PV537"):
    customer: str
    last: str
    today: str


class PBXCannotBeReached(LiveFault, code="PV541"):
    target: str


class NoAnswerFromThePBX(LiveFault, code="PV542"):
    target: str


class PBXRefusesTheControlUser(LiveFault, code="PV543"):
    target: str
    user: str


class PBXIsStartingOrStopping(LiveFault, code="PV544"):
    status: int
    target: str


class PBXDoesNotKnowSIPObjects(LiveFault, code="PV545"):
    target: str


class AnswerThatCannotBeUnderstood(LiveFault, code="PV546"):
    target: str
    what: str


class PBXDoesNotTakeTheValues(LiveFault, code="PV547"):
    key: str
    kind: str


class PBXDoesNotAllowIt(LiveFault, code="PV548"):
    key: str
    kind: str


class ValueThatMustNotBeSent(LiveFault, code="PV549"):
    field: str


class PasswordsWouldTravelInClear(LiveFault, code="PV550"):
    host: str


class SomeoneElseIsWritingToThePBX(LiveFault, code="PV551"):
    holder: str
    target: str


class PbxRowNotUnderstood(LiveFault, code="PV552"):
    family: str
    key: str


class PasswordFileCannotBeRead(LiveFault, code="PV553"):
    file: str


class TimeZoneMissing(LiveFault, code="PV554"):
    zone: str


class CannotBeWritten(LiveFault, code="PV555"):
    folder: str
    reason: str


class DiskNearlyFull(LiveFault, code="PV556"):
    folder: str
    free: int


class OthersCanReadTheHandOver(LiveFault, code="PV557"):
    folder: str


class GitWouldTakeIt(LiveFault, code="PV558"):
    folder: str


class ClockOfTheDeskDiffers(LiveFault, code="PV559"):
    seconds: int
    target: str


class EntriesOfTheFuture(LiveFault, code="PV560"):
    day: str
    target: str


class StateUnknown(LiveFault, code="PV561"):
    system: str


class ContradictoryAnswer(LiveFault, code="PV562"):
    system: str


class DeskIsIncomplete(LiveFault, code="PV563"):
    count: int
    example: str


class PBXHoldsNothing(LiveFault, code="PV564"):
    count: int
    name: str


class DeskDoesNotKnowTheCustomer(LiveFault, code="PV565"):
    count: int
    name: str


class DeskLacksNumbers(LiveFault, code="PV566"):
    count: int
    example: str
    name: str


class AnswerTooLarge(LiveFault, code="PV567"):
    limit: int
    target: str


class AnswerTooSlow(LiveFault, code="PV568"):
    seconds: int
    target: str


class ReadBackDiffers(LiveFault, code="PV571"):
    count: int
    step: str


class HandOverCannotBeWritten(LiveFault, code="PV572"):
    reason: str


class NotReadBack(LiveFault, code="PV573"):
    pass


class ManifestChangedSinceTheRun(LiveFault, code="PV574"):
    customer: str


class EmptyDatabaseFile(LiveFault, code="PV575"):
    target: str


class DeskKnowsNobody(LiveFault, code="PV576"):
    count: int
    name: str = ""


class TimeOutBeyondTheLease(LiveFault, code="PV597"):
    driver: str
    limit: int
    option: str
    seconds: int


class PBXStaysAway(LiveFault, code="PV598"):
    seconds: int
    target: str
