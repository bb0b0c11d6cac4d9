"""What it costs, as ratios of one run: `make bench` (ARGS="--fleets 100 10000").

Two things that are compared run in turn, so that a busy machine slows both; the median of the
rounds counts.  Absolute times drift from machine to machine, ratios hold.  Nothing here fails.
"""

import argparse
import hashlib
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import applying
import fleet
import fleets
import peers
import report

ROOT = Path(__file__).parents[1]
DAY = date(2026, 11, 24)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def interleaved(rounds: int, **works: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each, run in turn; the first round warms up and does not count."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            took[name].append(time.perf_counter() - started)
    return {name: statistics.median(found[1:]) for name, found in took.items()}


def process(*arguments: str) -> Callable[[], object]:
    """A process of this interpreter, in the workspace of the examples."""
    return lambda: subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def show(name: str, took: Mapping[str, float], base: str, aim: str = "") -> None:
    print(f"\n{name}" + (f"   (aim: {aim})" if aim else ""))
    for each, seconds in took.items():
        said = f"{seconds * 1000:>10.1f} ms {seconds / took[base]:>8.2f} x"
        print(f"  {each.replace('_', ' '):<44} {said}")


def peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most so far"


def starting(rounds: int) -> None:
    entry = "from provisioner.cli.main import run; run()"
    took = interleaved(
        rounds,
        python=process("-c", "pass"),
        import_click=process("-c", "import click"),
        provision_version=process("-c", entry, "--version"),
        provision_help=process("-c", entry, "--help"),
    )
    show("Start", took, "import_click", "--version under 2 x")
    took = interleaved(
        min(rounds, max(3, rounds // 2)),
        import_click=process("-c", "import click"),
        validate_of_one=process("-c", entry, "validate", "velo-werk"),
        validate_of_the_example=process("-c", entry, "validate"),
    )
    show("Validate, whole processes", took, "import_click", "one file under 300 ms")


def loading(paths: list[Path], rounds: int) -> None:
    from provisioner.manifest.loader import load_manifest
    from provisioner.manifest.repository import load_workspace

    root = paths[0].parents[2]

    def floor() -> None:
        for path in paths:
            hashlib.sha256(path.read_bytes()).hexdigest()

    def load() -> None:
        for path in paths:
            load_manifest(path.read_bytes(), path.name)

    took = interleaved(
        rounds,
        read_and_sha256=floor,
        load_each_manifest=load,
        load_workspace_with_all_checks=lambda: load_workspace(root),
    )
    show(f"Load {len(paths)} manifests", took, "read_and_sha256")
    each = took["load_each_manifest"] / len(paths) * 1e6
    print(f"  {each:.0f} µs each; {peak()}")


def planning_and_applying(paths: list[Path], rounds: int, applied: int) -> None:
    """Everything on the local drivers, so that "live" is as quick as it gets."""
    from provisioner import operations
    from provisioner.plan.model import Plan

    root = paths[0].parents[2]

    def floor() -> None:
        for path in paths:
            hashlib.sha256(path.read_bytes()).hexdigest()

    def plan() -> Plan:
        with operations.open_workspace(root) as opened:
            return operations.plan(opened, today=DAY).plan

    steps = len(plan().steps)
    took = interleaved(rounds, read_and_sha256=floor, plan_from_nothing=plan)
    show(f"Plan of {len(paths)} customers, {steps} steps", took, "read_and_sha256")
    print(f"  {took['plan_from_nothing'] / max(steps, 1) * 1e6:.0f} µs for each step; {peak()}")

    chosen = [path.stem for path in paths[:applied]]
    applying.show(root, chosen)
    took = interleaved(rounds, read_and_sha256=floor, plan_again=plan)
    show(
        f"Plan of {len(paths)} customers, {len(chosen)} of them with nothing to change",
        took,
        "read_and_sha256",
    )


def main() -> None:
    options = argparse.ArgumentParser(description="Ratios of what provision costs, in one run.")
    options.add_argument(
        "--customers", type=int, default=300, help="to load, plan and apply; 0: none"
    )
    options.add_argument(
        "--fleets",
        type=int,
        nargs="*",
        default=[100, 1000],
        help="sizes of the applied fleets on which commands are measured, such as 10000",
    )
    options.add_argument(
        "--ports",
        type=int,
        nargs="*",
        default=[100, 200, 400, 800],
        help="sizes of a port, in numbers",
    )
    options.add_argument("--applied", type=int, default=300, help="how many of them are applied")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--no-peers", action="store_true", help="leave other programs out")
    options.add_argument("--report", type=Path, help="also write it as a page, with the machine")
    given = options.parse_args()
    sys.path.insert(0, str(ROOT))
    with report.kept(given.report, shlex.join(sys.argv[1:])):
        measure(given)


def measure(given: argparse.Namespace) -> None:
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {given.customers} customers"
    )
    starting(given.rounds)
    if given.customers:
        with tempfile.TemporaryDirectory() as folder:
            paths = fleet.write(Path(folder), given.customers)
            loading(paths, given.rounds)
            planning_and_applying(paths, given.rounds, min(given.applied, given.customers))
    fleets.show_ports(given.ports, min(given.rounds, 3))
    measured = fleets.show(given.fleets)
    if not given.no_peers:
        peers.show(measured[-1] if measured else None)


if __name__ == "__main__":
    main()
