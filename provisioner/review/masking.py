"""A live object as a row of a snapshot, without personal data, and back.

Of a personal field a row tells one thing: whether it is what the released manifest makes it.
Whoever has that manifest can fill it in again; nobody else learns anything, and nothing can be
guessed from it.  A value that somebody has set by hand stays masked.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from provisioner.contract.desk import DeskState
from provisioner.contract.fields import from_plain, to_plain
from provisioner.contract.pbx import Foreign, PbxState
from provisioner.contract.reading import CustomerLive, field_hashes
from provisioner.contract.resources import (
    CLASSES,
    Json,
    Kind,
    PortingOrder,
    Release,
    Resource,
    System,
    Workplace,
)
from provisioner.manifest.models import Manifest
from provisioner.plan.model import MASK
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.telephony.porting import Progress

_AS_LIVE = "="
"""Instead of the hash of a personal field: the one of its live value."""
_UNKNOWN = "-"
Text = Annotated[str, Field(max_length=10_000)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(Frozen):
    """``released``: personal fields that are as the released manifest makes them; ``other``: those
    that are not."""

    kind: Kind
    fields: dict[str, str | int | bool | list[str] | None]
    progress: dict[str, str | int | None] | None = None
    released: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


class Written(Frozen):
    """The hash of each field of an object as it was last written."""

    kind: Kind
    key: Text
    fields: dict[str, str]


class Stranger(Frozen):
    """An object on the PBX without our mark."""

    kind: Kind
    key: Text
    owner: Text = ""
    found: Row | None = None


class Customer(Frozen):
    """What the two systems hold for one.  ``done``: how often a plan was carried out, by how the
    audit says it."""

    pbx: tuple[Row, ...] = ()
    foreign: tuple[Stranger, ...] = ()
    desk: tuple[Row, ...] = ()
    applied: tuple[Written, ...] = ()
    done: dict[str, int] = {}


Expected = Mapping[tuple[Kind, str], Resource]
"""What the released manifest makes, by kind and key."""
Making = Callable[[DeskState], Iterable[Resource]]
"""What it makes with what the desk holds."""


def masked(live: CustomerLive, expected: Making, done: Mapping[str, int]) -> Customer:
    wanted = {(o.kind, o.key): o for o in expected(live.desk)}
    objects = {(o.kind, o.key): o for o in live.objects}
    return Customer(
        pbx=tuple(_row(each, wanted) for each in live.pbx.objects),
        foreign=tuple(
            Stranger(
                kind=f.kind, key=f.key, owner=f.owner, found=_row(f.found, {}) if f.found else None
            )
            for f in live.pbx.foreign
        ),
        desk=tuple(_row(each, wanted) for each in live.desk.objects),
        applied=tuple(
            Written(kind=kind, key=key, fields=_hashes(hashes, objects.get((kind, key)), kind))
            for (kind, key), hashes in live.desk.applied.items()
        ),
        done=dict(done),
    )


def unmasked(
    customer: CustomerId, found: Customer, manifest: Manifest | None, expected: Making
) -> CustomerLive:
    """``manifest``: the released one; None if there is none.  ValueError for a row that is none."""
    bare = _desk(customer, found, manifest, {})
    wanted = {(o.kind, o.key): o for o in expected(bare)}
    pbx = tuple(_resource(customer, row, wanted, System.PBX) for row in found.pbx)
    foreign = tuple(
        Foreign(
            each.kind,
            each.key,
            _resource(customer, each.found, {}, System.PBX) if each.found else None,
            each.owner,
        )
        for each in found.foreign
    )
    desk = _desk(customer, found, manifest, wanted)
    objects = {(o.kind, o.key): o for o in (*pbx, *desk.objects)}
    applied = {key: _hashes_of(kept, objects.get(key)) for key, kept in desk.applied.items()}
    return CustomerLive(PbxState(pbx, foreign), DeskState(desk.objects, applied))


def _desk(
    customer: CustomerId, found: Customer, manifest: Manifest | None, expected: Expected
) -> DeskState:
    objects = (_resource(customer, row, expected, System.DESK) for row in found.desk)
    applied = {(each.kind, each.key): each.fields for each in found.applied}
    return DeskState(tuple(_with_content(each, manifest) for each in objects), applied)


def _row(live: Resource, expected: Expected) -> Row:
    personal = sorted(live.personal)
    wanted = expected.get((live.kind, live.key))
    same = [n for n in personal if wanted and getattr(live, n) == getattr(wanted, n)]
    progress = live.progress if isinstance(live, PortingOrder) else None
    return Row(
        kind=live.kind,
        fields=_json(to_plain(live, "customer", "content", "progress", *personal)),
        progress=_json(to_plain(progress)) if progress else None,
        released=tuple(same),
        other=tuple(n for n in personal if n not in same and getattr(live, n) is not None),
    )


def _json(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A day as a text."""
    return {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in fields.items()}


def _resource(customer: CustomerId, row: Row, expected: Expected, system: System) -> Any:
    cls = CLASSES[row.kind]
    if cls.system is not system:
        raise ValueError(row.kind)
    known: dict[str, Any] = {}
    if row.progress is not None:
        known["progress"] = from_plain(Progress, row.progress)
    license_ = row.fields.get("license")
    if cls is Workplace and license_ not in {str(each) for each in License}:
        known["license"] = str(license_)  # set up in a way that none is
    personal = dict.fromkeys(cls.personal)
    made = from_plain(cls, row.fields, customer=customer, **personal, **known)
    wanted = expected.get((made.kind, made.key))
    filled: dict[str, Any] = {name: _masked_value(cls, name) for name in row.other}
    for name in row.released:
        filled[name] = getattr(wanted, name) if wanted else _masked_value(cls, name)
    return replace(made, **filled) if filled else made


def _masked_value(cls: type[Resource], name: str) -> Json | tuple[str, ...]:
    return (MASK,) if cls is PortingOrder and name == "signatories" else MASK


def _with_content(resource: Any, manifest: Manifest | None) -> Any:
    if isinstance(resource, Release) and manifest:
        return replace(resource, content=manifest.canonical())
    return resource


def _hashes(hashes: Mapping[str, str], live: Resource | None, kind: Kind) -> dict[str, str]:
    """With nothing from which a personal value could be guessed."""
    now = field_hashes(live.concrete()) if live else {}
    return {
        name: (_AS_LIVE if now.get(name) == value else _UNKNOWN)
        if name in CLASSES[kind].personal
        else value
        for name, value in hashes.items()
    }


def _hashes_of(kept: Mapping[str, str], live: Resource | None) -> dict[str, str]:
    now = field_hashes(live.concrete()) if live else {}
    return {n: now.get(n, _UNKNOWN) if v == _AS_LIVE else v for n, v in kept.items()}
