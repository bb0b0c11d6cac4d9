"""A manifest written from nothing, as a careful person would.

The modeline for editors comes first, fields stand in the order of the models, what has its default
is left out, and what is small stands on one line.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from provisioner.codes.internal import FormattingRefused
from provisioner.manifest.defaults import NOTHING, Usual
from provisioner.manifest.diagnostics import Path
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.models import Manifest
from provisioner.manifest.text import refused_characters
from provisioner.manifest.writing.fields import fields_of
from provisioner.manifest.writing.formatter import FormatError
from provisioner.manifest.writing.printing import Printer, house_spelling, print_tree
from provisioner.manifest.writing.tree import (
    MODELINE,
    Collection,
    Entry,
    Node,
    Scalar,
    Tree,
    walk,
)

SCHEMA = "schemas/customer.schema.json"
"""The customer's schema in English."""

NO_NOTES: Mapping[Path, str] = MappingProxyType({})


def modeline(schema: str) -> str:
    """The first line of a customer's file, for editors."""
    return f"{MODELINE} $schema=../../{schema}"


def manifest_text(
    manifest: Manifest,
    *,
    header: str = "",
    notes: Mapping[Path, str] = NO_NOTES,
    schema: str = SCHEMA,
    usual: Usual = NOTHING,
    customer: str = "-",
) -> str:
    """``manifest`` as a file that loads as an equal one.  ``usual``: what is left out of it, since
    ``customer`` has it by default.

    ``schema`` is what the modeline names, seen from the workspace that is two folders above.
    ``header`` is a comment below it, ``notes`` are comments above the fields at their
    paths: lines without ``#``.  Raises FormatError PV902 if it holds what no manifest may hold.
    """
    data = manifest.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    usual.leave_out(data, customer)
    root = node_of(data)
    assert isinstance(root, Collection)  # noqa: S101 - a model is a mapping
    _unfold(root)
    for entry in root.entries[1:]:
        entry.leading.append("")
    for path, entry in walk(root):
        if path in notes:
            entry.leading += comment_lines(notes[path])
    top = [modeline(schema)]
    if header:
        top += ["#", *comment_lines(header)]
    made = print_tree(Tree(root, top), house_spelling(fields_of(Manifest).kinds))
    if load_manifest(made.encode(), f"{customer}.yaml", usual).value != manifest:
        raise FormatError(FormattingRefused(file="-"))
    return made


def node_of(data: Any) -> Node:
    """Mappings, lists, texts, numbers and truths as a tree: on one line, where that is not too
    long."""
    if isinstance(data, Mapping):
        entries = [Entry(node_of(value), Scalar(str(name))) for name, value in data.items()]
        return Collection(mapping=True, flow=True, entries=entries, lines=2)
    if isinstance(data, list | tuple):
        items = [Entry(node_of(value)) for value in data]
        return Collection(mapping=False, flow=True, entries=items, lines=2)
    return Scalar(str(data).lower() if isinstance(data, bool) else str(data))


def comment_lines(text: str) -> list[str]:
    """``text`` as comment lines, without characters that no manifest may hold."""
    bad = set(refused_characters(text))
    kept = "".join(char for char in text if char not in bad)
    return [f"# {line}".rstrip() for line in kept.split("\n")]


def _unfold(root: Collection) -> None:
    """Sections are blocks, and so are the ports; the items of a list all look alike."""
    root.flow = False
    printer = Printer(house_spelling(fields_of(Manifest).kinds))
    for entry in root.entries:
        section, name = entry.value, entry.key.value if entry.key else ""
        if not isinstance(section, Collection) or name in {"support_login", "admin"}:
            continue
        section.flow = False
        items = [item.value for item in section.entries if isinstance(item.value, Collection)]
        long = any(printer.is_block(item, (name, 0), "  - ") for item in items)
        for item in items if not section.mapping else ():
            item.flow = name != "porting" and not long
