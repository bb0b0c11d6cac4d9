"""One line of text as people type it: the name of a company, a street, a person.

It is folded to what was meant, since the same name comes from a register, a web page or a phone's
keyboard: composed letters, the plain space, no variation selectors, and letters for their
typographic forms.  What is left must be Latin, must be seen, and must say something.
"""

import re
import unicodedata
from collections.abc import Iterable

from provisioner.codes import Code
from provisioner.codes.fields import (
    CharacterIsNotPrinted,
    EmptyText,
    LetterNotAllowed,
    NoPersonsName,
    NumberInsteadOfAName,
    StandsForNothing,
    TextTooLong,
)
from provisioner.codes.telephony import WriteUnknown
from provisioner.errors import ProvisionError
from provisioner.telephony.letters import UNSEEN

UNPRINTED = re.compile(
    r"[^ -~¡-¬®-ȿɐ-ʯḀ-ẛẞẠ-ỹ‐-‧‰-‷‹-›⁄⁰⁴-⁾₀-₎€№℠™⅓-⅞←-↛−∂∆∏∑√∞≈≠≤≥■□▲▶▼◀◆◊○●★♠♣♥♦♪♫]"
)
"""What the fonts of a letter of authority do not have, beyond Latin letters, the punctuation around
them and the signs of trade; the letter room tries every one of them."""

_SELECTORS = re.compile("[\ufe0e\ufe0f]")
_APOSTROPHES = str.maketrans({"ʼ": "’", "ʹ": "’", "ʻ": "‘"})

_NOTHING = (
    "n/a", "n.a.", "k.a.", "k. a.", "null", "none", "nothing", "unknown", "unspecified",
    "not known", "no idea", "don't know", "don’t know", "tbd", "tba", "todo", "to do", "xx", "xxx",
    "kein", "keine", "keines", "nichts", "unbekannt", "nicht bekannt",
    "keine ahnung", "keine angabe", "keine angaben", "weiss nicht", "offen", "folgt", "dito",
    "aucun", "aucune", "rien", "inconnu", "inconnue", "pas connu", "sans objet", "aucune idée",
    "nessuno", "nessuna", "niente", "sconosciuto", "sconosciuta", "non so", "non noto",
)  # fmt: skip
UNKNOWN = "unknown"
"""A provider that nobody knows yet (R5)."""
NOTHING = frozenset(_NOTHING)
"""What people write in four languages where they have nothing to say; small letters."""
_BARE = frozenset(word.rstrip(".") for word in NOTHING)

_LETTER = "A-Za-zªµºÀ-ÖØ-öø-ɏḀ-ỹ"
_APART = r"[\s().'’/-]"
_NUMBER = rf"\+?(?:{_APART}*[0-9]){{7,}}{_APART}*"
_CALLED = re.compile(_NUMBER)
_LETTERS_OF_A_NAME = 2


def _any_case(word: str) -> str:
    return "".join(
        f"[{char}{char.upper()}]" if char.isalpha() else char.replace(".", r"\.") for char in word
    )


_WORDS = "|".join(_any_case(word.rstrip(".")) for word in sorted(NOTHING))
_IS_SEEN = rf"(?=.*[0-9{_LETTER}])"
_SAYS_SOMETHING = rf"(?!\s*(?:{_WORDS})[.!]*\s*$){_IS_SEEN}"
_NO_NUMBER = rf"(?!\s*{_NUMBER}$)(?!\s*\S*@\S*\s*$)"
LABEL_PATTERN = f"^{_IS_SEEN}"
"""What an editor can tell of :func:`label`, as below of the others; for JavaScript and Python."""
LINE_PATTERN = f"^{_SAYS_SOMETHING}"
NAME_PATTERN = f"^{_SAYS_SOMETHING}{_NO_NUMBER}"
PERSON_PATTERN = f"{NAME_PATTERN}(?=(?:.*[{_LETTER}]){{{_LETTERS_OF_A_NAME}}})"
PROVIDER_PATTERN = f"^(?:unknown$|{_SAYS_SOMETHING}{_NO_NUMBER})"


class LineError(ProvisionError):
    """The text does not belong there."""


def says_nothing(text: str) -> bool:
    """Whether ``text`` only fills the field: no letter and no digit, or a word for nothing."""
    words = text.strip().casefold().rstrip(".!")
    return not any(map(str.isalnum, text)) or words in _BARE


def folded(text: str) -> str:
    """``text`` as it was meant, without blanks around it."""
    if text.isascii():
        return text.strip()
    composed = _SELECTORS.sub("", unicodedata.normalize("NFC", text)).translate(_APOSTROPHES)
    plain = (" " if unicodedata.category(char) == "Zs" else _plain(char) for char in composed)
    return "".join(plain).strip()


def _plain(char: str) -> str:
    """Letters and digits for a typographic form of them: ``fi`` for the ligature, ``IV`` for one
    sign."""
    if not UNPRINTED.match(char):
        return char
    form = unicodedata.normalize("NFKC", char)
    return char if UNPRINTED.search(form) else form


def line(text: str, limit: int) -> str:
    """One line that a letter can show and that says something.

    Raises LineError PV109, PV110, PV111, PV131 or PV139.
    """
    found = label(text, limit)
    if says_nothing(found):
        raise LineError(StandsForNothing(found=found))
    _refuse(CharacterIsNotPrinted(character=_point(c)) for c in UNPRINTED.findall(found))
    return found


def label(text: str, limit: int) -> str:
    """For phones and screens, which have more signs than a letter, and where short words do."""
    found = text_of(text, limit)
    if not any(map(str.isalnum, found)):
        raise LineError(StandsForNothing(found=found))
    return found


def text_of(text: str, limit: int) -> str:
    """Any text that is seen and Latin.  Raises LineError PV109, PV110 or PV111."""
    found = folded(text)
    if not found:
        raise LineError(EmptyText())
    if len(found) > limit:
        raise LineError(TextTooLong(limit=limit, length=len(found)))
    if not found.isascii() or not found.isprintable():
        _refuse(LetterNotAllowed(character=_point(c)) for c in found if not _latin(c))
    return found


def name(text: str, limit: int) -> str:
    """As :func:`line`, of a company, a provider or a place.  PV138 too."""
    found = line(text, limit)
    if _CALLED.fullmatch(found) or ("@" in found and " " not in found):
        raise LineError(NumberInsteadOfAName())
    return found


def provider(text: str, limit: int) -> str:
    """As :func:`name`; for nothing there is one word (R5).  PV208 too."""
    if text == UNKNOWN:
        return text
    if says_nothing(folded(text)) and text.strip():
        raise LineError(WriteUnknown(found=text))
    return name(text, limit)


def person(text: str, limit: int) -> str:
    """As :func:`name`, of a person: two letters or more.  PV133 too."""
    found = name(text, limit)
    if sum(map(str.isalpha, found)) < _LETTERS_OF_A_NAME:
        raise LineError(NoPersonsName())
    return found


def _latin(char: str) -> bool:
    """A Latin letter or a sign that is seen; no digit, letter or mark of another script."""
    if not char.isprintable() or char in UNSEEN:
        return False
    kind = unicodedata.category(char)
    if kind in {"Mn", "Me", "Mc"} or (kind == "Nd" and not char.isascii()):
        return False
    named = unicodedata.name(char, "").startswith(("LATIN", "FEMININE", "MASC", "MICRO"))
    return named or not (char.isalpha() or kind == "Nl")


def _point(char: str) -> str:
    return f"U+{ord(char):04X}"


def _refuse(found: Iterable[Code]) -> None:
    """Raises LineError with the first one."""
    for about in found:
        raise LineError(about)
