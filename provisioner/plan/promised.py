"""Whether some manifest takes over a number, also one that counts for nothing.  Pure.

A slip in the file of the one that takes a number must not bring about that the other gives it up.
"""

from pathlib import PurePath

from provisioner.plan.context import PlanContext
from provisioner.telephony.identity import CustomerId

_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


def taker_of(digits: str, giver: CustomerId, context: PlanContext) -> CustomerId | None:
    """Who takes over a number or block of ``giver``, as well as one can tell: it may have written
    somebody else as the one that has it."""
    takers = {claims[digits] for claims in context.claims.values() if digits in claims} - {giver}
    if takers:
        return min(takers)
    files = (file for file, text in context.void.items() if _may_take(text, digits, giver))
    return next((CustomerId(PurePath(file).stem) for file in files), None)


def _may_take(text: bytes, digits: str, giver: CustomerId) -> bool:
    """Without the zero before the area code: nobody writes it after +41."""
    if b"from" not in text or str(giver).encode() not in text:
        return False
    return digits[1:].encode() in text.translate(None, _NO_DIGITS)
