"""``provision doctor``: whether the live systems are ready, and what to do if not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, common
from provisioner.errors import ProvisionError, SystemFault

if TYPE_CHECKING:
    from provisioner.live.protocols import Check, Desk, Pbx


@click.command(epilog="Example:  provision doctor")
@common
def doctor(app: App) -> int:
    """Check that PBX and desk are reachable and set up right; each fault comes with its remedy."""
    from provisioner.manifest.repository import load_workspace

    workspace = load_workspace(app.root)
    faults: list[ProvisionError] = []
    with app.systems(workspace.config) as (pbx, desk):
        for system, target, checks in (
            ("doctor.pbx", pbx.target, _pbx(pbx, app)),
            ("doctor.desk", desk.target, _desk(desk)),
        ):
            app.say(f"{app.words.ui(system)}  {target}\n")
            for check in checks:
                mark = "ok" if check.fault is None else check.fault.code
                app.say(f"  {mark:<6}{app.words.ui(check.name)}\n")
                if check.fault is not None:
                    faults.append(check.fault)
    if faults:
        app.note("\n")
    for fault in faults:
        app.fail(fault)
    return 1 if faults else 0


def _pbx(pbx: "Pbx", app: App) -> "Iterator[Check]":
    from provisioner.live.protocols import Check, Checkable

    if isinstance(pbx, Checkable):
        yield from pbx.checks(app.now())
        return
    try:
        pbx.size()
    except SystemFault as fault:
        yield Check("doctor.reachable", fault)
    else:
        yield Check("doctor.reachable")


def _desk(desk: "Desk") -> "Iterator[Check]":
    from provisioner.live.protocols import Check

    try:
        desk.customers()
    except SystemFault as fault:
        yield Check("doctor.reachable", fault)
    else:
        yield Check("doctor.reachable")
