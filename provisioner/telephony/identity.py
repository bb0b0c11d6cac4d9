"""Names that never change: customers, logins, the company's UID."""

import re
from dataclasses import dataclass

from provisioner.codes.fields import NoValidUID
from provisioner.codes.policy import FileNameIsNoCustomerId
from provisioner.codes.telephony import NotALogin
from provisioner.errors import ProvisionError
from provisioner.telephony.letters import words_of

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_LOGIN_LENGTH = 48
_LOGIN = re.compile(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*", re.ASCII)
_UID = re.compile(
    r"(?:CH-?E)?[\s\u2010-\u2015-]*((?:[0-9][\s.'’\u2010-\u2015-]*){9})(?:(?:MWST|TVA|IVA|VAT|TPV|HR|RC)\.?)?",
    re.IGNORECASE,
)
"""As on an invoice: with the VAT number's ending in any language."""
_UID_APART = re.compile(r"[\s.\u2010-\u2015\u2212-]")
_UID_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4)
_NOBODY = "000000000"


class IdentityError(ProvisionError):
    """A text that is no such name."""


@dataclass(frozen=True, slots=True, order=True)
class CustomerId:
    """The stem of the manifest's file, unique over all resellers, permanent.

    Small letters, digits and single hyphens, at most 40: it becomes part of SIP names, of database
    keys and of LIKE patterns on live systems, so it has no wildcard and no separator of theirs.
    """

    value: str

    @classmethod
    def parse(cls, text: str) -> "CustomerId":
        """Raises IdentityError PV401."""
        if len(text) > 40 or not _ID.fullmatch(text):
            raise IdentityError(FileNameIsNoCustomerId(found=text))
        return cls(text)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class SipLogin:
    """A login on the PBX (R15): ASCII letters and digits, a dot as separator, at most 48.

    Systems compare logins without regard to case, so :attr:`folded` is the key for uniqueness.
    """

    value: str

    @classmethod
    def parse(cls, text: str) -> "SipLogin":
        """Raises IdentityError PV206."""
        if len(text) > _LOGIN_LENGTH or not _LOGIN.fullmatch(text):
            raise IdentityError(NotALogin(found=text, suggestion=cls.propose(text)))
        return cls(text)

    @staticmethod
    def propose(text: str) -> str:
        """A login that ``text`` most likely means: ``Łukasz Müller`` is ``lukasz.mueller``; may be
        empty."""
        words = words_of(text)
        return ".".join(words)[:_LOGIN_LENGTH].rstrip(".")

    @property
    def folded(self) -> str:
        return self.value.lower()

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Uid:
    """Swiss business number: ``CHE-123.456.788``, with check digit (Federal Statistical Office)."""

    value: str

    @classmethod
    def parse(cls, text: str) -> "Uid":
        """Raises IdentityError PV113."""
        written = _UID_APART.sub("", text).upper()
        if not re.fullmatch(r"CHE[0-9]{9}", written) or not _has_check_digit(written[3:]):
            raise IdentityError(NoValidUID(found=text, suggestion=cls.meant(text)))
        return cls(_uid_shown(written[3:]))

    @classmethod
    def meant(cls, text: str) -> str:
        """``CHE-123.456.788`` from ``CHE-123.456.788 MWST`` and other spellings; else empty."""
        found = _UID.fullmatch(text.strip())
        digits = re.sub(r"[^0-9]", "", found[1]) if found else _NOBODY
        return _uid_shown(digits) if _has_check_digit(digits) else ""

    def __str__(self) -> str:
        return self.value


def _has_check_digit(digits: str) -> bool:
    """Whether the ninth digit follows from the eight before it (eCH-0097), modulo 11."""
    total = sum(weight * int(digit) for weight, digit in zip(_UID_WEIGHTS, digits, strict=False))
    return digits != _NOBODY and (11 - total % 11) % 11 == int(digits[8])


def _uid_shown(digits: str) -> str:
    return f"CHE-{digits[:3]}.{digits[3:6]}.{digits[6:]}"
