"""``provision fmt``."""

import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import write_atomically
from provisioner.cli.helping import Command
from provisioner.cli.usage import WrongUsage, apart
from provisioner.codes import Code
from provisioner.codes.files import FileNotReadable, NotAFileOfThisWorkspace, NotARegularFile
from provisioner.errors import ProvisionError
from provisioner.manifest.diagnostics import Diagnostic, InputError, Place
from provisioner.spelling import nearest

UNFORMATTED = 1
STDIN = "-"


@click.command(cls=Command, epilog="Example:  provision fmt --check customers/limmat-it")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH|-]...")
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@common
def fmt(app: App, what: tuple[str, ...], check: bool, diff: bool) -> int:
    """Write manifests in house style: order, spelling, quotes.

    Keeps every comment and never changes what a manifest means. Without arguments it takes all
    manifests, provision.yaml, removals.yaml and adoptions.yaml; with - it reads standard input and
    writes standard output. Ends with 3 if a file cannot be read as YAML; the others are still
    formatted.
    """
    from provisioner.manifest.text import MAX_BYTES
    from provisioner.manifest.writing.formatter import format_bytes
    from provisioner.manifest.writing.style import model_of
    from provisioner.report.diagnostics.changes import render_diff

    if STDIN in what:
        apart(STDIN, {"--check": check, "--diff": diff})
        if what != (STDIN,):
            raise WrongUsage("usage.together", one=STDIN, other="CUSTOMER")
        app.say_bytes(format_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), file="stdin"))
        return 0
    changed: list[str] = []
    failed: list[ProvisionError] = []
    files = list(dict.fromkeys(_files(app.root, what)))
    for path in files:
        name = shown_name(app.root, path)
        try:
            if not _belongs(app.root, path):
                raise _on_file(NotAFileOfThisWorkspace(file=name), name)
            before = read_file(path, name)
            after = format_bytes(before, model_of(path), name)
            if not (check or diff) and after != before:
                write_atomically(path, after, mode=mode_of(path))
        except ProvisionError as error:
            failed.append(error)
            continue
        if after == before:
            continue
        changed.append(name)
        if diff:
            app.say(render_diff(before.decode(), after.decode(), name, color=app.colored))
    _fail(app, failed)
    _sum_up(app, changed, len(files) - len(changed), len(failed), check=check, diff=diff)
    if failed:
        return max(error.exit_code for error in failed)
    return UNFORMATTED if check and changed else 0


def _sum_up(
    app: App, changed: list[str], others: int, failed: int, *, check: bool, diff: bool
) -> None:
    """Nothing if there is nothing good to tell: then the findings have said it all."""
    if failed and failed == others and not changed:
        return
    from provisioner.report.diagnostics.changes import render_formatted

    summary = render_formatted(
        changed, others - failed, app.words, dry=check or diff, names=not diff
    )
    (app.note if diff else app.say)(summary)


def _fail(app: App, failed: Iterable[ProvisionError]) -> None:
    findings: list[Diagnostic] = []
    for error in failed:
        if isinstance(error, InputError):
            findings += error.diagnostics
        else:
            findings.append(Diagnostic.of(error.about))
    if findings:
        app.report(findings)


def _files(root: Path, what: tuple[str, ...]) -> Iterator[Path]:
    from provisioner.manifest.repository import ADOPTIONS, CONFIG, CUSTOMERS, REMOVALS

    everything = [root / n for n in (CONFIG, REMOVALS, ADOPTIONS) if (root / n).exists()]
    everything += _below(root / CUSTOMERS)
    if not what:
        yield from everything
    for name in what:
        if (path := _place(name, root)) is None:
            raise _not_found(name)
        if path.is_file() or path.is_symlink():
            found = [path]
        else:
            found = everything if _same_folder(path, root) else list(_below(path))
        if not found and "/" not in name:
            found = [one for one in _below(root / CUSTOMERS) if one.stem == name]
        if not found:
            stems = (one.stem for one in _below(root / CUSTOMERS))
            raise _not_found(name, nearest(name, stems))
        yield from found


def _not_found(name: str, near: str = "") -> ProvisionError:
    from provisioner.operations.selecting import not_found  # brings the planner

    return not_found(name, near)


def _place(name: str, root: Path) -> Path | None:
    """None for what no file can be called; an empty name is not the folder that one stands in."""
    try:
        path = Path(name) if Path(name).exists() else root / name
        path.exists()
        return path if name.strip() else None
    except (OSError, ValueError):  # too long, or with a NUL in it
        return None


def _below(folder: Path) -> Iterator[Path]:
    """The manifests in ``folder`` and the folders in it."""
    if folder.is_dir():
        yield from sorted([*folder.glob("*.yaml"), *folder.glob("*/*.yaml")])


def _same_folder(path: Path, root: Path) -> bool:
    return path.is_dir() and path.resolve() == root.resolve()


def _belongs(root: Path, path: Path) -> bool:
    """Whether it is a file of the workspace; links to folders elsewhere do not make it one."""
    from provisioner.manifest.writing.style import has_style

    try:
        return has_style((path.parent.resolve() / path.name).relative_to(root.resolve()))
    except ValueError:
        return False


def mode_of(path: Path) -> int:
    """Its permissions: a file that others may not read stays so."""
    return stat.S_IMODE(path.stat().st_mode)


def read_file(path: Path, name: str) -> bytes:
    """The file.  Raises InputError PV019 for a link or another special file, PV020."""
    from provisioner.manifest.text import MAX_BYTES

    about: Code = NotARegularFile(file=name)
    if path.is_file() and not path.is_symlink():
        try:
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            about = FileNotReadable(file=name, reason=error.strerror or "?")
    raise _on_file(about, name)


def _on_file(about: Code, name: str) -> InputError:
    return InputError([Diagnostic.of(about, place=Place(name, 1, 1, 2))])


def shown_name(root: Path, path: Path) -> str:
    """``path`` as the workspace calls it, with ``/``."""
    try:
        return path.resolve().parent.relative_to(root.resolve()).joinpath(path.name).as_posix()
    except ValueError:
        return str(path)
