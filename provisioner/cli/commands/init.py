"""``provision init``."""

import os
from pathlib import Path

import click

from provisioner.cli.context import App, common
from provisioner.cli.helping import Command
from provisioner.codes.fields import NotANameForTheManifest
from provisioner.codes.policy import InsideAnotherWorkspace
from provisioner.errors import PolicyError, ProvisionError
from provisioner.report.sanitise import visible

LEFT = 1
_NEXT = {name: f"provision {name}" for name in ("validate", "plan", "new")}
_NEXT_OF_CI = {"key": "provision ci key", "doctor": "provision doctor --forge"}


@click.command(
    cls=Command, epilog="Example:  provision init customers-as-code --reseller muster-it"
)
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(file_okay=False))
@click.option(
    "--reseller",
    metavar="ID",
    default="muster-it",
    show_default=True,
    help="Id of the first reseller: the folder below customers/.",
)
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab", "none"]),
    show_default="github",
    help="The CI to write pipelines for. Beside a provision.yaml nothing else is written then.",
)
@common
def init(app: App, directory: str | None, reseller: str, ci: str | None) -> int:
    """Start a workspace: settings, an example, editor, hooks, CI.

    DIR is created if it does not exist; default: this folder. Nothing is overwritten: a file that
    exists is left and named, and the command ends with 1. If there already is a provision.yaml, no
    settings and no example are written; with --ci, the pipelines and nothing else. For GitLab they
    are in provision-ci/, which becomes a project of its own. --lang de writes German comments, and
    has editors explain the files in German; schemas/ speaks all four languages.
    """
    from provisioner.cli.files import create
    from provisioner.cli.starter import ci_files, helper_files

    root = app.start / directory if directory else app.start
    _not_among_customers(root)
    grown = _taken(root / "provision.yaml")
    only_ci = grown and ci is not None
    files = {} if grown else _workspace(app, reseller)
    if not only_ci:
        files |= helper_files(app.words.language) | _schemas()
    files |= ci_files(ci or "github")
    made, left = [], []
    try:
        for name, data in files.items():
            path = root / name
            if _taken(path) or _behind_a_link(root, path):
                if not _is_there(path, data):
                    left.append(name)
                continue
            create(path, data, name)
            made.append(name)
    finally:  # also if a file could not be written
        app.say("".join(f"  + {visible(name)}\n" for name in made))
    if left:
        app.say(app.words.ui("init.left", count=len(left)) + "\n")
        app.say("".join(f"  = {visible(name)}\n" for name in left))
        app.say(app.words.ui("init.compare") + "\n")
    if not (made or left):
        app.say(app.words.ui("init.nothing") + "\n")
    app.say("\n" + app.words.ui("init.next") + "\n")
    if directory and Path(directory) != Path():
        app.say(f"  cd {visible(directory)}\n")
    steps = _NEXT_OF_CI if only_ci else _NEXT
    width = max(map(len, steps.values()))
    for step, line in steps.items():
        app.say(f"  {line:<{width}}  {app.words.ui(f'init.step.{step}')}\n")
    return LEFT if left else 0


def _not_among_customers(root: Path) -> None:
    """Raises PolicyError PV465: the workspace around it would take the files for manifests."""

    around = root.resolve()
    for outer, folder in zip(around.parents, (around, *around.parents), strict=False):
        if folder.name == "customers" and _taken(outer / "provision.yaml"):
            raise PolicyError(InsideAnotherWorkspace(folder=str(outer)))


def _taken(path: Path) -> bool:
    return os.path.lexists(path)


def _behind_a_link(root: Path, path: Path) -> bool:
    """Whether a folder on the way below ``root`` is a link: its files are somebody else's."""
    return any(folder.is_symlink() for folder in path.parents if root in folder.parents)


def _is_there(path: Path, data: bytes) -> bool:
    """Whether it is the file that would be written."""
    try:
        return path.is_file() and not path.is_symlink() and path.read_bytes() == data
    except OSError:
        return False


def _workspace(app: App, reseller: str) -> dict[str, bytes]:
    """Raises ProvisionError PV117 for a reseller whose id is none."""
    from pydantic import TypeAdapter, ValidationError

    from provisioner.cli.starter import workspace_files
    from provisioner.manifest.types import Slug

    try:
        TypeAdapter(Slug).validate_python(reseller)
    except ValidationError:
        raise ProvisionError(NotANameForTheManifest(found=reseller)) from None
    words = [word.upper() if len(word) < 3 else word.title() for word in reseller.split("-")]
    name = " ".join([*words, "GmbH"])
    return workspace_files(app.words.language, reseller, name, app.today())


def _schemas() -> dict[str, bytes]:
    from provisioner.cli.commands.schema import all_schemas
    from provisioner.manifest.schemas.schema import rendered

    return {f"schemas/{name}": rendered(made) for name, made in all_schemas().items()}
