"""Other programs that compare files with what is live, on as much work: `make bench`.

They are optional.  octoDNS is installed by pip, from wherever pip is set up to install from, into
an environment of the benchmark's own; Terraform or OpenTofu is measured where it is installed
already.  What is not there is told in one line.  Each finds nothing to change.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fleets import Fleet
from processes import Cost, cost

HOME = Path(__file__).parents[1] / ".cache" / "bench-octodns"
OCTODNS = "1.22.0"
ZONES, RECORDS = 1000, 25
OBJECTS = 2000
PATIENCE = 300
"""Seconds for an installation."""


@dataclass(frozen=True)
class Peer:
    """A program with what it was given to do; what that cost, or why it is left out."""

    name: str
    configuration: str
    objects: int
    found: Cost | str


def show(fleet: Fleet | None) -> None:
    """A table of all, beside ``fleet``."""
    print("\nPeers, nothing to change in any: whole processes")
    print(f"  {'':<32} {'processor s':>11} {'MB':>6} {'us an object':>13} {'x in full':>10}")
    each = None
    if fleet is not None:
        each = fleet.in_full.seconds / fleet.objects
        given = f"{fleet.customers:,} customers, {fleet.objects:,} objects, all read live"
        for name, found in (("in full", fleet.in_full), ("all proven", fleet.proven)):
            _line(f"provision plan, {name}", given, fleet.objects, found, each)
    with tempfile.TemporaryDirectory(prefix="provision-peers-") as folder:
        for peer in _measured(Path(folder)):
            if isinstance(peer.found, str):
                print(f"  {peer.name}: left out, {peer.found}")
            else:
                _line(peer.name, peer.configuration, peer.objects, peer.found, each)


def _line(name: str, given: str, objects: int, found: Cost, each: float | None) -> None:
    one = found.seconds / objects
    ratio = f"{one / each:.1f}" if each else "-"
    print(
        f"  {name:<32} {found.seconds:>11.2f} {found.peak:>6.0f} {one * 1e6:>13.0f} {ratio:>10}\n"
        f"      {given}",
        flush=True,
    )


def _measured(folder: Path) -> Iterator[Peer]:
    yield _octodns(folder / "octodns")
    yield _terraform(folder / "terraform")


def _octodns(folder: Path) -> Peer:
    configuration = (
        f"YAML provider on both sides, {ZONES:,} zones of {RECORDS} records, octodns-sync"
        " without --doit"
    )
    program = HOME / "bin" / "octodns-sync"
    found: Cost | str = "pip could not install it here"
    if _installed(program):
        _zones(folder)
        found = _ended(cost([program, "--config-file", "config.yaml"], folder, {}), 0)
    return Peer(f"octoDNS {OCTODNS}", configuration, ZONES * RECORDS, found)


def _installed(program: Path) -> bool:
    if program.exists():
        return True
    pip = [HOME / "bin" / "python", "-m", "pip", "install", "--quiet", f"octodns=={OCTODNS}"]
    try:
        for command in ([sys.executable, "-m", "venv", HOME], [*pip, "--retries", "1"]):
            subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError):
        return False
    return program.exists()


def _zones(folder: Path) -> None:
    records = "".join(
        f"w{n}:\n  ttl: 3600\n  type: A\n  value: 192.0.2.{n + 1}\n" for n in range(RECORDS)
    )
    for side in ("wanted", "live"):
        (folder / side).mkdir(parents=True)
        for n in range(ZONES):
            (folder / side / f"kunde-{n}.example.yaml").write_text(f"---\n{records}", "utf-8")
    (folder / "config.yaml").write_text(
        "---\nproviders:\n"
        "  wanted: {class: octodns.provider.yaml.YamlProvider, directory: wanted}\n"
        "  live: {class: octodns.provider.yaml.YamlProvider, directory: live}\n"
        "zones:\n  '*': {sources: [wanted], targets: [live]}\n",
        "utf-8",
    )


def _terraform(folder: Path) -> Peer:
    configuration = f"one resource terraform_data, count {OBJECTS:,}, local state, plan"
    program = shutil.which("terraform") or shutil.which("tofu")
    if program is None:
        why = "neither terraform nor tofu is installed here"
        return Peer("Terraform", configuration, OBJECTS, why)
    # no configuration of this user, and nobody is asked for a newer version
    alone = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(folder / "none.tfrc")}
    version = _resources(folder, program)
    found: Cost | str = "init failed"
    if cost([program, "init", "-input=false"], folder, alone).code == 0:
        plan = [program, "plan", "-input=false", "-detailed-exitcode"]
        found = _ended(cost(plan, folder, alone), 0)
    return Peer(f"{Path(program).stem} {version}", configuration, OBJECTS, found)


def _resources(folder: Path, program: str) -> str:
    """Files and their state, as apply leaves it: that takes minutes.  The program's version."""
    folder.mkdir(parents=True)
    (folder / "none.tfrc").write_text("", "utf-8")
    (folder / "main.tf").write_text(
        'resource "terraform_data" "workplace" {\n'
        f"  count = {OBJECTS}\n"
        '  input = { login = "w${count.index}", license = "phones" }\n'
        "}\n",
        "utf-8",
    )
    told = subprocess.run([program, "version", "-json"], check=True, capture_output=True)
    version = str(json.loads(told.stdout)["terraform_version"])
    state = {
        "version": 4,
        "terraform_version": version,
        "serial": 1,
        "lineage": str(uuid.UUID(int=1)),
        "outputs": {},
        "resources": [
            {
                "mode": "managed",
                "type": "terraform_data",
                "name": "workplace",
                "provider": 'provider["terraform.io/builtin/terraform"]',
                "instances": [_instance(n) for n in range(OBJECTS)],
            }
        ],
    }
    (folder / "terraform.tfstate").write_text(json.dumps(state), "utf-8")
    return version


def _instance(number: int) -> dict[str, object]:
    value = {
        "value": {"license": "phones", "login": f"w{number}"},
        "type": ["object", {"license": "string", "login": "string"}],
    }
    return {
        "index_key": number,
        "schema_version": 0,
        "attributes": {
            "id": str(uuid.UUID(int=number)),
            "input": value,
            "output": value,
            "triggers_replace": None,
        },
        "sensitive_attributes": [],
    }


def _ended(found: Cost, code: int) -> Cost | str:
    return found if found.code == code else f"it ended with {found.code}"
