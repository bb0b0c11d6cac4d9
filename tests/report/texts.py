"""What several tests of the catalogue's texts look at."""

import re

from provisioner.report.messages import LANGUAGES

OTHERS = [language for language in LANGUAGES if language != "en"]
HOLE = re.compile(r"\{\{|\}\}|\{[a-z_]+(?::[a-z]+)?\}")


def holes(text: str) -> list[str]:
    """The placeholders with their styles, and braces."""
    return sorted(set(HOLE.findall(text)))
