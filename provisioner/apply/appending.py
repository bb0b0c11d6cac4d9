"""Files of the hand-over folder: each entry is on disk before what it is about is called."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from provisioner import durable
from provisioner.codes.systems import HandOverCannotBeWritten
from provisioner.errors import SystemFault


def append(folder: Path, stem: str, line: Mapping[str, str]) -> None:
    """Raises SystemFault PV572 if the entry is not on disk as a whole."""
    try:
        durable.folder(folder, 0o700)
        durable.append_line(folder / f"{stem}.jsonl", orjson.dumps(line))
    except OSError as error:
        raise SystemFault(HandOverCannotBeWritten(reason=error.strerror or "?")) from error
