"""The one spelling of a number or block, where the writing leaves no doubt what is meant (R9, R11).

Stricter than the suggestion of a finding: what people read may be a guess, what a tool writes into
a file may not.  Letters, or digits that are left over, are no spelling of a number.
"""

from provisioner.errors import ProvisionError
from provisioner.telephony.contacts import ContactPhone, email_meant, postcode_meant
from provisioner.telephony.identity import Uid
from provisioner.telephony.numbers import (
    DIGITS,
    E164,
    PREFIXES,
    DdiBlock,
    blocks_meant,
    number_meant,
)
from provisioner.telephony.phones import Mac


def number_spelling(text: str) -> str:
    """``+41 44 500 12 34`` as ``0445001234``; ``text`` itself if that is not certain."""
    digits = number_meant(text)
    return digits if digits and _is(E164.parse, digits) else text


def phone_spelling(text: str) -> str:
    """As :func:`number_spelling`, of any country: ``+423 237 12 34`` as ``+4232371234``."""
    return ContactPhone.meant(text) or text


def block_spelling(text: str) -> str:
    """``044 500 12 xx`` and ``0445001200-0445001299`` as ``04450012``; else ``text`` itself."""
    blocks = blocks_meant(text)
    return blocks[0] if len(blocks) == 1 and _is(DdiBlock.parse, blocks[0]) else text


def number_or_block_spelling(text: str) -> str:
    """Either; ten digits are a number."""
    found = number_spelling(text)
    return found if found != text or len(text) == DIGITS else block_spelling(text)


def area_spelling(text: str) -> str:
    """``44`` as ``044``: the zero that a spreadsheet lost."""
    return f"0{text}" if f"0{text}" in PREFIXES else text


def uid_spelling(text: str) -> str:
    """``CHE123456788 MWST`` as ``CHE-123.456.788``."""
    return Uid.meant(text) or text


def postcode_spelling(text: str) -> str:
    """``CH-8400`` as ``8400``."""
    return postcode_meant(text) or text


def email_spelling(text: str) -> str:
    """Without blanks around it, and its domain as mail servers write it."""
    return email_meant(text) or text


def mac_spelling(text: str) -> str:
    """``00:04:13:a1:b2:c3`` as ``000413A1B2C3``."""
    return Mac.meant(text) or text


def _is(parse: object, text: str) -> bool:
    assert callable(parse)  # noqa: S101 - the kinds above have one
    try:
        parse(text)
    except ProvisionError:
        return False
    return True
