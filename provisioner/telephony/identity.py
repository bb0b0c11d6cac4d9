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
        from stdnum.ch import uid  # only where a company gives its number

        if not uid.is_valid(text) or uid.compact(text).endswith(_NOBODY):
            raise IdentityError(NoValidUID(found=text, suggestion=cls.meant(text)))
        return cls(uid.format(text))

    @classmethod
    def meant(cls, text: str) -> str:
        """``CHE-123.456.788`` from ``CHE-123.456.788 MWST`` and other spellings; else empty."""
        from stdnum.ch import uid  # only where a company gives its number

        found = _UID.fullmatch(text.strip())
        digits = re.sub(r"[^0-9]", "", found[1]) if found else _NOBODY
        known = digits != _NOBODY and uid.is_valid(f"CHE{digits}")
        return str(uid.format(f"CHE{digits}")) if known else ""

    def __str__(self) -> str:
        return self.value
