"""What has to be true of this machine and of the workspace's folder; ``provision doctor`` asks.

Nothing here needs a live system.  A probe file is written and taken away.
"""

import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from provisioner.codes.asterisk import OthersCanReadASecretFile
from provisioner.codes.secrets import KeyDoesNotFit, PublicKeyCannotBeRead, ResellerWithoutKey
from provisioner.codes.systems import (
    CannotBeWritten,
    DiskNearlyFull,
    GitWouldTakeIt,
    OthersCanReadTheHandOver,
    TimeZoneMissing,
)
from provisioner.contract.checking import Check
from provisioner.errors import ProvisionError, SystemFault
from provisioner.manifest.config import Config
from provisioner.manifest.sealed import SealError, seal_raw, unseal_raw
from provisioner.operations.opening import handover as handover_folder

MIN_FREE_MB = 50
"""Below this a run may end in the middle for want of space."""

_STATE = "state"
"""Folder in which the embedded systems keep their files by default."""

_PATIENCE = 10
_ALONE = stat.S_IRWXG | stat.S_IRWXO


def check(root: Path, config: Config, zone: str, identities: Mapping[str, str]) -> Iterator[Check]:
    """Each check as it is done. ``identities``: private keys by the name of their file."""
    yield Check("doctor.time_zone", _time_zone(zone), {"zone": zone})
    yield Check("doctor.disk", _disk(root), {"folder": root.absolute().name})
    yield from _handover(root, config)
    for name, reseller in sorted(config.resellers.items()):
        yield Check("doctor.reseller_keys", _keys(name, reseller.recipients), {"reseller": name})
    if config.secrets.recipients:
        fault = _readable("secrets", config.secrets.recipients)
        yield Check("doctor.operator_keys", fault)
    for name, text in identities.items():
        yield Check("doctor.identity_alone", _alone(Path(name)), {"file": Path(name).name})
        yield Check("doctor.identity", _opens(name, text, config), {"file": Path(name).name})
    yield from _git(root, config)


def _time_zone(name: str) -> ProvisionError | None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return SystemFault(TimeZoneMissing(zone=name))
    return None


def _disk(folder: Path) -> ProvisionError | None:
    """Whether a file can be written there, as far as the disk itself."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".provision-") as file:
            file.write(b"\0" * 4096)
            file.flush()
        free = shutil.disk_usage(folder).free // 2**20
    except OSError as error:
        return SystemFault(CannotBeWritten(folder=folder.name, reason=error.strerror or "?"))
    return (
        SystemFault(DiskNearlyFull(folder=folder.name, free=free)) if free < MIN_FREE_MB else None
    )


def _alone(file: Path) -> ProvisionError | None:
    try:
        mode = file.stat().st_mode
    except OSError as error:
        return SystemFault(CannotBeWritten(folder=file.name, reason=error.strerror or "?"))
    return SystemFault(OthersCanReadASecretFile(file=file.name)) if mode & _ALONE else None


def _handover(root: Path, config: Config) -> Iterator[Check]:
    folder = {"folder": config.handover}
    try:
        handover = handover_folder(root, config)
    except ProvisionError as error:
        yield Check("doctor.handover", error, folder)
        return
    if handover.exists():
        yield Check("doctor.disk", _disk(handover), folder)
        yield Check("doctor.handover", _read_by_others(handover), folder)
    else:  # the first apply makes it
        above = next(p for p in handover.parents if p.exists())
        yield Check("doctor.disk", _disk(above), folder)


def _read_by_others(folder: Path) -> ProvisionError | None:
    """The first file in it, or the folder itself, that others can read."""
    try:
        if folder.stat().st_mode & _ALONE:
            return SystemFault(OthersCanReadTheHandOver(folder=folder.name))
        files = sorted(f for f in folder.iterdir() if f.is_file())
    except OSError as error:
        return SystemFault(CannotBeWritten(folder=folder.name, reason=error.strerror or "?"))
    return next((fault for file in files if (fault := _alone(file))), None)


def _keys(reseller: str, recipients: tuple[str, ...]) -> ProvisionError | None:
    if not recipients:
        return SealError(ResellerWithoutKey(reseller=reseller))
    return _readable(f"resellers.{reseller}", recipients)


def _readable(place: str, recipients: tuple[str, ...]) -> ProvisionError | None:
    for at, recipient in enumerate(recipients, start=1):
        try:
            seal_raw(b"", [recipient])
        except SealError:
            return SealError(PublicKeyCannotBeRead(place=f"{place}.recipients", position=at))
    return None


def _opens(name: str, text: str, config: Config) -> ProvisionError | None:
    """Whether a key opens what ``provision secret seal`` seals now."""
    file = Path(name).name
    recipients = config.secrets.recipients
    if not recipients or _readable("", recipients):
        return None
    try:
        unseal_raw(seal_raw(b"probe", recipients), [text])
    except SealError:
        return SealError(KeyDoesNotFit(file=file))
    return None


def _git(root: Path, config: Config) -> Iterator[Check]:
    """Folders that must not get into the history, where git and a repository are there."""
    git = shutil.which("git")
    if git is None or _asked(git, root, "rev-parse", "--is-inside-work-tree") != 0:
        return
    for folder in dict.fromkeys((_STATE, config.handover)):
        ignored = _ignored(git, root, folder)
        if ignored is None:  # outside of the repository: nobody can commit it
            continue
        tracked = _asked(git, root, "ls-files", "--error-unmatch", "--", folder)
        fault = SystemFault(GitWouldTakeIt(folder=folder)) if tracked == 0 or not ignored else None
        yield Check("doctor.git", fault, {"folder": folder})


def _ignored(git: str, root: Path, folder: str) -> bool | None:
    """Whether git leaves out the folder, and a link of that name too; None if it cannot say."""
    ignored = _asked(git, root, "check-ignore", "--quiet", "--", folder)
    if ignored not in {0, 1}:
        return None
    # "SOURCE:LINE:PATTERN\tPATH"; a pattern with a slash behind it takes no link
    ran = _run(git, root, "check-ignore", "--verbose", "--", folder)
    return ignored == 0 and ran is not None and b"/\t" not in ran.stdout


def _asked(git: str, root: Path, *arguments: str) -> int | None:
    ran = _run(git, root, *arguments)
    return None if ran is None else ran.returncode


def _run(git: str, root: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes] | None":
    try:
        return subprocess.run(  # noqa: S603 - git itself, without a shell
            [git, "-C", str(root.absolute()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
