"""PV655 and after: certificates of a PBX, and phones that encrypt."""

from provisioner.codes import LiveFault


class KeyOfAnotherCertificate(LiveFault, code="PV655"):
    file: str
    key: str


class CertificateThatCannotBeUsed(LiveFault, code="PV656"):
    file: str
    key: str
