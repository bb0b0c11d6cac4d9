"""Places that ``provision.yaml`` names: inside the workspace never by way of a link.

The workspace is a checkout, and a change that somebody proposes can bring a link along.  Databases
and passwords would then go to a place that its author chose.  What lies outside belongs to the
machine: links there are its owner's.
"""

import os
from pathlib import Path

from provisioner.errors import PolicyError
from provisioner.manifest.config import Config


def unlinked(root: Path, found: str, named: str | None = None) -> Path:
    """The absolute path of ``found``, which is relative to the workspace or absolute.

    ``named``: what stands in ``provision.yaml``, if that is not ``found`` itself.

    Raises PolicyError PV030 if the path, or a folder on the way to it within the workspace, is a
    link.
    """
    workspace = Path(os.path.normpath(root.absolute()))
    path = Path(os.path.normpath(workspace / found))
    if not path.is_relative_to(workspace):
        return root.absolute() / found
    step = workspace
    for part in path.relative_to(workspace).parts:
        step /= part
        if os.path.islink(step):  # noqa: PTH114 - never raises, whatever the name
            raise PolicyError("PV030", path=named or found, link=str(step.relative_to(workspace)))
    return path


def handover(root: Path, config: Config) -> Path:
    """The folder for sealed passwords.  PolicyError PV030, also for a reseller's file in it."""
    for reseller in config.resellers:
        unlinked(root, f"{config.handover}/{reseller}.jsonl", config.handover)
    return unlinked(root, config.handover)
