"""Whether some manifest takes over a number, also where nobody can plan for it.  Pure.

A slip in the file of the one that takes a number must not bring about that the other gives it up.
"""

from collections.abc import Mapping
from pathlib import PurePath

from provisioner.codes.moves import OtherCustomerIsNotReady
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PortedNumber, Route, StockAllocation
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import numbers_from

_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


def taker_of(digits: str, giver: CustomerId, context: PlanContext) -> CustomerId | None:
    """Who takes over a number or block of ``giver``, as well as one can tell: it may have written
    somebody else as the one that has it."""
    takers = {claims[digits] for claims in context.claims.values() if digits in claims} - {giver}
    if takers:
        return min(takers)
    files = (file for file, text in context.void.items() if _may_take(text, digits, giver))
    return next((CustomerId(PurePath(file).stem) for file in files), None)


def half_passed(
    claims: Mapping[CustomerId, Mapping[str, CustomerId]],
    subjects: Mapping[CustomerId, CustomerInput],
    live: Mapping[CustomerId, CustomerLive | SystemFault],
) -> dict[CustomerId, list[Diagnostic]]:
    """By the giver, what is another one's at the desk already and rings at it still, while that one
    cannot be planned for: as a number that nobody has it would be switched off."""
    found: dict[CustomerId, list[Diagnostic]] = {}
    for giver, taken in claims.items():
        theirs = live.get(giver)
        for digits, taker in taken.items() if isinstance(theirs, CustomerLive) else ():
            subject = subjects.get(taker)
            ready = subject and subject.packed and isinstance(live.get(taker), CustomerLive)
            if not ready and isinstance(theirs, CustomerLive) and _rings_only(digits, theirs):
                number = str(numbers_from(digits))
                about = OtherCustomerIsNotReady(found=number, customer=str(taker))
                found.setdefault(giver, []).append(Diagnostic.of(about, giver))
    return found


def _rings_only(digits: str, live: CustomerLive) -> bool:
    """Whether a number is on the PBX, and not at the desk."""
    held = (o.digits for o in live.desk.objects if isinstance(o, StockAllocation | PortedNumber))
    routed = (o.live_key for o in live.pbx.objects if isinstance(o, Route))
    return digits not in held and any(key.startswith(digits) for key in routed)


def _may_take(text: bytes, digits: str, giver: CustomerId) -> bool:
    """Without the zero before the area code: nobody writes it after +41."""
    if b"from" not in text or str(giver).encode() not in text:
        return False
    return digits[1:].encode() in text.translate(None, _NO_DIGITS)
