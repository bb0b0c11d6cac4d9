"""Which customers a command line names."""

from collections.abc import Collection, Iterable
from pathlib import Path

from provisioner.cli.context import App
from provisioner.errors import PolicyError
from provisioner.manifest.repository import Workspace
from provisioner.telephony.identity import CustomerId, IdentityError


def chosen_by(
    names: Iterable[str], everyone: Collection[CustomerId], workspace: Workspace, app: App
) -> Iterable[CustomerId]:
    """The customers behind ids, manifest files or folders of resellers."""
    for name in names:
        found = set(_one(name, everyone, workspace, app))
        if not found:
            raise PolicyError("PV447", found=name)
        yield from found


def _one(
    name: str, everyone: Collection[CustomerId], workspace: Workspace, app: App
) -> Iterable[CustomerId]:
    path = Path(name) if Path(name).is_absolute() or Path(name).exists() else app.root / name
    if path.is_dir():
        folder = path.resolve()
        for customer, entry in workspace.entries.items():
            if (workspace.root / entry.file).resolve().is_relative_to(folder):
                yield customer
        return
    stem = path.stem if name.endswith(".yaml") else name
    try:
        customer = CustomerId.parse(stem)
    except IdentityError:
        return
    if customer in everyone:
        yield customer
