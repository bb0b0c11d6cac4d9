"""``--verbose``: a line for whatever has ended, with the seconds that it took.

What is named are calls as drivers' contracts name them and kinds of steps, in no language and
without a value, as in the log for programs.
"""

from collections.abc import Callable

from provisioner.operations.observing import DONE, Doing, What


class Lines:
    """A ``Watcher``; ``write`` gets whole lines."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def began(self, doing: Doing) -> None:
        """Only the end says how long it took."""

    def ended(self, doing: Doing) -> None:
        around = [*doing.around()]
        customer = next((each.customer for each in around if each.customer), "")
        named = doing.name if doing.what in {What.CALL, What.STEP, What.RUN} else str(doing.what)
        count = f"({doing.count})" if doing.count else ""
        ended = "" if doing.outcome == DONE else " ".join((doing.outcome, *doing.codes))
        parts = [doing.system, named, doing.kind, count, customer, ended]
        self._write(f"{doing.seconds:9.3f} s  {' '.join(filter(None, parts))}\n")
