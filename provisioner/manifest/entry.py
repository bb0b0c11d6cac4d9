"""A customer's manifest as it stands in the workspace."""

from dataclasses import dataclass, replace

from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.manifest.yaml import Document
from provisioner.telephony.identity import CustomerId


@dataclass(frozen=True, slots=True)
class Entry:
    """``file`` is relative to the workspace, with ``/``, and ``sha256`` of its bytes; ``reseller``
    is its folder."""

    customer: CustomerId
    reseller: str
    file: str
    manifest: Manifest
    document: Document
    sha256: bytes = b""

    def locate(self, diagnostic: Diagnostic) -> Diagnostic:
        """``diagnostic`` with the places of its paths, in this file."""
        also = tuple(self.document.locate(path) for path in diagnostic.also)
        return replace(
            diagnostic,
            customer=str(self.customer),
            place=self.document.locate(diagnostic.path),
            related=(*diagnostic.related, *also),
        )
