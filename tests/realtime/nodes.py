"""Two Asterisks on one PostgreSQL, as ``scripts/asterisk-server fleet`` makes them."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.told import told

PATIENCE = 120
"""Seconds for what takes its time on a busy machine."""


class Nodes:
    """``run_script`` calls ``scripts/asterisk-server``."""

    def __init__(self, folder: Path, run_script: Callable[..., None]) -> None:
        self.folder = folder
        self._run_script = run_script

    def start(self) -> None:
        """Whatever does not run, with the data that it had."""
        self._run_script("fleet", str(self.folder))

    def stop(self) -> None:
        """For ever: a folder that others may not enter has servers elsewhere."""
        self._run_script("stop-fleet", str(self.folder))
        for server in self.folder.glob("*/server"):
            shutil.rmtree(server.resolve())

    def env(self, place: str) -> dict[str, str]:
        """Where a node (``a`` or ``b``), ``postgres`` or the fleet (``.``) is."""
        return told(self.folder / place / "env")

    def options(self) -> dict[str, object]:
        """The part ``pbx`` of a provision.yaml."""
        fleet = self.env(".")
        return {
            "driver": "asterisk-realtime",
            "url": fleet["FLEET_URL"],
            "password_file": fleet["FLEET_PASSWORD_FILE"],
            "sip": self.env("a")["ASTERISK_SIP"],
        }

    def pid(self, node: str) -> int:
        return int((self.folder / node / "pid").read_text("ascii"))

    def kill(self, node: str) -> None:
        """As a crash: nothing is written any more."""
        _end(self.pid(node), signal.SIGKILL)

    def stop_database(self) -> None:
        """Every connection is cut."""
        file = Path(self.env("postgres")["POSTGRES_PID_FILE"])
        _end(int(file.read_text("ascii").split()[0]), signal.SIGINT)


def _end(pid: int, number: int) -> None:
    os.kill(pid, number)
    until = time.monotonic() + PATIENCE
    while _runs(pid):
        if time.monotonic() > until:
            raise TimeoutError(pid)
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
