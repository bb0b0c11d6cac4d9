"""Sets a customer up on disks that are too small, in a mount namespace of its own.

    unshare --mount python -m tests.drivers.small_disk DISK WORKSPACE

A line of JSON for each size: how the run ended and with what codes, whether a plan could be made
while the disk was full, and how what came after ended.  77 if nothing can be mounted.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from provisioner.cli.group import main

AT = ("--at", "2026-11-24")
SIZES = (200, 290, 380)
"""KiB: too small for the desk, for its first writes, and for all of the steps."""


def mount(disk: Path, options: str) -> None:
    found = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(disk)], check=False)
    if found.returncode:
        sys.exit(77)


def run(*arguments: str) -> tuple[int, list[str]]:
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = main([*arguments, *AT])
    assert "PV9" not in said.getvalue(), said.getvalue()
    return code, sorted({*re.findall(r"PV5\d\d", said.getvalue())})


def live(disk: Path, fresh: Path, size: int) -> dict[str, object]:
    mount(disk, f"size={size}k")
    os.chdir(disk)
    shutil.copytree(fresh, disk, dirs_exist_ok=True)
    first, codes = run("apply", "--auto-approve")
    meanwhile, _ = run("plan")
    mount(disk, "remount,size=8m")
    after = (
        run("apply", "--resume"),
        run("apply", "--auto-approve"),
        run("plan", "--detailed-exitcode"),
    )
    os.chdir("/")
    afterwards = [code for code, _ in after]
    return {"first": first, "codes": codes, "meanwhile": meanwhile, "afterwards": afterwards}


if __name__ == "__main__":
    for size in SIZES:
        sys.stdout.write(json.dumps(live(Path(sys.argv[1]), Path(sys.argv[2]), size)) + "\n")
