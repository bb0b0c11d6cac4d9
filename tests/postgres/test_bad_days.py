"""A server that dies, hangs or is crowded while people work with it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from provisioner import operations
from provisioner.apply.events import CustomerResult, Outcome
from provisioner.apply.run import exit_code
from provisioner.cli.group import main
from provisioner.errors import ProvisionError, Unavailable
from provisioner.operations import Opened
from provisioner.telephony.identity import CustomerId
from provisioner.testing.values import TODAY, key, raises, stock
from tests.postgres.server import Server
from tests.stateful import samples
from tests.stateful.world import CONFIG, World

CUSTOMERS = ("one", "two", "three")
LIMITS = {"patience": 1, "connect_timeout": 2, "statement_timeout": 1}


@pytest.fixture
def world(server: Server, database: str, tmp_path: Path) -> Iterator[World]:
    desk = {"driver": "sql", "url": server.url(database), **LIMITS}
    with closing(World(tmp_path, samples.TODAY, {**CONFIG, "desk": desk})) as made:
        for customer in CUSTOMERS:
            numbers = [{"id": f"n{i}", "area": "052"} for i in range(3)]
            made.write(customer, samples.manifest(customer, numbers=numbers))
        yield made


class Disturbed:
    """A PBX; ``act`` is called once, after the third object was written."""

    def __init__(self, system: Any, act: Callable[[], None]) -> None:
        self._system, self._act, self._count = system, act, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    def put(self, *arguments: Any, **options: Any) -> None:
        self._system.put(*arguments, **options)
        self._count += 1
        if self._count == 3:
            self._act()


def apply(world: World, act: Callable[[], None] = lambda: None) -> tuple[CustomerResult, ...]:
    opened = Opened(world.workspace(), Disturbed(world.pbx, act), world.desk)
    runner = world.runner()
    return operations.apply(
        opened, today=world.today, runner=runner, agree=lambda _plan: True
    ).results


def held(server: Server, database: str) -> list[tuple[object, ...]]:
    return server.ask(database, "SELECT digits FROM numbers")


def test_a_server_that_is_killed_during_an_apply(
    server: Server, database: str, world: World
) -> None:
    """What was done is told, nobody else is begun, and the rest goes on where it stopped."""
    failed, stopped = apply(world, server.kill)
    assert (failed.outcome, failed.error.code) == (Outcome.FAILED, "PV517")
    assert sum(step.startswith(("tenant/", "workplace/")) for step in failed.done) >= 2
    assert sum(step.startswith("stock_number/") for step in failed.done) == 3
    assert (stopped.outcome, stopped.error.code) == (Outcome.REFUSED, "PV633")
    assert stopped.error.params["count"] == len(CUSTOMERS) - 1
    assert exit_code([failed, stopped]) == 5

    server.start()
    (resumed,) = world.resume()
    assert resumed.outcome is Outcome.DONE
    assert {each.outcome for each in apply(world)} == {Outcome.DONE}
    assert not world.plan().customers
    assert len(set(held(server, database))) == 3 * len(CUSTOMERS)


def test_a_server_that_restarts_is_waited_for(server: Server, database: str, world: World) -> None:
    def restart() -> None:
        server.kill()
        server.start()

    assert [each.outcome for each in apply(world, restart)] == [Outcome.DONE] * len(CUSTOMERS)
    assert len(set(held(server, database))) == 3 * len(CUSTOMERS)


def test_a_customer_takes_few_transactions(world: World) -> None:
    """However many steps there are."""
    commits: list[int] = []
    event.listen(world.desk._store._engine, "commit", lambda _db: commits.append(1))
    found = []
    for name, count in (("few", 2), ("many", 30)):
        for other in list(world.files):
            world.remove(other)
        numbers = [{"id": f"n{i}", "area": "052"} for i in range(count)]
        world.write(name, samples.manifest(name, numbers=numbers))
        commits.clear()
        assert [each.outcome for each in apply(world)] == [Outcome.DONE]
        found.append(len(commits))
    # what is read is one each time, too, and so is a proof; more numbers touch more blocks
    assert found[0] < 30
    assert found[1] < found[0] + 6


def test_a_server_that_hangs_makes_nobody_wait_for_ever(
    server: Server,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert world.desk.customers() == []
    monkeypatch.chdir(world.root)
    server.hang()
    try:
        with raises(Unavailable, "PV517"):
            world.desk.customers()
        assert main(["plan"]) == 1
    finally:
        server.go_on()
    assert "PV517" in "".join(capsys.readouterr())
    assert main(["plan", "--at", str(samples.TODAY)]) == 0


@pytest.mark.parametrize("workers", [8, 32])
def test_many_allocate_at_once_and_get_numbers_of_their_own(
    server: Server, database: str, open_desk: Callable[..., Any], workers: int
) -> None:
    """Each takes all of its customer's in one transaction, in two areas."""
    begin = threading.Barrier(workers)
    errors: list[ProvisionError] = []

    def take(number: int) -> None:
        customer = CustomerId.parse(f"worker-{number}")
        wanted = [
            stock(f"n{i}", customer=customer, area=("044", "052")[(i + number) % 2])
            for i in range(4)
        ]
        desk = open_desk(lock_timeout="100", connect_timeout="100", statement_timeout="100")
        try:
            begin.wait()
            desk.together(
                lambda: [desk.put(each, today=TODAY, key=key()) for each in wanted], about=wanted
            )
        except ProvisionError as error:
            errors.append(error)

    threads = [threading.Thread(target=take, args=[n]) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    found = held(server, database)
    assert len(found) == len(set(found)) == 4 * workers
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert server.ask(database, deadlocks) == [(0,)]
