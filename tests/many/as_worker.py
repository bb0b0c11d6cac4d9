"""`provision` on a machine whose clock is wrong by some days; passwords are hashed quickly."""

import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from procrastinate import periodic, utils

from provisioner.cli import queued
from provisioner.cli.context import App
from provisioner.cli.group import main
from provisioner.drivers.local import LocalPbx

if __name__ == "__main__":
    days = timedelta(days=int(sys.argv[1]))
    LocalPbx.WORK = 2
    queued.SILENCE = 1
    App.now = lambda _app: datetime.now(UTC) + days
    utils.utcnow = lambda: datetime.now(UTC) + days
    skewed = SimpleNamespace(time=lambda: time.time() + days.total_seconds())
    periodic.time = skewed  # type: ignore[assignment]
    sys.exit(main(sys.argv[2:]))
