"""PV74x to PV76x: why a merge request does not release a customer, or does not any more."""

from provisioner.codes import Caution, Fault, Notice


class RecordIsNotGenuine(Fault, code="PV740"):
    pass


class RecordNotUnderstood(Fault, code="PV741"):
    what: str


class MergedElsewhere(Fault, code="PV742"):
    request: int


class NotMerged(Fault, code="PV743"):
    request: int


class NotInTheHistory(Fault, code="PV744"):
    request: int


class RecordOfAnotherContent(Fault, code="PV745"):
    request: int


class ChangesAreRequested(Fault, code="PV746"):
    by: str
    request: int


class TooManyCommits(Fault, code="PV747"):
    request: int


class NobodyApproved(Fault, code="PV748"):
    request: int


class ApproverIsNoStaff(Fault, code="PV749"):
    by: str
    request: int


class ApproverTookPart(Fault, code="PV750"):
    by: str
    request: int


class ApprovedAnotherContent(Fault, code="PV751"):
    by: str
    request: int


class ApprovedBeforeItWasShown(Fault, code="PV752"):
    by: str
    request: int


class ApprovedAfterTheMerge(Fault, code="PV753"):
    by: str
    request: int


class NotEnoughApprovers(Fault, code="PV755"):
    found: int
    needed: int
    request: int


class PlanHasRunOut(Fault, code="PV756"):
    request: int
    until: str


class AnotherHead(Notice, code="PV757"):
    head: str


class LiveSystemChanged(Notice, code="PV758"):
    pass


class AnotherMergeCameFirst(Notice, code="PV759"):
    customer: str


class DayHasPassed(Notice, code="PV760"):
    day: str


class NoProjectForReviews(Fault, code="PV761"):
    pass


class VariableIsMissing(Fault, code="PV762"):
    name: str


class NotAPrivateSigningKey(Fault, code="PV763"):
    pass


class KeyOfNobody(Fault, code="PV764"):
    public: str


class NoPlanWasRecorded(Fault, code="PV765"):
    request: int


class CommentWasChanged(Fault, code="PV766"):
    request: int


class NoMergeRequestBroughtIt(Fault, code="PV767"):
    customer: str


class NotWhatWasShown(Fault, code="PV768"):
    customer: str
    request: int


class MayNotReleaseByHand(Fault, code="PV769"):
    by: str
    reason: str


class BranchWasRewritten(Fault, code="PV790"):
    branch: str


class DigestOfNoPlan(Fault, code="PV791"):
    digest: str


class SnapshotIsNotGenuine(Fault, code="PV780"):
    file: str


class SnapshotNotUnderstood(Fault, code="PV781"):
    file: str
    what: str


class SnapshotOfAnotherProject(Fault, code="PV782"):
    file: str


class SnapshotHasRunOut(Fault, code="PV783"):
    file: str
    until: str


class NoSnapshotOfReseller(Caution, code="PV784"):
    customer: str
    reseller: str


class SnapshotOfAnotherRelease(Caution, code="PV785"):
    customer: str


class TooMuchToShow(Fault, code="PV792"):
    request: int


class FolderOfAnotherRepository(Fault, code="PV793"):
    file: str
    reseller: str


class OperatorsFileElsewhere(Fault, code="PV794"):
    file: str


class WhoseRepository(Fault, code="PV795"):
    name: str


class ProjectOfNoReseller(Fault, code="PV796"):
    name: str
    project: str


class ResellerWithoutProject(Fault, code="PV797"):
    reseller: str


class SettingsCannotBeRead(Fault, code="PV798"):
    file: str


class SettingsAloneBroughtIt(Fault, code="PV799"):
    customer: str
