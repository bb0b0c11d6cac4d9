"""PV62x and PV63x: the desk's database on a server."""

from provisioner.codes import LiveFault


class DatabasePackageMissing(LiveFault, code="PV620"):
    backend: str
    extra: str
    package: str
