"""What every command has: the workspace's folder, language, width, colour, today, output."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from provisioner.cli.usage import WrongValue, apart
from provisioner.cli.whereabouts import workspace_around
from provisioner.errors import ProvisionError
from provisioner.report.messages import LANGUAGES, Catalogue, pick_language
from provisioner.report.sanitise import inert, inert_json

if TYPE_CHECKING:
    from provisioner.cli.waiting import Waiting
    from provisioner.cli.watching import Watched
    from provisioner.manifest.diagnostics import Diagnostic

F = TypeVar("F", bound=Callable[..., Any])

TIME_ZONE = "Europe/Zurich"
TELEMETRY = "OTEL_"
"""How the variables begin that set up OpenTelemetry; without one nothing of it is loaded."""
LOG, LOGGED, LOGS = "--log", "PROVISION_LOG", ("json",)
"""The option, its variable, and the forms that a log can have."""
COMPLETE = "_PROVISION_COMPLETE"
"""Set by a shell that wants a word completed: see completing.py."""
DEFAULT_WIDTH = 100
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", re.ASCII)
DECLINED = 1
"""How a command ends whose question got another answer than yes: nothing was done."""
YEARS = range(2000, 2200)
"""Of a date on the command line; near the ends of the calendar nothing can be reckoned."""


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # deleted since; a command may be given another one
        return Path()


@dataclass
class App:
    """The outside world of a command, and the only place that reads it."""

    start: Path = field(default_factory=_here)
    """Where the workspace is looked for: the folder of the process, or the one that -C names."""
    lang: str = ""
    color: str = "auto"
    pager: bool = True
    """Whether a terminal gets long texts page by page."""
    quiet: bool = False
    """Whether standard error is for errors and questions alone."""
    verbose: bool = False
    """Whether each call of a live system is told, with the time that it took."""
    log: str = ""
    """``json``: standard error is a log for programs, and nothing else is written there."""
    watched: "Watched | None" = None
    """Who looks on, once the command has begun."""
    waiting: "Waiting | None" = None
    """What a terminal shows until the command says something."""

    @cached_property
    def root(self) -> Path:
        """The workspace's folder."""
        return workspace_around(self.start)

    @cached_property
    def words(self) -> Catalogue:
        names = ("PROVISION_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
        return Catalogue(pick_language([self.lang, *(os.environ.get(n, "") for n in names)]))

    @property
    def width(self) -> int:
        """Columns of the reader's terminal, also behind a pipe; a plain width if there is none."""
        columns = os.environ.get("COLUMNS", "")
        if columns.isdecimal() and int(columns) > 0:
            return int(columns)
        for stream in (sys.stdout, sys.stderr):  # into a pipe: whoever reads it sits at the other
            if stream.isatty():
                return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH  # a bare pty
        return DEFAULT_WIDTH

    @property
    def colored(self) -> bool:
        """See no-color.org; ``--color`` has the last word."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()

    @property
    def layout(self) -> dict[str, Any]:
        """Arguments of every renderer."""
        return {"width": self.width, "color": self.colored}

    @property
    def summary(self) -> str:
        """File to which a job at GitHub adds what people are to read; empty elsewhere."""
        return os.environ.get("GITHUB_STEP_SUMMARY", "")

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self, at: date | None = None) -> date:
        """``at``, or today in Switzerland."""
        if at is not None:
            return at

        return self.now().astimezone(self.zone).date()

    @property
    def zone(self) -> tzinfo | None:
        """Switzerland's; the machine's own if it does not know it."""
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # help asks for no day

        try:
            return ZoneInfo(TIME_ZONE)
        except ZoneInfoNotFoundError:
            return self.now().astimezone().tzinfo

    def say(self, text: str) -> None:
        """To standard output; a terminal that lacks a character gets a question mark, and a CI
        runner no command."""
        self.speak()
        sys.stdout.write(_writable(text, sys.stdout))
        sys.stdout.flush()

    def show(self, text: str) -> None:
        """The same of what people asked to see: page by page if it is longer than the terminal."""
        if self._fits(text):
            self.say(text)
            return
        self.speak()
        os.environ.setdefault("LESS", "FRX")  # as git does: one screen stays, colours are colours
        click.echo_via_pager(_writable(text, sys.stdout), color=self.colored)

    def _fits(self, text: str) -> bool:
        """Whether no pager is needed, or none is wanted."""
        wanted = self.pager and os.environ.get("PAGER", "less") not in {"", "cat"}
        if not (wanted and sys.stdout.isatty() and sys.stdin.isatty()):
            return True
        if os.environ.get("TERM") in {None, "dumb"}:
            return True
        lines = os.get_terminal_size(sys.stdout.fileno()).lines
        return not lines or text.count("\n") < lines

    def say_bytes(self, *data: bytes) -> None:
        """For programs, to standard output."""
        self.say_pieces(data)

    def say_pieces(self, pieces: Iterable[bytes]) -> None:
        """The same for what is not kept as a whole; no piece ends within a text."""
        self.speak()
        sys.stdout.flush()
        sys.stdout.buffer.writelines(inert_json(pieces))
        sys.stdout.buffer.flush()

    def agreed(self, question: str) -> bool:
        """Whether a person types yes; ``question`` is the key of its text."""
        self.speak()
        answer = click.prompt(self.words.ui(question), default="", show_default=False, err=True)
        return bool(answer.strip().lower() == self.words.ui("apply.yes"))

    def speak(self) -> None:
        """Nothing is waited for any more: whoever writes or asks comes here first."""
        if self.waiting is not None:
            self.waiting.over()

    def note(self, text: str) -> None:
        """To standard error what can be left out, as --quiet does."""
        if not self.quiet:
            self.tell(text)

    def tell(self, text: str) -> None:
        """To standard error: errors and questions; nothing where that is a log."""
        if self.log:
            return
        self.speak()
        with suppress(OSError):  # what nobody can read changes neither a run nor how it ends
            sys.stderr.write(_writable(text, sys.stderr))
            sys.stderr.flush()

    def fail(self, error: ProvisionError) -> None:
        """An error as people read it."""
        # only where something is wrong
        from provisioner.manifest.diagnostics import Diagnostic, InputError

        if isinstance(error, InputError):
            found = list(error.diagnostics)
        else:
            found = [Diagnostic.of(error.about)]
        self.report(found)

    def report(self, found: "Sequence[Diagnostic]", text: str = "") -> None:
        """Findings to standard error, as ``text`` or as people usually read them, or to the log."""
        if self.watched is not None:
            self.watched.findings(found)
        if not self.log:
            self.tell(text or self.diagnostics_text(found))

    def diagnostics_text(self, found: "Sequence[Diagnostic]") -> str:
        # only where there is a finding
        from provisioner.report.diagnostics.text import render_diagnostics

        return render_diagnostics(found, self.words, **self.layout)

    def begin(self, command: str) -> None:
        """Let those look on that were asked to: a log, --verbose, telemetry that ``OTEL_*`` sets
        up, and at a terminal a line that tells that the command works."""
        asked = self.log or self.verbose or any(n.startswith(TELEMETRY) for n in os.environ)
        if self.watched is None and asked:
            from provisioner.cli.watching import Watched  # only where somebody looks on

            self.watched = Watched(self, command)
        told = self.log or self.verbose or self.quiet or os.environ.get("TERM") == "dumb"
        if self.waiting is None and not told and sys.stderr.isatty():
            from provisioner.cli.waiting import Waiting  # only at a terminal

            self.waiting = Waiting(command)

    def end(self, code: int) -> None:
        """The command has ended with ``code``."""
        self.speak()
        if self.log:  # also of one that was called wrongly and never began
            self.begin("provision")
        if self.watched is not None:
            self.watched.close(code)

    def who(self) -> str:
        """Who runs this, for the audit: the CI's user, or the one at the keyboard."""
        for name in ("PROVISION_WHO", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"):
            if os.environ.get(name):
                return os.environ[name]
        return f"uid {os.getuid()}"


def _writable(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    return inert(text).encode(encoding, "replace").decode(encoding)


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def store(ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            setattr(ctx.ensure_object(App), name, Path(value) if name == "start" else value)

    return store


def common(function: F) -> F:
    """Options that every command takes; the command gets the App as its first argument."""

    @click.option(
        "-C",
        "--root",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False),
        expose_value=False,
        callback=_set("start"),
        help="Folder of the workspace (with provision.yaml), or one below; default: this one.",
    )
    @click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        expose_value=False,
        callback=_set("lang"),
        help="Language of texts; default: PROVISION_LANG, then the locale.",
    )
    @click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        expose_value=False,
        callback=_set("color"),
        help="Colour; NO_COLOR is respected.",
    )
    @click.option(
        "--pager/--no-pager",
        default=None,
        expose_value=False,
        callback=_set("pager"),
        help="Long texts page by page on a terminal, by PAGER; the default.",
    )
    @click.option(
        "-q",
        "--quiet",
        is_flag=True,
        default=None,
        expose_value=False,
        callback=_set("quiet"),
        help="Nothing on standard error but errors and questions.",
    )
    @click.option(
        "-v",
        "--verbose",
        is_flag=True,
        default=None,
        expose_value=False,
        callback=_set("verbose"),
        help="Each call of a live system, and how long it took.",
    )
    @click.option(
        LOG,
        type=click.Choice(LOGS),
        envvar=LOGGED,
        expose_value=False,
        callback=_set("log"),
        help="Standard error as a log, a JSON object a line; default: PROVISION_LOG.",
    )
    @click.pass_context
    @wraps(function)
    def command(ctx: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        app = ctx.ensure_object(App)
        if app.quiet and app.verbose:
            apart("--quiet", {"--verbose": True})
        if ctx.invoked_subcommand is None:
            app.begin(ctx.command_path)
        return function(app, *args, **kwargs)

    return command  # type: ignore[return-value]  # click's decorators hide what they wrap


class Day(click.ParamType[date]):
    """``2027-03-01``, or ``1.3.2027`` as people write it."""

    name = "date"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> date:
        if isinstance(value, date):
            return value
        dotted = _DOTTED.fullmatch(value)
        written = f"{dotted[3]}-{dotted[2]}-{dotted[1]}" if dotted else value
        try:
            found = datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            found = date.min
        if found.year not in YEARS:
            raise WrongValue("usage.date", value, first=YEARS[0], last=YEARS[-1])
        return found


def at_option(function: F) -> F:
    """``--at DATE``: act as if today were this day."""
    return click.option(
        "--at", metavar="DATE", type=Day(), help="Act as if today were this day: 2027-03-01."
    )(function)
