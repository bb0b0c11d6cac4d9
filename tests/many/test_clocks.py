"""A worker whose machine has the wrong day: when a job is due is told by the database's clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cli.conftest import workspace
from procrastinate import App as Queue
from procrastinate.jobs import Job

from provisioner.cli import crewing
from provisioner.cli.context import App
from provisioner.codes.many import ChunkCameToNothing
from provisioner.errors import Locked
from provisioner.operations import Runner, crew

__all__ = ["workspace"]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LOCKED = Locked(ChunkCameToNothing(customer="velo-werk"))


@pytest.fixture(params=[1, -1])
def worker(
    request: pytest.FixtureRequest, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> crewing.Worker:
    """A day ahead, or a day behind."""
    wrong = NOW + timedelta(days=request.param)
    monkeypatch.setattr(App, "now", lambda _app: wrong)
    runner = Runner(who="tester", clock=lambda: wrong)
    return crewing.Worker(App(start=workspace), {}, runner, "7 * * * *", 10)


def test_who_finds_a_customer_locked_tries_again_in_a_while(
    worker: crewing.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was by the machine's clock: tomorrow, or thirty times at once and then never again."""

    def locked(*_of: object) -> None:
        raise LOCKED

    monkeypatch.setattr(crew, "crew_desk", lambda _desk: (SimpleNamespace(now=lambda: NOW), {}))
    monkeypatch.setattr(crew, "carry_out", locked)
    with pytest.raises(Locked):
        worker._carry_out(cast("crew.Chunk", SimpleNamespace(who="tester")))
    again = crewing._Again(worker._now)

    def tried(attempts: int, error: Exception = LOCKED) -> datetime | None:
        job = cast("Job", SimpleNamespace(attempts=attempts))
        decision = again.get_retry_decision(exception=error, job=job)
        return decision.retry_at if decision else None

    assert tried(0) == tried(crewing.TRIES - 1) == NOW + timedelta(seconds=crewing.PAUSE)
    assert tried(crewing.TRIES) is tried(0, ValueError()) is None


def test_what_a_dead_worker_had_in_hand_is_taken_over_at_once(worker: crewing.Worker) -> None:
    """It was due on the day of the machine that took it back."""
    taken: list[datetime] = []

    class Manager:
        async def prune_stalled_workers(self, _seconds: float) -> None: ...

        async def get_stalled_jobs(self, **_of: object) -> list[str]:
            return ["job"]

        async def retry_job(self, _job: str, *, retry_at: datetime) -> None:
            taken.append(retry_at)
            raise asyncio.CancelledError

    queue: Any = SimpleNamespace(job_manager=Manager())
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(worker._sweep(cast("Queue", queue)))
    assert [at < NOW - timedelta(days=365) for at in taken] == [True]
