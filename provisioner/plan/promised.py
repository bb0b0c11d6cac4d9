"""Who takes over a number, also where nobody can plan for it; what of it has passed.  Pure.

A slip in the file of the one that takes a number must not bring about that the other gives it up.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from provisioner.codes.moves import FromStays, OtherCustomerIsNotReady
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PortedNumber, Route, StockAllocation
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.plan.context import CustomerInput, PlanContext
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import digits_of, numbers_from

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
            if not ready and rings_only(digits, theirs):
                number = str(numbers_from(digits))
                about = OtherCustomerIsNotReady(found=number, customer=str(taker))
                found.setdefault(giver, []).append(Diagnostic.of(about, giver))
    return found


def rings_only(digits: str, live: CustomerLive | SystemFault | None) -> bool:
    """Whether a number is on the PBX, and not at the desk."""
    if not isinstance(live, CustomerLive):
        return False
    held = (o.digits for o in live.desk.objects if isinstance(o, StockAllocation | PortedNumber))
    routed = (o.live_key for o in live.pbx.objects if isinstance(o, Route))
    return digits not in held and any(key.startswith(digits) for key in routed)


def held_by(live: CustomerLive, digits: str) -> StockAllocation | PortedNumber | None:
    for each in live.desk.objects:
        if isinstance(each, StockAllocation | PortedNumber) and each.digits == digits:
            return each
    return None


def withdrawn(
    subject: CustomerInput, released: Manifest | None, live: CustomerLive
) -> Iterator[Diagnostic]:
    """``from:`` says that a number is billed, so it stays as long as the number does; of one that
    has not come yet, since a run failed, it may say what its customer is called by now."""
    before = {n.id: n.from_ for n in released.numbers if n.from_} if released else {}
    for at, new in enumerate(subject.manifest.numbers if subject.manifest else ()):
        was = before.get(new.id)
        if was is None or new.held is None or new.from_ == was:
            continue
        if held_by(live, digits_of(new.held)):
            about = FromStays(id=new.id, was=str(was))
            yield Diagnostic.of(about, subject.customer, path=("numbers", at))


def _may_take(text: bytes, digits: str, giver: CustomerId) -> bool:
    """Without the zero before the area code: nobody writes it after +41."""
    if b"from" not in text or str(giver).encode() not in text:
        return False
    return digits[1:].encode() in text.translate(None, _NO_DIGITS)
