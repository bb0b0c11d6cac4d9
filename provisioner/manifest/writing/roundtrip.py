"""Edits of a manifest that somebody else wrote: what is not changed stays as it was written.

ruamel.yaml's types tell what to change and how new parts are to look; its own writer is not used,
since it hangs a comment on what stands before it, and loses it with that.  The change is applied to
a tree that knows where each comment belongs, and only lines that the change touches are written
anew.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from provisioner.codes.internal import FormattingRefused
from provisioner.manifest.diagnostics import InputError, Path
from provisioner.manifest.models import Manifest
from provisioner.manifest.shape import field_name
from provisioner.manifest.writing.fields import Fields, fields_of
from provisioner.manifest.writing.formatter import FormatError
from provisioner.manifest.writing.housestyle import comment_lines, node_of
from provisioner.manifest.writing.printing import house_spelling, print_tree
from provisioner.manifest.writing.tree import (
    Collection,
    Entry,
    Node,
    Scalar,
    Tree,
    parse_tree,
    walk,
)
from provisioner.manifest.yaml import read_yaml


def edit(
    text: str, change: Callable[[CommentedMap], None], model: type[BaseModel] = Manifest
) -> str:
    """``text`` after ``change``, with all comments, quotes, styles and blank lines not meant.

    ``change`` gets the whole file: mappings, lists, and each scalar as the text that was written.
    It may set texts, numbers, truths, dates, lists and mappings; what is new is quoted as in house
    style, and stands on one line if it fits unless its ``fa`` says otherwise.  A field that is set
    gets the place that ``model`` gives it, one that is inserted keeps the place that was chosen.
    Comments set with ``yaml_set_comment_before_after_key`` or ``yaml_add_eol_comment`` are written.
    A removed entry takes the comments above and behind it along.  Raises InputError if ``text`` is
    not of the strict subset, FormatError PV902 if the result would not say what ``change`` asked.
    """
    text = text.removeprefix("\ufeff")
    data = read_yaml(text.encode(), "-").data
    asked = _offered(data)
    change(asked)
    wanted = _plain(asked)
    tree = parse_tree(text)
    fields = fields_of(model)
    house = house_spelling(fields.kinds)

    def as_written(path: Path, scalar: Scalar, flow: bool) -> str:
        source = text[scalar.start : scalar.end]
        if source and "\n" not in source and not scalar.style.startswith(("|", ">")):
            return source
        return house(path, scalar, flow)

    base = print_tree(parse_tree(text), as_written)
    tree.root = _changed(tree.root, asked, (), fields)
    kept = Counter(_notes(tree))
    whole = print_tree(tree, as_written)
    for made in (_merged(text, base, whole), whole):
        if _says(made, wanted) and not kept - Counter(_notes(parse_tree(made))):
            return made
    raise FormatError(FormattingRefused(file="-"))


def _offered(data: Any) -> Any:
    """What the reader found, in ruamel's types."""
    if isinstance(data, dict):
        return CommentedMap((name, _offered(value)) for name, value in data.items())
    if isinstance(data, list):
        return CommentedSeq(_offered(value) for value in data)
    return data


def _plain(data: Any) -> Any:
    """What a reader has to find after the change."""
    if isinstance(data, dict):
        return {str(name): _plain(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return str(data).lower() if isinstance(data, bool) else str(data)


def _says(text: str, wanted: Any) -> bool:
    try:
        found = read_yaml(text.encode(), "-").data
    except InputError:
        return False
    return bool(found == wanted)


def _notes(tree: Tree) -> Iterator[str]:
    """All comments."""
    nodes = [tree.root, *(entry.value for _, entry in walk(tree.root))]
    for node in nodes:
        if isinstance(node, Collection):
            yield from filter(None, (node.head, *node.trailing))
    for _, entry in walk(tree.root):
        yield from filter(None, (*entry.leading, entry.behind))
    yield from filter(None, tree.header)


def _changed(node: Node, wanted: Any, path: Path, fields: Fields) -> Node:
    """``node`` so that it says ``wanted``; as little as possible is made new."""
    if isinstance(node, Collection) and node.mapping and isinstance(wanted, dict):
        old = {field_name((*path, e.key.value)): e for e in node.entries if e.key}
        apart = any(entry.leading[:1] == [""] for entry in node.entries[1:])
        node.entries = []
        for name in _placed(old, wanted, fields.fields(path)):
            entry = old.get(str(name))
            if entry is None:
                entry = Entry(_new(wanted[name]), Scalar(str(name)))
                entry.leading += [""] if apart and node.entries else []
            else:
                entry.value = _changed(entry.value, wanted[name], (*path, str(name)), fields)
            node.entries.append(_noted(entry, wanted, name))
        return node
    if isinstance(node, Collection) and not node.mapping and isinstance(wanted, list):
        node.entries = _items(node.entries, list(wanted), path, fields)
        return node
    if isinstance(node, Scalar) and not isinstance(wanted, dict | list | tuple):
        return node if node.value == _plain(wanted) else _new(wanted)
    return _new(wanted)


def _placed(old: Container[str], wanted: Mapping[Any, Any], order: Sequence[str]) -> list[Any]:
    """The names in ``wanted``; new ones at its end go where ``order`` has them."""
    names = list(wanted)
    appended: list[Any] = []
    while names and str(names[-1]) not in old:
        appended.insert(0, names.pop())
    ranks = {name: at for at, name in enumerate(order)}
    for name in appended:
        rank = ranks.get(str(name), len(ranks))
        before = [at for at, other in enumerate(names) if ranks.get(str(other), -1) <= rank]
        names.insert(before[-1] + 1 if before else 0, name)
    return names


def _items(entries: Sequence[Entry], wanted: list[Any], path: Path, fields: Fields) -> list[Entry]:
    """The items of a list: those that are the same keep their entry, wherever they are now."""
    old = [repr(_said(entry.value)) for entry in entries]
    new = [repr(_plain(value)) for value in wanted]
    made: list[Entry] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        for at, value in enumerate(wanted[k:m]):
            if tag == "equal" or i + at < j:
                entry = entries[i + at]
                entry.value = _changed(entry.value, value, (*path, len(made)), fields)
            else:
                entry = Entry(_beside(_new(value), entries))
            made.append(entry)
    return made


def _beside(node: Node, others: Sequence[Entry]) -> Node:
    """A new item is a block where all other items are."""
    blocks = [not other.value.flow for other in others if isinstance(other.value, Collection)]
    if isinstance(node, Collection) and node.entries and blocks and all(blocks):
        node.flow = False
    return node


def _said(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.value
    if node.mapping:
        return {entry.key.value: _said(entry.value) for entry in node.entries if entry.key}
    return [_said(entry.value) for entry in node.entries]


def _new(wanted: Any) -> Node:
    made = node_of(wanted)
    _style(made, wanted)
    return made


def _style(node: Node, wanted: Any) -> None:
    """Flow or block, and comments, as ruamel's types say for what is new."""
    if not isinstance(node, Collection):
        return
    if isinstance(wanted, CommentedMap | CommentedSeq) and wanted.fa.flow_style() is not None:
        node.flow, node.lines = bool(wanted.fa.flow_style()), 1
    inner = list(wanted.items()) if isinstance(wanted, dict) else list(enumerate(wanted))
    for entry, (name, value) in zip(node.entries, inner, strict=True):
        _style(entry.value, value)
        _noted(entry, wanted, name)


def _noted(entry: Entry, parent: Any, name: Any) -> Entry:
    """``entry`` with the comments that the change set for it."""
    if isinstance(parent, CommentedMap | CommentedSeq) and name in parent.ca.items:
        _, above, behind, _ = [*parent.ca.items[name], None, None, None][:4]
        for token in above or ():
            entry.leading += comment_lines(token.value.strip().removeprefix("#").strip())
        if behind is not None:
            entry.behind = comment_lines(behind.value.strip().removeprefix("#").strip())[0]
    return entry


def _merged(text: str, base: str, whole: str) -> str:
    """``text`` with the lines that differ between ``base``, its print, and ``whole``."""
    written, printed, wanted = (part.split("\n") for part in (text, base, whole))
    source = _aligned(written, printed)
    made: list[str] = []
    matcher = difflib.SequenceMatcher(None, printed, wanted, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            for at in range(i, j):
                made += source[at]
        else:
            made += [_indented(line, i, printed, source) for line in wanted[k:m]]
    return "\n".join(made)


def _indented(line: str, near: int, printed: Sequence[str], source: Sequence[list[str]]) -> str:
    """``line`` at the depth that the writer of the text gave to such lines, ``near`` one first."""
    depth = _depth(line)
    order = sorted(range(len(printed)), key=lambda at: (abs(at - near), at > near))
    for at in order if line.strip() else ():
        if len(source[at]) == 1 and printed[at].strip() and _depth(printed[at]) == depth:
            return " " * _depth(source[at][0]) + line.lstrip(" ")
    return line


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _aligned(written: Sequence[str], printed: Sequence[str]) -> list[list[str]]:
    """For each printed line the lines that it was printed from."""
    source: list[list[str]] = [[] for _ in printed]
    matcher = difflib.SequenceMatcher(None, printed, written, autojunk=False)
    for _, i, j, k, m in matcher.get_opcodes():
        if j - i == m - k:
            for at in range(i, j):
                source[at].append(written[k + at - i])
        elif i < j:
            source[i] += written[k:m]
        elif i:
            source[i - 1] += written[k:m]
        else:
            source[0] += written[k:m]
    return source
