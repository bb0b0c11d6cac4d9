"""What a process costs, with all that it starts: processor time and memory at most."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_BETWEEN = """
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, code]))
"""
"""A process has at least the memory of the one that starts it, so that has to be a small one."""


@dataclass(frozen=True)
class Cost:
    """Processor seconds, MB at most, and how it ended."""

    seconds: float
    peak: float
    code: int


def cost(command: Sequence[str | Path], where: Path, environment: Mapping[str, str]) -> Cost:
    """Of one process in a folder; what it says is not kept."""
    ran = subprocess.run(
        [sys.executable, "-I", "-c", _BETWEEN, *command],
        cwd=where,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    return Cost(*json.loads(ran.stdout))
