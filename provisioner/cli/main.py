"""Entry point: finds the command, turns every error into a coded text and an exit code.

Commands are imported only when they are called; ``--version`` imports nothing at all.
"""

import gc
import os
import sys
import warnings

from provisioner import __version__


def run() -> None:
    """The console script. Ends the process with the exit code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"provision {__version__} (manifest format 1, plan format 2)\n")
        return
    # what is imported, and read of thousands of customers, is no garbage, and looking it through
    # takes a third; a short command is through before it is done once
    gc.set_threshold(200_000, 50, 50)
    try:
        from provisioner.cli.group import main  # --version needs none of it
        from provisioner.cli.helping import log_asked

        # nothing has a plugin; pydantic would open the metadata of every package to look for one
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        if log_asked(sys.argv[1:]):
            _alone_on_standard_error()
        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # before it began, or as it ended
        code = 130
    _drop_what_is_left()
    # the process ends, and its memory with it: to look through all that was imported once more,
    # for what could be freed, takes a fifth of a short command
    gc.freeze()
    sys.exit(code)


def _alone_on_standard_error() -> None:
    """A log is no place for what libraries write past Python, as libpq does of a password file."""
    try:
        mine = os.dup(2)
    except OSError:  # a caller closed it
        return
    _lead_nowhere(2)
    warnings.simplefilter("ignore")
    log = open(mine, "w", buffering=1, encoding="utf-8", errors="replace")  # noqa: SIM115, PTH123 - a descriptor, open to the end
    sys.stderr = log


def _drop_what_is_left() -> None:
    """What could not be written, and was told of: Python would try it once more, and end with an
    exit code of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _lead_nowhere(stream.fileno())


def _lead_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    run()
