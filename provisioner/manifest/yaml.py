"""Strict reader for a small part of YAML, on libyaml's events.

Every scalar stays the string that was written: whether ``0441234567`` is a number and ``no`` a
country is the schema's business.  Refused is all that makes one text mean two things, or hides a
part of it from a reviewer: anchors, aliases, tags, merge keys, duplicate keys, several documents,
directives, control and invisible characters, line ends that some programs do not show, a text that
ends at a ``#``.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from provisioner.codes.fields import CommentCutsTheText
from provisioner.codes.files import FieldWrittenTwice
from provisioner.manifest.compose import Composer, Node
from provisioner.manifest.diagnostics import Diagnostic, InputError, Path, Place
from provisioner.manifest.shape import UNKNOWN, Shape
from provisioner.manifest.snippet import Piece, mask_parsed, mask_raw
from provisioner.manifest.text import Spot, Trouble, checked_text

_LOOKS_CUT = re.compile(r"[^\s#][ \t]+(#)(?=[^\s#]|[ \t]+\d)")
"""A comment is written ``# so``; ``#1`` and ``# 1`` belong to a name more often than not."""

MAX_SHOWN = 2_000
"""A longer line is not shown below a finding: nobody reads it, and masking it has its price."""


class Document:
    """A file as it was read: its data and, worked out only when asked for, where everything stands.

    It keeps the bytes, not what was made of them: thousands are held for the places of a few.
    ``shape`` says which values may be shown.
    """

    def __init__(self, file: str, source: bytes, shape: Shape = UNKNOWN) -> None:
        self.file = file
        self.source = source
        self.shape = shape

    def read(self) -> tuple[Any, tuple[Diagnostic, ...]]:
        """Its data, and all that the strict subset refuses.  Data is None if it is not whole."""
        text, troubles = checked_text(self.source)
        if troubles:
            return None, tuple(self._diagnose(t, parsed=False) for t in troubles)
        composer = Composer(text)
        data = composer.compose()
        parsed = composer.whole
        if parsed and _LOOKS_CUT.search(text):
            composer.troubles += self._cut_texts(text)
        if not composer.troubles:
            return data, ()
        return (
            data if parsed else None,
            tuple(self._diagnose(trouble, parsed=parsed) for trouble in composer.troubles),
        )

    def _cut_texts(self, text: str) -> Iterator[Trouble]:
        """Plain texts that a `` #`` ends in the middle, as far as one can tell: where people write
        freely and what follows does not begin as a comment does."""
        for number, line in enumerate(text.split("\n")):
            for found in _LOOKS_CUT.finditer(line) if "#" in line else ():
                end, spot = found.start() + 1, (number, found.start(1))
                for node in self._index.lines.get(number, ()):
                    if node.end != (number, end) or node.is_key or line[end - 1] in "\"'":
                        continue
                    if self.shape.is_free_text(node.path):
                        stop = (number, len(line.rstrip()))
                        yield Trouble(CommentCutsTheText(), spot, stop, node.path)

    @property
    def data(self) -> Any:
        """Mappings, lists and strings; None if it could not be parsed."""
        return self.read()[0]

    def span(self, path: Path) -> Place | None:
        """Where the value at ``path`` stands; the first line of it."""
        node = self._index.values.get(path)
        return self._place(node) if node else None

    def key_span(self, path: Path) -> Place | None:
        """Where the key of ``path`` stands."""
        node = self._index.keys.get(path)
        return self._place(node) if node else None

    def locate(self, path: Path) -> Place:
        """The best place for a remark on ``path``: a scalar, else a key, else what is around."""
        while path:
            node = self._index.values.get(path)
            if node and (node.is_scalar or path not in self._index.keys):
                return self._place(node)
            if path in self._index.keys:
                return self._place(self._index.keys[path])
            path = path[:-1]
        first = next(iter(self._index.nodes), None)
        if first is None:
            return self._at((0, 0), (0, 1), parsed=False)
        return self._place(first)

    def field(self, path: Path) -> Place:
        """The key of ``path``, for a remark on the field itself; else as :meth:`locate`."""
        node = self._index.keys.get(path)
        return self._place(node) if node else self.locate(path)

    @property
    def _index(self) -> "_Index":
        return _index(self)

    def _place(self, node: Node) -> Place:
        end = node.end
        if not node.is_scalar and end[0] != node.start[0]:
            on_line = self._index.lines.get(node.start[0], ())
            end = next((n.end for n in on_line if n.is_key and n.start == node.start), end)
        return self._at(node.start, end, parsed=True)

    def _at(self, start: Spot, end: Spot, *, parsed: bool) -> Place:
        line, column = start
        lines = _lines(self.source)
        written = lines[line] if line < len(lines) else ""
        stop = end[1] if end[0] == line else len(written.rstrip())
        return Place(
            self.file,
            line + 1,
            column + 1,
            max(stop, column + 1) + 1,
            self._shown(line, written, parsed=parsed),
        )

    def _shown(self, line: int, written: str, *, parsed: bool) -> str:
        if len(written) > MAX_SHOWN:
            return ""
        if not parsed:
            return mask_raw(written, self.shape.names)
        pieces = []
        for node in self._index.lines.get(line, ()):
            start = node.start[1] if node.start[0] == line else 0
            stop = node.end[1] if node.end[0] == line else len(written)
            inside = written[start:stop]
            shown = node.start[0] == node.end[0] and (
                self.shape.shows_key(node.path)
                if node.is_key
                else self.shape.shows(node.path, inside.strip("\"'"))
            )
            pieces.append(Piece(start, stop, shown))
        return mask_parsed(written, pieces)

    def _diagnose(self, trouble: Trouble, *, parsed: bool) -> Diagnostic:
        related: tuple[Place, ...] = ()
        if isinstance(trouble.about, FieldWrittenTwice) and trouble.path in self._index.keys:
            first = self._index.keys[trouble.path]
            related = (self._at(first.start, first.end, parsed=parsed),)
        return Diagnostic.of(
            trouble.about,
            path=self.shape.shown_path(trouble.path or ()),
            place=self._at(trouble.start, trouble.end, parsed=parsed),
            related=related,
        )


@lru_cache(maxsize=4)
def _lines(source: bytes) -> list[str]:
    return source.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")


class _Index:
    """Where everything in a document stands; as far as it can be parsed."""

    def __init__(self, source: bytes) -> None:
        self.nodes: list[Node] = []
        text, troubles = checked_text(source)
        if not troubles:
            Composer(text, nodes=self.nodes).compose()
        self.values = {node.path: node for node in self.nodes if not node.is_key}
        self.keys = {node.path: node for node in reversed(self.nodes) if node.is_key}
        self.lines: dict[int, list[Node]] = {}
        """Scalars by line."""
        for node in self.nodes:
            if node.is_scalar:
                for line in range(node.start[0], node.end[0] + 1):
                    self.lines.setdefault(line, []).append(node)


@lru_cache(maxsize=32)
def _index(document: Document) -> _Index:
    """Kept for a few documents only: it is many times larger than the file."""
    return _Index(document.source)


def read_yaml(data: bytes, file: str, shape: Shape = UNKNOWN) -> Document:
    """The document in ``data``.  Raises InputError with all that the strict subset refuses."""
    document = Document(file, data, shape)
    troubles = document.read()[1]
    if troubles:
        raise InputError(troubles)
    return document
