"""The command group and the last line of defence for errors."""

import errno
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from provisioner.cli.context import COMPLETE, App, common
from provisioner.cli.helping import language_asked, log_asked
from provisioner.cli.lazy import LazyGroup
from provisioner.cli.summaries import SUMMARIES
from provisioner.errors import ProvisionError

USAGE, INTERRUPTED, BROKEN_PIPE = 64, 130, 141
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Only what is printed can run into these here: writers of files have an answer of their own."""

COMMANDS = {
    "init": "init",
    "new": "new",
    "fmt": "fmt",
    "validate": "validate",
    "plan": "plan",
    "plan merge": "plan_merge",
    "show": "plan",
    "apply": "apply",
    "reconcile": "apply",
    "worker": "worker",
    "import": "import_",
    "adopt": "adopt",
    "rename": "rename",
    "edit": "edit",
    "due": "due",
    "status": "status",
    "porting": "porting",
    "calendar": "calendar",
    "poa": "poa",
    "numbers": "numbers",
    "whose": "numbers",
    "subscribers": "subscribers",
    "billing": "billing",
    "audit": "audit",
    "schema": "schema",
    "explain": "explain",
    "completion": "completion",
    "secret": "secret",
    "phones": "phones",
    "asterisk": "asterisk",
    "desk": "desk",
    "doctor": "doctor",
    "check": "check",
    "ci": "ci",
}
"""Command → module that holds it, in the order of the main job."""


@click.group(
    cls=LazyGroup,
    modules=COMMANDS,
    summaries=SUMMARIES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example:  provision plan --at 2027-01-01   Exit codes: 0 ok, 1 error, 2 changes, "
    "3 blocked, 4 not the approved plan, 5 partly applied, 6 locked, 64 usage, 130 interrupted.",
)
@click.version_option(
    None, "--version", package_name="provisioner", message="provision %(version)s"
)
@common
def provision(app: App) -> None:
    """Hosted-telephony customers as code: validate, plan, apply, port, bill."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; answers with the exit code and never lets a traceback out."""
    app = App(lang=language_asked(arguments), log=log_asked(arguments))
    _streams()
    if COMPLETE in os.environ:
        from provisioner.cli.completing import answer  # only at a press of Tab

        return answer(provision, os.environ[COMPLETE])
    code = _ran(app, arguments)
    app.end(code)
    return code


def _ran(app: App, arguments: Sequence[str]) -> int:
    try:
        result: Any = provision.main(
            list(arguments), prog_name="provision", standalone_mode=False, obj=app
        )
    except click.UsageError as error:
        _show(app, error)
        return USAGE
    except click.ClickException as error:
        _show(app, error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        app.tell("\n")
        return INTERRUPTED
    except SystemExit:  # click's way out when nobody reads any more
        return BROKEN_PIPE
    except ProvisionError as error:
        app.fail(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last line of defence, so that no traceback leaks
        return _unexpected(app, error)
    return result if isinstance(result, int) else 0


def _show(app: App, error: click.ClickException) -> None:
    from provisioner.cli.misused import told  # only where something is wrong

    app.tell(told(error, app.words, app.width))


def _streams() -> None:
    """Both there, and able to show any text."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123 - a caller closed it
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123 - or this one
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may lack characters of a help text
            stream.reconfigure(errors="replace")


def _unexpected(app: App, error: Exception) -> int:
    """A full disk behind what is printed, else a mistake of ours.

    The text of a mistake may hold anything, so only its type and place are shown.
    """
    from provisioner.codes.internal import InternalError  # only where something went wrong
    from provisioner.codes.policy import FileCannotBeWritten

    if isinstance(error, OSError) and error.errno in NO_ROOM:
        app.fail(
            ProvisionError(FileCannotBeWritten(file="stdout", reason=os.strerror(error.errno)))
        )
        return 1
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = "?"
    if frame is not None:
        file = frame.tb_frame.f_code.co_filename.replace("\\", "/").split("/provisioner/")[-1]
        place = f"{file}:{frame.tb_lineno}"
    app.fail(ProvisionError(InternalError(kind=type(error).__name__, place=place)))
    return 1
