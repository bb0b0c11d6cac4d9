"""One pass over libyaml's events: the data as it was written, and what the strict subset refuses.

Nothing is ever expanded, so a hostile file costs no more than its size.
"""

import re
from dataclasses import dataclass, field
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
from provisioner.codes.fields import CommentCutsTheText, NullIsNoValue, ValueMissing
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
from provisioner.manifest.diagnostics import Path
from provisioner.manifest.shape import OTHER_SPELLINGS, field_name
from provisioner.manifest.text import Spot, Trouble, refused_characters

MAX_DEPTH = 12
MAX_NODES = 50_000
MAX_TROUBLES = 50
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
_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})
"""What other readers of YAML take for no value at all, where it stands without quotes."""
_CUT = re.compile(r"""^(?:[^"'#]|"[^"]*"|'[^']*')*?[^\s,\[{]\s+(#)[^#]*[,\]}]""")
"""A comment that swallows a bracket or a comma: what stands before it was to go on."""
_LINES_BACK, _LONG = 3, 2_000


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
class Composer:
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
        if mark and kind in {BracketNotClosed, WrongIndentation, ColonMissing}:
            spot, kind = self._cut(mark.line) or (spot, kind)
        if kind is Tab and self.text.split("\n")[spot[0]][spot[1] : spot[1] + 1] != "\t":
            kind = TextNeedsQuotes
        self.troubles.append(Trouble(kind(), spot, (spot[0], spot[1] + 1)))

    def _cut(self, until: int) -> tuple[Spot, type[Code]] | None:
        """Where a comment swallowed the rest of a line in braces; the fault shows lines later."""
        lines = self.text.split("\n", until + 1)[: until + 1]
        for line in range(len(lines) - 1, max(len(lines) - 1 - _LINES_BACK, -1), -1):
            found = _CUT.search(lines[line]) if len(lines[line]) < _LONG else None
            if found:
                return (line, found.start(1)), CommentCutsTheText
        return None

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
                if value in _EMPTY and kind is ScalarEvent and not event.style:
                    none = NullIsNoValue(found=value) if value else ValueMissing()
                    self._trouble(none, event, _path(stack, box, key))
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
