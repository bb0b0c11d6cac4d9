"""PV70x and PV71x: what is in a commit, and who may change what."""

from provisioner.codes import Caution, Fault, LiveFault


class NotAGitRepository(Fault, code="PV701"):
    folder: str


class UnknownRevision(Fault, code="PV702"):
    found: str


class CloneIsIncomplete(Fault, code="PV703"):
    pass


class MergeConflict(Fault, code="PV704"):
    file: str


class GitIsMissing(LiveFault, code="PV705"):
    pass


class GitFailed(LiveFault, code="PV706"):
    command: str
    reason: str


class NotAnOrdinaryFile(Fault, code="PV707"):
    file: str
    mode: str


class ManifestIsExecutable(Fault, code="PV708"):
    file: str


class AttributesAmongManifests(Fault, code="PV709"):
    file: str


class RepositoryIsLarge(Fault, code="PV710"):
    files: int
    megabytes: int


class FileOfAnotherReseller(Fault, code="PV711"):
    file: str
    reseller: str


class MovedBetweenResellers(Fault, code="PV712"):
    file: str
    before: str


class NewResellerFolder(Fault, code="PV713"):
    reseller: str


class MixedChange(Fault, code="PV714"):
    file: str


class MixedChangeByStaff(Caution, code="PV715"):
    files: str


class AuthorIsNobodyKnown(Fault, code="PV716"):
    account: int
    forge: str


class CustomerOfAnotherReseller(Fault, code="PV717"):
    customer: str
    reseller: str


class NotInHouseStyle(Caution, code="PV718"):
    file: str


class AuthorNotGiven(Caution, code="PV719"):
    pass
