"""The catalogue: every sentence that people read, by code or key, in each of ``LANGUAGES``.

English is the meaning and comes with the code; where another language lacks a text, the English
one is shown.  A code has a table in the file of its family, its rule (``R9``) in English alone.
The interface's own words are in ``ui.toml``; a feature with many of them has a file of its own,
``ui-poa.toml`` for the keys ``poa.*``, so that a command reads only what it shows.  Help has
``help.toml``, in the languages that are not written beside the commands.  Texts hold
placeholders, ``{name}``, that are filled from parameters; ``{date:day}``, ``{digits:number}``,
``{rappen:money}``, ``{state:word}`` and ``{kind:kind}`` show them in the way people write them.
``{{`` is a brace.  Values are made visible before they get into a sentence.

A wrong catalogue is for the tests to find: a user sees the code and its parameters instead.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast, get_args

from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_date, show_moment, show_money, show_number

Language = Literal["en", "de", "fr", "it"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Params = Mapping[str, str | int]

FAMILIES = {
    "0": "0-files",
    "1": "1-fields",
    "2": "2-telephony",
    "3": "3-secrets",
    "4": "4-policy",
    "5": "5-systems",
    "6": "6-systems",
    "7": "7-review",
    "8": "8-phones",
    "9": "9-internal",
}
"""File of a code by its first digit."""

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([a-z_]+)(?::([a-z]+))?\}")


def pick_language(candidates: Sequence[str]) -> Language:
    """The first of ``candidates`` that names a language we have, else English.

    In falling order of rank: ``--lang``, PROVISION_LANG, LC_ALL, LC_MESSAGES, LANG.  ``C`` is the
    wish for no language in particular and ends the search; empty ones and Romansh do not.
    """
    for candidate in candidates:
        name = re.split(r"[_.@:-]", candidate.strip().lower(), maxsplit=1)[0]
        if name in {"c", "posix"}:
            return "en"
        if name in LANGUAGES:
            return cast("Language", name)
    return "en"


def package_texts() -> Path:
    """Folder of the catalogue that comes with the package."""
    return Path(__file__).with_name("catalogue")


def placeholders(text: str) -> frozenset[str]:
    """Names of the parameters that ``text`` needs."""
    return frozenset(found[1] for found in _PLACEHOLDER.finditer(text) if found[1])


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[tuple[str, str, str], ...]:
    """``text`` taken apart: each literal, the name behind it and its style; they may be empty."""
    text = text.strip()
    found, start, literal = [], 0, ""
    for each in _PLACEHOLDER.finditer(text):
        literal += text[start : each.start()]
        start = each.end()
        if each[1] is None:
            literal += each[0][0]
        else:
            found.append((literal, each[1], each[2] or ""))
            literal = ""
    return (*found, (literal + text[start:], "", ""))


_HEAD = re.compile(r"^\[([\w-]+)", re.MULTILINE)
"""What begins a table; a line of a text that goes over several never begins so."""


class _Tables(Mapping[str, Any]):
    """A file's tables, each read when it is asked for: of a hundred a command shows a few.

    One that is not TOML is not there.
    """

    def __init__(self, text: str) -> None:
        heads = list(_HEAD.finditer(text))
        starts = [*(head.start() for head in heads), len(text)]
        self._read = _toml(text[: starts[0]])
        self._texts: dict[str, str] = {}
        for head, (start, end) in zip(heads, pairwise(starts), strict=True):
            self._texts[head[1]] = self._texts.get(head[1], "") + text[start:end]

    def __getitem__(self, name: str) -> Any:
        if name not in self._read and name in self._texts:
            self._read |= _toml(self._texts[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._read, **self._texts})

    def __len__(self) -> int:
        return len({**self._read, **self._texts})


def _toml(text: str) -> dict[str, Any]:
    import tomllib  # help in English shows nothing of a catalogue

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


_READ: dict[tuple[str, str, str], Mapping[str, Any]] = {}
"""Files of catalogues, by folder, language and name; each is read once in a process."""


def _file(root: Path, language: str, name: str) -> Mapping[str, Any]:
    at = str(root), language, name
    if at not in _READ:
        try:
            _READ[at] = _Tables((root / language / f"{name}.toml").read_text("utf-8"))
        except (OSError, UnicodeDecodeError):
            _READ[at] = {}
    return _READ[at]


class Catalogue:
    """The texts in one language.  No method raises, whatever the code or the parameters."""

    def __init__(self, language: Language, codes: Path | None = None) -> None:
        """``codes`` is another folder for the codes' texts, as a test may want."""
        self.language = language
        self._root = package_texts()
        self._codes = codes or self._root
        self._known: dict[str, Any] = {}

    def codes(self) -> list[str]:
        """All codes that have a text, sorted."""
        return sorted(code for name in FAMILIES.values() for code in self._file("en", name))

    def title(self, code: str) -> str:
        """The code in a few words, without parameters; an empty string if it is unknown."""
        return self._entry(code, "title") or ""

    def text(self, code: str, params: Params) -> str:
        """What is wrong, in a sentence; of an unknown code its parameters."""
        found = self._entry(code, "text")
        if found is None:
            shown = " ".join(f"{name}={visible(str(value))}" for name, value in params.items())
            return f"{visible(code)} {shown}".rstrip()
        if params.get("found") == "":  # what was found would not be seen
            params = {**params, "found": '""'}
        return self._fill(found, params)

    def help(self, code: str, params: Params) -> str | None:
        """What to do about it; None if there is nothing useful to say."""
        found = self._entry(code, "help")
        if found is None:
            return None
        if any(params.get(name) in {"", None} for name in placeholders(found)):
            other = self._entry(code, "help_else")
            if other is not None:
                return self._fill(other, params)
            if any(params.get(name) == "" for name in placeholders(found)):
                return None
        return self._fill(found, params)

    def explain(self, code: str) -> str:
        """The long explanation, paragraphs separated by empty lines; empty if unknown."""
        return (self._entry(code, "explain") or "").strip()

    def rule(self, code: str) -> str | None:
        """The rule of the manual that the code stands for (``R9``), if any."""
        return self._entry(code, "rule")

    def ui(self, key: str, **params: str | int) -> str:
        """A word of the interface: ``plan.nothing``.  ``count`` chooses between one and other."""
        if key not in self._known:
            found = self._ui(self.language, key)
            self._known[key] = self._ui("en", key) if found is None else found
        found = self._known[key]
        if isinstance(found, str):
            return self._fill(found, params)
        if isinstance(found, Mapping) and "other" in found:
            found = found["one" if params.get("count") == 1 and "one" in found else "other"]
        return self._fill(found, params) if isinstance(found, str) else visible(key)

    def _ui(self, language: str, key: str) -> Any:
        """What stands under a key of the interface; None if there is nothing."""
        first, *rest = key.split(".")
        found = self._file(language, "ui").get(first)
        if found is None:
            found = self._file(language, f"ui-{first}") or None
        for part in rest:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def help_texts(self) -> Mapping[str, Any]:
        """What commands and options say in their help; empty in English, which stands with them."""
        return {} if self.language == "en" else self._file(self.language, "help")

    def name(self, key: str, otherwise: str) -> str:
        """The word under a key of the interface that is put together; ``otherwise`` if none is."""
        found = self.ui(key)
        return otherwise if found == visible(key) else found

    def word(self, value: str) -> str:
        """A state, a reason or an event in the language; the value itself if it has no word."""
        for language in (self.language, "en"):
            found = self._file(language, "ui").get("word", {}).get(value)
            if found is not None:
                return str(found)
        return visible(value)

    def day(self, day: date) -> str:
        """``Tue 01.12.2026``, the weekday in the language."""
        return show_date(day, self.ui("weekdays").split())

    def _entry(self, code: str, key: str) -> str | None:
        """A text of a code, in English where the language has none."""
        name = FAMILIES.get(code[2:3], "")
        for language in (self.language, "en") if name else ():
            entry = self._file(language, name).get(code)
            if isinstance(entry, Mapping) and key in entry:
                return str(entry[key])
        return None

    def _file(self, language: str, name: str) -> Mapping[str, Any]:
        """One file of the catalogue; empty if it is not there or not TOML."""
        return _file(self._root if name.startswith("ui") else self._codes, language, name)

    def _fill(self, text: str, params: Params) -> str:
        filled = ""
        for literal, name, style in _pieces(text):
            filled += literal
            if not name:
                continue
            if name in params:
                value = params[name]
                filled += self._show(value, style) if style else visible(str(value))
            else:  # as it stands in the catalogue
                filled += f"{{{name}:{style}}}" if style else f"{{{name}}}"
        return filled

    def _show(self, value: str | int, style: str) -> str:
        shown = visible(str(value))
        match style:
            case "day":
                try:
                    return self.day(date.fromisoformat(shown))
                except ValueError:
                    return shown
            case "moment":
                try:
                    return show_moment(datetime.fromisoformat(shown), self.ui("weekdays").split())
                except ValueError:
                    return shown
            case "number":
                return show_number(shown) if re.fullmatch(r"0\d{6,9}", shown) else shown
            case "money":
                return show_money(value) if isinstance(value, int) else shown
            case "word":
                return self.word(str(value))
            case "kind":
                return self.name(f"kind.{value}", shown)
            case "system":
                return self.name(f"system.{value}", shown)
            case _:
                return shown
