"""Names that never change: customers, logins, the company's UID."""

import re
import unicodedata
from dataclasses import dataclass

from provisioner.codes.fields import NoValidUID
from provisioner.codes.policy import FileNameIsNoCustomerId
from provisioner.codes.telephony import NotALogin
from provisioner.errors import ProvisionError

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*", re.ASCII)
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", " ": "."}
)


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
        if len(text) > 48 or not _LOGIN.fullmatch(text):
            raise IdentityError(NotALogin(found=text, suggestion=cls.propose(text)))
        return cls(text)

    @staticmethod
    def propose(text: str) -> str:
        """A login that ``text`` most likely means, umlauts transliterated; may be empty."""

        plain = unicodedata.normalize("NFKD", text.translate(_UMLAUTS))
        kept = re.sub(r"[^A-Za-z0-9.]", "", plain, flags=re.ASCII).lower()
        return re.sub(r"\.+", ".", kept).strip(".")[:48].rstrip(".")

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

        if not uid.is_valid(text):
            raise IdentityError(NoValidUID(found=text))
        return cls(uid.format(text))

    def __str__(self) -> str:
        return self.value
