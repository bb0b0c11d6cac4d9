"""A private Asterisk for the demos, as ``scripts/asterisk-server`` makes one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.told import told

REPO = Path(__file__).resolve().parents[2]
SERVER = REPO / "scripts" / "asterisk-server"
CANNOT = 77


class CannotRun(Exception):
    """Not on this machine; the message says why."""


class DidNotStart(Exception):
    pass


@contextmanager
def private_asterisk(folder: Path) -> Iterator[dict[str, str]]:
    """Runs until the end of the block; the variables that tell where it is.

    Raises CannotRun and DidNotStart.
    """
    try:
        server("start", folder)
        yield told(folder / "env")
    finally:
        if (folder / "env").exists():
            server("stop", folder)


def options(env: Mapping[str, str]) -> dict[str, str]:
    """The part ``pbx`` of a provision.yaml."""
    return {
        "driver": "asterisk",
        "url": env["ASTERISK_URL"],
        "user": env["ASTERISK_USER"],
        "password_file": env["ASTERISK_PASSWORD_FILE"],
        "sip": env["ASTERISK_SIP"],
    }


def remove(folder: Path, place: Path) -> None:
    """``folder``, and the server's own folder where that could not be in ``place`` inside it."""
    elsewhere = (place / "server").resolve() if (place / "server").is_symlink() else None
    shutil.rmtree(folder, ignore_errors=True)
    if elsewhere:
        shutil.rmtree(elsewhere, ignore_errors=True)


def server(action: str, folder: Path | str) -> None:
    """Calls the script.  Raises CannotRun and DidNotStart."""
    ran = subprocess.run(
        [str(SERVER), action, str(folder)],
        env={
            **os.environ,
            "PYTHON": sys.executable,
            "PYTHONPATH": str(REPO),
            "PROVISIONER_WORKSPACE": str(REPO),
        },
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ran.returncode == CANNOT:
        raise CannotRun(ran.stderr.strip().splitlines()[-1].removeprefix("asterisk-server: "))
    if ran.returncode != 0:
        raise DidNotStart(ran.stderr.strip())
