"""PV77x: what a forge and its token leave open; ``provision doctor --forge`` tells."""

from provisioner.codes import Caution, LiveFault, Question


class ApprovalsAreNotRequired(Caution, code="PV770"):
    branch: str
    found: int
    needed: int
    setting: str


class ApprovalsOutliveAPush(Caution, code="PV771"):
    setting: str


class WhoTookPartMayApprove(Caution, code="PV772"):
    setting: str
    who: str


class PlanIsNotRequired(Caution, code="PV773"):
    branch: str
    mark: str
    setting: str


class BranchCanBeChanged(Caution, code="PV774"):
    branch: str
    how: str
    setting: str


class PipelinesAreOpen(Caution, code="PV775"):
    how: str
    setting: str


class TokenCanDoMore(Caution, code="PV776"):
    right: str
    setting: str


class TooFewStaff(LiveFault, code="PV777"):
    found: int
    needed: int


class TokenOfAnother(Caution, code="PV778"):
    recorder: int
    target: str


class ForgeDoesNotTell(Question, code="PV779"):
    setting: str
    target: str
