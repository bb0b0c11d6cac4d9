"""What a manifest says otherwise than the one released last, field by field.  Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from provisioner.contract.resources import Json
from provisioner.manifest.defaults import OF_WORKPLACES
from provisioner.manifest.models import Manifest
from provisioner.manifest.packed import Packed
from provisioner.manifest.shape import shape_of
from provisioner.plan.model import MASK, Default, Edit

_KEYS = {"workplaces": "login", "numbers": "id", "porting": "id"}
"""Lists whose entries have a name, and the field that holds it."""

Way = tuple[str, ...]


def means_the_same(before: Manifest | None, after: Manifest | None) -> bool:
    """Whether there are both, and nothing but order and spelling is between them: a release has its
    workplaces in another order than its writer."""
    return before is not None and after is not None and before.digest() == after.digest()


def edits(before: Manifest | None, after: Manifest | None) -> tuple[Edit, ...]:
    """Fields that differ, by path; personal data and passwords masked.

    None where there was no manifest, or is none any more: then everything is in the steps.  An
    entry of a list that comes or goes is one edit, with its fields as texts.
    """
    if before is None or after is None or means_the_same(before, after):
        return ()
    old, new = _keyed(before), _keyed(after)
    return tuple(
        Edit(path=".".join(way), before=_shown(way, old), after=_shown(way, new))
        for way in sorted(_differing(old, new))
    )


def defaults_given(packed: Packed | None) -> tuple[Default, ...]:
    """What a default gives of a manifest, by the paths of :func:`edits`."""
    if packed is None or not packed.given:
        return ()
    found = []
    for each in packed.given:
        if each.field in OF_WORKPLACES:
            mine = {str(w.login): str(getattr(w, each.field)) for w in packed.manifest.workplaces}
            ways = ((("workplaces", login, each.field), mine[login]) for login in each.logins)
            found += [Default(path=".".join(w), value=v, of=each.of) for w, v in ways]
        elif each.field == "support_login" and (access := packed.manifest.support_login):
            path = "support_login.login"
            found.append(Default(path=path, value=str(access.login), of=each.of))
        else:
            value = str(getattr(packed.manifest, each.field))
            found.append(Default(path=each.field, value=value, of=each.of))
    return tuple(sorted(found, key=lambda each: each.path))


def _keyed(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(manifest.canonical())
    for name, key in _KEYS.items():
        found[name] = {entry.pop(key): entry for entry in found[name]}
    return found


def _differing(old: Any, new: Any, way: Way = ()) -> Iterator[Way]:
    """The ways to what differs, as deep as there are mappings; a list is told as a whole."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in old.keys() | new.keys():
            if name in old and name in new:
                yield from _differing(old[name], new[name], (*way, name))
            else:
                yield *way, name
    elif old != new:
        yield way


def _at(way: Way, side: Any) -> Any:
    for name in way:
        side = side.get(name) if isinstance(side, Mapping) else None
    return side


def _shown(way: Way, side: Mapping[str, Any]) -> Json:
    value = _at(way, side)
    if isinstance(value, Mapping):
        return [f"{'.'.join(path)} {text}" for path, text in _leaves(way, value)]
    if isinstance(value, list):
        return [_masked((*way, "0"), item) for item in value]
    return None if value is None else _masked(way, value)


def _leaves(way: Way, value: Mapping[str, Any]) -> Iterator[tuple[Way, str]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield from (((name, *path), text) for path, text in _leaves((*way, name), inner))
        elif isinstance(inner, list):
            items = (_masked((*way, name, "0"), item) for item in inner)
            yield (name,), ", ".join(items)
        else:
            yield (name,), _masked((*way, name), inner)


def _masked(way: Way, value: object) -> str:
    path = tuple(0 if at == 1 and way[0] in _KEYS else step for at, step in enumerate(way))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    path = tuple(0 if step == "0" else step for step in path)
    return text if shape_of(Manifest).shows(path, text) else MASK
