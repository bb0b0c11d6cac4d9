"""What a script that starts a server tells of it."""

import shlex
from pathlib import Path


def told(file: Path) -> dict[str, str]:
    """The variables of ``DIR/env``, which a shell can read too."""
    return dict(word.split("=", 1) for word in shlex.split(file.read_text("utf-8")))
