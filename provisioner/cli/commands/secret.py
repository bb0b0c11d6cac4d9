"""``provision secret``: sealed passwords."""

import os
import sys
from pathlib import Path

import click

from provisioner.cli.context import App, Group, common
from provisioner.errors import PolicyError


@click.group(cls=Group, epilog="Example:  provision secret keygen --out reseller.key")
def secret() -> None:
    """Seal passwords for manifests; open those of a hand-over."""


@secret.command(epilog="Example:  provision secret keygen --out reseller.key")
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="New key file.")
@common
def keygen(app: App, out: str) -> int:
    """Make a key pair: the private key goes to a new file, the public key is printed."""
    import pyrage

    from provisioner.report.sanitise import visible

    identity = pyrage.x25519.Identity.generate()
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"{identity}\n")
    except OSError as error:
        raise click.FileError(out, error.strerror or "") from None
    app.note(app.words.ui("secret.made", file=visible(out)) + "\n")
    app.say(f"{identity.to_public()}\n")
    return 0


@secret.command(epilog="Example:  provision secret seal schmiedeisen workplace petra.huber")
@click.argument("customer")
@click.argument("role", type=click.Choice(["workplace", "support_login", "admin"]))
@click.argument("login")
@common
def seal(app: App, customer: str, role: str, login: str) -> int:
    """Seal a password for one place; read from a hidden prompt or from standard input.

    Prints the value for `password: {age: "…"}`. It opens nowhere else: copied to another manifest
    or login it is refused. At least 12 printable ASCII characters without spaces.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.manifest.sealed import context
    from provisioner.manifest.sealed import seal as sealed
    from provisioner.telephony.identity import CustomerId, SipLogin

    place = context(str(CustomerId.parse(customer)), role, str(SipLogin.parse(login)))
    recipients = load_config(app.root).secrets.recipients
    if not recipients:
        raise PolicyError("PV306")
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    app.say(sealed(password, place, recipients) + "\n")
    return 0


@secret.command("open", epilog="Example:  provision secret open handover/limmat-it.jsonl -i my.key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "-i",
    "--identity",
    required=True,
    type=click.Path(exists=True, dir_okay=False),
    help="File with your private key.",
)
@common
def open_(app: App, file: str, identity: str) -> int:
    """Open a hand-over: customer, login and password, the last entry for each login."""
    from provisioner.apply.handover import opened
    from provisioner.manifest.sealed import SealError
    from provisioner.report.sanitise import visible

    key = Path(identity).read_text("utf-8", "replace")
    found, closed = opened(Path(file).read_bytes(), [key])
    if closed and not found:
        raise SealError("PV307", place=Path(file).name)
    if closed:
        app.note(app.words.ui("secret.closed", count=closed) + "\n")
    for place, password in sorted(found.items()):
        app.say("\t".join(visible(part) for part in (*place, password)) + "\n")
    return 0
