"""PV1xx: the form of fields."""

from provisioner.codes import Fault


class FieldMissing(Fault, code="PV101"):
    field: str
    fields: str


class OneValueWanted(Fault, code="PV102"):
    field: str = ""
    found: str = ""


class UnknownField(Fault, code="PV103"):
    allowed: str
    field: str
    suggestion: str


class FieldBelongsElsewhere(Fault, code="PV810"):
    field: str
    where: str


class ListOfValuesWanted(Fault, code="PV811"):
    allowed: str
    found: str
    suggestion: str


class ValueNotAllowed(Fault, code="PV104"):
    allowed: str
    found: str
    suggestion: str


class NoWholeNumber(Fault, code="PV105"):
    found: str


class NeitherTrueNorFalse(Fault, code="PV106"):
    found: str


class NoDate(Fault, code="PV107"):
    found: str


class NoTimeOfDay(Fault, code="PV108"):
    found: str


class EmptyText(Fault, code="PV109"):
    pass


class TextTooLong(Fault, code="PV110"):
    length: int
    limit: int


class LetterNotAllowed(Fault, code="PV111"):
    character: str


class NoEMailAddress(Fault, code="PV112"):
    pass


class NoValidUID(Fault, code="PV113"):
    found: str
    suggestion: str = ""


class NoAmount(Fault, code="PV114"):
    found: str


class NoMonth(Fault, code="PV115"):
    found: str


class NoPostcode(Fault, code="PV116"):
    found: str
    suggestion: str = ""


class NotANameForTheManifest(Fault, code="PV117"):
    found: str


class NoExtension(Fault, code="PV118"):
    found: str


class NoCanton(Fault, code="PV119"):
    found: str


class ValueMissing(Fault, code="PV120"):
    pass


class TooFewItems(Fault, code="PV121"):
    field: str
    least: str


class GroupOfFieldsWanted(Fault, code="PV122"):
    field: str = ""


class ListWanted(Fault, code="PV123"):
    field: str = ""


class WrongForm(Fault, code="PV124"):
    field: str


class NumberTooSmall(Fault, code="PV125"):
    found: str
    limit: str


class NumberTooLarge(Fault, code="PV126"):
    found: str
    limit: str


class ValueNotAccepted(Fault, code="PV127"):
    field: str = ""


class NameUsedTwice(Fault, code="PV128"):
    id: str


class NothingToPort(Fault, code="PV129"):
    porting: str


class NullIsNoValue(Fault, code="PV130"):
    found: str


class StandsForNothing(Fault, code="PV131"):
    found: str


class CommentCutsTheText(Fault, code="PV132"):
    pass


class NoPersonsName(Fault, code="PV133"):
    pass


class EitherAreaOrHeld(Fault, code="PV134"):
    pass


class FromWithoutItsNumber(Fault, code="PV150"):
    pass


class FromTheCustomerItself(Fault, code="PV151"):
    customer: str


class NotAnEmergencyNumber(Fault, code="PV135"):
    found: str


class EmergencyNumberIsMissing(Fault, code="PV136"):
    missing: str


class EmergencyCallerLiesInAPool(Fault, code="PV137"):
    block: str
    found: str


class NumberInsteadOfAName(Fault, code="PV138"):
    pass


class CharacterIsNotPrinted(Fault, code="PV139"):
    character: str


class DomainNotInASCII(Fault, code="PV140"):
    pass


class BlockAmongNumbers(Fault, code="PV141"):
    blocks: str
    found: str


class NumberAmongBlocks(Fault, code="PV142"):
    found: str
    number: str


class SeveralBlocks(Fault, code="PV143"):
    blocks: str
    found: str


class NoAccountNumber(Fault, code="PV152"):
    found: str


class NoBranchName(Fault, code="PV153"):
    found: str


class NoSigningKey(Fault, code="PV154"):
    pass


class NoAccountThere(Fault, code="PV155"):
    forge: str


class AccountOfTwo(Fault, code="PV156"):
    account: int
    forge: str


class ProjectOfTwo(Fault, code="PV157"):
    forge: str
    project: int


class ProjectAtAnotherForge(Fault, code="PV158"):
    forge: str
    found: str


class UnknownPlaceholder(Fault, code="PV144"):
    found: str
    known: str
    suggestion: str


class LoginOfTwoResellers(Fault, code="PV145"):
    first: str
    login: str
    second: str


class DefaultLoginIsTaken(Fault, code="PV146"):
    customer: str
    login: str
    of: str


class DefaultGivesNoLogin(Fault, code="PV147"):
    found: str
    of: str


class PasswordMustBeSealed(Fault, code="PV148"):
    login: str
    of: str
