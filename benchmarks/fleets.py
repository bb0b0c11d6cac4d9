"""What commands cost on applied fleets: whole processes, processor time and memory at most.

The floor is to read all manifests and to take the SHA-256 of each.  A command in which something is
changed has it changed in a file only: a plan writes nothing.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import applied
import fleet

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cost:
    """Of one process, with all that it starts: processor seconds, and MB at most."""

    seconds: float
    peak: float
    code: int


def cost(root: Path, *arguments: str) -> Cost:
    """Of one command in ``root``."""
    command = [sys.executable, "-m", "provisioner", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    ran = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(ran.pid, 0)
    ran.returncode = os.waitstatus_to_exitcode(status)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, ran.returncode)


def floor(paths: Sequence[Path]) -> float:
    """Processor seconds."""
    started = time.process_time()
    for path in paths:
        hashlib.sha256(path.read_bytes()).hexdigest()
    return time.process_time() - started


def show(sizes: Sequence[int]) -> None:
    """A table for each size."""
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="provision-bench-") as folder:
            _one(Path(folder), size)


def show_ports(sizes: Sequence[int] = (100, 200, 400, 800)) -> None:
    """One customer's first plan by the numbers of its port: twice as many cost at most twice."""
    print("\nPlan of one port (aim: no number costs more than the ones before)")
    before: Cost | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="provision-bench-") as folder:
            found = _port(Path(folder), size)
        said = f"{found.seconds:>6.2f} s, {found.peak:.0f} MB, ended with {found.code}"
        if before:
            each = (found.seconds - before.seconds) / (size // 2) * 1000
            said += f"; {each:.1f} ms for each further number"
        print(f"  {size:>4} numbers: {said}", flush=True)
        before = found


def _port(root: Path, size: int) -> Cost:
    (root / "provision.yaml").write_text(fleet.config(size), "utf-8")
    path = root / "customers/reseller-1/kunde-1.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(fleet.manifest(1, [f"062{2_000_000 + n:07d}" for n in range(size)]), "utf-8")
    cost(root, "desk", "upgrade")
    rounds = (cost(root, "plan", "--at", str(applied.DAY)) for _ in range(3))
    return min(rounds, key=lambda each: each.seconds)


def _one(root: Path, size: int) -> None:
    paths = applied.write(root, size)
    lowest = min(floor(paths) for _ in range(3))
    print(f"\n{size} customers, all applied; floor: {lowest * 1000:.1f} ms")
    print(f"  {'':<28} {'processor s':>11} {'x floor':>9} {'MB':>6}  ended")
    day, one = ("--at", str(applied.DAY)), paths[-1]
    _line("plan, nothing changed", cost(root, "plan", "--detailed-exitcode", *day), lowest)
    _line("plan CUSTOMER", cost(root, "plan", one.stem, *day), lowest)
    _line("status CUSTOMER", cost(root, "status", one.stem), lowest)
    _line("validate CUSTOMER", cost(root, "validate", one.stem), lowest)
    _line("validate", cost(root, "validate"), lowest)
    _line("billing MONTH", cost(root, "billing", "2027-01"), lowest)
    text = one.read_text("utf-8")
    one.write_text(text.replace("license: phones+apps", "license: phones", 1), "utf-8")
    _line("plan, one changed", cost(root, "plan", "--detailed-exitcode", *day), lowest)
    _line("plan CUSTOMER, it is changed", cost(root, "plan", one.stem, *day), lowest)


def _line(name: str, found: Cost, lowest: float) -> None:
    print(
        f"  {name:<28} {found.seconds:>11.2f} {found.seconds / lowest:>9.0f} {found.peak:>6.0f}"
        f"  {found.code}",
        flush=True,
    )
