"""Lists of addresses in acl.conf and ``deploy/asterisk/endpoint-acl``, as staff use them."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.asterisk.server import Server

SCRIPT = Path(__file__).resolve().parents[2] / "deploy/asterisk/endpoint-acl"
Lists = Mapping[str, Sequence[str]]


def write_lists(server: Server, lists: Lists) -> None:
    """Everything but these addresses is refused, by each list's name."""
    parts = [
        "\n".join([f"[{name}]", "deny = 0.0.0.0/0", "deny = ::/0", *(f"permit = {a}" for a in of)])
        for name, of in lists.items()
    ]
    file = server.folder / "server/etc/acl.conf"
    file.write_text("\n\n".join(parts) + "\n", "utf-8")
    assert "Success" in server.db("Reload", Module="acl")


def give_list(
    server: Server, endpoint: str, *more: str, lists: Lists | None = None, code: int = 0
) -> str:
    """What ``endpoint-acl`` prints; ``lists`` are written first."""
    if lists is not None:
        write_lists(server, lists)
    url, folder = server.env["ASTERISK_URL"], str(server.folder / "server/etc")
    command = [sys.executable, str(SCRIPT), "--url", url, "--folder", folder, endpoint, *more]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr
