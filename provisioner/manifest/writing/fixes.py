"""What has exactly one safe remedy, and how it is carried out (``provision validate --fix``).

A remedy is safe if nobody could have meant anything else: a spelling, a word in another case, a
line that can only say one thing.  What needs a decision, as a login with an umlaut or a date that
is no working day, has none.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from provisioner.codes import Code
from provisioner.codes.fields import (
    CommentCutsTheText,
    DomainNotInASCII,
    FieldMissing,
    NeitherTrueNorFalse,
    NoDate,
    NoEMailAddress,
    NoPostcode,
    NoTimeOfDay,
    NoValidUID,
    NullIsNoValue,
    UnknownField,
    ValueMissing,
    ValueNotAllowed,
)
from provisioner.codes.files import WindowsOrOldMacLineEnds
from provisioner.codes.phones import MacMisspelled
from provisioner.codes.telephony import (
    BlockMisspelled,
    NotAFixedLineAreaCode,
    NoTelephoneNumber,
    NumberMisspelled,
    WriteUnknown,
)
from provisioner.manifest.diagnostics import Diagnostic, Path, Place
from provisioner.manifest.models import Manifest
from provisioner.manifest.portal import ours_for
from provisioner.manifest.shape import field_name, shape_of
from provisioner.manifest.writing.fields import Fields, fields_of
from provisioner.manifest.writing.scalars import spelled
from provisioner.manifest.writing.tree import Collection, Entry, Scalar, Tree, parse_tree, walk
from provisioner.manifest.yaml import Document

_DOTTED_DATE = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?(20[0-9]{2})")
_HOURS = re.compile(
    r"(?P<quote>[\"']?)(\d{1,2})(?:\s?[:.h]\s?(\d{2})(?:\s?(?:h|Uhr))?|\s?(?:h|Uhr))(?P=quote)",
    re.ASCII | re.IGNORECASE,
)
_TRUTHS = {"true": "true", "yes": "true", "on": "true", "ja": "true", "oui": "true", "si": "true"}
_TRUTHS |= {"false": "false", "no": "false", "off": "false", "nein": "false", "non": "false"}


_LEAVES_THE_REST = (ValueMissing, NullIsNoValue, CommentCutsTheText)
"""What the reader refuses at one place, without a doubt about what all others say."""
_MAX_ALONE = 50


class What(Enum):
    """What a fix writes."""

    VALUE = "value"
    NAME = "name"
    VERSION = "version"
    LINE_ENDS = "line_ends"


@dataclass(frozen=True, slots=True)
class Fix:
    """One remedy. If it is ``personal``, ``before`` and ``after`` are for the file only."""

    code: str
    place: Place
    what: What
    path: Path = ()
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    personal: bool = False


class Source:
    """A file that findings are about, as far as it can be read."""

    def __init__(self, file: str, data: bytes, model: type[BaseModel] = Manifest) -> None:
        self.file = file
        self.data = data
        self.model = model

    @cached_property
    def text(self) -> str:
        """Its text; empty if it is none."""
        return self.data.decode("utf-8", "replace").removeprefix("\ufeff")

    @cached_property
    def read(self) -> Any:
        """Its data; None if the strict reader refuses it for more than a value that is missing."""
        return _read(self.file, self.data, self.model)

    @cached_property
    def tree(self) -> Tree | None:
        return None if self.read is None else parse_tree(self.text)

    @cached_property
    def entries(self) -> Mapping[Path, Entry]:
        """By the names that findings have, whatever spelling the file has."""
        found = walk(self.tree.root) if self.tree else ()
        return {path if entry.key is None else _ours(path): entry for path, entry in found}

    @property
    def fields(self) -> Fields:
        return fields_of(self.model)

    def value(self, path: Path) -> str | None:
        """The text of the scalar at ``path``."""
        entry = self.entries.get(path)
        return entry.value.value if entry and isinstance(entry.value, Scalar) else None


def fix_for(diagnostic: Diagnostic, source: Source) -> Fix | None:
    """The remedy of ``diagnostic``, a finding in ``source``; None if people have to decide."""
    what, remedy = FIXABLE.get(diagnostic.code, (What.VALUE, None))
    if remedy is None or diagnostic.place is None:
        return None
    if what is What.LINE_ENDS:
        alone = "\r" in source.text.replace("\r\n", "")
        return None if alone else Fix(diagnostic.code, diagnostic.place, what)
    path = diagnostic.path
    if what is What.VERSION:
        root = source.tree.root if source.tree else None
        if path or "version" in (source.read or {}) or not _is_block(root):
            return None
        return Fix(diagnostic.code, diagnostic.place, what, after="version: 1")
    before = source.value(path) if what is What.VALUE else str(path[-1]) if path else None
    if before is None or path not in source.entries:
        return None
    after = remedy(before, path, source)
    if not after or after == before:
        return None
    if what is What.NAME and (*path[:-1], after) in source.entries:
        return None
    personal = what is What.VALUE and not source.fields.shows(path, before)
    return Fix(diagnostic.code, diagnostic.place, what, path, before, after, personal)


def fixed_text(source: Source, fixes: Iterable[Fix]) -> str | None:
    """The text with ``fixes`` carried out; None if it would not say exactly what they say."""
    text = source.text
    splices: dict[tuple[int, int], str] = {}
    wanted = source.read
    for fix in fixes:
        if fix.what is What.LINE_ENDS:
            return text.replace("\r\n", "\n")
        if not _still_there(fix, source):
            return None
        if fix.what is What.VERSION:
            at = _first_line(source)
            splices[at, at] = f"{fix.after}\n"
            wanted = {**wanted, "version": "1"}
            continue
        entry = source.entries[fix.path]
        flow = _in_flow(source, fix.path)
        wanted = _with(wanted, fix.path, fix.after, rename=fix.what is What.NAME)
        if fix.what is What.NAME and entry.key:
            splices[entry.key.start, entry.key.end] = fix.after
        elif isinstance(entry.value, Scalar):
            new = Scalar(fix.after)
            written = spelled(fix.after, source.fields.kinds(fix.path, new), flow=flow)
            splices[entry.value.start, entry.value.end] = written
    for (start, end), new_text in sorted(splices.items(), reverse=True):
        text = text[:start] + new_text + text[end:]
    return text if _read(source.file, text.encode(), source.model) == wanted else None


def carried_out(source: Source, fixes: Sequence[Fix]) -> tuple[str, list[Fix]]:
    """The text with as many of ``fixes`` as can be, and which they are: one that does not fit
    keeps no other from being made."""
    made = fixed_text(source, fixes)
    if made is not None:
        return made, list(fixes)
    made = source.text
    done: list[Fix] = []
    for fix in fixes[:_MAX_ALONE]:
        more = fixed_text(source, [*done, fix])
        if more is not None:
            made, done = more, [*done, fix]
    return made, done


def _read(file: str, data: bytes, model: type[BaseModel]) -> Any:
    found, troubles = Document(file, data, shape_of(model)).read()
    return found if all(trouble.says(*_LEAVES_THE_REST) for trouble in troubles) else None


def _still_there(fix: Fix, source: Source) -> bool:
    """Whether the file says what the finding was about; somebody may have saved it since."""
    if fix.what is What.VERSION:
        return "version" not in (source.read or {"version": ""})
    entry = source.entries.get(fix.path)
    if entry is None:
        return False
    said = entry.key if fix.what is What.NAME else entry.value
    return isinstance(said, Scalar) and said.value == fix.before


def _is_block(root: object) -> bool:
    return isinstance(root, Collection) and root.mapping and not root.flow and bool(root.entries)


def _first_line(source: Source) -> int:
    """Offset of the first field's line, or of the comment that belongs to it."""
    root = source.tree.root if source.tree else None
    assert isinstance(root, Collection)  # noqa: S101 - fix_for has seen it
    first = root.entries[0]
    at = source.text.rfind("\n", 0, first.key.start if first.key else 0) + 1
    for _ in first.leading:
        at = source.text.rfind("\n", 0, max(at - 1, 0)) + 1
    return at


def _in_flow(source: Source, path: Path) -> bool:
    """Whether the entry at ``path`` stands inside brackets or braces."""
    for length in range(1, len(path)):
        entry = source.entries.get(path[:length])
        if entry and isinstance(entry.value, Collection) and entry.value.flow:
            return True
    root = source.tree.root if source.tree else None
    return isinstance(root, Collection) and root.flow


def _with(data: Any, path: Path, new: str, *, rename: bool) -> Any:
    """``data`` with ``new`` at ``path``, or as the name of the field there."""
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        return [
            _with(v, rest, new, rename=rename) if at == step and rest else new if at == step else v
            for at, v in enumerate(data)
        ]
    if rest:
        return {**data, step: _with(data[step], rest, new, rename=rename)}
    if rename:
        return {new if name == step else name: value for name, value in data.items()}
    return {**data, step: new}


def _respelled(text: str, path: Path, source: Source) -> str:
    return source.fields.spelling(path, text)


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.strip().casefold())


def _only(text: str, allowed: Iterable[str]) -> str:
    """The one of ``allowed`` that differs from ``text`` in case and separators at most."""
    same = [name for name in allowed if _folded(name) == _folded(text)]
    return same[0] if len(same) == 1 else ""


def _choice(text: str, path: Path, source: Source) -> str:
    allowed = source.fields.choices(path)
    return _only(text, allowed) or ours_for(text, allowed)


def _name(text: str, path: Path, source: Source) -> str:
    ours = field_name((*path[:-1], text.casefold()))
    return _only(ours, source.fields.fields(path[:-1]))


def _ours(path: Path) -> Path:
    return (*path[:-1], field_name(path))


def _truth(text: str, _path: Path, _source: Source) -> str:
    return _TRUTHS.get(text.casefold(), "")


def day_meant(text: str) -> str:
    """``1.3.2027`` as ``2027-03-01``: with dots the day comes first, everywhere where it is written
    so.  Empty if it is no such date."""
    found = _DOTTED_DATE.fullmatch(text)
    if not found:
        return ""
    day, month, year = map(int, found.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def time_meant(text: str) -> str:
    """``9.00``, ``9 Uhr`` or ``"9:00"`` as ``09:00``.  Empty if it is no such time."""
    found = _HOURS.fullmatch(text)
    if not found or int(found[2]) > 23 or int(found[3] or 0) > 59:
        return ""
    return f"{int(found[2]):02}:{found[3] or '00'}"


def _constant(text: str) -> Callable[[str, Path, Source], str]:
    return lambda _text, _path, _source: text


_REMEDIES: Mapping[type[Code], tuple[What, Callable[[str, Path, Source], str]]] = {
    WindowsOrOldMacLineEnds: (What.LINE_ENDS, _constant("")),
    FieldMissing: (What.VERSION, _constant("version: 1")),
    UnknownField: (What.NAME, _name),
    ValueNotAllowed: (What.VALUE, _choice),
    NeitherTrueNorFalse: (What.VALUE, _truth),
    NoDate: (What.VALUE, lambda text, _path, _source: day_meant(text)),
    NoTimeOfDay: (What.VALUE, lambda text, _path, _source: time_meant(text)),
    NoPostcode: (What.VALUE, _respelled),
    NoValidUID: (What.VALUE, _respelled),
    NoEMailAddress: (What.VALUE, _respelled),
    DomainNotInASCII: (What.VALUE, _respelled),
    NumberMisspelled: (What.VALUE, _respelled),
    NotAFixedLineAreaCode: (What.VALUE, _respelled),
    BlockMisspelled: (What.VALUE, _respelled),
    NoTelephoneNumber: (What.VALUE, _respelled),
    MacMisspelled: (What.VALUE, _respelled),
    WriteUnknown: (What.VALUE, _constant("unknown")),
}
FIXABLE = {kind.code: remedy for kind, remedy in _REMEDIES.items()}
"""Which codes have a remedy; whether a finding with one of them has it depends on what stands
there."""
