"""The one property of everything that reads what others wrote.

Whatever the input is: success, or an error whose codes are in the catalogue and whose text can be
put together in both languages.  Never another exception, and never slow.
"""

import time
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal

import orjson

from provisioner.codes import Severity
from provisioner.errors import ProvisionError
from provisioner.manifest.diagnostics import Diagnostic, InputError
from provisioner.report.diagnostics.json import diagnostics_json
from provisioner.report.diagnostics.text import render_diagnostics
from provisioner.report.messages import FAMILIES, Catalogue, package_texts

SLOW = 2.0
"""Seconds of CPU that no input up to 512 KiB may take; a busy machine does not change them."""

LANGUAGES: tuple[Literal["en", "de"], ...] = ("en", "de")
_WORDS = {language: Catalogue(language) for language in LANGUAGES}


@cache
def known_codes() -> frozenset[str]:
    """The codes that the catalogue has, in English, which comes first."""
    folder = package_texts() / "en"
    files = [
        tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in FAMILIES.values()
    ]
    return frozenset(code for file in files for code in file)


def codes_of(read: Callable[[], object]) -> frozenset[str]:
    """Codes of the error that ``read`` ends with, or none; asserts the property."""
    started = time.process_time()
    found: Iterable[Diagnostic] = ()
    try:
        read()
    except InputError as error:
        found = error.diagnostics or [
            Diagnostic("an input error without a finding", Severity.ERROR)
        ]
    except ProvisionError as error:
        found = [Diagnostic(error.code, Severity.ERROR, error.params)]
    check_findings(found)
    took = time.process_time() - started
    assert took < SLOW, f"{took:.1f} s of CPU"
    return frozenset(finding.code for finding in found)


def check_findings(found: Iterable[Diagnostic]) -> None:
    """Each has a text, to be shown in both languages, and nothing in it moves a cursor.

    German may show the English one until it is translated.
    """
    found = list(found)
    unknown = {finding.code for finding in found} - known_codes()
    assert not unknown, f"not in the catalogue: {unknown}"
    for language in LANGUAGES:
        text = render_diagnostics(found, _WORDS[language], width=60, color=False)
        assert text.replace("\n", "").replace("\u00a0", "").isprintable()
        text.encode()
        orjson.dumps(diagnostics_json(found, _WORDS[language]))
