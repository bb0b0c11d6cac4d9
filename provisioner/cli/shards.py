"""``--shard K/N``, and the variables in which CI systems and clusters tell a job its share."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from provisioner.cli.usage import WrongUsage, WrongValue

if TYPE_CHECKING:
    from provisioner.plan.parts import Shard

_WRITTEN = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", re.ASCII)
VARIABLES = (
    "PROVISION_SHARD=K/N, CI_NODE_INDEX + CI_NODE_TOTAL, JOB_COMPLETION_INDEX + PROVISION_SHARDS"
)


class ShardOf(click.ParamType["Shard"]):
    """``2/4``, or ``auto``."""

    name = "shard"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> "Shard":
        from provisioner.plan.parts import MAX_PARTS, Shard  # loads pydantic models

        if isinstance(value, Shard):
            return value
        written = value
        if value == "auto":
            written = next(_told(os.environ), None)
            if written is None:
                raise WrongUsage("usage.shard_variables", variables=VARIABLES)
        found = _WRITTEN.fullmatch(written)
        if not found or not int(found[1]) <= int(found[2]) <= MAX_PARTS:
            raise WrongValue("usage.shard", written, most=MAX_PARTS)
        return Shard(int(found[1]), int(found[2]))


def _told(environment: Mapping[str, str]) -> Iterator[str]:
    """In the order in which they count: what somebody wrote for us goes first."""
    if explicit := environment.get("PROVISION_SHARD"):
        yield explicit
    if (number := environment.get("CI_NODE_INDEX")) and (of := environment.get("CI_NODE_TOTAL")):
        yield f"{number}/{of}"
    index, of = environment.get("JOB_COMPLETION_INDEX", ""), environment.get("PROVISION_SHARDS")
    if of and index.isdecimal() and index.isascii():  # Kubernetes counts from 0
        yield f"{int(index[:9]) + 1}/{of}"
