"""What the operator has written, apart from manifests."""

from dataclasses import dataclass

from provisioner.manifest.adoptions import NOTHING as NO_ADOPTIONS
from provisioner.manifest.adoptions import Adoptions
from provisioner.manifest.config import Config
from provisioner.manifest.removals import NOTHING, Removals


@dataclass(frozen=True)
class Operators:
    """Settings, and what may be removed and adopted.

    They stand beside the manifests, or in a repository of their own.
    """

    config: Config
    removals: Removals = NOTHING
    adoptions: Adoptions = NO_ADOPTIONS
