"""A manifest in house style: field order, spelling, quotes, indentation; every comment kept.

The meaning stays what it was.  That is proved for each text before it is given back, on the data
and, where the text is a valid manifest, on its digest.
"""

from typing import Any

from pydantic import BaseModel, ValidationError

from provisioner.codes.internal import FormattingRefused
from provisioner.errors import ProvisionError
from provisioner.manifest.defaults import Defaults, Usual
from provisioner.manifest.diagnostics import Path
from provisioner.manifest.models import Manifest
from provisioner.manifest.shape import field_name, shape_of
from provisioner.manifest.writing.fields import Fields, fields_of
from provisioner.manifest.writing.printing import house_spelling, print_tree
from provisioner.manifest.writing.tree import Collection, Entry, Scalar, parse_tree, walk
from provisioner.manifest.yaml import read_yaml
from provisioner.telephony.licenses import License

_LICENSED = Usual("", (("", Defaults(license=License.PHONES)),))
"""A license that a manifest leaves out is not needed to compare it; which one does not matter."""


class FormatError(ProvisionError):
    """Refused, since the formatted text would not mean the same (PV902): a fault of ours."""


def format_bytes(data: bytes, model: type[BaseModel] = Manifest, file: str = "-") -> bytes:
    """As :func:`format_text`, for a file as it was read: bytes that are no text are findings."""
    read_yaml(data, file, shape_of(model))
    return format_text(data.decode(), model, file).encode()


def format_text(text: str, model: type[BaseModel] = Manifest, file: str = "-") -> str:
    """``text`` in house style; formatting it once more changes nothing.

    ``model`` gives order and types, ``file`` is the name in findings.  The text has to be YAML of
    the strict subset, but need not be a valid manifest.  Raises InputError with what the reader
    refuses, FormatError rather than change what the text says.
    """
    fields = fields_of(model)
    before = read_yaml(text.encode(), file, shape_of(model)).data
    tree = parse_tree(text.removeprefix("\ufeff"))
    for path, entry in list(walk(tree.root)):
        if entry.key is not None:
            entry.key.value = field_name(path)
    _order(tree.root, (), fields)
    for path, entry in walk(tree.root):
        if isinstance(entry.value, Scalar):
            entry.value.value = fields.spelling(path, entry.value.value)
    made = print_tree(tree, house_spelling(fields.kinds))
    after = read_yaml(made.encode(), file, shape_of(model)).data
    if _spelled(before, (), fields) != after or not _same(before, after, model):
        raise FormatError(FormattingRefused(file=file))
    return made


def _order(node: Scalar | Collection, path: Path, fields: Fields) -> None:
    """Fields in the order of the model; one that it does not know stays behind its neighbour."""
    if isinstance(node, Scalar):
        return
    if node.mapping:
        ranks = {name: at for at, name in enumerate(fields.fields(path))}
        first = node.entries[0] if node.entries else None
        ranked: list[tuple[int, Entry]] = []
        rank = -1
        for entry in node.entries:
            rank = ranks.get(entry.key.value if entry.key else "", rank)
            ranked.append((rank, entry))
        node.entries = [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]
        if first is not None and node.entries[0] is not first:
            _part(first, node.entries)
    for at, entry in enumerate(node.entries):
        _order(entry.value, (*path, entry.key.value if entry.key else at), fields)


def _part(was_first: Entry, entries: list[Entry]) -> None:
    """Where blank lines part the fields, the one that was first gets one too."""
    if any(entry.leading[:1] == [""] for entry in entries):
        was_first.leading.insert(0, "")


def _spelled(data: Any, path: Path, fields: Fields) -> Any:
    """``data`` in canonical spelling; order of fields does not count."""
    if isinstance(data, dict):
        return {name: _spelled(value, (*path, name), fields) for name, value in data.items()}
    if isinstance(data, list):
        return [_spelled(value, (*path, at), fields) for at, value in enumerate(data)]
    return fields.spelling(path, data)


def _same(before: Any, after: Any, model: type[BaseModel]) -> bool:
    """Whether both mean the same to ``model``; what it refuses has no meaning to change."""
    if model is Manifest:
        for each in (before, after):
            list(_LICENSED.fill(each, ""))
    try:
        old = model.model_validate(before)
    except ValidationError:
        return True
    try:
        new = model.model_validate(after)
    except ValidationError:
        return False
    if isinstance(old, Manifest) and isinstance(new, Manifest):
        return old.digest() == new.digest()
    return old == new
