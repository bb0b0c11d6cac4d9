"""What a forge says about when to come back."""

from dataclasses import dataclass
from datetime import MAXYEAR, timedelta

import httpx

from provisioner import bounded
from provisioner.codes import LiveFault

WAIT_SECONDS = 121
"""For one call in all: a forge's wish to wait is honoured up to two minutes."""
LIMIT_SECONDS = 60
"""How long is waited where a forge names no time; GitHub asks for a minute at least."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It may be tried again, after ``seconds``. ``sent``: it may have been carried out."""

    fault: LiveFault
    sent: bool
    seconds: float | None = None


def is_limit(answer: httpx.Response) -> bool:
    """GitHub answers 403 both for a right that is missing and for too many calls."""
    headers = answer.headers
    none_left = headers.get("x-ratelimit-remaining") == "0"
    return none_left or "retry-after" in headers or b"secondary rate limit" in answer.content


def later(answer: httpx.Response, seconds: int) -> str:
    """When that is by the forge's clock, in ISO form; empty if it shows none."""
    now = bounded.moment(answer.headers.get("date", ""))
    if now is None or now.year == MAXYEAR:
        return ""
    return (now + timedelta(seconds=seconds)).isoformat()
