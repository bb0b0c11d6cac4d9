"""``provision doctor``: whether machine, workspace, systems and forge are ready, and what to do."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import orjson

from provisioner.cli.context import TIME_ZONE, App, common
from provisioner.cli.files import read_identity
from provisioner.cli.helping import Command
from provisioner.codes import Severity
from provisioner.codes.asterisk import (
    EmergencyCallsShowAnotherNumber,
    EmergencyNumbersThatAreNotConnected,
)
from provisioner.codes.guards import ForgeDoesNotTell
from provisioner.codes.realtime import NodeDoesNotConnectEmergencies, NodeShowsAnotherNumber
from provisioner.errors import ProvisionError, SystemFault, Unavailable
from provisioner.report.sanitise import visible

if TYPE_CHECKING:
    from provisioner.contract.checking import Check
    from provisioner.contract.desk import Desk
    from provisioner.contract.pbx import EmergencyLine, Pbx
    from provisioner.manifest.config import Config
    from provisioner.manifest.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class _Group:
    """Checks of one thing. ``title``: a key of the interface's words; ``target``: its name."""

    title: str
    target: str
    checks: "Iterator[Check]"


@click.command(cls=Command, epilog="Example:  provision doctor --identity apply.key")
@click.option(
    "--identity",
    "identities",
    multiple=True,
    metavar="FILE",
    type=click.Path(),
    help="Also check this private key (age or ssh).",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Output format.",
)
@click.option(
    "--forge",
    is_flag=True,
    help="Check GitHub or GitLab instead: the rules of the protected branch, and the token.",
)
@common
def doctor(app: App, identities: tuple[str, ...], form: str, *, forge: bool) -> int:
    """Check configuration, machine, PBX and desk, with remedies.

    Ends with 1 if anything failed; a warning and what nobody tells are no failure. Without a usable
    provision.yaml it says so and stops.

    With --forge it reads what GitHub or GitLab tells the token in PROVISION_FORGE_TOKEN, and says
    for each rule that is missing what that leaves open. Nothing is written there.
    """

    faults: list[ProvisionError] = []
    rows: list[dict[str, Any]] = []
    for group in _groups(app, identities, forge=forge):
        title = app.words.ui(group.title)
        if form == "text":
            app.say(f"{title}  {visible(group.target)}".rstrip() + "\n")
        for check in group.checks:
            label = app.words.ui(check.name, **check.params)
            if check.fault is not None:
                faults.append(check.fault)
            if form == "text":
                mark = "ok" if check.fault is None else check.fault.code
                app.say(f"  {mark:<6}{_said(app, check, label)}\n")
            rows.append(_row(app, group, check, label))
    failed = any(fault.about.severity is Severity.ERROR for fault in faults)
    if form == "json":
        found = {"version": 1, "ok": not failed, "checks": rows}
        app.say_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    elif faults:
        app.note("\n")
        said = [d for fault in faults for d in _diagnostics(fault)]
        app.report([d for n, d in enumerate(said) if d not in said[:n]])
    return 1 if failed else 0


def _said(app: App, check: "Check", label: str) -> str:
    if check.fault is None:
        return label
    untold = check.fault.says(ForgeDoesNotTell)
    return app.words.ui("doctor.untold" if untold else "doctor.unmet", label=label)


def _groups(app: App, identities: tuple[str, ...], *, forge: bool) -> "Iterator[_Group]":
    """What needs the configuration comes after it, and not at all if there is none."""
    from provisioner.contract.checking import Check
    from provisioner.manifest.repository import load_config

    config: Config | None = None
    fault: ProvisionError | None = None
    try:
        config = load_config(app.root)
    except ProvisionError as error:
        fault = error
    first = [Check("doctor.config", fault)]
    if config is None or forge:
        yield _Group("doctor.workspace", app.root.absolute().name, iter(first))
        if config is not None:
            yield from _forge(config)
        return
    yield _Group(
        "doctor.workspace", app.root.absolute().name, _workspace(app, config, first, identities)
    )
    yield from _systems(app, config)


def _workspace(
    app: App, config: "Config", first: "list[Check]", identities: tuple[str, ...]
) -> "Iterator[Check]":
    from provisioner.contract.checking import Check
    from provisioner.manifest.repository import load_workspace
    from provisioner.operations import machine

    yield from first
    yield Check("doctor.manifests", _fault(lambda: load_workspace(app.root)))
    keys: dict[str, str] = {}
    for name in identities:
        try:
            keys[name] = read_identity(name)
        except ProvisionError as error:
            yield Check("doctor.identity", error, {"file": visible(name)})
    yield from machine.check(app.root, config, TIME_ZONE, keys)


def _forge(config: "Config") -> "Iterator[_Group]":
    from provisioner.contract.checking import Check
    from provisioner.operations.forge_checks import check
    from provisioner.operations.forging import open_forge
    from provisioner.operations.operator import review_of

    try:
        review = review_of(config)
        forge = open_forge(config, os.environ)
    except ProvisionError as error:
        yield _Group("doctor.forge", "", iter([Check("doctor.forge_opens", error)]))
        return
    project = review.project
    try:
        target = f"{project.forge} {project.id} {project.branch}"
        yield _Group("doctor.forge", target, check(forge, review, config.approvals))
    finally:
        forge.close()


def _systems(app: App, config: "Config") -> "Iterator[_Group]":
    """Each system by itself: a driver that is not there does not hide the other one."""
    from provisioner.contract.checking import Check
    from provisioner.operations.load import open_desk, open_pbx

    makers: tuple[tuple[str, str, Callable[[], Pbx | Desk]], ...] = (
        ("doctor.pbx", config.pbx.driver, lambda: open_pbx(config, app.root)),
        ("doctor.desk", config.desk.driver, lambda: open_desk(config, app.root)),
    )
    for title, driver, make in makers:
        try:
            system = make()
        except ProvisionError as error:
            params: dict[str, str | int] = {"driver": driver, "contract": "?"}
            yield _Group(title, driver, iter([Check("doctor.driver", error, params)]))
            continue
        try:
            yield _Group(title, system.target, _of(system, driver, app, config))
        finally:
            system.close()


def _of(system: "Pbx | Desk", driver: str, app: App, config: "Config") -> "Iterator[Check]":
    from provisioner.contract.abilities import abilities_of
    from provisioner.contract.checking import Check, Checkable, SpeaksTLS
    from provisioner.contract.pbx import ConnectsEmergencies, PbxReader

    yield Check("doctor.driver", None, {"driver": driver, "contract": system.contract})
    can = [app.words.ui(f"ability.{each}") for each in sorted(abilities_of(system))]
    yield Check(
        "doctor.abilities", None, {"abilities": ", ".join(can) or app.words.ui("ability.none")}
    )
    if isinstance(system, Checkable):
        faults = 0
        for check in system.checks(app.now()):
            faults += check.fault is not None and check.name == "doctor.reachable"
            yield check
        if isinstance(system, ConnectsEmergencies) and not faults:
            for line in system.emergency_lines():
                yield from _emergencies(line, config)
        if isinstance(system, SpeaksTLS) and config.phones is not None and not faults:
            yield from system.takes(config.phones.registrar, config.phones.transport)
        return
    ask: Callable[[], object] = system.size if isinstance(system, PbxReader) else system.customers
    yield Check("doctor.reachable", _fault(ask, SystemFault))


def _emergencies(line: "EmergencyLine", config: "Config") -> "Iterator[Check]":
    from provisioner.contract.checking import Check

    params = {"node": line.node}
    numbers, caller = "doctor.node_emergency", "doctor.node_emergency_caller"
    if not line.node:
        params, numbers, caller = {}, "doctor.emergency", "doctor.emergency_caller"
    connected = _fault(lambda: _connected(line, config))
    yield Check(numbers, connected, params)
    if not isinstance(connected, Unavailable):
        yield Check(caller, _fault(lambda: _caller(line, config)), params)


def _connected(line: "EmergencyLine", config: "Config") -> None:
    """Raises SystemFault PV588, PV650."""
    if lacking := sorted(set(config.emergency_numbers) - set(line.numbers())):
        missing, count = ", ".join(lacking), len(lacking)
        raise SystemFault(
            NodeDoesNotConnectEmergencies(missing=missing, count=count, node=line.node)
            if line.node
            else EmergencyNumbersThatAreNotConnected(missing=missing, count=count)
        )


def _caller(line: "EmergencyLine", config: "Config") -> None:
    """Raises SystemFault PV612, PV651."""
    caller = config.emergency_caller
    found, wanted = line.caller(), caller.international if caller else ""
    if found != wanted:
        shown, meant = found or "-", str(caller or "-")
        raise SystemFault(
            NodeShowsAnotherNumber(found=shown, wanted=meant, node=line.node)
            if line.node
            else EmergencyCallsShowAnotherNumber(found=shown, wanted=meant)
        )


def _fault(
    call: Callable[[], object], kind: type[ProvisionError] = ProvisionError
) -> ProvisionError | None:
    try:
        call()
    except kind as error:
        return error
    return None


def _row(app: App, group: _Group, check: "Check", label: str) -> dict[str, Any]:
    from provisioner.report.diagnostics.json import diagnostics_json

    found = [] if check.fault is None else list(_diagnostics(check.fault))
    return {
        "group": group.title.removeprefix("doctor."),
        "target": visible(group.target),
        "check": check.name.removeprefix("doctor."),
        "label": label,
        "ok": check.fault is None,
        "faults": diagnostics_json(found, app.words),
    }


def _diagnostics(fault: ProvisionError) -> "Iterator[Diagnostic]":
    from provisioner.manifest.diagnostics import Diagnostic, InputError

    if isinstance(fault, InputError):
        yield from fault.diagnostics
    else:
        yield Diagnostic.of(fault.about)
