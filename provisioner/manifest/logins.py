"""Names that the tool proposes: logins from people's names, customer ids from companies' names."""

import re
import unicodedata
from collections.abc import Collection

from provisioner.telephony.identity import CustomerId, SipLogin

_LETTERS = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "oe",
        "å": "aa",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "ŋ": "n",
        "ŧ": "t",
        "ĸ": "k",
        "ĳ": "ij",
        "ŀ": "l",
    }
)
"""What Unicode does not take apart, as passports write it (ICAO 9303), and German umlauts."""

_LEGAL_FORMS = frozenset(
    "ag sa gmbh sarl sagl ltd llc kg scrl snc co cie genossenschaft kollektivgesellschaft "
    "kommanditgesellschaft einzelfirma".split()
)
_LOGIN_LENGTH, _ID_LENGTH = 48, 40


def plain(text: str) -> str:
    """``text`` in small ASCII letters: ``Zoë Łęcki-Müller`` is ``zoe lecki-mueller``."""
    composed = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    parts = unicodedata.normalize("NFKD", composed)
    return "".join(char for char in parts if char.isascii())


def propose_login(name: str, taken: Collection[str], *, suffix: str = "") -> str:
    """A login for ``name`` that is not among ``taken`` (folded): ``petra.huber``, then
    ``petra.huber2``.

    ``suffix`` makes a single word one of a customer, as ``fax.schmiedeisen``: many have a fax.
    """
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’`´]", "", plain(name)))
    if len(words) < 2 and suffix:
        words = [*words, *re.findall(r"[a-z0-9]+", plain(suffix))[:1]]
    stem = ".".join(words) or "login"
    return str(SipLogin.parse(_unused(stem, taken, _LOGIN_LENGTH, "")))


def propose_customer(company: str, taken: Collection[str]) -> str:
    """An id for ``company`` that is not among ``taken``, without its legal form.

    ``Bäckerei Süss GmbH`` is ``baeckerei-suess``.
    """
    head = plain(company).partition(",")[0]
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’`´.]", "", head))
    kept = [word for word in words if word not in _LEGAL_FORMS] or words
    stem = "-".join(kept) or "customer"
    return str(CustomerId.parse(_unused(stem, taken, _ID_LENGTH, "-")))


def _unused(stem: str, taken: Collection[str], limit: int, joint: str) -> str:
    made, count = stem[:limit].rstrip(".-"), 1
    while made in taken:
        count += 1
        tail = f"{joint}{count}"
        made = stem[: limit - len(tail)].rstrip(".-") + tail
    return made
