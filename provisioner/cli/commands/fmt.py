"""``provision fmt``."""

import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from provisioner.cli.commands.plan import write_atomically
from provisioner.cli.context import App, common
from provisioner.errors import PolicyError, ProvisionError
from provisioner.manifest.diagnostics import Diagnostic, InputError, Place, Severity

UNFORMATTED = 1
STDIN = "-"


@click.command(epilog="Example:  provision fmt --check customers/limmat-it")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH|-]...")
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@common
def fmt(app: App, what: tuple[str, ...], check: bool, diff: bool) -> int:
    """Write manifests in house style: order, spelling, quotes, indentation.

    Keeps every comment and never changes what a manifest means. Without arguments it takes all
    manifests, provision.yaml, removals.yaml and adoptions.yaml; with - it reads standard input and
    writes standard output. Ends with 3 if a file cannot be read as YAML; the others are formatted
    all the same.
    """
    from provisioner.manifest.formatter import format_bytes
    from provisioner.report.diagnostics_changes import render_diff, render_formatted

    if STDIN in what:
        if what != (STDIN,) or check or diff:
            raise click.UsageError("- stands alone.")
        app.say_bytes(format_bytes(sys.stdin.buffer.read(), file="stdin"))
        return 0
    changed: list[str] = []
    failed: list[ProvisionError] = []
    files = list(dict.fromkeys(_files(app.root, what)))
    for path in files:
        name = shown_name(app.root, path)
        try:
            before = read_file(path, name)
            after = format_bytes(before, model_of(path), name)
        except ProvisionError as error:
            failed.append(error)
            continue
        if after == before:
            continue
        changed.append(name)
        if diff:
            app.say(render_diff(before.decode(), after.decode(), name, color=app.colored))
        if not (check or diff):
            write_atomically(path, after, mode=mode_of(path))
    _fail(app, failed)
    same = len(files) - len(changed) - len(failed)
    summary = render_formatted(changed, same, app.words, dry=check or diff, names=not diff)
    (app.note if diff else app.say)(summary)
    if failed:
        return InputError.exit_code
    return UNFORMATTED if check and changed else 0


def _fail(app: App, failed: Iterable[ProvisionError]) -> None:
    findings: list[Diagnostic] = []
    for error in failed:
        if isinstance(error, InputError):
            findings += error.diagnostics
        else:
            findings.append(Diagnostic(error.code, Severity.ERROR, error.params))
    if findings:
        app.note(app.diagnostics_text(findings))


def _files(root: Path, what: tuple[str, ...]) -> Iterator[Path]:
    from provisioner.manifest.repository import ADOPTIONS, CONFIG, CUSTOMERS, REMOVALS

    if not what:
        names = (CONFIG, REMOVALS, ADOPTIONS)
        yield from (path for name in names if (path := root / name).exists())
        yield from _below(root / CUSTOMERS)
    for name in what:
        path = Path(name) if Path(name).exists() else root / name
        found = [path] if path.is_file() or path.is_symlink() else list(_below(path))
        if not found and "/" not in name:
            found = [one for one in _below(root / CUSTOMERS) if one.stem == name]
        if not found:
            raise PolicyError("PV447", found=name)
        yield from found


def _below(folder: Path) -> Iterator[Path]:
    """The manifests in ``folder`` and the folders in it."""
    if folder.is_dir():
        yield from sorted([*folder.glob("*.yaml"), *folder.glob("*/*.yaml")])


def model_of(path: Path) -> type:
    """What a file of this name holds."""
    from provisioner.manifest.adoptions import Adoptions
    from provisioner.manifest.config import Config
    from provisioner.manifest.models import Manifest
    from provisioner.manifest.removals import Removals
    from provisioner.manifest.repository import ADOPTIONS, CONFIG, REMOVALS

    found = {CONFIG: Config, REMOVALS: Removals, ADOPTIONS: Adoptions}
    return found.get(path.name, Manifest)


def mode_of(path: Path) -> int:
    """Its permissions: a file that others may not read stays so."""
    return stat.S_IMODE(path.stat().st_mode)


def read_file(path: Path, name: str) -> bytes:
    """The file.  Raises InputError PV019 for a link or another special file, PV020."""
    from provisioner.manifest.text import MAX_BYTES

    code, reason = "PV019", ""
    if path.is_file() and not path.is_symlink():
        try:
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            code, reason = "PV020", error.strerror or ""
    params = {"file": name, "reason": reason} if reason else {"file": name}
    raise InputError([Diagnostic(code, Severity.ERROR, params, place=Place(name, 1, 1, 2))])


def shown_name(root: Path, path: Path) -> str:
    """``path`` as the workspace calls it, with ``/``."""
    try:
        return path.resolve().parent.relative_to(root.resolve()).joinpath(path.name).as_posix()
    except ValueError:
        return str(path)
