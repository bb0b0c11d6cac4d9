"""``scripts/asterisk-server`` where it cannot run: one reason, exit code 77."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.asterisk.conftest import SCRIPT


def run(folder: Path, *arguments: str, tools: str = "") -> subprocess.CompletedProcess[str]:
    """On a machine that has no more than ``tools``, with an empty cache."""
    bin_ = folder / "bin"
    bin_.mkdir()
    for name in ("bash", "id", "uname", "dirname", "setpriv", "sed", *tools.split()):
        found = shutil.which(name)
        if found:
            (bin_ / name).symlink_to(found)
    environment = {"PATH": str(bin_), "PROVISIONER_ASTERISK_CACHE": str(folder / "cache")}
    command = [str(bin_ / "bash"), str(SCRIPT), *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=folder
    )


def test_without_debian_it_says_why_and_does_nothing(tmp_path: Path) -> None:
    ran = run(tmp_path, "start", str(tmp_path / "server"))
    assert ran.returncode == 77
    (reason,) = ran.stderr.splitlines()
    assert "Debian" in reason if os.geteuid() == 0 else "root" in reason
    assert not (tmp_path / "server").exists()
    assert not (tmp_path / "cache").exists()


def test_it_says_how_it_is_used(tmp_path: Path) -> None:
    ran = run(tmp_path)
    assert ran.returncode == 64
    assert "scripts/asterisk-server start DIR" in ran.stderr


def test_it_names_no_server_of_packages() -> None:
    said = re.sub(r"(http|postgresql)://(\w+@)?127\.0\.0\.1", "", SCRIPT.read_text("utf-8"))
    assert "//" not in said.replace("}//", "")
