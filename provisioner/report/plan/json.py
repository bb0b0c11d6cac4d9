"""A plan as its published JSON, and back."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import orjson
from pydantic import ValidationError

from provisioner.codes.many import NotAPlanPart, PartWasAltered
from provisioner.codes.policy import NotAPlanFile, PlanFileWasAltered, PlanOfAnotherFormat
from provisioner.errors import NotApproved, ProvisionError
from provisioner.plan.digest import checksum
from provisioner.plan.model import FORMAT_VERSION, Plan
from provisioner.plan.parts import Part
from provisioner.plan.streaming import readable_json


class PlanFileError(ProvisionError):
    """A file that is no plan, or one of another format."""


def plan_json(made: Plan | Part) -> Iterator[bytes]:
    """The plan, or a part of one, as JSON, keys in the model's order, ended by a newline; piece by
    piece, none of which ends within a text."""
    yield from readable_json(made)
    yield b"\n"


def _once(pairs: list[tuple[str, object]]) -> None:
    """Of a key that stands twice a person reads the one and a program the other."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise PlanFileError(NotAPlanFile(where=twice[:80]))


def _from_1(found: dict[str, Any]) -> bytes:
    """As the present format has it: events of coming days, and the cost as a change alone."""
    customers = found.get("customers")
    for each in customers if isinstance(customers, list) else ():
        if not isinstance(each, dict):
            continue
        cost = each.get("cost")
        if isinstance(cost, dict):
            each["cost"] = {"after": cost.get("monthly", 0), "once": cost.get("once", 0)}
        upcoming = each.pop("upcoming", [])
        if isinstance(upcoming, list):
            each["days"] = [
                {"on": e.get("on"), "events": [{n: e[n] for n in ("code", "params") if n in e}]}
                for e in upcoming
                if isinstance(e, dict)
            ]
    return orjson.dumps(found)


def _checksum(found: dict[str, Any]) -> str:
    """As files of format 1 have it, over all that is in them."""
    rest = {n: v for n, v in found.items() if n != "checksum"}
    return hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
        json.loads(text, object_pairs_hook=_once, parse_int=str)
    except orjson.JSONDecodeError as error:
        raise PlanFileError(NotAPlanFile(where=f"line {error.lineno}")) from None
    except RecursionError:
        raise PlanFileError(NotAPlanFile(where="")) from None
    return found if isinstance(found, dict) else {}


def _where(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.errors()[0]["loc"])[:80]


def load_plan(text: bytes) -> Plan:
    """A plan as it was written; nothing is computed again, digests included.

    A file of format 1 is read as one without coming days; nobody can approve it any more.  Raises
    PlanFileError PV430 (another format version) or PV431 (no plan), NotApproved PV446 for one of
    format 1 that was edited.
    """
    found = _parsed(text)
    if "format_version" not in found:
        raise PlanFileError(NotAPlanFile(where="format_version"))
    version = found["format_version"]
    if version not in (1, FORMAT_VERSION) or isinstance(version, bool | float):
        raise PlanFileError(PlanOfAnotherFormat(found=str(version)[:20], expected=FORMAT_VERSION))
    was = _checksum(found)
    try:
        plan = Plan.model_validate_json(text if version != 1 else _from_1(found), strict=True)
    except ValidationError as error:
        raise PlanFileError(NotAPlanFile(where=_where(error))) from None
    if version == 1 and plan.checksum != was:
        raise NotApproved(PlanFileWasAltered())
    return plan


def load_part(text: bytes, file: str) -> Part:
    """One machine's part of a plan; ``file`` is its name in errors.

    Raises PlanFileError PV670 (no part) or PV675 (altered).
    """
    try:
        _parsed(text)
        part = Part.model_validate_json(text, strict=True)
    except PlanFileError as error:
        where = str(error.params.get("where", ""))
        raise PlanFileError(NotAPlanPart(file=file, where=where)) from None
    except ValidationError as error:
        raise PlanFileError(NotAPlanPart(file=file, where=_where(error))) from None
    if part.checksum != checksum(part):
        raise PlanFileError(PartWasAltered(file=file))
    return part
