"""Strict reader for a small part of YAML, on libyaml's events.

Every scalar stays the string that was written: whether ``0441234567`` is a number and ``no`` a
country is the schema's business.  Refused is all that makes one text mean two things, or hides a
part of it from a reviewer: anchors, aliases, tags, merge keys, duplicate keys, several documents,
directives, control and invisible characters, line ends that some programs do not show.  Nothing is
ever expanded, so a hostile file costs no more than its size.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from provisioner.codes import Code
from provisioner.codes.fields import ValueMissing
from provisioner.codes.files import (
    AnchorOrAlias,
    BracketNotClosed,
    CharacterNotAllowed,
    ColonInsideAText,
    ColonMissing,
    EmptyFile,
    FieldNameIsNoText,
    FieldWrittenTwice,
    MergeKey,
    NestedTooDeeply,
    NotValidYAML,
    QuoteNotClosed,
    SeveralDocuments,
    Tab,
    Tag,
    TextNeedsQuotes,
    TooManyValues,
    WrongIndentation,
    YAMLDirective,
)
from provisioner.manifest.diagnostics import Diagnostic, InputError, Path, Place
from provisioner.manifest.shape import OTHER_SPELLINGS, UNKNOWN, Shape, field_name
from provisioner.manifest.snippet import Piece, mask_parsed, mask_raw
from provisioner.manifest.text import Spot, Trouble, checked_text, refused_characters

MAX_DEPTH = 12
MAX_NODES = 20_000
MAX_TROUBLES = 50
MAX_SHOWN = 2_000
"""A longer line is not shown below a finding: nobody reads it, and masking it has its price."""

# libyaml's words for what people do wrong most often, and the code that has a remedy for it
_SYNTAX = (
    ("found character that cannot start any token", Tab),
    ("found character '\\t'", Tab),
    ("found a tab character", Tab),
    ("mapping values are not allowed", ColonInsideAText),
    ("could not find expected ':'", ColonMissing),
    ("found unexpected end of stream", QuoteNotClosed),
    ("did not find expected ','", BracketNotClosed),
    ("did not find expected node content", BracketNotClosed),
    ("did not find expected", WrongIndentation),
)

_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*%")


class Node(NamedTuple):
    """Where a key or a value stands, from 0; ``end`` is behind its last character."""

    path: Path
    is_key: bool
    is_scalar: bool
    start: Spot
    end: Spot


def _parser(text: str) -> Any:
    """libyaml's event parser, or the pure one where PyYAML was built without it."""
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return loader(text)


@dataclass(slots=True)
class _Composer:
    """One pass over the events: data, what is wrong with it and, if asked, where everything is."""

    text: str
    nodes: list[Node] | None = None
    troubles: list[Trouble] = field(default_factory=list)
    whole: bool = False
    """The end was reached: ``data`` is all that was written."""

    def compose(self) -> Any:
        if directive := _DIRECTIVE.match(self.text):
            line = directive[0].count("\n")
            self.troubles.append(Trouble(YAMLDirective(), (line, 0), (line, 1)))
            return None
        try:
            return self._compose()
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
        except yaml.YAMLError:
            self.troubles.append(Trouble(NotValidYAML(), (0, 0), (0, 1)))
        return None

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        problem = error.problem or ""
        kind: type[Code] = next((kind for words, kind in _SYNTAX if words in problem), NotValidYAML)
        mark = error.problem_mark
        if kind is QuoteNotClosed:  # where it began says more than the end of the file
            mark = error.context_mark or mark
        spot = (mark.line, mark.column) if mark else (0, 0)
        if kind is Tab and self.text.split("\n")[spot[0]][spot[1] : spot[1] + 1] != "\t":
            kind = TextNeedsQuotes
        self.troubles.append(Trouble(kind(), spot, (spot[0], spot[1] + 1)))

    def _compose(self) -> Any:  # noqa: C901, PLR0912, PLR0915 - one loop, the hot path of every command
        get = _parser(self.text).get_event
        nodes = self.nodes
        root: list[Any] = []
        box: Any = root
        key: str | None = None
        in_map = False
        stack: list[tuple[Any, bool, str | None]] = []
        count = 0
        while (event := get()) is not None:
            kind = type(event)
            if kind is ScalarEvent or kind is AliasEvent:
                count += 1
                if kind is AliasEvent:
                    value = ""
                    self._trouble(AnchorOrAlias(), event)
                else:
                    value = event.value
                    if event.anchor is not None:
                        self._trouble(AnchorOrAlias(), event)
                    if event.tag is not None:
                        self._trouble(Tag(), event)
                    if event.style == '"' and not value.isprintable():
                        self._escapes(event)
                if not in_map:
                    box.append(value)
                elif key is None:
                    key = value
                    if key in OTHER_SPELLINGS:
                        key = field_name(_path(stack, box, key))
                    if key in box:
                        self._trouble(FieldWrittenTwice(), event, _path(stack, box, key))
                    if key == "<<":
                        self._trouble(MergeKey(), event)
                    if nodes is not None:
                        nodes.append(_node(_path(stack, box, key), event, is_key=True))
                    continue
                else:
                    box[key] = value
                if not value and kind is ScalarEvent and not event.style:
                    self._trouble(ValueMissing(), event, _path(stack, box, key))
                if nodes is not None:
                    nodes.append(_node(_path(stack, box, key), event))
                key = None
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                count += 1
                if event.anchor is not None:
                    self._trouble(AnchorOrAlias(), event)
                if event.tag is not None:
                    self._trouble(Tag(), event)
                if in_map and key is None:
                    self._trouble(FieldNameIsNoText(), event)
                    return None
                inner: Any = {} if kind is MappingStartEvent else []
                if in_map:
                    box[key] = inner
                else:
                    box.append(inner)
                if nodes is not None:
                    nodes.append(_node(_path(stack, box, key), event))
                stack.append((box, in_map, key))
                if len(stack) > MAX_DEPTH:
                    self._trouble(NestedTooDeeply(limit=MAX_DEPTH), event)
                    return None
                box, in_map, key = inner, kind is MappingStartEvent, None
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                if nodes is not None:
                    _close(nodes, _path(stack[:-1], stack[-1][0], stack[-1][2]), event)
                box, in_map, key = stack.pop()
                key = None
            elif kind is DocumentStartEvent and root:
                self._trouble(SeveralDocuments(), event)
                return None
            if count > MAX_NODES:
                self._trouble(TooManyValues(limit=MAX_NODES), event)
                return None
            if len(self.troubles) > MAX_TROUBLES:
                return None
        if not root:
            self.troubles.append(Trouble(EmptyFile(), (0, 0), (0, 1)))
            return None
        self.whole = True
        return root[0]

    def _escapes(self, event: Any) -> None:
        """What may not be written may not be written as an escape either."""
        bad = next(refused_characters(event.value), None)
        if bad is not None:
            self._trouble(CharacterNotAllowed(character=f"U+{ord(bad):04X}"), event)

    def _trouble(self, about: Code, event: Any, path: Path | None = None) -> None:
        start, end = event.start_mark, event.end_mark
        self.troubles.append(
            Trouble(about, (start.line, start.column), (end.line, end.column), path)
        )


def _path(stack: list[tuple[Any, bool, str | None]], box: Any, key: str | None) -> Path:
    """The path of what was just put into ``box``, or under ``key``; the first list is the file."""
    steps: list[str | int] = [
        str(name) if in_map else len(outer) - 1 for outer, in_map, name in stack[1:]
    ]
    if stack:
        steps.append(key if isinstance(box, dict) and key is not None else len(box) - 1)
    return tuple(steps)


def _node(path: Path, event: Any, *, is_key: bool = False) -> Node:
    start, end = event.start_mark, event.end_mark
    scalar = type(event) is ScalarEvent
    return Node(path, is_key, scalar, (start.line, start.column), (end.line, end.column))


def _close(nodes: list[Node], path: Path, event: Any) -> None:
    """Give the collection at ``path`` its end, which is known only now."""
    for at in range(len(nodes) - 1, -1, -1):
        node = nodes[at]
        if node.path == path and not node.is_key:
            nodes[at] = node._replace(end=(event.end_mark.line, event.end_mark.column))
            return


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
        composer = _Composer(text)
        data = composer.compose()
        if not composer.troubles:
            return data, ()
        parsed = composer.whole
        return (
            data if parsed else None,
            tuple(self._diagnose(trouble, parsed=parsed) for trouble in composer.troubles),
        )

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
            _Composer(text, nodes=self.nodes).compose()
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
