"""``provision asterisk``: what an Asterisk needs once, before the first customer."""

import dataclasses
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from provisioner import durable
from provisioner.cli import encrypting
from provisioner.cli.addresses import Address, Bind
from provisioner.cli.commands.asterisk_certificate import certificate
from provisioner.cli.context import App, common
from provisioner.cli.files import read_key, unwritable
from provisioner.cli.helping import Group
from provisioner.cli.usage import WrongUsage, WrongValue
from provisioner.codes.asterisk import ConfigurationFilesAreThereAlready
from provisioner.codes.realtime import PBXNeedsNoUpgrade
from provisioner.contract.pbx import KeptPbx
from provisioner.errors import PolicyError, Refused

if TYPE_CHECKING:
    from provisioner.drivers.asterisk.config import Database
    from provisioner.manifest.config import Config

_PORT = click.IntRange(1, 65535)
_PASSWORD = "--database-password"  # noqa: S105 - an option's name


@click.group(
    cls=Group, epilog="Example:  provision asterisk config /etc/asterisk --carrier 192.0.2.10"
)
def asterisk() -> None:
    """Prepare a stock Asterisk 22 as the PBX."""


@asterisk.command(epilog="Example:  provision asterisk config /etc/asterisk --carrier 192.0.2.10")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--carrier",
    metavar="HOST[:PORT]",
    type=Address(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?", "192.0.2.10"),
    help="The carrier's SIP address; without it there are no outside calls.",
)
@click.option(
    "--sip",
    metavar="ADDRESS:PORT",
    type=Bind(5060, none=True),
    default="0.0.0.0:5060",
    show_default=True,
    help="Where phones register over UDP; none: nowhere, with --tls.",
)
@encrypting.options
@click.option("--http-port", type=_PORT, default=8088, show_default=True, help="Control, loopback.")
@click.option("--ami-port", type=_PORT, default=5038, show_default=True, help="AMI, loopback.")
@click.option("--rtp", nargs=2, type=_PORT, default=(10000, 20000), help="First and last RTP port.")
@click.option("--user", default="provisioner", show_default=True, help="Name of the control user.")
@click.option(
    "--database",
    metavar="HOST[:PORT]/NAME",
    type=Address(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?/[a-z_][a-z0-9_]*", "db.example/asterisk"),
    help="Make it a node of a fleet, which reads this PostgreSQL database.",
)
@click.option(
    "--database-user",
    metavar="ROLE",
    default="asterisk",
    show_default=True,
    help="The role of the nodes.",
)
@click.option(
    _PASSWORD,
    metavar="FILE",
    type=click.Path(),
    help="File with its password, for res_pgsql.conf.",
)
@click.option(
    "--only",
    metavar="FILE",
    multiple=True,
    help="Write only this file, as extensions.conf; may be given several times.",
)
@click.option("--replace", is_flag=True, help="Replace existing files; NAME.before is kept.")
@common
def config(
    app: App,
    folder: str,
    carrier: str | None,
    sip: str,
    http_port: int,
    ami_port: int,
    rtp: tuple[int, int],
    user: str,
    database: str | None,
    database_user: str,
    database_password: str | None,
    only: tuple[str, ...],
    replace: bool,
    **asked: Unpack[encrypting.Asked],
) -> int:
    """Write the static configuration files of Asterisk into DIR.

    They include a restricted control user with a new password, which is written to provision.secret
    in DIR, mode 0600. No file is overwritten unless --replace is given. Files of other parts
    (asterisk.conf, …) are left alone. The emergency numbers and the operator's number that they
    show are taken from provision.yaml; when they change, write extensions.conf again with --only,
    which leaves TLS, lists of addresses and the control user as they are.

    With --tls phones register encrypted, with --https apps in a browser; certificate and key are
    tried before anything is written.

    With --database DIR is the configuration of one node of a fleet (driver asterisk-realtime).
    """
    from provisioner.drivers.asterisk.config import (
        CONTROL_FILES,
        SECRET,
        Encryption,
        Settings,
        render,
    )
    from provisioner.manifest.repository import CONFIG, load_config

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", user, re.ASCII):
        raise WrongValue("usage.user", user, "--user")
    place = Path(folder)
    rules = load_config(app.root) if (app.root / CONFIG).exists() else None
    password = secrets.token_urlsafe(32)
    taken = {"--http-port": http_port, "--ami-port": ami_port}
    pair = encrypting.pair_of(asked, sip=sip, others=taken)
    binds = asked["tls"] or "", asked["https"] or ""
    settings = Settings(
        user,
        password,
        http_port,
        ami_port,
        sip if sip != encrypting.NONE else "",
        carrier or "",
        encrypting.carrier_bind(asked, carrier=carrier, sip=sip),
        Encryption(*pair, *binds) if pair else None,
        *rtp,
    )
    if rules is not None:
        numbers, caller = rules.emergency_numbers, rules.emergency_caller
        settings = dataclasses.replace(settings, emergency_numbers=numbers, emergency_caller=caller)
    if database:
        source = _database(database, database_user, database_password)
        settings = dataclasses.replace(settings, database=source)
    made = render(settings)
    if unknown := sorted({*only} - made.keys()):
        known = ", ".join(sorted(made))
        raise WrongUsage("usage.value", name="--only", found=unknown[0], wanted=known)
    if CONTROL_FILES & {*only}:
        raise WrongUsage("usage.only_password")
    made = {name: text for name, text in made.items() if not only or name in only}
    there = sorted(name for name in made if (place / name).exists())
    if there and not replace:
        raise PolicyError(ConfigurationFilesAreThereAlready(count=len(there), example=there[0]))
    _write(place, made)
    app.say(app.words.ui("asterisk.written", count=len(made), folder=folder) + "\n")
    if "extensions.conf" in made:
        _tell_emergency(app, rules, app.root / CONFIG)
    lines = encrypting.settings(asked, pair[0]) if pair else []
    if only:
        _tell(app, app.words.ui("asterisk.encrypted") if lines else "", lines)
        app.say(app.words.ui("asterisk.restart") + "\n")
        return 0
    if database:
        url = f"postgresql://provisioner@{database}"
        lines = lines if asked["tls"] else [f"sip: {sip}", *lines]
        told = app.words.ui("asterisk.fleet_next", folder=folder, url=url)
    else:
        url, file = f"http://127.0.0.1:{http_port}", str((place / SECRET).absolute())
        told = app.words.ui("asterisk.next", url=url, user=user, file=file)
    _tell(app, told, lines)
    app.say(app.words.ui("asterisk.check_it") + "\n")
    return 0


def _tell(app: App, told: str, lines: Sequence[str]) -> None:
    """What to write in provision.yaml, and more of it; nothing if there is nothing to tell."""
    if told:
        app.say("".join(f"{each}\n" for each in [told, *(f"    {line}" for line in lines), ""]))


def _database(place: str, user: str, file: str | None) -> "Database":
    from provisioner.drivers.asterisk.config import Database

    if file is None:
        raise WrongUsage("usage.needs", one="--database", other=_PASSWORD)
    password = read_key(file).strip()
    # what Asterisk would take for a comment, or libpq for the end
    if not re.fullmatch(r"[!-~]{1,200}", password, re.ASCII) or {*password} & {*";'\\"}:
        raise WrongUsage("usage.role_password", name=_PASSWORD)
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", user, re.ASCII):
        raise WrongValue("usage.role", user, "--database-user")
    server, _, name = place.partition("/")
    host, _, port = server.partition(":")
    return Database(host, int(port or 5432), name, user, password)


def _tell_emergency(app: App, rules: "Config | None", file: Path) -> None:
    """What was taken, and from where: in a wrong folder it would be somebody else's number."""
    words = app.words
    if rules is None:
        app.note(words.ui("asterisk.no_workspace", file=file.name) + "\n")
        return
    listed = ", ".join(rules.emergency_numbers)
    app.say(words.ui("asterisk.emergency", numbers=listed, file=str(file)) + "\n")
    if rules.emergency_caller is None:
        app.note(words.ui("asterisk.no_caller") + "\n")
    else:
        app.say(words.ui("asterisk.caller", number=str(rules.emergency_caller)) + "\n")


def _write(folder: Path, made: Mapping[str, str]) -> None:
    """All files or none, each owned like the folder, so that Asterisk's own user can read them.

    Half of them would lock out: a new password in one file, the old one in the other.
    """
    from provisioner.drivers.asterisk.config import SECRET, SECRET_FILES

    path = folder
    try:
        with ExitStack() as stack:
            there = folder.stat()
            owner = (there.st_uid, there.st_gid) if os.geteuid() == 0 else None
            new: dict[Path, Path] = {}
            for name, text in sorted(made.items()):
                path = folder / name
                mode = 0o600 if name in SECRET_FILES else 0o644
                beside = durable.beside(path, text.encode(), mode, owner=owner)
                new[path] = stack.enter_context(beside)
            for path, file in new.items():
                if path.name != SECRET and path.exists():
                    path.replace(_before(path))
                durable.move(file, path)
    except OSError as error:
        raise unwritable(path, error) from None


def _before(path: Path) -> Path:
    """Where the file that was there is kept: an earlier one is nobody's to overwrite."""
    names = (f"{path.name}.before{number if number > 1 else ''}" for number in count(1))
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


@asterisk.command(epilog="Example:  provision asterisk upgrade")
@common
def upgrade(app: App) -> int:
    """Prepare the tables of Asterisk for the driver asterisk-realtime.

    Adds to what Asterisk's own scripts have made: columns for our marks, routes, indexes. Do it
    again after each upgrade of theirs. The role has to be the owner of the tables.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.operations.load import open_pbx

    rules = load_config(app.root)
    found = open_pbx(rules, app.root)
    try:
        if not isinstance(found, KeptPbx):
            raise Refused(PBXNeedsNoUpgrade(driver=rules.pbx.driver))
        _, version = found.upgrade()
    finally:
        found.close()
    app.say(app.words.ui("asterisk.prepared", version=version) + "\n")
    return 0


asterisk.add_command(certificate)
