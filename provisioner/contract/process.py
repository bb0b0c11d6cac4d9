"""Which process holds a lease, and whether it is known to be dead.

A holder is ``host:pid:start``.  ``start`` names the boot, the process namespace and the start time
where Linux tells them, so neither a process id that was used again nor the same id in another
container is taken for the holder.  Dead means proven: what cannot be proven waits until the lease
runs out.
"""

import os
import socket
from pathlib import Path

_PROC = Path("/proc")


def this_holder() -> str:
    """The holder that this process is."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_start(pid) or '-'}"


def is_dead(holder: str) -> bool:
    """Whether ``holder`` ran on this host, since its last boot, and runs no more."""
    host, pid, start = _parts(holder)
    space, _, _ = start.rpartition("-")
    if host != _host() or not pid.isdecimal() or not space or space != _space():
        return False
    now = _start(int(pid))
    return now is None or now != start


def shown(holder: str) -> str:
    """``host:pid``, for people."""
    host, pid, _ = _parts(holder)
    return f"{host}:{pid}" if pid else host


def _parts(holder: str) -> tuple[str, str, str]:
    host, _, rest = holder.partition(":")
    pid, _, start = rest.partition(":")
    return host, pid, start


def _host() -> str:
    return socket.gethostname().replace(":", "-")


def _space() -> str:
    """Boot and process namespace; empty where they are not known."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = os.stat(_PROC / "self/ns/pid").st_ino  # noqa: PTH116 - a link of the kernel's
    except OSError:
        return ""
    return f"{boot.replace('-', '')[:12]}-{space}"


def _start(pid: int) -> str | None:
    """Where and when the process started; None if there is none (a zombie is none either)."""
    space = _space()
    try:
        line = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = line.rpartition(")")[2].split()
    if state in {"Z", "X"} or not space:
        return None
    return f"{space}-{rest[18]}"
