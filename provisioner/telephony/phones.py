"""Desk phones that are configured by their MAC address: a closed table of models, and the address.

Models are those of the makers' current families, each as its makers' firmware calls itself in a
``User-Agent``.  Two models of one maker read the same configuration.  Prefixes are those that the
IEEE's public register (MA-L) gives the makers.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from provisioner.codes.phones import MacMisspelled, MacOfNoPhone
from provisioner.errors import ProvisionError

_HEX = re.compile(r"[0-9A-F]{12}", re.ASCII)
_WRITTEN = re.compile(
    r"[0-9A-F]{12}"
    r"|[0-9A-F]{2}(?P<pair>[\s:.-])[0-9A-F]{2}(?:(?P=pair)[0-9A-F]{2}){4}"
    r"|[0-9A-F]{4}(?P<four>[\s:.-])[0-9A-F]{4}(?P=four)[0-9A-F]{4}"
    r"|[0-9A-F]{6}[\s:.-][0-9A-F]{6}",
    re.ASCII | re.IGNORECASE,
)
_APART = re.compile(r"[^0-9A-F]", re.ASCII)
_GROUP, _LOCAL = 0x01, 0x02
"""Bits of the first octet: for many receivers; given by an administrator, not by a maker."""


class PhoneError(ProvisionError):
    """A text that is no such phone or address."""


class Maker(StrEnum):
    """Who makes a phone: also which configuration it reads."""

    SNOM = "snom"
    YEALINK = "yealink"

    @property
    def shown(self) -> str:
        """``Snom``."""
        return self.value.title()


OUIS = {
    Maker.SNOM: frozenset({"000413"}),
    Maker.YEALINK: frozenset(
        "001565 249AD8 3497D7 44DBD2 644F56 805E0C 805EC0 B061A9 C4FC22 EC1DA9 F01653".split()
    ),
}
"""The first six digits of addresses that a maker gives its phones."""


class PhoneModel(StrEnum):
    """Maker and model, as a manifest writes them."""

    SNOM_D335 = "snom-d335"
    SNOM_D385 = "snom-d385"
    SNOM_D713 = "snom-d713"
    SNOM_D717 = "snom-d717"
    SNOM_D735 = "snom-d735"
    SNOM_D785 = "snom-d785"
    SNOM_D810 = "snom-d810"
    SNOM_D812 = "snom-d812"
    SNOM_D815 = "snom-d815"
    SNOM_D862 = "snom-d862"
    SNOM_D865 = "snom-d865"
    SNOM_D892 = "snom-d892"
    SNOM_D895 = "snom-d895"
    YEALINK_T31G = "yealink-t31g"
    YEALINK_T31P = "yealink-t31p"
    YEALINK_T31W = "yealink-t31w"
    YEALINK_T33G = "yealink-t33g"
    YEALINK_T33P = "yealink-t33p"
    YEALINK_T34W = "yealink-t34w"
    YEALINK_T43U = "yealink-t43u"
    YEALINK_T44U = "yealink-t44u"
    YEALINK_T44W = "yealink-t44w"
    YEALINK_T46U = "yealink-t46u"
    YEALINK_T48U = "yealink-t48u"
    YEALINK_T53 = "yealink-t53"
    YEALINK_T53W = "yealink-t53w"
    YEALINK_T54W = "yealink-t54w"
    YEALINK_T57W = "yealink-t57w"
    YEALINK_T58W = "yealink-t58w"
    YEALINK_T73U = "yealink-t73u"
    YEALINK_T73W = "yealink-t73w"
    YEALINK_T74U = "yealink-t74u"
    YEALINK_T74W = "yealink-t74w"
    YEALINK_T77U = "yealink-t77u"
    YEALINK_T85W = "yealink-t85w"
    YEALINK_T87W = "yealink-t87w"
    YEALINK_T88W = "yealink-t88w"

    @property
    def maker(self) -> Maker:
        return Maker(self.value.partition("-")[0])

    @property
    def shown(self) -> str:
        """For people: ``Snom D785``."""
        return f"{self.maker.shown} {self.value.partition('-')[2].upper()}"


@dataclass(frozen=True, slots=True, order=True)
class Mac:
    """The address of a phone's network port (IEEE 802): 12 digits of base 16 in capital letters,
    as they stand on its label."""

    value: str

    @classmethod
    def parse(cls, text: str) -> "Mac":
        """From the canonical spelling.

        Raises PhoneError PV296 (spelling) or PV297: an address that no maker gives a phone.
        """
        if not _HEX.fullmatch(text):
            raise PhoneError(MacMisspelled(found=text, suggestion=cls.meant(text)))
        if int(text[:2], 16) & (_GROUP | _LOCAL) or not int(text, 16):
            raise PhoneError(MacOfNoPhone(found=text))
        return cls(text)

    @staticmethod
    def meant(text: str) -> str:
        """``000413A1B2C3`` from ``00:04:13:a1:b2:c3``, ``0004.13a1.b2c3`` and other usual
        spellings; else an empty string."""
        plain = text.strip()
        return _APART.sub("", plain.upper()) if _WRITTEN.fullmatch(plain) else ""

    @property
    def oui(self) -> str:
        """The maker's part: the first six digits."""
        return self.value[:6]

    @property
    def maker(self) -> Maker | None:
        """Whose address it is; None if it is none of our makers'."""
        return next((maker for maker, known in OUIS.items() if self.oui in known), None)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class DeskPhone:
    """One telephone: what it is, and which one."""

    model: PhoneModel
    mac: Mac

    @classmethod
    def parse(cls, text: str) -> "DeskPhone":
        """From what :meth:`__str__` gives.  Raises PhoneError PV296 or PV297, and ValueError for a
        model that is not in the table."""
        model, _, mac = text.partition(" ")
        return cls(PhoneModel(model), Mac.parse(mac))

    def __str__(self) -> str:
        """``snom-d785 000413A1B2C3``."""
        return f"{self.model} {self.mac}"


NO_PHONE = "none"
"""Written where a phone was declared earlier and is no longer."""


def is_phone(written: object) -> bool:
    """Whether what stands for the phone of a workplace is one."""
    return written not in (None, "", NO_PHONE)
