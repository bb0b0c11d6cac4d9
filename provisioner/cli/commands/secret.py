"""``provision secret``: sealed passwords."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import HANDOVER_KIB, create, read, read_identity
from provisioner.cli.helping import Group
from provisioner.cli.usage import along
from provisioner.codes.secrets import (
    HandOverIsDamaged,
    HandOverIsEmpty,
    NotAHandOver,
    NoUsablePublicKey,
    PasswordsForAnotherKey,
    PasswordsInTheHandOverAreDamaged,
    SealedForNobodyHere,
    SealedPasswordDoesNotOpen,
)
from provisioner.errors import PolicyError
from provisioner.report.sanitise import visible
from provisioner.spelling import a_few, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provisioner.apply.handover import HandOver
    from provisioner.manifest.diagnostics import Diagnostic
    from provisioner.manifest.models import Access, Manifest, Workplace

_LONGEST = 4096
"""Of what is typed; a longer one is no password either."""


@click.group(cls=Group, epilog="Example:  provision secret keygen --out reseller.key")
def secret() -> None:
    """Seal passwords for manifests; open those of a hand-over."""


@secret.command(epilog="Example:  provision secret keygen --out reseller.key")
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="New key file.")
@common
def keygen(app: App, out: str) -> int:
    """Make a key pair: the private key goes to a new file, the public key is printed."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    create(Path(out), f"{identity}\n".encode(), out, mode=0o600)
    app.note(app.words.ui("secret.made", file=visible(out)) + "\n")
    app.say(f"{identity.to_public()}\n")
    return 0


@secret.command(epilog="Example:  provision secret seal schmiedeisen workplace petra.huber")
@click.argument("customer")
@click.argument("role", type=click.Choice(["workplace", "support_login", "admin"]))
@click.argument("login")
@common
def seal(app: App, customer: str, role: str, login: str) -> int:
    """Seal a password for one place, read from a hidden prompt or from standard input.

    Prints the value for `password: {age: "…"}`. It opens nowhere else: copied to another manifest
    or login it is refused. At least 12 printable ASCII characters without spaces. Warns of a place
    that no manifest has.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.manifest.sealed import context
    from provisioner.manifest.sealed import seal as sealed
    from provisioner.telephony.identity import CustomerId, SipLogin

    asked = (str(CustomerId.parse(customer)), role, str(SipLogin.parse(login)))
    place = context(*asked)
    recipients = load_config(app.root).secrets.recipients
    if not recipients:
        raise PolicyError(NoUsablePublicKey())
    if sys.stdin.isatty():
        app.speak()
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline(_LONGEST).rstrip("\n")
    app.say(sealed(password, place, recipients) + "\n")
    _warn_of_nobody(app, asked)
    return 0


def _warn_of_nobody(app: App, asked: tuple[str, str, str]) -> None:
    """Of a place that no manifest has: it may be written later, or a name may be misspelled."""
    from provisioner.manifest.diagnostics import Diagnostic, InputError
    from provisioner.manifest.repository import load_workspace

    customer, role, login = asked
    try:
        workspace = load_workspace(app.root, around=[customer])
    except InputError:
        return  # where no manifest can be read, nobody can tell
    if customer in map(str, workspace.broken):
        return
    places = [
        f"{entry.customer} {kind} {access.login}"
        for entry in workspace.entries.values()
        for kind, access in _logins(entry.manifest)
    ]
    place = f"{customer} {role} {login}"
    if place not in places:
        near = nearest(place, places)
        app.report([Diagnostic.of(SealedForNobodyHere(place=place, near=near))])


def _logins(manifest: "Manifest") -> "Iterator[tuple[str, Workplace | Access]]":
    for workplace in manifest.workplaces:
        yield "workplace", workplace
    for role, access in (("support_login", manifest.support_login), ("admin", manifest.admin)):
        if access is not None:
            yield role, access


@secret.command("open", epilog="Example:  provision secret open handover/limmat-it.jsonl -i my.key")
@click.argument("file", metavar="FILE", type=click.Path())
@click.option(
    "-i",
    "--identity",
    "identities",
    required=True,
    multiple=True,
    metavar="FILE",
    type=click.Path(),
    help="File with your private key; give an older one too, with a second -i.",
)
@click.option(
    "--sheet",
    "form",
    type=click.Choice(["text", "csv", "pdf"]),
    help="What to type into each phone: SIP user, registrar, password; as PDF a page a phone.",
)
@click.option(
    "--out",
    metavar="FILE",
    default="",
    type=click.Path(),
    help="With --sheet: write it there, for you alone; - for a pipe.",
)
@click.option(
    "--registrar",
    metavar="HOST:PORT",
    default="",
    help="With --sheet: where phones register; default: sip of pbx in provision.yaml.",
)
@click.option("--customer", metavar="ID", default="", help="With --sheet: only this customer.")
@click.option("--replace", is_flag=True, help="Replace the file that --out names.")
@common
def open_(
    app: App,
    file: str,
    identities: tuple[str, ...],
    form: str | None,
    out: str,
    registrar: str,
    customer: str,
    replace: bool,
) -> int:
    """Open a hand-over: customer, login and password, the last entry for each login.

    Shows what opens. Ends with 3 if the password of a login is missing: sealed to another key, or
    damaged. With --sheet it makes what whoever sets up the phones needs, and shows passwords on a
    terminal or writes them to a new file, nowhere else.
    """
    from provisioner.apply.handover import opened
    from provisioner.manifest.diagnostics import InputError

    sheet = None
    if form:
        from provisioner.cli import setting_up  # only where phones are set up

        sheet = setting_up.Sheet(form, out, registrar, customer, replace)
        setting_up.check_target(sheet)
    others = {"--out": out, "--registrar": registrar, "--customer": customer, "--replace": replace}
    if not form:
        for name in filter(others.get, others):
            along(name, {"--sheet": form})
    found = opened(read(file, HANDOVER_KIB), [read_identity(name) for name in identities])
    if found.passed:
        app.note(app.words.ui("secret.closed", count=found.passed) + "\n")
    if sheet is not None and found.passwords:
        setting_up.hand_out(app, sheet, found.passwords, Path(file).name)
    for place, password in sorted(found.passwords.items() if sheet is None else ()):
        app.say("\t".join(visible(part) for part in (*place, password)) + "\n")
    wrong = list(_missing(found, Path(file).name))
    if wrong:
        raise InputError(wrong)
    return 0


def _missing(found: "HandOver", file: str) -> "Iterator[Diagnostic]":
    """What a reader of the file would look for and not find."""
    from provisioner.manifest.diagnostics import Diagnostic

    if found.empty:
        yield Diagnostic.of(HandOverIsEmpty(file=file))
    elif found.foreign:
        yield Diagnostic.of(NotAHandOver(file=file))
        return
    elif found.closed and not (found.passwords or found.damaged or found.strays):
        yield Diagnostic.of(SealedPasswordDoesNotOpen(place=file))
    elif found.closed:
        yield Diagnostic.of(
            PasswordsForAnotherKey(file=file, count=len(found.closed), logins=a_few(found.closed))
        )
    if found.damaged:
        yield Diagnostic.of(
            PasswordsInTheHandOverAreDamaged(
                file=file, count=len(found.damaged), logins=a_few(found.damaged)
            )
        )
    if found.strays:
        yield Diagnostic.of(
            HandOverIsDamaged(file=file, count=len(found.strays), line=found.strays[0])
        )
