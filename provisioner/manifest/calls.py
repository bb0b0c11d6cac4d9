"""What a manifest says about calls to the outside, held against the operator's rules.  Pure."""

from collections.abc import Iterator
from dataclasses import replace

from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, Path, Severity
from provisioner.manifest.models import Manifest
from provisioner.manifest.rules import OwnNumbers


def check(
    manifest: Manifest, config: Config, *, customer: str | None = None
) -> Iterator[Diagnostic]:
    """Extensions that stand in the way of emergency calls, and what those calls show."""

    def found(code: str, severity: Severity, path: Path, **params: str) -> Diagnostic:
        return Diagnostic(code, severity, params, path=path, customer=customer)

    for at, workplace in enumerate(manifest.workplaces):
        where: Path = ("workplaces", at, "extension")
        own = workplace.extension or ""
        for number in config.emergency_numbers:
            params = {"extension": own, "number": number}
            if own and number.startswith(own):
                yield found("PV248", Severity.ERROR, where, **params)
                break
            if own.startswith(number):
                yield found("PV249", Severity.WARNING, where, **params)
                break
    if manifest.main_number is not None:
        for each in OwnNumbers.of(manifest).findings(manifest.main_number, ("main_number",)):
            yield replace(each, customer=customer)
    if not (manifest.numbers or any(porting.items for porting in manifest.porting)):
        caller = config.emergency_caller.national if config.emergency_caller else ""
        yield found("PV259", Severity.QUESTION, ("workplaces",), caller=caller)
