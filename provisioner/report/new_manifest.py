"""The comments of a manifest that the tool wrote for somebody.  Pure."""

from provisioner.manifest.diagnostics import Path
from provisioner.manifest.models import Manifest
from provisioner.report.messages import Catalogue


def header(words: Catalogue) -> str:
    """Below the modeline."""
    return words.ui("new.note.header")


def notes(manifest: Manifest, words: Catalogue) -> dict[Path, str]:
    """Comments by the path of the field that they stand above."""
    wanted: dict[Path, str] = {("subscription", "billing_from"): "billing_from"}
    if manifest.numbers:
        wanted["numbers",] = "numbers"
    if manifest.porting:
        wanted["porting",] = "porting"
        wanted["porting", 0, "scope"] = "scope"
        wanted["porting", 0, "signature"] = "signature"
        if manifest.porting[0].provider == manifest.porting[0].UNKNOWN:
            wanted["porting", 0, "provider"] = "provider"
        if manifest.porting[0].blocks:
            wanted["porting", 0, "blocks"] = "blocks"
    wanted["workplaces",] = "workplaces"
    if manifest.support_login:
        wanted["support_login",] = "support_login"
    return {path: words.ui(f"new.note.{key}") for path, key in wanted.items()}
