"""From whom a number is ported, in words."""

from provisioner.manifest.models import Porting
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible


def provider_text(provider: str, words: Catalogue) -> str:
    """A name as people wrote it, or that it is not known."""
    return words.word(provider) if provider == Porting.UNKNOWN else visible(provider)
