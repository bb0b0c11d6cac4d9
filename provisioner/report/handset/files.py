"""The configuration file of a phone: its name, its address, what is in it.  Pure.

A file says who the phone is and where it registers, and nothing else: what it does not name stays
as it is on the phone.  It holds a password: it goes where somebody asked for it, and nowhere else.
"""

import unicodedata
from typing import Protocol

from provisioner.codes.handset import NotWritableForThePhone
from provisioner.errors import ProvisionError
from provisioner.operations.phones import Handset
from provisioner.report.handset import snom, yealink
from provisioner.report.handset.identity import Identity, Registrar
from provisioner.telephony.phones import DeskPhone, Mac, Maker

_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that end a line or that XML cannot hold: control characters, halves of
others, line and paragraph separators."""
_NO_CHARACTERS = "\ufffe\uffff"


class Dialect(Protocol):
    """What a maker's phones read."""

    def file_name(self, mac: Mac) -> str: ...

    def address(self, folder: str, mac: Mac) -> str: ...

    def lost(self, text: str) -> bool: ...

    def render(self, identity: Identity) -> bytes: ...


_DIALECTS: dict[Maker, Dialect] = {Maker.SNOM: snom, Maker.YEALINK: yealink}


def path_of(phone: DeskPhone, token: str) -> str:
    """Of its file, below the folder of all: ``TOKEN/FILE``."""
    return f"{token}/{_DIALECTS[phone.model.maker].file_name(phone.mac)}"


def address_of(phone: DeskPhone, token: str, url: str) -> str:
    """What a redirection portal is told; ``url`` ends with a stroke."""
    return _DIALECTS[phone.model.maker].address(f"{url}{token}/", phone.mac)


def render_phone(handset: Handset, registrar: Registrar) -> bytes:
    """The file.

    Raises ProvisionError PV044 for a value that would not reach the phone as it is: it has a
    character that the format cannot hold, blanks around it, or means something else to the phone.
    """
    maker = handset.phone.model.maker
    dialect = _DIALECTS[maker]
    shown = handset.name or handset.extension or handset.place.login
    values = {
        "user": handset.user,
        "password": handset.password,
        "name": shown,
        "extension": handset.extension,
    }
    for field, value in values.items():
        needed = field in {"user", "password"}
        if (needed and not value) or not _is_text(value) or dialect.lost(value):
            about = NotWritableForThePhone(place=str(handset.place), field=field, maker=maker.shown)
            raise ProvisionError(about)
    return dialect.render(
        Identity(
            user=handset.user,
            password=handset.password,
            shown=shown,
            extension=handset.extension,
            srtp=handset.srtp,
            registrar=registrar,
        )
    )


def _is_text(value: str) -> bool:
    return value == value.strip() and not any(
        unicodedata.category(each) in _NO_TEXT or each in _NO_CHARACTERS for each in value
    )
