"""What commands cost on applied fleets: whole processes, processor time and memory at most.

The floor is to read all manifests and to take the SHA-256 of each.  A command in which something is
changed has it changed in a file only: a plan writes nothing.
"""

import hashlib
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import applied
import applying
import fleet
from processes import Cost, cost

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Fleet:
    """So many objects on both systems, and what it costs to find all of them as they should be."""

    customers: int
    objects: int
    in_full: Cost
    proven: Cost


def provision(root: Path, *arguments: str) -> Cost:
    """One command in ``root``."""
    command = [sys.executable, "-m", "provisioner", *arguments]
    # as people start it: a package that was compiled once stays so
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return cost(command, root, kept)


def floor(paths: Sequence[Path]) -> float:
    """Processor seconds."""
    started = time.process_time()
    for path in paths:
        hashlib.sha256(path.read_bytes()).hexdigest()
    return time.process_time() - started


def show(sizes: Sequence[int]) -> list[Fleet]:
    """A table for each size."""
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="provision-bench-") as folder:
            found.append(_one(Path(folder), size))
    return found


def show_ports(sizes: Sequence[int], rounds: int) -> None:
    """One customer's first plan by the numbers of its port: twice as many cost at most twice."""
    print("\nPlan of one port (aim: no number costs more than the ones before)")
    before: tuple[int, Cost] | None = None
    for size in sorted({*sizes}):
        with tempfile.TemporaryDirectory(prefix="provision-bench-") as folder:
            found = _port(Path(folder), size, rounds)
        said = f"{found.seconds:>6.2f} s, {found.peak:.0f} MB, ended with {found.code}"
        if before:
            fewer, cheaper = before
            each = (found.seconds - cheaper.seconds) / (size - fewer) * 1000
            said += f"; {each:.1f} ms for each further number"
        print(f"  {size:>4} numbers: {said}", flush=True)
        before = size, found


def _port(root: Path, size: int, rounds: int) -> Cost:
    (root / "provision.yaml").write_text(fleet.config(size), "utf-8")
    path = root / "customers/reseller-1/kunde-1.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(fleet.manifest(1, [f"062{2_000_000 + n:07d}" for n in range(size)]), "utf-8")
    provision(root, "desk", "upgrade")
    plans = (provision(root, "plan", "--at", str(applied.DAY)) for _ in range(rounds))
    return min(plans, key=lambda each: each.seconds)


def _one(root: Path, size: int) -> Fleet:
    paths = applied.write(root, size)
    in_full, proven = commands(root, paths)
    applying.show(root, applying.joined(root, size))
    return Fleet(size, _objects(root), in_full, proven)


def commands(root: Path, paths: Sequence[Path]) -> tuple[Cost, Cost]:
    """A line for each; what a plan cost in full, and with proofs."""
    lowest = min(floor(paths) for _ in range(3))
    print(f"\n{len(paths)} customers, all applied; floor: {lowest * 1000:.1f} ms")
    print(f"  {'':<28} {'processor s':>11} {'x floor':>9} {'MB':>6}  ended")
    day, one = ("--at", str(applied.DAY)), paths[-1]
    # in one process: the memory that is measured is that of the largest
    in_full = provision(root, "plan", "--no-proofs", "--jobs", "1", "--detailed-exitcode", *day)
    _line("plan, nothing changed", in_full, lowest)
    # reads all of it back, so that the next plans have proofs
    _line("apply, nothing to do", provision(root, "apply", "--auto-approve", *day), lowest)
    proven = provision(root, "plan", "--detailed-exitcode", *day)
    _line("plan, all proven", proven, lowest)
    _line("plan CUSTOMER", provision(root, "plan", one.stem, *day), lowest)
    _line("status CUSTOMER", provision(root, "status", one.stem), lowest)
    _line("validate CUSTOMER", provision(root, "validate", one.stem), lowest)
    _line("validate", provision(root, "validate"), lowest)
    _line("billing MONTH", provision(root, "billing", "2027-01"), lowest)
    text = one.read_text("utf-8")
    one.write_text(text.replace("license: phones+apps", "license: phones", 1), "utf-8")
    _line("plan, one changed", provision(root, "plan", "--detailed-exitcode", *day), lowest)
    _line("plan CUSTOMER, it is changed", provision(root, "plan", one.stem, *day), lowest)
    return in_full, proven


def _objects(root: Path) -> int:
    with closing(sqlite3.connect(root / "state/desk.sqlite")) as desk:
        rows = desk.execute("SELECT hashes FROM noted").fetchall()
    return sum(len(of_kind) for (text,) in rows for of_kind in json.loads(text).values())


def _line(name: str, found: Cost, lowest: float) -> None:
    print(
        f"  {name:<28} {found.seconds:>11.2f} {found.seconds / lowest:>9.0f} {found.peak:>6.0f}"
        f"  {found.code}",
        flush=True,
    )
