"""A YAML text as a tree that keeps what a reader throws away: comments, blank lines, styles.

Only for text that has passed the strict reader, so there are no anchors, tags or second documents.
Every comment belongs to exactly one place: above an entry, behind it, on the line that opens a
collection, or below the last entry of one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from provisioner.manifest.diagnostics import Path

_OPENING = frozenset({ScalarEvent, SequenceStartEvent, MappingStartEvent})
_CLOSING = frozenset({SequenceEndEvent, MappingEndEvent})

MODELINE = "# yaml-language-server:"


@dataclass(slots=True)
class Scalar:
    """A value or a key. ``style`` is empty if plain, else the character that introduces it;
    ``start`` and ``end`` are offsets in the text."""

    value: str
    style: str = ""
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Entry:
    """A field of a mapping or an item of a list (without ``key``), with its comments."""

    value: "Scalar | Collection"
    key: Scalar | None = None
    leading: list[str] = field(default_factory=list)
    """Lines above it: comments with their ``#``, and empty texts for blank lines."""
    behind: str = ""
    """The comment on the line on which it ends."""


@dataclass(slots=True)
class Collection:
    """A mapping or a list."""

    mapping: bool
    flow: bool = False
    entries: list[Entry] = field(default_factory=list)
    head: str = ""
    """The comment on the line that opens it."""
    trailing: list[str] = field(default_factory=list)
    """Lines below its last entry."""
    column: int = 0
    start: int = 0
    end: int = 0
    lines: int = 1
    """How many lines it takes in the text; matters for flow style only."""

    def commented(self) -> bool:
        """Whether any comment stands inside."""
        if self.head or any(self.trailing):
            return True
        return any(
            any(entry.leading)
            or entry.behind
            or (isinstance(entry.value, Collection) and entry.value.commented())
            for entry in self.entries
        )


Node = Scalar | Collection


@dataclass(slots=True)
class Tree:
    """A whole file: what stands on top of it, and its root."""

    root: Node
    header: list[str] = field(default_factory=list)


def parse_tree(text: str) -> Tree:
    """The tree of ``text``, which the strict reader has accepted."""
    return _Builder(text).build()


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Entry]]:
    """Every entry below ``node`` with its path, outer ones first."""
    if isinstance(node, Collection):
        for at, entry in enumerate(node.entries):
            here: Path = (*path, at if entry.key is None else entry.key.value)
            yield here, entry
            yield from walk(entry.value, here)


class _Note(NamedTuple):
    """A comment in a gap; one without text is a blank line."""

    text: str
    offset: int
    column: int
    beside: bool
    """On the line on which the gap begins."""


class _Builder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        """Where the last token ended."""
        self.notes: list[_Note] = []
        """Comments since then that have no place yet."""
        self.closed: list[Collection] = []
        """Block collections that ended since the last token, innermost first."""
        self.last: Entry | None = None
        """The entry whose value ended last."""
        self.header: list[str] = []

    def build(self) -> Tree:
        loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        self.events: Iterator[Any] = iter(yaml.parse(self.text, Loader=loader))
        for event in self.events:
            if type(event) in _OPENING:
                self.gather(event.start_mark.index)
                notes, self.notes = self.notes, []
                root = self.node(event)
                break
        self.gather(len(self.text))
        rest = self.settle(-1)
        if isinstance(root, Collection):
            root.trailing += rest
            self.header, leading = _split_header([n.text for n in notes])
            if root.entries:
                root.entries[0].leading[:0] = leading
            else:
                self.header += leading
        else:
            self.header = [note.text for note in notes] + rest
        return Tree(root, self.header)

    def gather(self, until: int) -> None:
        """Note the comments and blank lines up to ``until``."""
        start = self.at
        while start < until:
            stop = self.text.find("\n", start, until)
            stop = until if stop < 0 else stop
            line = self.text[start:stop]
            mark = line.find("#")
            beside = start == self.at and (start > 0 and self.text[start - 1] != "\n")
            if mark >= 0:
                offset = start + mark
                column = offset - (self.text.rfind("\n", 0, offset) + 1)
                self.notes.append(_Note(line[mark:].rstrip(), offset, column, beside))
            elif not line.strip() and not beside and stop < until:
                self.notes.append(_Note("", start, 0, beside=False))
            start = stop + 1
        self.at = max(self.at, until)

    def node(self, event: Any) -> Node:
        """The node that begins with ``event``; the gap before it has been gathered."""
        if isinstance(event, ScalarEvent):
            return self.scalar(event)
        mapping = isinstance(event, MappingStartEvent)
        made = Collection(mapping, bool(event.flow_style), start=event.start_mark.index)
        made.column = event.start_mark.column
        if made.flow:  # a block has no token of its own, and libyaml may count the hyphen for one
            self.at = event.end_mark.index
        self.last = None
        first_line = event.start_mark.line
        for inner in self.events:
            if type(inner) in _CLOSING:
                made.end = inner.end_mark.index
                made.lines = inner.end_mark.line - first_line + 1
                self.close(made)
                break
            made.entries.append(self.entry(inner, made))
        return made

    def scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark.index, event.end_mark.index
        style = event.style or ""
        if style in {"|", ">"}:
            written = self.text[start:end]
            end = start + len(written.rstrip("\n"))
            opening = written.split("\n", 1)[0]
            if "#" in opening:
                offset = start + opening.index("#")
                self.notes.append(_Note(opening[opening.index("#") :].rstrip(), offset, 0, True))
            self.at = start + len(written)
        else:
            self.at = end
        return Scalar(event.value, style, start, end)

    def entry(self, event: Any, parent: Collection) -> Entry:
        if parent.mapping:
            self.gather(event.start_mark.index)
            made = Entry(Scalar(""), leading=self.lead(parent))
            made.key = self.scalar(event)
            event = next(self.events)
            self.gather(event.start_mark.index)
        else:
            before = self.at
            self.gather(event.start_mark.index)
            later: list[_Note] = []
            if not parent.flow:  # what stands behind the hyphen belongs to the value
                hyphen = self.hyphen(before)
                later = [
                    note._replace(beside="\n" not in self.text[hyphen : note.offset])
                    for note in self.notes
                    if note.offset > hyphen
                ]
                self.notes = [note for note in self.notes if note.offset < hyphen]
            made = Entry(Scalar(""), leading=self.lead(parent))
            self.notes = later
        between, self.notes = self.notes, []
        made.value = self.node(event)
        self.introduce(made, between)
        if isinstance(made.value, Scalar) or made.value.flow:
            self.last = made
        return made

    def hyphen(self, start: int) -> int:
        """Offset of the list's hyphen, the first after ``start`` that is in no comment."""
        while True:
            mark, comment = self.text.find("-", start), self.text.find("#", start)
            if comment < 0 or mark < comment:
                return mark
            start = self.text.index("\n", comment)

    def introduce(self, made: Entry, between: list[_Note]) -> None:
        """Give the notes between a key or hyphen and its value their place."""
        value = made.value
        if isinstance(value, Collection) and not value.flow:
            for at, note in enumerate(between):
                if note.beside and note.text and not value.head:
                    value.head = note.text
                    del between[at]
                    break
            value.entries[0].leading[:0] = [note.text for note in between]
        else:
            made.leading += [note.text for note in (*between, *self.notes) if note.text]
            self.notes = []
            if isinstance(value, Collection) and not value.entries:
                made.leading += [line for line in (value.head, *value.trailing) if line]
                value.head, value.trailing = "", []

    def lead(self, parent: Collection) -> list[str]:
        """The lines above an entry of ``parent``, after all others found their place."""
        if parent.flow:
            notes, self.notes = self.notes, []
            if notes and notes[0].beside and notes[0].text:
                if parent.entries:
                    parent.entries[-1].behind = notes.pop(0).text
                else:
                    parent.head = notes.pop(0).text
            return [note.text for note in notes]
        return self.settle(parent.column)

    def settle(self, column: int) -> list[str]:
        """Give comments behind an entry, or below a collection that ended, to those.

        What is left belongs to what comes next, at ``column``.
        """
        notes, self.notes = self.notes, []
        closed, self.closed = self.closed, []
        if notes and notes[0].beside and notes[0].text and self.last is not None:
            self.last.behind = notes.pop(0).text
        closed = [one for one in closed if one.column > column]
        outer = [one.column for one in closed[1:]]  # a list may stand below its field unindented
        closed = [one for at, one in enumerate(closed) if one.column not in outer[at:]]
        blanks: list[str] = []
        while notes:
            note = notes[0]
            if note.text:
                while closed and closed[0].column > note.column:
                    closed.pop(0)
                if note.column <= column or not closed:
                    break
                closed[0].trailing += [*blanks, note.text]
                blanks = []
            else:
                blanks.append("")
            notes.pop(0)
        return [*blanks, *(note.text for note in notes)]

    def close(self, made: Collection) -> None:
        if not made.flow:
            self.closed.append(made)
            return
        self.gather(made.end - 1)
        rest = self.lead(made)
        made.trailing += [line for line in rest if line]
        self.at = made.end


def _split_header(lines: list[str]) -> tuple[list[str], list[str]]:
    """What belongs to the file, and what to its first field.

    The file has what is followed by a blank line, and a block that begins with the modeline.
    """
    last = max((at for at, line in enumerate(lines) if not line), default=-1)
    if any(line.startswith(MODELINE) for line in lines[last + 1 :]):
        return lines, []
    return lines[: last + 1], lines[last + 1 :]
