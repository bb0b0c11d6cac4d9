"""What the benchmark prints, kept as a page that names its machine."""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TextIO

_PAGE = """\
# What it costs

Written by `make bench ARGS="{arguments}"` on {day}, on a machine with

- {cpu}, {cores} cores, {memory:.0f} GB of memory
- {system}
- Python {python}

`ms` is time on the clock, `processor s` the processor's of a whole process. Both drift from
machine to machine and with what else runs; **ratios hold**, since what is compared ran in turn.
*Floor* is to read all manifests and to take the SHA-256 of each. What grows with what:
[scale](../docs/explanation/scale.md).

```text
{printed}
```
"""


class _Both(StringIO):
    """Keeps what is written, and passes it on."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text)
        self._stream.flush()
        return super().write(text)


@contextmanager
def kept(file: Path | None, arguments: str) -> Iterator[None]:
    """What is printed meanwhile is written to ``file`` too, if there is one, at the end."""
    if file is None:
        yield
        return
    if not file.parent.is_dir() or file.is_dir():  # told now, and not after half an hour
        raise SystemExit(f"{file} cannot be written: name a file in a folder that is there.")
    both = _Both(sys.stdout)
    with redirect_stdout(both):
        yield
    page = _PAGE.format(
        arguments=arguments,
        day=f"{datetime.now(UTC):%-d %B %Y}",
        cpu=_cpu(),
        cores=os.cpu_count(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        printed=both.getvalue().strip(),
    )
    file.write_text(page, "utf-8")


def _cpu() -> str:
    """Its model, as far as the system tells."""
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or "unknown processor"
    named = [line for line in told.splitlines() if line.startswith("model name")]
    return named[0].partition(":")[2].strip() if named else "unknown processor"
