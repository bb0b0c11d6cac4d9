"""A manifest of which only a part is known, as a file: what is open stands out and fails."""

from provisioner.desired.importing import Outline
from provisioner.manifest.models import Manifest
from provisioner.manifest.writing.fields import fields_of
from provisioner.manifest.writing.housestyle import comment_lines, modeline, node_of
from provisioner.manifest.writing.printing import house_spelling, print_tree
from provisioner.manifest.writing.tree import Collection, Tree, walk
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible

_HINTS = {"license": "import.fill_license", "billing_from": "import.fill_billing"}


def outline_text(outline: Outline, customer: str, words: Catalogue, schema: str) -> str:
    """The outline in house style, with a comment at each open place and on what is left out."""
    root = node_of(outline.data)
    assert isinstance(root, Collection)  # noqa: S101 - a manifest is a mapping
    root.flow = False
    open_places = set(outline.unknown)
    for path, entry in walk(root):
        if path in open_places:
            entry.behind = f"# {words.ui(_HINTS.get(str(path[-1]), 'import.fill'))}"
    for entry in root.entries:
        if isinstance(entry.value, Collection) and entry.key:
            _unfold(entry.value, entry.key.value)
    for entry in root.entries[1:]:
        entry.leading.append("")
    header = [words.ui("import.outline", customer=customer)]
    header += [
        words.ui("import.left_out", what=f"{words.ui(f'kind.{kind}')} {visible(key)}")
        for kind, key in outline.left_out
    ]
    top = [modeline(schema), "#", *comment_lines("\n".join(header))]
    return print_tree(Tree(root, top), house_spelling(fields_of(Manifest).kinds))


def _unfold(section: Collection, name: str) -> None:
    """Sections are blocks; items of a list all look alike."""
    if name in {"support_login", "admin"} or not section.entries:
        return
    section.flow = False
    items = [item.value for item in section.entries if isinstance(item.value, Collection)]
    if not section.mapping and any(item.commented() for item in items):
        for item in items:
            item.flow = False
