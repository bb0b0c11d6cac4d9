"""PV9xx: faults of this tool."""

from provisioner.codes import Fault


class InternalError(Fault, code="PV901"):
    kind: str
    place: str


class FormattingRefused(Fault, code="PV902"):
    file: str


class LetterCannotBeSet(Fault, code="PV903"):
    porting: str
