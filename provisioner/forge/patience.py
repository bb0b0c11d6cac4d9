"""How often a call to a forge is tried, and how long is waited for it."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta

import httpx

from provisioner import bounded
from provisioner.codes import LiveFault

TRIES = 4
WAIT_SECONDS = 120
LIMIT_SECONDS = 60
"""How long is waited where a forge names no time; GitHub asks for a minute at least."""
_COUNT = re.compile(r"[0-9]{1,11}")
_YEAR = 365 * 24 * 3600
"""Longer is no time to wait, and no day of the calendar."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It may be tried again, after ``seconds``. ``sent``: it may have been carried out."""

    fault: LiveFault
    sent: bool
    seconds: float | None = None


class Patience:
    """How often, and for how long in all."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._failures = 0
        self._waited = 0.0

    def waits(self, failed: Failed) -> bool:
        """Whether it is worth another try, after it has waited for it."""
        self._failures += 1
        # two jobs that failed together must not come back together
        jitter = random.SystemRandom().uniform(0.5, 1)
        seconds = jitter * 2**self._failures if failed.seconds is None else failed.seconds + jitter
        if self._failures >= TRIES or self._waited + seconds > WAIT_SECONDS + 1:
            return False
        self._waited += seconds
        self._sleep(seconds)
        return True


def is_limit(answer: httpx.Response) -> bool:
    """GitHub answers 403 both for a right that is missing and for too many calls."""
    headers = answer.headers
    none_left = headers.get("x-ratelimit-remaining") == "0"
    return none_left or "retry-after" in headers or b"secondary rate limit" in answer.content


def seconds_asked(answer: httpx.Response) -> int:
    """For how many seconds a forge asks to wait, by its own clock."""
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
        return LIMIT_SECONDS
    return min(max(1, int((until - now).total_seconds()) + 1), _YEAR)


def later(answer: httpx.Response, seconds: int) -> str:
    """When that is by the forge's clock, in ISO form; empty if it shows none."""
    now = bounded.moment(answer.headers.get("date", ""))
    if now is None or now.year == MAXYEAR:
        return ""
    return (now + timedelta(seconds=seconds)).isoformat()
