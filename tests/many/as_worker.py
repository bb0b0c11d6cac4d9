"""`provision` on a machine whose clock is wrong by some days; passwords are hashed quickly."""

import sys
from datetime import UTC, datetime, timedelta

from procrastinate import utils

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
    sys.exit(main(sys.argv[2:]))
