"""A plan as its published JSON, and back."""

import json

import orjson
from pydantic import ValidationError

from provisioner.codes.policy import NotAPlanFile, PlanOfAnotherFormat
from provisioner.errors import ProvisionError
from provisioner.plan.model import FORMAT_VERSION, Plan


class PlanFileError(ProvisionError):
    """A file that is no plan, or one of another format."""


def plan_json(plan: Plan) -> bytes:
    """The plan as JSON, keys in the model's order, ended by a newline."""
    return orjson.dumps(
        plan.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def _once(pairs: list[tuple[str, object]]) -> None:
    """Of a key that stands twice a person reads the one and a program the other."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise PlanFileError(NotAPlanFile(where=twice[:80]))


def load_plan(text: bytes) -> Plan:
    """A plan as it was written; nothing is computed again, digests included.

    Raises PlanFileError PV430 (another format version) or PV431 (no plan).
    """
    try:
        found = orjson.loads(text)
        json.loads(text, object_pairs_hook=_once, parse_int=str)
    except orjson.JSONDecodeError as error:
        raise PlanFileError(NotAPlanFile(where=f"line {error.lineno}")) from None
    except RecursionError:
        raise PlanFileError(NotAPlanFile(where="")) from None
    if not isinstance(found, dict) or "format_version" not in found:
        raise PlanFileError(NotAPlanFile(where="format_version"))
    version = found["format_version"]
    if version != FORMAT_VERSION or isinstance(version, bool | float):
        raise PlanFileError(PlanOfAnotherFormat(found=str(version)[:20], expected=FORMAT_VERSION))
    try:
        return Plan.model_validate_json(text, strict=True)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise PlanFileError(NotAPlanFile(where=where[:80])) from None
