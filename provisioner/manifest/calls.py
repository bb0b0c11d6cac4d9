"""What a manifest says about calls to the outside, held against the operator's rules.  Pure."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache

from provisioner.codes import Code
from provisioner.codes.policy import LimitsOfNobody
from provisioner.codes.telephony import (
    ExtensionBeginsWithAnEmergencyNumber,
    ExtensionIsInTheWayOfAnEmergencyNumber,
    NobodyAnswersAtTheMainNumber,
    NobodyCanBeCalledBackAfterAnEmergencyCall,
)
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic, Path
from provisioner.manifest.models import Manifest, StockNumber, Workplace, WorkplaceNumber
from provisioner.manifest.rules import OwnNumbers, number_source
from provisioner.telephony.licenses import Use
from provisioner.telephony.numbers import DdiBlock, digits_of

_NOBODY_TALKS = frozenset({Use.FAX, Use.LIFT, Use.DOOR})


def main_number(manifest: Manifest) -> WorkplaceNumber | None:
    """What emergency calls show from a workplace without a number; None if the customer has none.

    By default a number at which somebody answers: of desks and workshops before lifts, doors and
    faxes; a single number, or the first of a block, before another line of it; from the stock, by
    id, before what is ported.  The order in the file does not count.
    """
    if manifest.main_number is not None:
        return manifest.main_number
    whole = {item for porting in manifest.porting for item in porting.items}

    def order(workplace: Workplace) -> tuple[bool, bool, bool, str, int]:
        silent, number = workplace.use in _NOBODY_TALKS, workplace.number
        if isinstance(number, StockNumber):
            return silent, bool(number.line), False, number.stock, number.line or 0
        return silent, number not in whole, True, number_source(number), 0

    ringing = [each for each in manifest.workplaces if each.number is not None]
    if ringing:
        return min(ringing, key=order).number
    if manifest.numbers:
        return StockNumber(stock=min(new.id for new in manifest.numbers))
    return min(whole, key=digits_of, default=None)


def _rings(manifest: Manifest, number: WorkplaceNumber) -> bool:
    """Whether a workplace rings where ``number``, or the first of a block, is called."""
    taken = [each.number for each in manifest.workplaces if each.number is not None]
    if isinstance(number, StockNumber):
        size = OwnNumbers.of(manifest).sizes.get(number.stock, 1)
        line = number.line or 0

        def is_it(other: WorkplaceNumber) -> bool:
            if not isinstance(other, StockNumber) or other.stock != number.stock:
                return False
            return size == 1 or other.line == line

        whole = StockNumber(stock=number.stock) in taken
        off = any(map(is_it, manifest.switched_off))
        return any(map(is_it, taken)) or (whole and not off)
    first = number.first if isinstance(number, DdiBlock) else number
    blocks = [n for n in taken if isinstance(n, DdiBlock) and first.national.startswith(n.prefix)]
    return first in taken or bool(blocks and first not in manifest.switched_off)


@lru_cache(maxsize=1024)
def _in_the_way(extension: str, emergency_numbers: tuple[str, ...]) -> Code | None:
    """Remembered, since most customers have the same extensions."""
    for number in emergency_numbers if extension else ():
        if number.startswith(extension):
            return ExtensionIsInTheWayOfAnEmergencyNumber(extension=extension, number=number)
        if extension.startswith(number):
            return ExtensionBeginsWithAnEmergencyNumber(extension=extension, number=number)
    return None


def check(
    manifest: Manifest, config: Config, *, customer: str | None = None
) -> Iterator[Diagnostic]:
    """Extensions that stand in the way of emergency calls, and what those calls show."""

    def found(about: Code, path: Path) -> Diagnostic:
        return Diagnostic.of(about, customer, path=path)

    for at, workplace in enumerate(manifest.workplaces):
        if about := _in_the_way(workplace.extension or "", config.emergency_numbers):
            yield found(about, ("workplaces", at, "extension"))
    if manifest.main_number is not None:
        for each in OwnNumbers.of(manifest).findings(manifest.main_number, ("main_number",)):
            yield replace(each, customer=customer)
    shown = main_number(manifest)
    if shown is not None and not _rings(manifest, shown):
        given: Path = ("main_number",) if manifest.main_number is not None else ("workplaces",)
        yield found(NobodyAnswersAtTheMainNumber(number=number_source(shown)), given)
    if not (manifest.numbers or any(porting.items for porting in manifest.porting)):
        caller = config.emergency_caller.national if config.emergency_caller else ""
        yield found(NobodyCanBeCalledBackAfterAnEmergencyCall(caller=caller), ("workplaces",))


def limits_of_nobody(config: Config, known: Collection[str]) -> Iterator[Diagnostic]:
    """Limits in ``provision.yaml`` for customers that are not among the ``known``."""
    for name in sorted(config.calls.customers.keys() - known):
        path = ("calls", "customers", name)
        yield Diagnostic.of(LimitsOfNobody(found=name), path=path)
