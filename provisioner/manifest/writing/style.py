"""What a file of a workspace holds, by its name, and where it is not in house style."""

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import PurePath

from pydantic import BaseModel

from provisioner.manifest.adoptions import Adoptions
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Place
from provisioner.manifest.models import Manifest
from provisioner.manifest.removals import Removals
from provisioner.manifest.repository import ADOPTIONS, CONFIG, CUSTOMERS, REMOVALS
from provisioner.manifest.writing.formatter import format_bytes

_OPERATORS: Mapping[str, type[BaseModel]] = {
    CONFIG: Config,
    REMOVALS: Removals,
    ADOPTIONS: Adoptions,
}


def model_of(file: PurePath) -> type[BaseModel]:
    """What a file of this name holds."""
    return _OPERATORS.get(file.name, Manifest)


def has_style(file: PurePath) -> bool:
    """Whether ``fmt`` writes a file that lies there, seen from the workspace."""
    if len(file.parts) == 1:
        return file.name in _OPERATORS
    return file.parts[:1] == (CUSTOMERS,) and len(file.parts) <= 3 and file.suffix == ".yaml"


def first_difference(data: bytes, file: str) -> Place | None:
    """The first line that ``fmt`` would write otherwise; None if it is in house style.

    Without what stands there.  Raises as :func:`format_bytes`.
    """
    made = format_bytes(data, model_of(PurePath(file)), file)
    if made == data:
        return None
    lines = zip_longest(data.splitlines(keepends=True), made.splitlines(keepends=True))
    at = next(at for at, (before, after) in enumerate(lines, 1) if before != after)
    return Place(file, at, 1, 2)
