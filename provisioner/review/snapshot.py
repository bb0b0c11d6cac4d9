"""The snapshot: what is live of one reseller's customers, signed, for whoever may not ask there.

It holds what a plan compares and no more: no password, no personal value (:mod:`masking`), nobody
else's customer or number.  A plan made from it is a preview, or, where a plan lane has no way to
the live systems, one that an apply compares with its own.

The file is gzip over two lines: the signature, and the snapshot as JSON.
"""

import base64
import binascii
import gzip
import json
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

import orjson
from nacl.signing import SigningKey, VerifyKey
from pydantic import Field, ValidationError

from provisioner.codes.review import (
    SnapshotHasRunOut,
    SnapshotIsNotGenuine,
    SnapshotNotUnderstood,
    SnapshotOfAnotherProject,
)
from provisioner.contract.abilities import Ability
from provisioner.errors import ProvisionError
from provisioner.manifest.review import ReviewProject
from provisioner.plan.model import Targets
from provisioner.review.masking import Customer, Frozen
from provisioner.review.signing import is_signed, signature, unpacked

_DOMAIN = b"provision snapshot 1\0"
HOLDS = timedelta(hours=24)
"""From the moment at which it was made."""
MAX_PACKED = 64_000_000
"""Bytes of a file; some 300,000 workplaces."""
_MAX_BYTES = 1_000_000_000
Digits = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]


class Range(Frozen):
    """Of the pool, as the desk tells it; ``customer`` only if it is one of the reseller's."""

    pool: str
    digits: Digits
    size: int
    state: str
    customer: str | None = None
    ref: str = ""
    until: date | None = None
    named: bool = False


class OpenRun(Frozen):
    """What a run that died was approved for; who started it is left out."""

    run: str
    customer: str
    started: datetime
    manifest: str
    steps: dict[str, str] = {}
    begun: tuple[tuple[str, str, str | None], ...] = ()
    """Of each step that was begun: its id, key and outcome."""


class Snapshot(Frozen):
    """What was live at ``made``.

    ``customers``: None of whom a system could not tell.  ``held``: who of these customers holds a
    number, by its digits.  ``size``: objects on the PBX over all customers, by which brakes are
    reckoned.
    """

    version: Literal[1] = 1
    forge: Literal["github", "gitlab"]
    project: int
    reseller: str
    made: datetime
    until: datetime
    tool: str
    targets: Targets
    pbx: tuple[Ability, ...]
    desk: tuple[Ability, ...]
    size: int
    customers: dict[str, Customer | None] = {}
    pool: tuple[Range, ...] = ()
    held: dict[Digits, str] = {}
    runs: tuple[OpenRun, ...] = ()


def file_name(reseller: str) -> str:
    return f"snapshot-{reseller}.json.gz"


def packed(snapshot: Snapshot, key: SigningKey) -> bytes:
    """As a file.  The same bytes for the same snapshot."""
    body = orjson.dumps(snapshot.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    mark = base64.b64encode(signature(_DOMAIN, body, key)).decode()
    return gzip.compress(orjson.dumps({"signature": mark}) + b"\n" + body + b"\n", mtime=0)


def opened(data: bytes, keys: Collection[VerifyKey], file: str) -> Snapshot:
    """What ``data`` holds, if one of ``keys`` has signed it.

    Raises ProvisionError PV780 if none has, PV781 if it is no snapshot of a version that is known.
    """
    if len(data) > MAX_PACKED:
        raise ProvisionError(SnapshotNotUnderstood(file=file, what="size"))
    try:
        text = unpacked(data, _MAX_BYTES)
    except ValueError:
        raise ProvisionError(SnapshotNotUnderstood(file=file, what="form")) from None
    if text is None:
        raise ProvisionError(SnapshotNotUnderstood(file=file, what="size"))
    first, _, body = text.partition(b"\n")
    body = body.removesuffix(b"\n")
    if not is_signed(_DOMAIN, body, _mark(first), keys):
        raise ProvisionError(SnapshotIsNotGenuine(file=file))
    try:
        return Snapshot.model_validate_json(body)
    except (ValidationError, json.JSONDecodeError, RecursionError):
        raise ProvisionError(SnapshotNotUnderstood(file=file, what="version")) from None


def usable(snapshot: Snapshot, project: ReviewProject, now: datetime, file: str) -> Snapshot:
    """Raises ProvisionError PV782 if it was made for another project, PV783 if it is too old."""
    if (snapshot.forge, snapshot.project) != (project.forge, project.id):
        raise ProvisionError(SnapshotOfAnotherProject(file=file))
    if not snapshot.made <= now + timedelta(minutes=5) or now > snapshot.until:
        until = snapshot.until.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        raise ProvisionError(SnapshotHasRunOut(file=file, until=until))
    return snapshot


def _mark(line: bytes) -> bytes:
    """The signature; empty for a line that has none."""
    try:
        return base64.b64decode(orjson.loads(line)["signature"], validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return b""
