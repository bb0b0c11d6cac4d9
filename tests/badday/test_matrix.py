"""A sample of the fault matrix, the same in each run; ``make faults`` runs all of it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provisioner.drivers.sql import opened
from tests.asterisk.private import CannotRun
from tests.badday import pairs
from tests.badday.double import Double, serving
from tests.badday.matrix import Tally
from tests.postgres.private import private_postgres
from tests.postgres.server import Server

SAMPLE = {
    ("local", "sqlite", "change"): 9,
    ("asterisk", "sqlite", "rename"): 8,
    ("local", "postgresql", "port"): 6,
    ("asterisk", "postgresql", "apply"): 6,
}
"""How many cases, spread over all calls and faults."""


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    try:
        with private_postgres(tmp_path_factory.mktemp("postgres")) as found:
            yield found
    except CannotRun as why:
        pytest.skip(str(why))


@pytest.mark.parametrize(("pbx", "desk", "scenario"), SAMPLE)
def test_a_bad_day_ends_as_a_good_one(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
    pbx: str,
    desk: str,
    scenario: str,
) -> None:
    monkeypatch.setattr(opened, "_GRACE", 0)
    first = request.getfixturevalue("double") if pbx == "asterisk" else None
    second = request.getfixturevalue("server") if desk == "postgresql" else None
    tally = Tally()
    with pairs.bench(tmp_path, scenario, first, second) as bench:
        every = bench.cases()
        for case in bench.sample(len(every) // SAMPLE[pbx, desk, scenario]):
            bench.play(case, tally)
    where = f"{pbx} × {desk}, {scenario}"
    record_property("fault matrix", (where, len(every), tally.cases.total(), len(tally.wrong)))
    sys.stdout.write(f"{where}: {tally.line()}\n")
    assert len(tally.cases) > 3
    assert not tally.wrong, "\n".join(tally.wrong)
