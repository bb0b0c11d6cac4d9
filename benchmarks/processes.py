"""What a process costs, with all that it starts: processor time and memory at most."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Processor seconds, MB at most, and how it ended."""

    seconds: float
    peak: float
    code: int


def cost(command: Sequence[str | Path], where: Path, environment: Mapping[str, str]) -> Cost:
    """Of one process in a folder; what it says is not kept."""
    ran = subprocess.Popen(
        command,
        cwd=where,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(ran.pid, 0)
    ran.returncode = os.waitstatus_to_exitcode(status)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, ran.returncode)
