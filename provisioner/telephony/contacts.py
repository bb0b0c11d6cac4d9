"""Where a customer is and how it is reached: telephone numbers of any country, e-mail, postcodes.

A contact may be called abroad, on a mobile or at a foreign branch; what is ordered and ported is
always Swiss.  Liechtenstein and the enclaves are in the Swiss system of postcodes.
"""

import re
from dataclasses import dataclass

from provisioner.codes.fields import DomainNotInASCII, NoEMailAddress, NoPostcode
from provisioner.codes.telephony import NoTelephoneNumber
from provisioner.errors import ProvisionError
from provisioner.telephony.numbers import E164

SWITZERLAND = "CH"
_ABROAD = {"8238": "DE", "6911": "IT"}
"""Büsingen am Hochrhein and Campione d’Italia."""
_OWN_CODES = {"78266": "8238", "22061": "6911"}
"""What the enclaves' own countries call them."""
_LIECHTENSTEIN = range(9485, 9499)
_POSTCODE = re.compile(r"[1-9]\d{3}", re.ASCII)
_WITH_COUNTRY = re.compile(r"(?:CH|LI|FL|DE?|IT?)\s?[-–]?\s?(\d{4,5})", re.ASCII | re.IGNORECASE)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL_PATTERN = (
    rf"^(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"
)
"""RFC 5322 without what nobody uses: comments, quotes, addresses of machines."""
_MAX_EMAIL = 254
_AROUND = re.compile(r"^<?(?:mailto:)?|>$", re.IGNORECASE)
_SWISS = re.compile(r"0\d{9}", re.ASCII)
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_APART = re.compile(r"[\s().'’/‐-―−-]")
_WRITTEN = re.compile(r"\+?[\d\s().'’/‐-―−-]+")


class ContactError(ProvisionError):
    """A text that is no such number or postcode."""


@dataclass(frozen=True, slots=True, order=True)
class ContactPhone:
    """A Swiss number in national form, ``0445001234``; another one as ``+4232371234``."""

    value: str

    @classmethod
    def parse(cls, text: str) -> "ContactPhone":
        """Raises ContactError PV207, which does not repeat the number: it is personal."""
        if _SWISS.fullmatch(text):  # the number is remembered there
            known = _is_swiss(text)
        else:
            known = bool(_FOREIGN.fullmatch(text)) and cls.meant(text) == text
        if not known:
            raise ContactError(NoTelephoneNumber())
        return cls(text)

    @staticmethod
    def meant(text: str) -> str:
        """The one spelling of the number that ``text`` writes, or an empty string."""
        import phonenumbers  # slow to load; only where somebody is called

        digits = _APART.sub("", text.strip().replace("(0)", ""))
        if not _WRITTEN.fullmatch(text.strip()) or not re.fullmatch(r"\+?\d+", digits, re.ASCII):
            return ""
        if len(digits) == 9 and digits[0] != "0":
            digits = f"0{digits}"
        try:
            found = phonenumbers.parse(digits, SWITZERLAND)
        except phonenumbers.NumberParseException:
            return ""
        if not phonenumbers.is_valid_number(found):
            return ""
        if found.country_code != 41:
            return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
        national = f"0{found.national_number}"
        return national if _is_swiss(national) else ""

    @property
    def shown(self) -> str:
        """For people: ``044 500 12 34``, ``+423 237 12 34``."""
        import phonenumbers  # slow to load; only where somebody is called

        swiss = _SWISS.fullmatch(self.value)
        forms = phonenumbers.PhoneNumberFormat
        found = phonenumbers.parse(self.value, SWITZERLAND)
        return phonenumbers.format_number(found, forms.NATIONAL if swiss else forms.INTERNATIONAL)

    def __str__(self) -> str:
        return self.value


def _is_swiss(national: str) -> bool:
    try:
        E164.parse_any(national)
    except ProvisionError:
        return False
    return True


def email(text: str) -> str:
    """An address that every mail server takes.  Raises ContactError PV112 or PV140: where the
    domain has to be written as servers do."""
    if _is_email(text):
        return text
    known = not text.isascii() and email_meant(text)
    raise ContactError(DomainNotInASCII() if known else NoEMailAddress())


def email_meant(text: str) -> str:
    """Without what a mail program puts around it, and ``müller.ch`` as servers write it; empty if
    that is no address."""
    local, at, domain = _AROUND.sub("", text.strip()).rpartition("@")
    if not domain.isascii():
        try:
            domain = "" if "ß" in domain else domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    found = f"{local}{at}{domain}"
    return found if _is_email(found) else ""


def _is_email(text: str) -> bool:
    return len(text) <= _MAX_EMAIL and bool(re.fullmatch(EMAIL_PATTERN, text))


def postcode(text: str) -> str:
    """Four digits.  Raises ContactError PV116 with the postcode that was meant, if any."""
    if not _POSTCODE.fullmatch(text):
        raise ContactError(NoPostcode(found=text, suggestion=postcode_meant(text)))
    return text


def postcode_meant(text: str) -> str:
    """``CH-8400`` as ``8400``, ``D-78266`` as the Swiss postcode of Büsingen; else empty."""
    found = _WITH_COUNTRY.fullmatch(text.strip())
    digits = found[1] if found else text.strip()
    digits = _OWN_CODES.get(digits, digits)
    return digits if _POSTCODE.fullmatch(digits) else ""


def country_of(code: str) -> str:
    """Where a Swiss postcode lies: ``CH``, ``LI``, or the country around an enclave."""
    if code in _ABROAD:
        return _ABROAD[code]
    return "LI" if int(code) in _LIECHTENSTEIN else SWITZERLAND
