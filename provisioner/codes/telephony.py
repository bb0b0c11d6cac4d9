"""PV2xx: numbers, subscriptions and workplaces."""

from provisioner.codes import Advice, Caution, Fault, Notice, Question


class NumberMisspelled(Fault, code="PV201"):
    found: str
    suggestion: str


class NotAFixedLineAreaCode(Fault, code="PV202"):
    area: str
    found: str


class NumberDoesNotExist(Fault, code="PV203"):
    found: str


class BlockMisspelled(Fault, code="PV204"):
    found: str
    suggestion: str


class PositionOutsideTheBlock(Fault, code="PV205"):
    found: int
    size: int


class NotALogin(Fault, code="PV206"):
    found: str
    suggestion: str


class NoTelephoneNumber(Fault, code="PV207"):
    pass


class WriteUnknown(Fault, code="PV208"):
    found: str


class NumberGivenTwice(Fault, code="PV212"):
    found: str
    other: str


class NumberLiesInABlock(Fault, code="PV213"):
    found: str
    other: str


class PartOfARange(Fault, code="PV214"):
    found: str
    other: str


class LooksLikeABlock(Advice, code="PV215"):
    block: str


class BilledBeforeItWorks(Caution, code="PV230"):
    activate_from: str
    billing_from: str


class EndsBeforeItBegins(Fault, code="PV231"):
    ends_on: str
    starts_on: str


class LoginGivenTwice(Fault, code="PV232"):
    login: str


class NumberNotInThisManifest(Fault, code="PV233"):
    found: str


class NoSuchNewNumber(Fault, code="PV234"):
    known: str
    stock: str


class NoSupportLogin(Advice, code="PV235"):
    pass


class NumberAtTwoWorkplaces(Fault, code="PV236"):
    number: str


class ExtensionGivenTwice(Fault, code="PV237"):
    extension: str


class AppsAreNotNeededHere(Advice, code="PV238"):
    login: str
    use: str


class LicenseWithAppsRecommended(Advice, code="PV239"):
    login: str
    use: str


class NumberInUseOnThePBX(Fault, code="PV247"):
    holder: str
    number: str


class ExtensionIsInTheWayOfAnEmergencyNumber(Fault, code="PV248"):
    extension: str
    number: str


class ExtensionBeginsWithAnEmergencyNumber(Caution, code="PV249"):
    extension: str
    number: str


class BillingHasBegunAlready(Caution, code="PV256"):
    pass


class PBXIsOnAlready(Caution, code="PV257"):
    pass


class NobodyCanBeCalledBackAfterAnEmergencyCall(Question, code="PV259"):
    caller: str


class Activation(Notice, code="PV260"):
    pass


class StartOfBilling(Notice, code="PV261"):
    pass


class EndOfTheSubscription(Notice, code="PV262"):
    pass


class NobodyAnswersAtTheMainNumber(Caution, code="PV277"):
    number: str


class NumberByItsId(Fault, code="PV278"):
    pass


class NoStockInThisArea(Fault, code="PV298"):
    area: str
    known: str


class NoStockBlockOfThisSize(Fault, code="PV299"):
    area: str
    largest: int
    size: int


class LastDayOfAPermissionToRemove(Notice, code="PV281"):
    what: str


class NotALineOfABlock(Fault, code="PV282"):
    number: str


class SwitchedOffAndUsed(Fault, code="PV283"):
    number: str


class EndHasPassed(Fault, code="PV293"):
    ends_on: str
    today: str


class BillingStartHasPassed(Caution, code="PV294"):
    billing_from: str
    monthly: int
    once: int
    today: str


class BillsOfEarlierMonthsChange(Caution, code="PV295"):
    month: str
