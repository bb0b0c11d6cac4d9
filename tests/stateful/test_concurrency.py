"""Two processes at the same time."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.stateful import samples
from tests.stateful.commands import AT, example, run, run_here, start
from tests.stateful.world import World


def texts(customer: str) -> dict[str, Any]:
    numbers: list[dict[str, Any]] = [{"id": f"n{i}", "area": "052"} for i in range(8)]
    numbers += [{"id": f"b{i}", "area": "052", "block": 10} for i in range(4)]
    return samples.manifest(customer, numbers=numbers)


def test_one_of_two_runs_wins_and_the_other_is_locked_or_finds_nothing(folder: Path) -> None:
    root = example(folder / "workspace")
    both = [start(root, "apply", "schmiedeisen", *AT, "--auto-approve") for _ in range(2)]
    ended = [(p.communicate(timeout=600), p.returncode) for p in both]
    codes = sorted(code for _, code in ended)
    shown = "\n".join(out + err for (out, err), _ in ended)
    assert codes[0] == 0, shown
    assert codes[1] in {0, 6}, shown
    assert run_here(root, "plan", "schmiedeisen", *AT, "--detailed-exitcode") == 0
    with sqlite3.connect(root / "state" / "desk.sqlite") as db:
        assert db.execute("SELECT max(attempt), count(*) FROM orders").fetchone() == (1, 1)
        assert db.execute("SELECT submissions FROM desk").fetchone() == (1,)
    db.close()


def test_a_run_that_comes_while_another_holds_the_lease_ends_with_6(folder: Path) -> None:
    root = example(folder / "workspace")
    assert run_here(root, "apply", "velo-werk", *AT, "--auto-approve") == 0
    with sqlite3.connect(root / "state" / "desk.sqlite") as db:
        lease = ("schmiedeisen", "another-host:1:boot-1-1", "2999-01-01 00:00:00.000000")
        db.execute("INSERT INTO leases (customer, holder, until) VALUES (?, ?, ?)", lease)
    db.close()
    locked = run(root, "apply", "schmiedeisen", *AT, "--auto-approve")
    assert locked.returncode == 6, locked.stdout + locked.stderr
    assert "another-host:1" in locked.stdout + locked.stderr
    with sqlite3.connect(root / "state" / "desk.sqlite") as db:
        rows = db.execute("SELECT count(*) FROM numbers WHERE customer = 'schmiedeisen'")
        assert rows.fetchone() == (0,)
    db.close()


def test_two_runs_never_get_the_same_number(folder: Path) -> None:
    world = World(folder / "workspace", samples.TODAY)
    for customer in ("one", "two"):
        world.write(customer, texts(customer))
    at = ("--at", samples.TODAY.isoformat())
    both = [start(world.root, "apply", c, *at, "--auto-approve") for c in ("one", "two")]
    for process in both:
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, out + err
    held = [row[0] for row in world.rows("desk", "SELECT digits FROM numbers")]
    assert len(held) == 24
    for number in held:
        assert [n for n in held if n.startswith(number)] == [number]
    world.close()


def test_the_digest_is_the_same_in_every_process(folder: Path) -> None:
    root = example(folder / "workspace")
    run_here(root, "apply", "velo-werk", "schmiedeisen", *AT, "--auto-approve")
    plans = []
    for seed, language in (("0", "en"), ("1", "de"), ("4711", "en")):
        environment = {"PYTHONHASHSEED": seed, "PROVISION_LANG": language}
        found = run(root, "plan", *AT, "--format", "json", **environment)
        plans.append(json.loads(found.stdout))
    assert len({plan["digest"] for plan in plans}) == 1
    assert plans[0] == plans[1] == plans[2]
