"""A customer's manifest as it stands in the workspace."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.manifest.yaml import Document
from provisioner.telephony.identity import CustomerId

if TYPE_CHECKING:
    from provisioner.manifest.packed import Packed  # it looks at logins, and so at renames


@dataclass(frozen=True, slots=True)
class Entry:
    """``file`` is relative to the workspace, with ``/``, and ``sha256`` of its bytes; ``reseller``
    is its folder."""

    customer: CustomerId
    reseller: str
    file: str
    packed: "Packed"
    document: Document
    sha256: bytes = b""

    @property
    def manifest(self) -> Manifest:
        return self.packed.manifest

    def locate(self, diagnostic: Diagnostic) -> Diagnostic:
        """``diagnostic`` with the places of its paths, in this file."""
        also = tuple(self.document.locate(path) for path in diagnostic.also)
        return replace(
            diagnostic,
            customer=str(self.customer),
            place=self.document.locate(diagnostic.path),
            related=(*diagnostic.related, *also),
        )
