"""Every file in ``tests/cases``: manifests, history, day → the plan, its findings, the bills; and
the same plan from a snapshot, with proofs and, of several customers, joined from parts."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import by_proofs
import in_memory
import pytest
from by_parts import same_joined
from by_snapshot import KNOWS_LESS, same_plan
from every import every
from harness import FIELDS, HERE, World, read_case
from written import plan_json

from provisioner import operations
from provisioner.drivers.local import LocalPbx
from provisioner.errors import ProvisionError

RULES = [f"R{n}" for n in range(1, 20)]
FILES = sorted(p for p in HERE.glob("*/*.yaml") if p.parent.name != "bases")


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(LocalPbx, "WORK", 2)  # hashing passwords slowly proves nothing here
    with tempfile.TemporaryDirectory(dir=in_memory.PLACE) as folder:
        yield Path(folder)


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_case(path: Path, root: Path) -> None:
    case = read_case(path)
    assert case.keys() <= FIELDS, case.keys() - FIELDS
    with closing(World(root, case)) as world:
        for entry in case.get("history", []):
            ((day, event),) = entry.items()
            world.happen(day, event)
        today = date.fromisoformat(case["today"])
        world.check(today, case["expect"], case)
        try:
            live = operations.plan(world.opened({}), today=today).plan
        except ProvisionError:
            live = None  # a file or a system is lost, and nobody could plan
        knows = f"{path.parent.name}/{path.stem}" not in KNOWS_LESS
        assert same_plan(world, today, live) is knows
        if live is None:
            return
        if len(world.written) > 1:  # one alone is in one part
            assert same_joined(world, today, live)
        by_proofs.same_plans(world.opened({}), today, plan_json(live))


def test_every_rule_has_several_cases() -> None:
    found = Counter(path.parent.name for path in FILES)
    assert [rule for rule in RULES if found[rule] < 3] == []
    assert len(FILES) >= 100


@every(FILES, lambda path: f"{path.parent.name}/{path.stem}")
def test_case_says_what_it_is_about(path: Path) -> None:
    case = read_case(path)
    assert case["about"].endswith("."), "a sentence"
    assert re.fullmatch(r"[a-z0-9-]+", path.stem)
    folder = path.parent.name
    assert case.get("rule") == (folder if folder in RULES else None)
