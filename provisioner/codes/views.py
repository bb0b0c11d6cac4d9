"""PV684 to PV693: parts of a plan, two plans beside each other, advice that was acknowledged."""

from provisioner.codes import Fault


class NothingInCommon(Fault, code="PV684"):
    found: str
