"""Extras: heavy packages that only some need, and the command that brings them to this very place.

Whoever installed with pipx or uv has an environment that a plain ``pip`` does not reach.
"""

import shlex
import sys
from pathlib import Path


def command(extra: str) -> str:
    """What to type to get ``extra`` into the environment that runs now."""
    wanted = shlex.quote(f"provisioner[{extra}]")
    python = shlex.quote(sys.executable)
    if Path(sys.prefix, "pipx_metadata.json").exists():
        return f"pipx runpip provisioner install {wanted}"
    if Path(sys.prefix, "uv-receipt.toml").exists():
        return f"uv pip install --python {python} {wanted}"
    return f"{python} -m pip install {wanted}"
