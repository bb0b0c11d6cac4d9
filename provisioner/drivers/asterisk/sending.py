"""HTTP to Asterisk: one client and a pool of threads, in time, tried again where that is safe.

All that one call of the driver asks has to end before the lease does under which it writes.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import httpx

from provisioner import bounded
from provisioner.codes import LiveFault
from provisioner.codes.systems import (
    AnswerTooLarge,
    AnswerTooSlow,
    NoAnswerFromThePBX,
    PBXCannotBeReached,
    PBXIsStartingOrStopping,
    PBXStaysAway,
)
from provisioner.errors import OutcomeUnknown, SystemFault, Unavailable
from provisioner.patience import Health, Patience, seconds_asked

_MEGABYTES = 64
"""Of one answer: the rows of about 40,000 workplaces."""
_NOT_NOW = frozenset({429, 503})
"""Turned away before anything was carried out: while it starts, or by a proxy before it."""
_CONNECT_SECONDS = 5

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: for each wait for bytes; for an answer from its first byte to its last; for all that
    one call of the driver asks, tries included; and how long it waits for a PBX that is away."""

    timeout: float = 10
    answer: float = 60
    call: float = 90
    patience: float = 10


@dataclass(frozen=True, slots=True)
class _Failed:
    """``again``: nothing was carried out, or nothing was to be, so it may be tried again."""

    fault: SystemFault
    again: bool
    seconds: float | None = None
    """Asked for by the PBX, or by what stands before it."""


class Sending:
    """``target`` names the PBX without secrets."""

    def __init__(self, url: str, limits: Limits, concurrency: int) -> None:
        self.target = f"asterisk:{url}"
        self.url = url
        self._limits, self._concurrency = limits, concurrency
        self._health = Health()
        self._lock = threading.Lock()
        self._thread = threading.local()
        self._client: httpx.Client | None = None
        self._date = ""
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        with self._lock:
            pool, client = self._pool, self._client
            self._pool = self._client = None
        if pool is not None:
            pool.shutdown()
        if client is not None:
            client.close()

    @contextmanager
    def one_call(self) -> Iterator[None]:
        """All that is asked inside has to be answered within the time for one call."""
        if self._until is not None:
            yield  # a part of another one
            return
        self._thread.until = time.monotonic() + self._limits.call
        try:
            yield
        finally:
            self._thread.until = None

    @property
    def _until(self) -> float | None:
        found: float | None = getattr(self._thread, "until", None)
        return found

    def _left(self) -> float:
        """Seconds until the call that this thread works for must have ended."""
        return self._limits.call if self._until is None else self._until - time.monotonic()

    def each(self, call: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """``call`` for all items, some at the same time; results in order."""
        todo = list(items)
        until = self._until

        def in_time(item: T) -> R:
            self._thread.until = until
            return call(item)

        inside = getattr(self._thread, "works", False)  # waiting for its own pool it waits for ever
        if len(todo) < 2 or self._concurrency < 2 or inside:
            return [call(item) for item in todo]
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._concurrency, initializer=self._begin)
        return list(self._pool.map(in_time, todo))

    def _begin(self) -> None:
        self._thread.works = True

    @property
    def clock(self) -> datetime | None:
        """What Asterisk's own clock said with its last answer: one clock for all who write."""
        return bounded.moment(self._date)

    def send(self, method: str, path: str, *, writes: bool = False, **more: Any) -> httpx.Response:
        """A whole answer, whatever it says; raises what :class:`Wire` says of the rest."""
        if pause := self._health.pause():
            raise Unavailable(PBXStaysAway(target=self.target, seconds=pause))
        patience = Patience(time.sleep, min(self._limits.patience, self._left()), unit=0.5)
        while True:
            got = self._once(method, path, writes=writes, **more)
            if isinstance(got, httpx.Response):
                self._health.answered()
                return got
            if not (got.again and self._health.spends() and patience.waits(got.seconds)):
                self._health.failed()
                raise got.fault

    def _once(
        self, method: str, path: str, *, writes: bool, **more: Any
    ) -> httpx.Response | _Failed:
        left = self._left()
        if left <= 0:
            return _Failed(Unavailable(self._cut(bounded.TooLate())), again=False)
        away = _Failed(Unavailable(PBXCannotBeReached(target=self.target)), again=True)
        unknown = _Failed(OutcomeUnknown(NoAnswerFromThePBX(target=self.target)), again=False)
        bounds = bounded.Bounds(min(self._limits.answer, left), _MEGABYTES)
        try:
            answer = bounded.whole(self._http(), bounds, method, path, **more)
        except (bounded.TooLate, bounded.TooLarge) as cut:
            return unknown if writes else _Failed(Unavailable(self._cut(cut)), again=False)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return away
        except httpx.HTTPError:
            return unknown if writes else away
        self._date = str(answer.headers.get("date", ""))
        if answer.status_code in _NOT_NOW:
            seconds = seconds_asked(answer)
            return _Failed(self._not_ready(answer), again=True, seconds=seconds)
        if answer.status_code >= 500:
            return unknown if writes else _Failed(self._not_ready(answer), again=True)
        return answer

    def _http(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    base_url=self.url,
                    transport=bounded.Transport(
                        secure=self.url.startswith("https:"), connections=self._concurrency
                    ),
                    timeout=httpx.Timeout(
                        self._limits.timeout, connect=min(self._limits.timeout, _CONNECT_SECONDS)
                    ),
                    trust_env=False,
                )
            return self._client

    def _not_ready(
        self, answer: httpx.Response, *, writes: bool = False
    ) -> Unavailable | OutcomeUnknown:
        about = PBXIsStartingOrStopping(target=self.target, status=answer.status_code)
        return OutcomeUnknown(about) if writes else Unavailable(about)

    def _cut(self, cut: Exception) -> LiveFault:
        if isinstance(cut, bounded.TooLarge):
            return AnswerTooLarge(target=self.target, limit=_MEGABYTES)
        return AnswerTooSlow(target=self.target, seconds=round(self._limits.answer))
