"""PV4xx: rules of the operator, plans and their approval."""

from provisioner.codes import Advice, Caution, Fault, Hold, Notice, Question


class FileNameIsNoCustomerId(Fault, code="PV401"):
    found: str
    file: str = ""


class RemovalNamesNothing(Fault, code="PV402"):
    found: str


class UnknownReseller(Fault, code="PV403"):
    known: str
    reseller: str
    file: str = ""
    near: str = ""


class CustomerAtTwoResellers(Fault, code="PV404"):
    file: str
    other: str


class NumberOfTwoCustomers(Fault, code="PV405"):
    customer: str
    found: str
    other: str


class OverlapWithAnotherCustomer(Fault, code="PV406"):
    customer: str
    found: str
    other: str


class LoginOfTwoCustomers(Fault, code="PV407"):
    customer: str
    login: str


class NumberIsTheOperatorsOwn(Fault, code="PV408"):
    found: str
    pool: str


class AdoptionNamesNothing(Fault, code="PV409"):
    found: str


class HeldNumberBesideTheStock(Fault, code="PV410"):
    found: str
    pool: str


class HeldNumberOfTheOwnStock(Caution, code="PV411"):
    found: str
    pool: str


class OperatorsEmergencyCaller(Fault, code="PV412"):
    found: str


class LimitsOfNobody(Caution, code="PV413"):
    found: str


class NeedsAnEntryInRemovalsYaml(Hold, code="PV420"):
    what: str


class WaitsForAnotherStep(Hold, code="PV421"):
    step: str


class ObjectWithoutOurMark(Fault, code="PV422"):
    customer: str
    key: str
    kind: str


class EntryInAdoptionsYamlHasRunOut(Fault, code="PV423"):
    key: str
    kind: str
    until: str
    what: str


class ObjectOfAnotherCustomer(Fault, code="PV424"):
    key: str
    kind: str
    owner: str


class ChangedByHand(Hold, code="PV425"):
    pass


class SubscriptionHasNotEndedYet(Hold, code="PV426"):
    ends: str


class SettingsOfTheOperator(Hold, code="PV427"):
    pass


class DriverTakesNothingOver(Fault, code="PV428"):
    system: str


class DriverRenamesNothing(Fault, code="PV429"):
    system: str


class PlanOfAnotherFormat(Fault, code="PV430"):
    expected: int
    found: str


class NotAPlanFile(Fault, code="PV431"):
    where: str


class EntryInAdoptionsYamlFitsNothing(Advice, code="PV432"):
    what: str


class ManifestExistsAlready(Fault, code="PV433"):
    file: str


class ReleaseCannotBeImported(Fault, code="PV434"):
    customer: str


class CustomerIsManagedAlready(Fault, code="PV435"):
    customer: str


class NothingToImport(Fault, code="PV436"):
    customer: str


class NothingShowsThatItIsHeld(Fault, code="PV437"):
    found: str
    pool: str


class HeldNumberRests(Fault, code="PV438"):
    found: str
    until: str


class TooManyChangesAtOnce(Fault, code="PV440"):
    count: int
    limit: int
    live: int
    name: str
    percent: int
    over: str = ""
    """Which of the limits it exceeds, as provision.yaml names it."""


class UnfinishedRun(Caution, code="PV442"):
    customer: str
    started: str


class ManifestIsGone(Caution, code="PV443"):
    what: str


class NoWholeDigest(Fault, code="PV444"):
    length: int


class NotTheApprovedPlan(Fault, code="PV445"):
    customer: str


class PlanFileWasAltered(Fault, code="PV446"):
    pass


class NotFound(Fault, code="PV447"):
    found: str
    near: str = ""
    """What was meant, as far as anybody can tell."""


class NoSuchCode(Fault, code="PV448"):
    found: str


class ApprovedForAnotherSystem(Fault, code="PV449"):
    approved: str
    now: str


class NobodyToAsk(Fault, code="PV450"):
    pass


class CustomerChangesItsReseller(Question, code="PV453"):
    former: str
    reseller: str


class LoginExistsInAnotherForm(Fault, code="PV454"):
    kind: str
    login: str
    other: str


class LoginIsLiveAtAnotherCustomer(Fault, code="PV455"):
    holder: str
    login: str


class NotEnoughNumbers(Fault, code="PV456"):
    area: str
    asked: int
    before: int
    free: int
    pool: str
    size: int


class LooksLikeARenamedWorkplace(Caution, code="PV457"):
    now: str
    was: str


class LooksLikeARenamedCustomer(Caution, code="PV458"):
    now: str
    was: str


class LooksLikeARenamedEntry(Caution, code="PV459"):
    now: str
    was: str


class FileExists(Fault, code="PV460"):
    file: str


class FileCannotBeWritten(Fault, code="PV461"):
    file: str
    reason: str


class AnswersAreMissing(Fault, code="PV462"):
    options: str


class WorkplaceOptionMisspelled(Fault, code="PV463"):
    found: str


class NumberNotInThisFile(Fault, code="PV464"):
    found: str
    known: str


class InsideAnotherWorkspace(Fault, code="PV465"):
    folder: str


class WaitsForAPort(Hold, code="PV466"):
    customer: str
    order: str
    state: str


class NothingToRename(Fault, code="PV480"):
    kind: str
    now: str
    was: str


class RenamedTheLineCanGo(Advice, code="PV481"):
    kind: str
    now: str
    was: str


class BothNamesAreInUse(Fault, code="PV482"):
    kind: str
    now: str
    was: str


class RenamedToItself(Fault, code="PV483"):
    kind: str
    was: str


class OldNameIsStillInUse(Fault, code="PV484"):
    kind: str
    was: str


class RenamedTwice(Fault, code="PV485"):
    kind: str
    was: str


class RemovalsUnderTheFormerId(Caution, code="PV486"):
    customer: str
    kind: str
    was: str
    what: str


class ObjectsOfOthersUnderTheFormerId(Fault, code="PV487"):
    count: int
    kind: str
    now: str
    was: str


class NameIsTaken(Fault, code="PV488"):
    name: str


class RenamedAlready(Fault, code="PV489"):
    name: str
    was: str


class NewManifestIsBroken(Fault, code="PV490"):
    file: str
    was: str


class IdIsTaken(Fault, code="PV491"):
    customer: str


class NumberIsTaken(Fault, code="PV492"):
    number: str


class LoginIsTaken(Fault, code="PV493"):
    login: str


class PremiumCallsAllowed(Caution, code="PV494"):
    pass


class EndIsNotInTheBill(Caution, code="PV495"):
    customers: str
    month: str


class NewPrices(Notice, code="PV467"):
    day: str


class LastDayOfAPermissionToTakeOver(Notice, code="PV468"):
    what: str


class TooLateToSubmit(Notice, code="PV469"):
    order: str
    date: str


class ApprovalRunsOut(Notice, code="PV470"):
    days: int


class ApprovalHasRunOut(Fault, code="PV471"):
    on: str
    days: int


class ApprovalIsUsedUp(Fault, code="PV472"):
    customer: str


class PlanOfAnOlderVersion(Fault, code="PV473"):
    pass


class ApprovalOfAComingDay(Fault, code="PV474"):
    on: str
    today: str
