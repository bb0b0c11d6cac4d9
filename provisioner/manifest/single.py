"""One manifest of many, as far as it can be told without the others: its file may be read anywhere,
in another process too."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from provisioner.codes import Code
from provisioner.codes.files import FileNotReadable
from provisioner.manifest.config import Config
from provisioner.manifest.crosscheck import check_alone, unsealed
from provisioner.manifest.diagnostics import Diagnostic, InputError
from provisioner.manifest.entry import Entry
from provisioner.manifest.files import Files
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.narrowing import File
from provisioner.manifest.packed import Packed
from provisioner.telephony.identity import CustomerId


@dataclass(frozen=True, slots=True)
class Single:
    """What came of a file.

    ``entry``: the manifest, and ``found`` what it says without the others.  Without one ``found``
    is what is wrong in it, and ``data`` its bytes; or it could not be read, which is ``refused``.
    """

    customer: CustomerId
    file: str
    entry: Entry | None = None
    found: tuple[Diagnostic, ...] = ()
    data: bytes = b""
    refused: Code | None = None


Reader = Callable[[Sequence[File], Files, Config], Iterable[Single]]
"""Reads many, in their order."""


def read_each(files: Sequence[File], source: Files, config: Config) -> Iterable[Single]:
    """One after the other, here."""
    return (read_single(file, source, config) for file in files)


def read_single(which: File, source: Files, config: Config) -> Single:
    reseller, file, item = which
    customer, usual, data = CustomerId(Path(file).stem), config.usual(reseller), b""
    try:
        data = source.read(item.path)
        loaded = load_manifest(data, file, usual)
    except OSError as error:
        refused = FileNotReadable(file=file, reason=os.strerror(error.errno or 0))
        return Single(customer, file, refused=refused)
    except InputError as error:
        wrong = (replace(finding, customer=str(customer)) for finding in error.diagnostics)
        return Single(customer, file, found=tuple(wrong), data=data)
    packed = Packed.of(loaded.value, given=loaded.given)
    found = file, packed, loaded.document, sha256(data).digest()
    alone = *check_alone(customer, loaded.value, config), *unsealed(customer, loaded, usual)
    return Single(customer, file, Entry(customer, reseller, *found), alone)
