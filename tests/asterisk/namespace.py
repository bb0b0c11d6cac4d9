"""A network of a test's own: nothing in it reaches the machine's, and it is gone with the test."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest

PATIENCE = 300
"""Seconds for what a busy machine does late; only a fault takes so long."""


class Namespace:
    """Skips, with its reason, where the machine does not allow one or lacks one of ``programs``."""

    def __init__(self, *programs: str) -> None:
        for program in ("unshare", "nsenter", "ip", *programs):
            if shutil.which(program, path=_PATH) is None:
                pytest.skip(f"there is no {program} for a network of the test's own")
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sleep", "3600"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.pid = self._holder.pid
        until = time.monotonic() + PATIENCE
        while True:
            if self._holder.poll() is not None:
                pytest.skip("this machine does not allow a network of the test's own")
            if self._place().readlink() != Path("/proc/self/ns/net").readlink():
                break
            # Going on would set up rules and addresses in the machine's own network.
            assert time.monotonic() < until, "unshare does not come to its network"
            time.sleep(0.01)
        self.run("ip", "link", "set", "lo", "up")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.kill()
        self._holder.wait()

    def command(self, *arguments: str) -> list[str]:
        """What runs ``arguments`` in there."""
        return ["nsenter", f"--net={self._place()}", "--", *arguments]

    def run(
        self, *arguments: str, code: Sequence[int] = (0,), cwd: Path | None = None, **env: str
    ) -> str:
        """Standard output; anything but an exit code of ``code`` is a failure."""
        ran = subprocess.run(
            self.command(*arguments),
            env={**os.environ, "PATH": _PATH, **env},
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ran.returncode in code, f"{arguments}: {ran.returncode}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def _place(self) -> Path:
        return Path(f"/proc/{self._holder.pid}/ns/net")


_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
