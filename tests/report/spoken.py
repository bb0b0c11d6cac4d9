"""The languages whose catalogue is there, for goldens."""

from provisioner.report.messages import LANGUAGES, package_texts

SPOKEN = [
    language for language in LANGUAGES if (package_texts() / language / "ui-reading.toml").is_file()
]
"""Each renderer's goldens are made in these."""
