"""A tree as text, in house style.

Two spaces for each level, lists indented below their field, one space around what needs one.  Flow
and block style stay as they are, except that a flow collection that holds a comment, or that took
several lines and does not fit on one, becomes a block.
"""

from collections.abc import Callable
from collections.abc import Collection as Values

from provisioner.manifest.diagnostics import Path
from provisioner.manifest.writing.scalars import Kind, literal, spelled
from provisioner.manifest.writing.tree import Collection, Entry, Node, Scalar, Tree

WIDTH = 100
"""A collection that took several lines is put on one up to this width."""

Spell = Callable[[Path, Scalar, bool], str]
"""How the scalar at a path is written on one line; the last argument says whether in flow."""


def house_spelling(kinds: Callable[[Path, Scalar], Values[Kind]]) -> Spell:
    """Quotes as a field that takes ``kinds`` has them in house style."""

    def spell(path: Path, scalar: Scalar, flow: bool) -> str:
        return spelled(scalar.value, kinds(path, scalar), flow=flow)

    return spell


def print_tree(tree: Tree, spell: Spell) -> str:
    """The text of ``tree``; one line end at its end."""
    printer = Printer(spell)
    printer.lines(_tidy(tree.header, first=True, keep_end=True), "")
    root = tree.root
    if isinstance(root, Scalar):
        printer.out.append(spell((), root, False))
    elif root.entries:
        printer.block(root, (), "")
    else:
        printer.out.append(printer.flow(root, ()))
        printer.lines(_tidy([root.head, *root.trailing]), "")
    return "\n".join(printer.out).strip("\n") + "\n"


class Printer:
    """Writes a tree into ``out``, line by line; the tree is its own to change."""

    def __init__(self, spell: Spell) -> None:
        self.spell = spell
        self.out: list[str] = []

    def lines(self, lines: list[str], indent: str) -> None:
        self.out += [indent + line if line else "" for line in lines]

    def block(self, collection: Collection, path: Path, indent: str, opening: str = "") -> None:
        """``opening``: what stands before the first entry on its line, as the hyphen of a list."""
        for at, entry in enumerate(collection.entries):
            start = opening if at == 0 and opening else indent
            self.hoist(entry, (*path, at), start)
            if start == indent:
                self.lines(_tidy(entry.leading, first=at == 0, keep_end=True), indent)
            if entry.key is None:
                self.value(entry, (*path, at), start + "- ", indent)
            else:
                name = spelled(entry.key.value, ANY_TEXT)
                self.value(entry, (*path, entry.key.value), f"{start}{name}: ", indent)
        self.lines(_tidy(collection.trailing), indent)

    def hoist(self, entry: Entry, path: Path, start: str) -> None:
        """What stands above the first field of a list's item stands above its hyphen."""
        value = entry.value
        if entry.key is not None or not isinstance(value, Collection):
            return
        if not value.head and not entry.behind and self.is_block(value, path, start + "- "):
            self.hoist(value.entries[0], (*path, 0), start + "  ")
            entry.leading += [line for line in value.entries[0].leading if line]
            value.entries[0].leading = []

    def value(self, entry: Entry, path: Path, start: str, indent: str) -> None:
        """One entry, after ``start``."""
        value, behind = entry.value, entry.behind
        deeper = indent + "  "
        if isinstance(value, Collection) and self.is_block(value, path, start):
            head = value.head or behind
            if value.head and behind:
                value.trailing.append(behind)
            if entry.key is None and not head and not any(value.entries[0].leading):
                self.block(value, path, deeper, opening=start)
            else:
                self.out.append(_with(start.rstrip(), head))
                self.block(value, path, deeper)
            return
        if isinstance(value, Scalar) and value.style in {"|", ">"} and "\n" in value.value:
            written = literal(value.value, deeper)
            if written is not None:
                self.out += (start + written).split("\n")
                return
        self.out.append(_with(start + self.inline(value, path, flow=False), behind))

    def is_block(self, value: Collection, path: Path, start: str) -> bool:
        if not value.entries:
            return False
        if not value.flow or value.commented():
            return True
        return value.lines > 1 and len(start) + len(self.flow(value, path)) > WIDTH

    def inline(self, node: Node, path: Path, *, flow: bool) -> str:
        if isinstance(node, Collection):
            return self.flow(node, path)
        return self.spell(path, node, flow)

    def flow(self, collection: Collection, path: Path) -> str:
        shown = []
        for at, entry in enumerate(collection.entries):
            name = "" if entry.key is None else spelled(entry.key.value, ANY_TEXT, flow=True) + ": "
            here = (*path, at if entry.key is None else entry.key.value)
            shown.append(name + self.inline(entry.value, here, flow=True))
        inside = ", ".join(shown)
        return f"{{{inside}}}" if collection.mapping else f"[{inside}]"


ANY_TEXT = frozenset({Kind.TEXT, Kind.INTEGER})
"""Names of fields: ``true`` and dates would be taken for something else."""


def _with(line: str, comment: str) -> str:
    return f"{line} {comment}" if comment else line


def _tidy(lines: list[str], *, first: bool = False, keep_end: bool = False) -> list[str]:
    """One blank line for several; none before the first entry, and none at the end of a list."""
    made: list[str] = []
    for line in lines:
        if line or (made[-1:] != [""] and (made or not first)):
            made.append(line)
    while made and not made[-1] and not keep_end:
        made.pop()
    return made
