"""PV614 and what follows: packages that come with an extra."""

from provisioner.codes import LiveFault


class LetterPackageMissing(LiveFault, code="PV614"):
    command: str
    extra: str
    package: str
