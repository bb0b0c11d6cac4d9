"""Jobs for several machines on Procrastinate, a queue in the desk's PostgreSQL.

A job is a chunk of customers.  A worker carries out one at a time, since a lease is its process's;
whoever wants more starts more of them.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import psycopg
from procrastinate import App as Queue
from procrastinate import BaseRetryStrategy, PsycopgConnector, RetryDecision, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.periodic import MARGIN, PeriodicDeferrer, PeriodicRegistry, PeriodicTask
from procrastinate.tasks import Task
from procrastinate.types import JSONValue

from provisioner.apply.events import CustomerResult
from provisioner.cli.context import App
from provisioner.codes.desk import DeskRoleLacksARight
from provisioner.codes.many import QueueIsNotSetUp, QueueOutOfReach
from provisioner.errors import Locked, ProvisionError, SystemFault, Unavailable
from provisioner.operations import Runner, crew, open_workspace
from provisioner.plan.approval import day_of
from provisioner.plan.model import Plan

QUEUE, CHUNK, DUE = "provision", "provision.chunk", "provision.due"
TRIES, PAUSE = 30, 5
"""A lease of a machine that is gone runs out within the time that they make together."""
KEPT_HOURS = 7 * 24
AWAY = (ConnectorException, psycopg.Error)
ANSWER = 5.0
"""Seconds to wait for a connection."""
PAUSE_AWAY, PATIENCE = 1.0, 120.0
"""Seconds between two tries to reach a database, and until whoever waits for jobs gives it up."""
LOOK_AGAIN = 60.0
"""Seconds after which the database's clock is asked again, at the latest."""
AT_ONCE = datetime.fromtimestamp(0, UTC)
"""Past on every clock: when a job is due is told by the database's."""
DONE = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.ABORTED})

for _name in ("procrastinate", "psycopg"):  # what goes wrong is said with a code
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def is_cron(text: str) -> bool:
    """Whether it says when, and that comes."""
    when: PeriodicTask[..., object, ...]
    when = PeriodicTask(None, text, "", {})  # type: ignore[arg-type]  # its times alone are asked
    try:
        when.croniter.get_next()
    except ValueError:
        return False
    return True


def set_up(connection: Mapping[str, str]) -> bool:
    """Create the queue's tables; False if they are there.  Raises Unavailable PV623, PV683."""
    with _opened(connection) as queue:
        if queue.check_connection():
            return False
        queue.schema_manager.apply_schema()
        return True


class Waiting:
    """Chunks that were handed out, and word of them."""

    def __init__(
        self, connection: Mapping[str, str], emit: Callable[[CustomerResult], None]
    ) -> None:
        self._connection = connection
        self._emit = emit
        self._jobs: dict[int, crew.Chunk] = {}
        self._away: float | None = None

    def hand_out(self, chunks: Sequence[crew.Chunk]) -> None:
        """Raises Unavailable PV680 or PV683."""
        with self._queue() as queue:
            task = queue.configure_task(CHUNK, queue=QUEUE)
            jobs: list[dict[str, JSONValue]] = [{"chunk": chunk.as_json()} for chunk in chunks]
            self._jobs = dict(zip(task.batch_defer(*jobs), chunks, strict=True))

    def ended(self) -> bool:
        """Whether nobody will work on them any more; what cannot be asked has not ended.

        Raises Unavailable PV683 for a database that stays away.
        """
        try:
            with self._queue() as queue:
                found = all(queue.job_manager.get_job_status(job) in DONE for job in self._jobs)
        except Unavailable:
            self._away = self._away or time.monotonic()
            if time.monotonic() - self._away > PATIENCE:
                raise
            return False
        self._away = None
        return found

    def untouched(self) -> bool:
        """Whether no worker has begun; what cannot be asked may have been."""
        with contextlib.suppress(Unavailable), self._queue() as queue:
            status = queue.job_manager.get_job_status
            return all(status(job) is Status.TODO for job in self._jobs)
        return False

    def take_back(self) -> set[str]:
        """Those that nobody has begun; the customers in them."""
        with self._queue() as queue:
            cancel = queue.job_manager.cancel_job_by_id
            back = [chunk for job, chunk in self._jobs.items() if cancel(job)]
        return {customer.customer for chunk in back for customer in chunk.plan.customers}

    def news(self, found: Sequence[CustomerResult], known: set[str]) -> None:
        for result in found:
            if result.customer not in known:
                known.add(result.customer)
                self._emit(result)

    @contextlib.contextmanager
    def _queue(self) -> Iterator[Queue]:
        with _opened(self._connection) as queue:
            if not queue.check_connection():
                raise Unavailable(QueueIsNotSetUp())
            yield queue


@contextlib.contextmanager
def _opened(connection: Mapping[str, str]) -> Iterator[Queue]:
    one = SyncPsycopgConnector(kwargs={**connection}, min_size=1, max_size=1, timeout=ANSWER)
    made = Queue(connector=one)
    try:
        with made.open():
            yield made
    except AWAY as error:
        raise _fault(error, connection) from None


def _fault(error: BaseException, connection: Mapping[str, str]) -> Unavailable:
    """PV683, or PV623 of a database that is there and does not let the role do it."""
    if _is_no_right(error):
        place = connection.get("service") or connection.get("dbname", "")
        return Unavailable(DeskRoleLacksARight(target=f"postgresql:{place}"))
    return Unavailable(QueueOutOfReach())


def _is_no_right(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, psycopg.errors.InsufficientPrivilege):
        error = error.__cause__ or error.__context__
    return error is not None


class _Again(BaseRetryStrategy):
    """After a while.  ``now``: by the database's clock, since this machine's may be wrong."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= TRIES or not isinstance(exception, Locked | SystemFault):
            return None
        return RetryDecision(retry_at=self._now() + timedelta(seconds=PAUSE))


class Worker:
    """Carries out jobs until it is told to stop.  ``cron``: when the due are looked for;
    ``heartbeat``: seconds between two signs of life, after three of which it counts as dead."""

    def __init__(
        self, app: App, connection: Mapping[str, str], runner: Runner, cron: str, heartbeat: float
    ) -> None:
        self._app, self._connection, self._runner = app, connection, runner
        self._cron, self._heartbeat = cron, heartbeat
        self._ahead = timedelta()

    def run(self, *, wait: bool) -> None:
        """``wait`` False: until there is nothing to do.  Raises Unavailable PV623, PV680, PV683."""
        while True:
            try:
                asyncio.run(self._run(wait=wait))
            except AWAY as error:
                if not wait or _is_no_right(error):
                    raise _fault(error, self._connection) from None
                asyncio.run(asyncio.sleep(PAUSE_AWAY))  # the database starts again
            else:
                return

    async def _run(self, *, wait: bool) -> None:
        async with self._queue() as queue:
            if not await queue.check_connection_async():
                raise Unavailable(QueueIsNotSetUp())
            # not the queue's own, which goes by this machine's clock
            registry = PeriodicRegistry()  # type: ignore[no-untyped-call]  # the library's
            registry.register_task(queue.tasks[DUE], self._cron, "", {})
            due = PeriodicDeferrer(registry)
            await self._ask(queue, due)
            beside = [self._sweep(queue), self._ask_again(queue, due)]
            tasks = [asyncio.create_task(each) for each in beside]
            try:
                await queue.run_worker_async(
                    queues=[QUEUE],
                    wait=wait,
                    concurrency=1,
                    fetch_job_polling_interval=min(5.0, self._heartbeat),
                    update_heartbeat_interval=self._heartbeat,
                    stalled_worker_timeout=3 * self._heartbeat,
                )
            finally:
                for task in tasks:
                    task.cancel()

    @contextlib.asynccontextmanager
    async def _queue(self) -> AsyncIterator[Queue]:
        connector = PsycopgConnector(
            kwargs={**self._connection}, min_size=1, max_size=4, timeout=ANSWER
        )
        queue = Queue(connector=connector)
        queue.task(name=CHUNK, queue=QUEUE, retry=_Again(self._now))(self._chunk)
        queue.task(name=DUE, queue=QUEUE, queueing_lock=DUE, pass_context=False)(self._due(queue))
        async with queue.open_async():
            yield queue

    async def _sweep(self, queue: Queue) -> None:
        """Take jobs of dead workers back; of two who do it at once the second finds nothing."""
        manager = queue.job_manager
        while True:
            with contextlib.suppress(*AWAY):
                await manager.prune_stalled_workers(3 * self._heartbeat)
                for job in await manager.get_stalled_jobs(
                    queue=QUEUE, seconds_since_heartbeat=3 * self._heartbeat
                ):
                    with contextlib.suppress(*AWAY):
                        await manager.retry_job(job, retry_at=AT_ONCE)
            await asyncio.sleep(self._heartbeat)

    async def _ask(self, queue: Queue, due: PeriodicDeferrer) -> float:
        """Have the due looked for if it is time, once for all workers; seconds until the next time.

        By the database's clock: a worker that is ahead would take the looks of a day to come,
        which nobody would do then.
        """
        clock = "SELECT extract(epoch FROM now())::float8 AS now"
        now: float = (await queue.connector.execute_query_one_async(clock))["now"]
        await due.defer_jobs(due.get_previous_tasks(at=now))
        seconds: float = due.get_next_tick(at=now)
        return seconds

    async def _ask_again(self, queue: Queue, due: PeriodicDeferrer) -> None:
        while True:
            seconds = LOOK_AGAIN
            with contextlib.suppress(*AWAY):
                seconds = await self._ask(queue, due)
            await asyncio.sleep(min(LOOK_AGAIN, seconds + MARGIN))

    def _now(self) -> datetime:
        """By the database's clock, once a job was begun."""
        return self._app.now() + self._ahead

    async def _chunk(self, chunk: Mapping[str, object]) -> None:
        await asyncio.to_thread(self._carry_out, crew.Chunk.from_json(chunk))

    def _carry_out(self, chunk: crew.Chunk) -> None:
        try:
            with open_workspace(self._app.root) as opened:
                desk, _ = crew.crew_desk(opened.desk)
                self._ahead = desk.now() - self._app.now()  # this machine's clock may be wrong
                runner = Runner(who=chunk.who, clock=self._now, identities=self._runner.identities)
                crew.carry_out(opened, chunk, runner)
        except ProvisionError as error:
            self._app.fail(error)
            raise

    def _due(self, queue: Queue) -> "Callable[..., object]":
        async def look(timestamp: int) -> None:
            del timestamp  # of a machine whose clock may be wrong
            found = await asyncio.to_thread(self._look)
            task: Task[..., object, ...] = queue.tasks[CHUNK]
            for chunk in found:
                lock = f"due {chunk.plan.digest}"
                with contextlib.suppress(AlreadyEnqueued):
                    await task.configure(queueing_lock=lock).defer_async(chunk=chunk.as_json())
            await queue.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_failed=True)

        return look

    def _look(self) -> list[crew.Chunk]:
        try:
            with open_workspace(self._app.root) as opened:
                desk, _ = crew.crew_desk(opened.desk)
                today = day_of(desk.now())
                plan = crew.due(opened, today=today)
                who = self._runner.who
                return handed_out(plan, who, today=today, handed=today, released=True)
        except ProvisionError as error:
            self._app.fail(error)
            raise


CHUNK_SIZE = 50
"""Customers of a job: opening the workspace is what each costs at least."""


def handed_out(
    plan: Plan,
    who: str,
    *,
    today: date,
    handed: date,
    released: bool = False,
    on: date | None = None,
    size: int = CHUNK_SIZE,
    accepted: Sequence[str] = (),
) -> list[crew.Chunk]:
    """The chunks of a new batch.  ``handed``: today by the desk's clock."""
    batch = secrets.token_hex(16)
    return [
        crew.Chunk(batch, part, who, released, on or plan.at, today, tuple(accepted), handed)
        for part in crew.chunks(plan, size)
    ]
