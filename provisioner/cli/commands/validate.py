"""``provision validate``."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, common
from provisioner.cli.helping import Command
from provisioner.cli.jobs import jobs_for, jobs_option
from provisioner.cli.usage import apart
from provisioner.codes import Severity
from provisioner.codes.views import AdviceIsAcknowledged
from provisioner.errors import ProvisionError
from provisioner.manifest.diagnostics import InputError, has_errors
from provisioner.report.diagnostics.forms import FORMATS, Report, renderer
from provisioner.report.diagnostics.text import render_diagnostics
from provisioner.report.sanitise import visible

if TYPE_CHECKING:
    from provisioner.manifest.diagnostics import Diagnostic
    from provisioner.manifest.writing.fixes import Fix

BLOCKED = 3
ROUNDS = 5
"""A fix may bring the next finding to light; more than this is no progress."""


@click.command(cls=Command, epilog="Example:  provision validate customers/limmat-it")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH]...")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Output format.")
@click.option("--fix", is_flag=True, help="Fix what has one safe remedy, then check again.")
@click.option("--watch", is_flag=True, help="Check again whenever a file is saved.")
@jobs_option
@common
def validate(
    app: App, what: tuple[str, ...], form: str, fix: bool, watch: bool, jobs: int | None
) -> int:
    """Check the manifests: every finding with its place and remedy.

    Reads no live system and needs no network. Ends with 3 if there is an error. The whole
    repository is read in any case, since numbers and logins must be unique; customers or paths only
    narrow what is shown.
    """
    look = partial(_check, app, what, jobs_for(what, jobs))
    if watch:
        apart("--watch", {"--fix": fix, "--format": form != "text"})
        return _watch(app, look)
    checked = look()
    if fix:
        checked = _fix(app, look, checked)
    return _show(app, checked, form)


@dataclass(frozen=True, slots=True)
class _Checked:
    """``files``: the manifests; ``whole``: the workspace could be read at all."""

    found: tuple["Diagnostic", ...]
    files: tuple[str, ...] = ()
    count: int = 0
    whole: bool = True


Look = Callable[[], _Checked]


def _check(app: App, what: tuple[str, ...], jobs: int) -> _Checked:
    from provisioner.manifest.duties import confirmed_ahead
    from provisioner.manifest.repository import looked_at
    from provisioner.operations import chosen_of

    if jobs > 1:
        from provisioner.operations.processes import Processes  # named customers need only one

        with Processes(app.root, jobs) as processes:
            workspace, found = looked_at(app.root, reader=processes.read)
    else:
        workspace, found = looked_at(app.root, around=what)
    if workspace is None:
        return _Checked(found, whole=False)
    everyone = {*workspace.entries, *workspace.broken}
    chosen, notes = chosen_of(what, everyone, workspace)
    if what:
        found = (*(d for c in chosen for d in workspace.located(str(c))), *notes)
    today = app.today()
    ahead = (
        entry.locate(each)
        for entry in map(workspace.entries.get, sorted(chosen))
        if entry is not None and b"confirmed_on" in entry.packed.data  # few have it
        for each in confirmed_ahead(entry.manifest, today, customer=str(entry.customer))
    )
    found = tuple(sorted([*found, *ahead], key=lambda d: d.order))
    files = {entry.file for customer, entry in workspace.entries.items() if customer in chosen}
    files |= {d.place.file for d in found if d.place}
    return _Checked(found, tuple(sorted(files)), len(chosen))


def _show(app: App, checked: _Checked, form: str) -> int:

    if form != "text":
        report = Report.of(checked.found, app.words, checked.files)
        app.say_bytes(renderer(form)(report).encode())
    elif not checked.whole:
        app.report(checked.found, _text(app, checked.found))
    else:
        app.say(_text(app, checked.found))
        if not has_errors(checked.found):
            app.say(app.words.ui("validate.good", count=checked.count) + "\n")
    return BLOCKED if has_errors(checked.found) else 0


def _text(app: App, found: Sequence["Diagnostic"]) -> str:

    return render_diagnostics(
        [d for d in found if not d.says(AdviceIsAcknowledged)],  # programs and plans are told
        app.words,
        **app.layout,
        fixable=lambda diagnostic: any(_fixes(app.root, [diagnostic])),  # of those that are shown
    )


def _fixes(root: Path, found: Iterable["Diagnostic"]) -> Iterator[tuple["Diagnostic", "Fix"]]:
    """The findings that have one safe remedy, each with it: only a mistake has one."""
    found = [each for each in found if each.severity is Severity.ERROR]
    if not found:  # a good file waits for nothing of what mends one
        return
    from provisioner.cli.commands.fmt import read_file
    from provisioner.manifest.writing.fixes import FIXABLE, Source, fix_for
    from provisioner.manifest.writing.style import model_of

    sources: dict[str, Source | None] = {}
    for diagnostic in found:
        if diagnostic.code not in FIXABLE or diagnostic.place is None:
            continue
        file = diagnostic.place.file
        if file not in sources:
            try:
                data = read_file(root / file, file)
                sources[file] = Source(file, data, model_of(Path(file)))
            except InputError:
                sources[file] = None
        source = sources[file]
        if source and (fix := fix_for(diagnostic, source)):
            yield diagnostic, fix


def _fix(app: App, look: Look, checked: _Checked) -> _Checked:
    """Carry out what is safe, round by round, and say what was done."""
    from provisioner.report.diagnostics.changes import render_fixes

    done: list[Fix] = []
    try:
        for _ in range(ROUNDS):
            before = len(done)
            for made in _fix_once(app.root, [fix for _, fix in _fixes(app.root, checked.found)]):
                done += made
            if len(done) == before:
                break
            checked = look()
    finally:  # what was written is said, also if the next file cannot be
        app.note(render_fixes(done, app.words, **app.layout))
    return checked


def _fix_once(root: Path, fixes: Iterable["Fix"]) -> Iterator[list["Fix"]]:
    """File by file, what was written.  Raises ProvisionError PV461."""
    from provisioner.cli.commands.fmt import mode_of, read_file
    from provisioner.cli.files import write_atomically
    from provisioner.manifest.writing.fixes import Source, carried_out
    from provisioner.manifest.writing.style import model_of

    by_file: dict[str, list[Fix]] = {}
    for fix in fixes:
        by_file.setdefault(fix.place.file, []).append(fix)
    for file, wanted in by_file.items():
        source = Source(file, read_file(root / file, file), model_of(Path(file)))
        text, made = carried_out(source, wanted)
        if text != source.text:
            write_atomically(root / file, text.encode(), mode=mode_of(root / file))
            yield made


def _watch(app: App, look: Look) -> int:
    """Until Ctrl-C, which ends with 130 as everywhere."""
    from watchfiles import watch

    from provisioner.manifest.repository import CUSTOMERS

    root = app.root.resolve()
    app.note(app.words.ui("watch.start", folder=visible(str(app.root))) + "\n")
    _again(app, look)
    while True:
        folders = _folders(root, root / CUSTOMERS)
        if not folders:  # the workspace itself is gone, as the last check has said
            return BLOCKED
        for changes in watch(
            *folders, recursive=False, watch_filter=lambda _, path: _matters(root, path)
        ):
            _again(app, look)
            if any(Path(path).is_dir() for _, path in changes):
                break  # a new reseller's folder has to be watched too


def _again(app: App, look: Look) -> None:

    time = app.now().astimezone().strftime("%H:%M:%S")
    app.say(f"\n{app.words.ui('watch.again', time=time)}\n")
    try:
        _show(app, look(), "text")
    except ProvisionError as error:
        app.fail(error)


def _folders(root: Path, customers: Path) -> list[Path]:
    """Not recursive: the workspace may hold more than manifests."""
    below = customers.iterdir() if customers.is_dir() else ()
    found = [root, customers, *sorted(path for path in below if path.is_dir())]
    return [path for path in found if path.is_dir()]


def _matters(root: Path, path: str) -> bool:
    """Whether a change of ``path`` can change the result; editors write files of their own."""
    from provisioner.manifest.repository import ADOPTIONS, CONFIG, CUSTOMERS, REMOVALS

    parts = Path(path).relative_to(root).parts
    if parts[:1] != (CUSTOMERS,):
        return parts in {(CONFIG,), (REMOVALS,), (ADOPTIONS,)}
    name = parts[-1]
    return not name.startswith(".") and Path(name).suffix in {"", ".yaml", ".yml", ".json"}
