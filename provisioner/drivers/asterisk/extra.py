"""The extra ``tls``, which reads certificates: only who looks at one needs it."""

from provisioner import extras
from provisioner.codes.certificates import CertificatePackageMissing
from provisioner.errors import Unavailable


def need() -> None:
    """Before :mod:`.certificate` is imported.  Raises Unavailable PV839."""
    try:
        import cryptography  # noqa: F401 - whether it is there
    except ImportError:
        missing = CertificatePackageMissing(
            command=extras.command("tls"), extra="tls", package="cryptography"
        )
        raise Unavailable(missing) from None
