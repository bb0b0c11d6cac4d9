"""``provision rename``."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from provisioner.cli.context import App, common
from provisioner.cli.helping import Command
from provisioner.codes import Severity
from provisioner.codes.policy import FileCannotBeWritten, NameIsTaken, NotFound, RenamedAlready
from provisioner.errors import PolicyError, ProvisionError
from provisioner.spelling import nearest

if TYPE_CHECKING:
    from provisioner.manifest.entry import Entry
    from provisioner.manifest.models import Manifest
    from provisioner.manifest.repository import Workspace


@click.command(
    cls=Command, epilog="Example:  provision rename schmiedeisen/petra.huber petra.meier"
)
@click.argument("what", metavar="CUSTOMER[/LOGIN]")
@click.argument("new", metavar="NEW")
@common
def rename(app: App, what: str, new: str) -> int:
    """Give a customer or a workplace another name, without losing its numbers.

    Writes the new name into the manifest, with `was:` and the old one; for a customer it also moves
    the file. The next plan then shows a rename instead of a removal and an addition. Writes only
    files and asks no live system.
    """
    from provisioner.manifest.repository import load_workspace

    workspace = load_workspace(app.root)
    name, _, login = what.partition("/")
    entry = _entry(workspace, name, what)
    if login:
        _rename_login(app, workspace, entry, login, new)
    else:
        _rename_customer(app, workspace, entry, new)
    return 0


def _entry(workspace: "Workspace", name: str, what: str) -> "Entry":
    """The manifest; it must be readable. PV447, or its own errors."""
    from provisioner.manifest.diagnostics import InputError

    entry = next((e for c, e in workspace.entries.items() if str(c) == name), None)
    if entry is not None:
        return entry
    wrong = [
        d
        for d in workspace.diagnostics
        if d.customer == name
        and d.severity is Severity.ERROR
        and name in map(str, workspace.broken)
    ]
    if wrong:
        raise InputError(wrong)
    near = nearest(name, map(str, workspace.entries))
    if near and name != what:
        there = next(e for c, e in workspace.entries.items() if str(c) == near)
        near = _near_login(there, what.partition("/")[2])
    raise PolicyError(NotFound(found=what, near=near))


def _near_login(entry: "Entry", login: str) -> str:
    near = nearest(login, (str(w.login) for w in entry.manifest.workplaces))
    return near and f"{entry.customer}/{near}"


def _rename_login(app: App, workspace: "Workspace", entry: "Entry", login: str, new: str) -> None:
    from provisioner.cli.files import write_atomically
    from provisioner.manifest.diagnostics import InputError
    from provisioner.manifest.rules import logins_of
    from provisioner.manifest.writing.many import Made, new_errors
    from provisioner.telephony.identity import SipLogin

    now = SipLogin.parse(new)
    place = next((w for w in entry.manifest.workplaces if str(w.login) == login), None)
    if place is None:
        near = _near_login(entry, login)
        raise PolicyError(NotFound(found=f"{entry.customer}/{login}", near=near))
    if now.folded in {folded for _, folded in logins_of(entry.manifest)}:
        raise PolicyError(NameIsTaken(name=new))
    if place.was is not None:
        raise PolicyError(RenamedAlready(name=login, was=str(place.was)))

    def change(data: Any) -> None:
        for each in data["workplaces"]:
            if each["login"] == login:
                each["login"], each["was"] = new, login

    path = app.root / entry.file
    edited = _edited(workspace, entry, change)
    if wrong := new_errors(workspace, Made({entry.file: (entry.document.source, edited)}, 0)):
        raise InputError(wrong)
    write_atomically(path, edited)
    words = app.words
    sealed = [f"{entry.customer}/{new}"] if place.password.age is not None else []
    app.say(words.ui("rename.login", file=entry.file, login=new, was=login) + "\n")
    app.say(words.ui("rename.login_plan", login=new, was=login) + "\n")
    _hints(app, sealed, was=login)


def _rename_customer(app: App, workspace: "Workspace", entry: "Entry", new: str) -> None:
    from provisioner.cli.files import create
    from provisioner.telephony.identity import CustomerId

    now, old = CustomerId.parse(new), str(entry.customer)
    left = {each.packed.was for each in workspace.entries.values()}
    if now in workspace.entries or now in workspace.broken or now in left:
        raise PolicyError(NameIsTaken(name=new))
    if entry.manifest.was is not None:
        raise PolicyError(RenamedAlready(name=old, was=str(entry.manifest.was)))

    def change(data: Any) -> None:
        data["was"] = old

    path = app.root / entry.file
    file = f"{entry.file.rpartition('/')[0]}/{new}.yaml"
    create(app.root / file, _edited(workspace, entry, change), file)
    try:
        path.unlink()
    except OSError as error:
        with suppress(OSError):  # one customer in two files could be neither read nor renamed
            (app.root / file).unlink()
        reason = os.strerror(error.errno or 0)
        raise ProvisionError(FileCannotBeWritten(file=entry.file, reason=reason)) from None
    words, count = app.words, len(entry.manifest.workplaces)
    app.say(words.ui("rename.customer", old=entry.file, file=file, was=old) + "\n")
    app.say(words.ui("rename.customer_plan", customer=new, was=old, count=count) + "\n")
    for name, what in _naming(workspace, old):
        app.say(words.ui("rename.named", file=name, what=what, customer=new) + "\n")
    _hints(app, _sealed(entry.manifest, new), was=old)


def _hints(app: App, sealed: list[str], *, was: str) -> None:
    if sealed:
        app.say(app.words.ui("rename.sealed", places=", ".join(sealed)) + "\n")
    app.say(app.words.ui("rename.after", was=was) + "\n")


def _sealed(manifest: "Manifest", customer: str) -> list[str]:
    """Logins whose password was sealed for the former name: it opens nowhere else."""
    held = [*manifest.workplaces, manifest.support_login, manifest.admin]
    return [f"{customer}/{each.login}" for each in held if each and each.password.age is not None]


def _naming(workspace: "Workspace", old: str) -> list[tuple[str, str]]:
    """What else names the former id, by file: reviewed permissions, and who takes a number over
    from it. They are for people to change."""
    from provisioner.manifest.repository import ADOPTIONS, REMOVALS

    files = (
        (REMOVALS, [r.what for r in workspace.removals.removals]),
        (ADOPTIONS, [a.what for a in workspace.adoptions.adoptions]),
    )
    mine = ((name, [w for w in listed if w.partition("/")[0] == old]) for name, listed in files)
    found = [(name, ", ".join(listed)) for name, listed in mine if listed]
    takers = (e for e in workspace.entries.values() if old in {str(w) for w, _ in e.packed.moved})
    return [*found, *((entry.file, f"from: {old}") for entry in takers)]


def _edited(workspace: "Workspace", entry: "Entry", change: Any) -> bytes:
    """The manifest after ``change``; one that would not be read any more is not written."""
    from provisioner.manifest.loader import load_manifest
    from provisioner.manifest.writing.roundtrip import edit

    path = workspace.root / entry.file
    data = edit(path.read_text("utf-8"), change).encode()
    load_manifest(data, entry.file, workspace.config.usual(entry.reseller))
    return data
