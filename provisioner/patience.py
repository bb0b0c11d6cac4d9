"""How often a call to a live system is tried, and when one that stays away is asked no more.

It is our own, not a library's: a forge or a PBX says itself how long to wait, a write is repeated
only where it was certainly not carried out, and all tries have to end before the lease does.
"""

import random
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from provisioner import bounded

TRIES = 4
_COUNT = re.compile(r"[0-9]{1,11}")
_YEAR = 365 * 24 * 3600
"""Longer is no time to wait, and no day of the calendar."""


class Patience:
    """How often one call is tried, and how long is waited for it in all.

    ``unit``: seconds before the second try; twice as many before each further one.
    """

    def __init__(self, sleep: Callable[[float], None], seconds: float, unit: float = 2) -> None:
        self._sleep, self._seconds, self._unit = sleep, seconds, unit
        self._failures = 0
        self._waited = 0.0

    def waits(self, asked: float | None = None) -> bool:
        """Whether it is worth another try, after it has waited for it: as long as was ``asked``."""
        self._failures += 1
        # two that failed together must not come back together
        jitter = random.SystemRandom().uniform(0.5, 1)
        usual = jitter * self._unit * 2 ** (self._failures - 1)
        seconds = usual if asked is None else asked + jitter * self._unit / 2
        if self._failures >= TRIES or self._waited + seconds > self._seconds:
            return False
        self._waited += seconds
        self._sleep(seconds)
        return True


class Health:
    """What is known of a system from the calls before: a budget of tries, and a circuit breaker.

    Tries are a small part of all calls, so that many who fail at once do not ask many times as
    often.  After ``FAILURES`` calls in a row that came to nothing it is not asked for ``PAUSE``
    seconds; then one call shows whether it is back.
    """

    FAILURES, PAUSE = 3, 20
    BUDGET, EARNED = 10.0, 0.1
    """Tries to begin with, and for each call that is answered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._budget = self.BUDGET
        self._until = 0.0

    def pause(self) -> int:
        """For how many seconds it is not to be asked; 0 if it may be."""
        with self._lock:
            left = self._until - self._clock()
            if left > 0:
                return int(left) + 1
            if self._failures >= self.FAILURES:
                self._until = self._clock() + self.PAUSE  # for all but this one
            return 0

    def spends(self) -> bool:
        """Whether one more try is left."""
        with self._lock:
            if self._failures or self._budget < 1:
                return False
            self._budget -= 1
            return True

    def answered(self) -> None:
        with self._lock:
            self._failures, self._until = 0, 0.0
            self._budget = min(self._budget + self.EARNED, self.BUDGET)

    def failed(self) -> None:
        """A call came to nothing, with all its tries."""
        with self._lock:
            self._failures += 1
            if self._failures >= self.FAILURES:
                self._until = self._clock() + self.PAUSE


def seconds_asked(answer: httpx.Response) -> int | None:
    """For how many seconds a system asks to wait, by its own clock; None if it names no time."""
    now = bounded.moment(answer.headers.get("date", ""))
    after = answer.headers.get("retry-after", "")
    if _COUNT.fullmatch(after):
        return min(max(1, int(after)), _YEAR)
    until = bounded.moment(after)
    for name in ("x-ratelimit-reset", "ratelimit-reset"):
        reset = answer.headers.get(name, "")
        if until is None and _COUNT.fullmatch(reset):
            until = datetime.fromtimestamp(int(reset), UTC)
    if now is None or until is None:
        return None
    return min(max(1, int((until - now).total_seconds()) + 1), _YEAR)
