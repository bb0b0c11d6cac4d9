"""One edit of many manifests: which of them, what becomes of each, and what would be wrong then."""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from ruamel.yaml.comments import CommentedMap

from provisioner.codes import Severity
from provisioner.codes.edits import ExpressionMisspelled, NothingFits, NothingFitsTogether
from provisioner.errors import PolicyError
from provisioner.manifest.diagnostics import Diagnostic, InputError, Path, Place
from provisioner.manifest.entry import Entry
from provisioner.manifest.files import Folder, Instead
from provisioner.manifest.models import Manifest
from provisioner.manifest.repository import Workspace, load_workspace
from provisioner.manifest.snippet import MASKED
from provisioner.manifest.text import checked_text
from provisioner.manifest.writing import expressions
from provisioner.manifest.writing.expressions import FIELD, FIELD_VALUE, Places
from provisioner.manifest.writing.fields import Fields, fields_of
from provisioner.manifest.writing.roundtrip import edit
from provisioner.manifest.yaml import read_yaml
from provisioner.spelling import nearest

RESELLER, CUSTOMER = "reseller", "customer"
_MOST = 20
"""So many values are named of those that would have fitted."""


@dataclass(frozen=True)
class Said:
    """A manifest as it is asked."""

    entry: Entry

    @cached_property
    def data(self) -> Any:
        """What it says as JSON, defaults too."""
        return self.entry.manifest.model_dump(mode="json", by_alias=True, exclude_none=True)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a manifest has to be: ``text`` as it was asked, without what may not be shown."""

    text: str
    value: str
    places: Places | None = None
    """None: of whom it is, as the file's name says."""

    @classmethod
    def parse(cls, text: str, fields: Fields) -> "Filter":
        """``FIELD=VALUE``.  Raises PolicyError PV162, PV163."""
        name, value = expressions.assigned(text)
        if name in (RESELLER, CUSTOMER):
            return cls(f"{name}={value}", value)
        found = expressions.places(name, fields, form=FIELD_VALUE, others=(RESELLER, CUSTOMER))
        expressions.check_value(name, found, fields)
        shown = value if fields.shows(found.shape, value) else MASKED
        asked = f"{found.shown(name, fields)}={shown}"
        return cls(asked, fields.spelling(found.shape, value), found)

    @property
    def reseller(self) -> str | None:
        """The one reseller that it names."""
        whole = self.places is None and self.text.startswith(RESELLER)
        return self.value if whole and not set("*?[") & set(self.value) else None

    def values(self, said: Said) -> Iterable[str]:
        if self.places is not None:
            return self.places.values(said.data)
        entry = said.entry
        return [entry.reseller if self.text.startswith(RESELLER) else str(entry.customer)]

    def fits(self, said: Said) -> bool:
        if self.places is None:
            return any(fnmatchcase(value, self.value) for value in self.values(said))
        return self.value in self.values(said)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to stand at some places; ``value`` is None where nothing is."""

    text: str
    places: Places
    value: Any = None

    @classmethod
    def setting(cls, text: str, fields: Fields) -> "Change":
        """``FIELD=VALUE``; lists and groups as in a manifest, on one line.

        Raises PolicyError PV162, PV163, and InputError for a value that YAML cannot hold.
        """
        name, value = expressions.assigned(text)
        found = expressions.places(name, fields, form=FIELD_VALUE)
        data = value.encode("utf-8", "surrogateescape")
        if expressions.takes_several(found, fields) and value[:1] in ("{", "["):
            return cls(found.shown(name, fields), found, read_yaml(data, "--set").data)
        expressions.check_value(name, found, fields)
        troubles = [Diagnostic.of(t.about, place=_place(t.start[1])) for t in checked_text(data)[1]]
        if troubles:
            raise InputError(troubles)
        return cls(found.shown(name, fields), found, fields.spelling(found.shape, value))

    @classmethod
    def unsetting(cls, text: str, fields: Fields) -> "Change":
        """``FIELD``.  Raises as :meth:`setting`."""
        found = expressions.places(text, fields, form=FIELD)
        if text.endswith("]"):  # what leaves a list, leaves by its own name
            raise PolicyError(ExpressionMisspelled(found=text, form=FIELD))
        return cls(found.shown(text, fields), found)

    def open(self, said: Any) -> list[Path]:
        """Where there is something to do in one manifest."""
        return [path for path, value in self.places.within(said) if self._differs(value)]

    def _differs(self, value: Any) -> bool:
        if self.value is None:
            return value is not None
        return not isinstance(self.value, str) or expressions.text_of(value) != self.value

    def carry_out(self, said: Any, data: CommentedMap) -> None:
        for path in self.open(said):
            if self.value is None:
                _remove(data, path)
            else:
                _put(data, said, path, self.value)


def _place(column: int) -> Place:
    return Place("--set", 1, column + 1, column + 2)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of the manifests that fit: those that differ, by file, and how many do not."""

    texts: Mapping[str, tuple[bytes, bytes]] = field(repr=False)
    """Before and after."""
    same: int


def edit_many(workspace: Workspace, filters: Sequence[Filter], changes: Sequence[Change]) -> Made:
    """``changes`` in all manifests that fit ``filters``.

    Raises PolicyError PV160 or PV161 for what fits nothing at all.
    """
    fitting = _fitting([Said(entry) for entry in workspace.entries.values()], filters)
    for change in changes:
        if not any(change.places.within(said.data) for said in fitting):
            raise _nothing(change.text, change.places, "", fitting)
    texts: dict[str, tuple[bytes, bytes]] = {}
    for said in fitting:
        if any(each.open(said.data) for each in changes):
            before = said.entry.document.source
            after = _changed(before, said.data, changes)
            if after != before.removeprefix(BOM_UTF8):
                texts[said.entry.file] = before, after
    return Made(texts, len(fitting) - len(texts))


def _changed(before: bytes, said: Any, changes: Sequence[Change]) -> bytes:
    def change(data: CommentedMap) -> None:
        for each in changes:
            each.carry_out(said, data)

    return edit(before.decode(), change).encode()


def new_errors(workspace: Workspace, made: Made) -> list[Diagnostic]:
    """What would be wrong with the manifests of ``workspace`` that is not wrong now."""
    texts = {file: after for file, (_, after) in made.texts.items()}
    then = load_workspace(workspace.root, Instead(Folder(workspace.root), texts))
    before = set(map(_same, _errors(workspace)))
    return [then.locate(each) for each in _errors(then) if _same(each) not in before]


def _errors(workspace: Workspace) -> Iterator[Diagnostic]:
    return (each for each in workspace.findings if each.severity is Severity.ERROR)


def _same(each: Diagnostic) -> tuple[Any, ...]:
    """Equal for an error that only stands on another line."""
    return each.code, each.customer, each.path, *sorted(each.params.items())


def _fitting(everyone: Sequence[Said], filters: Sequence[Filter]) -> Sequence[Said]:
    fits = {each: [said for said in everyone if each.fits(said)] for each in filters}
    for each, alone in fits.items():
        if not alone:
            raise _nothing(each.text, each.places, each.value, everyone, each)
    found = [said for said in everyone if all(each.fits(said) for each in filters)]
    if not found:
        asked = ", ".join(each.text for each in fits)
        counts = ", ".join(f"{each.text} ({len(alone)})" for each, alone in fits.items())
        raise PolicyError(NothingFitsTogether(asked=asked, counts=counts))
    return found


def _nothing(
    asked: str,
    where: Places | None,
    value: str,
    among: Sequence[Said],
    asking: Filter | None = None,
) -> PolicyError:
    """That nothing fits, and what would: at the first place where it fails."""
    fields = fields_of(Manifest)
    for narrowed, wanted in where.narrowings() if where else ():
        if not any(wanted in narrowed.values(said.data) for said in among):
            where, value, asking = narrowed, wanted, None
            break
    listed: Iterable[Iterable[str]]
    if asking is not None:
        listed = (asking.values(said) for said in among)
    else:
        listed = (where.values(said.data) for said in among if where is not None)
    counts = Counter(one for values in listed for one in values)
    if where is not None:
        shown = [one for one, _ in counts.most_common() if fields.shows(where.shape, one)]
    else:
        shown = sorted(counts)
    near = nearest(value, shown) if value else ""
    more = ["…"] if len(shown) > _MOST else []
    known = ", ".join([*shown[:_MOST], *more]) or (MASKED if counts else "-")
    return PolicyError(NothingFits(asked=asked, known=known, near=near))


def _put(data: Any, said: Any, path: Path, value: Any) -> None:
    """``value`` at ``path``. What is above it and not written, begins as what is ``said`` there."""
    for step in path[:-1]:
        try:
            said = said[step]
        except (KeyError, TypeError):
            said = None
        if isinstance(data, dict) and not isinstance(data.get(step), dict | list):
            data[step] = CommentedMap(said if isinstance(said, dict) else {})
        data = data[step]
    data[path[-1]] = value


def _remove(data: Any, path: Path) -> None:
    """Nothing where only a default is."""
    for step in path[:-1]:
        data = data.get(step) if isinstance(data, dict) else data[step]
        if not isinstance(data, dict | list):
            return
    data.pop(path[-1], None)
