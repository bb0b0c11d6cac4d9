"""A number that passes from one customer to another, as two manifests say it in one change."""

from typing import Any

from tests.stateful.world import World

_PASSING = {"stock_number", "ported_number"}


def written(world: World, pick: int) -> tuple[str, ...]:
    """Both customers, whose manifests say so now; every third number rings at the new one.

    Nobody where no number can pass.
    """
    here = world.files
    ways = [
        (row, taker)
        for row in world.content()["numbers"]
        if row[3] and row[1] in _PASSING and row[0] in here
        if _drop(here[row[0]], row[1], row[2], try_only=True)
        for taker in sorted(here.keys() - {row[0]})
        if all(n["id"] != _id(row[5]) for n in here[taker]["numbers"])
    ]
    if not ways:
        return ()
    (giver, kind, key, _, _, digits, *_), taker = ways[pick % len(ways)]
    _drop(here[giver], kind, key)
    here[taker]["numbers"].append({"id": _id(digits), "held": digits, "from": giver})
    if pick % 3 == 0:
        here[taker]["workplaces"][0]["number"] = {"stock": _id(digits)}
    return giver, taker


def _id(digits: str) -> str:
    return f"m{digits}"


def _drop(manifest: dict[str, Any], kind: str, key: str, *, try_only: bool = False) -> bool:
    """Takes it out of the manifest, if it stands there."""
    if kind == "stock_number":
        at = [n for n in manifest["numbers"] if n["id"] == key]
        if at and not try_only:
            manifest["numbers"].remove(at[0])
        return bool(at)
    for port in manifest["porting"]:
        for name in ("numbers", "blocks"):
            if key in port[name]:
                if not try_only:
                    port[name].remove(key)
                    if not port["numbers"] and not port["blocks"]:
                        manifest["porting"].remove(port)
                return True
    return False
