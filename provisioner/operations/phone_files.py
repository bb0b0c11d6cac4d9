"""The folder from which phones fetch their configuration: ``TOKEN/FILE`` for each of them.

A list beside them says what was written, before it is written, so a run that was killed is finished
by the next one, and nothing else is ever replaced or deleted.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from provisioner import durable
from provisioner.apply.handover import Place
from provisioner.apply.phones import KIND
from provisioner.codes import Code
from provisioner.codes.handset import (
    ForeignFileInTheWay,
    ListOfPhoneFilesIsDamaged,
    PhoneInTwoPlaces,
    PhonesNotInTheHandOver,
)
from provisioner.codes.policy import FileCannotBeWritten
from provisioner.errors import PolicyError, ProvisionError
from provisioner.operations.phones import Handset, Phones
from provisioner.spelling import a_few

FILE_MODE, FOLDER_MODE = 0o640, 0o750
"""For the web server's group, which the folder has."""
WRITTEN = ".written.json"
_BEGUN = re.compile(
    rf"\.(?:[0-9a-f]{{32}}-[0-9A-Fa-f]{{12}}\.[a-z]{{3}}|{re.escape(WRITTEN)})\.", re.ASCII
)
_OURS = re.compile(r"[0-9a-f]{32}/[0-9A-Fa-f]{12}\.[a-z]{3}", re.ASCII)


class _File(BaseModel):
    """Whose phone a file of ours is for."""

    model_config = ConfigDict(frozen=True, strict=True)

    customer: str
    login: str
    mac: str

    @property
    def place(self) -> Place:
        return Place(self.customer, KIND, self.login)


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    version: Literal[1] = 1
    files: dict[str, _File] = {}


@dataclass(frozen=True, slots=True)
class PhoneFile:
    """What is to be at ``path``, which is relative to the folder."""

    handset: Handset
    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Removed:
    mac: str
    place: Place


@dataclass(slots=True)
class Outcome:
    """``kept``: files that stay as they are, since nobody can tell what they should be."""

    written: list[Handset] = field(default_factory=list)
    unchanged: list[Handset] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)
    kept: int = 0
    faults: list[Code] = field(default_factory=list)


def bring(out: Path, phones: Phones, wanted: Sequence[PhoneFile], handover: str) -> Outcome:
    """Make the files in ``out`` what the hand-over says; with nothing new nothing is written.

    ``wanted``: the files of those phones of which one could be made.  What cannot be written is
    among the faults, and the others go on.  Raises ProvisionError PV461 if the folder or its list
    cannot be written, PolicyError PV042 or PV043 for a list that is not ours or not whole.
    """
    try:
        durable.folder(out, FOLDER_MODE)
        with durable.alone(out):
            return _bring(out, phones, wanted, handover)
    except OSError as error:
        raise _unwritable(out, error) from None


def _bring(out: Path, phones: Phones, wanted: Sequence[PhoneFile], handover: str) -> Outcome:
    before = _read(out)
    done = Outcome()
    _sweep(out)
    made = {file.path: file for file in wanted}
    lost = list(_clear(out, phones, before, made, done))
    for path in [p for p in made if p not in before and os.path.lexists(out / p)]:
        done.faults.append(ForeignFileInTheWay(file=str(out / path)))
        del made[path]
    left = {path: old for path, old in before.items() if os.path.lexists(out / path)}
    every = {**left, **{path: _listed(file.handset) for path, file in made.items()}}
    _note(out, before, every)  # first, so that a file of ours is known as such
    for path, file in made.items():
        _put(out, file, path in before, done)
    _note(out, every, {p: each for p, each in every.items() if os.path.lexists(out / p)})
    if lost:
        done.faults.append(
            PhonesNotInTheHandOver(count=len(lost), places=a_few(sorted(lost)), file=handover)
        )
    return done


def _clear(
    out: Path,
    phones: Phones,
    before: Mapping[str, _File],
    made: dict[str, PhoneFile],
    done: Outcome,
) -> Iterator[Place]:
    """Removes what nobody has any more; the places that are told nowhere.

    What would take the file of a place that nobody can tell about is taken out of ``made``.
    """
    now = {place: str(phone.mac) for place, phone in phones.phones}
    fine = {file.handset.place for file in made.values()}
    for path, old in before.items():
        given_up = old.place in phones.gone or now.get(old.place, old.mac) != old.mac
        if path in made:
            new = made[path].handset.place
            if old.place != new and old.place in phones.unknown and not given_up:
                both = a_few(sorted([old.place, new]))
                done.faults.append(PhoneInTwoPlaces(mac=old.mac, places=both))
                done.kept += 1
                del made[path]
        elif given_up or old.place in fine:
            try:
                _remove(out, path)
                done.removed.append(Removed(old.mac, old.place))
            except OSError as error:
                done.faults.append(_unwritable(out / path, error).about)
        elif os.path.lexists(out / path):
            done.kept += 1
            if old.place not in phones.unknown and old.place not in now:
                yield old.place


def _put(out: Path, file: PhoneFile, known: bool, done: Outcome) -> None:
    path = out / file.path
    try:
        if known and _is_there(path, file.content):
            done.unchanged.append(file.handset)
            return
        group = out.stat().st_gid
        _folder(path.parent, group)
        begun = out / file.path.replace("/", "-")  # there it gets the group of a setgid folder
        with durable.beside(begun, file.content, FILE_MODE, owner=(-1, group)) as made:
            durable.move(made, path)
        done.written.append(file.handset)
    except OSError as error:
        done.faults.append(_unwritable(path, error).about)
        with suppress(OSError):
            path.parent.rmdir()


def _is_there(path: Path, content: bytes) -> bool:
    try:
        found = path.lstat()
        whole = stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == FILE_MODE
        return whole and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _remove(out: Path, path: str) -> None:
    """The file, and its folder if nothing else is in it; fine if it is gone."""
    file = out / path
    if file.parent.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    file.unlink(missing_ok=True)
    if file.parent.is_dir():
        if any(file.parent.iterdir()):
            durable.sync_folder(file.parent)
        else:
            file.parent.rmdir()
    durable.sync_folder(out)


def _sweep(out: Path) -> None:
    """What a run that was killed has left of files that it had begun."""
    for each in out.iterdir():
        if _BEGUN.match(each.name):
            each.unlink()


def _listed(handset: Handset) -> _File:
    place = handset.place
    return _File(customer=place.customer, login=place.login, mac=str(handset.phone.mac))


def _read(out: Path) -> dict[str, _File]:
    path = out / WRITTEN
    try:
        if path.is_symlink():
            raise PolicyError(ForeignFileInTheWay(file=str(path)))
        found = _Written.model_validate_json(path.read_bytes()).files
    except FileNotFoundError:
        return {}
    except ValidationError:
        raise PolicyError(ListOfPhoneFilesIsDamaged(file=str(path))) from None
    if not all(map(_OURS.fullmatch, found)):
        raise PolicyError(ListOfPhoneFilesIsDamaged(file=str(path)))
    return found


def _note(out: Path, before: Mapping[str, _File], now: Mapping[str, _File]) -> None:
    if before == now:
        return
    found = _Written(files=dict(sorted(now.items())))
    data = orjson.dumps(found.model_dump(), option=orjson.OPT_INDENT_2) + b"\n"
    with durable.beside(out / WRITTEN, data, 0o600) as made:
        durable.move(made, out / WRITTEN)


def _folder(path: Path, group: int) -> None:
    """A new one for the web server's group; one that is there stays as it is."""
    if path.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if path.is_dir():
        return
    durable.folder(path, FOLDER_MODE)
    if path.stat().st_gid != group:
        os.chown(path, -1, group)
    path.chmod(stat.S_IMODE(path.stat().st_mode) | FOLDER_MODE)  # whatever the umask


def _unwritable(path: Path, error: OSError) -> ProvisionError:
    return ProvisionError(
        FileCannotBeWritten(file=str(path), reason=error.strerror or type(error).__name__)
    )
