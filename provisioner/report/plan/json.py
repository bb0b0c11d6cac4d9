"""A plan as its published JSON, and back."""

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


def load_plan(text: bytes) -> Plan:
    """A plan as it was written; nothing is computed again, digests included.

    Raises PlanFileError PV430 (another format version) or PV431 (no plan).
    """
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise PlanFileError(NotAPlanFile(where=f"line {error.lineno}")) from None
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
