"""What a terminal shows while a command has nothing to say yet: that it works, and for how long."""

import sys
import threading
import time

BEGINS = 1.0
"""Seconds after which it appears."""
_EACH = 0.25


class Waiting:
    """A line on standard error that counts seconds, until :meth:`over`; then it is gone."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._thread.start()

    def over(self) -> None:
        """Before anything else is written, and as often as one likes."""
        self._over.set()
        self._thread.join()

    def _show(self) -> None:
        started, shown = time.monotonic(), ""
        while not self._over.wait(_EACH if shown else BEGINS):
            shown = f"{self._text} … {int(time.monotonic() - started)} s"
            _write(f"\r{shown}")
        if shown:
            _write(f"\r{' ' * len(shown)}\r")  # no escape: a terminal may know none


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
