"""PV684 to PV693: parts of a plan, two plans beside each other, advice that was acknowledged."""

from provisioner.codes import Advice, Caution, Fault


class NothingInCommon(Fault, code="PV684"):
    found: str


class PlanOfAnotherProject(Fault, code="PV685"):
    before: str
    now: str


class NotACode(Fault, code="PV686"):
    found: str


class NoSuchAdvice(Caution, code="PV687"):
    found: str


class CannotBeAcknowledged(Caution, code="PV688"):
    found: str


class NothingToAcknowledge(Advice, code="PV689"):
    advice: str


class AdviceIsAcknowledged(Advice, code="PV690"):
    advice: str
    reason: str


class AcknowledgedTwice(Caution, code="PV691"):
    found: str


class PlanOfAnotherReseller(Fault, code="PV692"):
    before: str
    now: str
