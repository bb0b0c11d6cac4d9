"""``provision phones``: the host from which desk phones fetch their configuration."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from provisioner.cli import listing
from provisioner.cli.context import App, F, common
from provisioner.cli.files import HANDOVER_KIB, read, read_identity
from provisioner.cli.helping import Group
from provisioner.cli.usage import WrongValue
from provisioner.codes import Severity
from provisioner.codes.handset import NoPhonesConfigured
from provisioner.errors import PolicyError, ProvisionError

if TYPE_CHECKING:
    from provisioner.codes import Code
    from provisioner.manifest.webhost import Phones as Settings
    from provisioner.operations.phones import Phones

PARTLY = 5
TEXT = "text"
_PLAIN = re.compile(r"/[\w./@+-]*", re.ASCII)
"""A path that a configuration of nginx can hold as it is."""


@click.group(
    cls=Group,
    epilog="Example:  provision phones write --handover phones.jsonl -i host.key --out /srv/phones",
)
def phones() -> None:
    """Give desk phones their configuration, on the web host."""


def _opening(function: F) -> F:
    """``--handover`` and ``--identity``."""
    function = click.option(
        "-i",
        "--identity",
        "identities",
        required=True,
        multiple=True,
        metavar="FILE",
        type=click.Path(),
        help="File with the private key of this host; give an older one first, with a second -i "
        "for the new one.",
    )(function)
    return click.option(
        "--handover",
        required=True,
        metavar="FILE",
        type=click.Path(),
        help="Hand-over for desk phones, as apply wrote it.",
    )(function)


@phones.command(
    epilog="Example:  provision phones write --handover phones.jsonl -i host.key --out /srv/phones"
)
@_opening
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Folder that the web server serves; its group gets to read the files.",
)
@listing.form_option(TEXT, listing.JSON)
@common
def write(app: App, handover: str, identities: tuple[str, ...], out: str, form: str) -> int:
    """Write the file that each phone fetches, and remove those of phones that are gone.

    What is up to date stays untouched. Only files that it wrote itself are replaced or removed; a
    run that was stopped is finished by the next one. Ends with 5 if some phones could not be done,
    and with 1 if none could.
    """
    from provisioner.operations.phone_files import PhoneFile, bring
    from provisioner.operations.phones import host_key, token
    from provisioner.report.handset.files import path_of, render_phone
    from provisioner.report.handset.identity import Registrar
    from provisioner.report.handset.told import files_row, render_files
    from provisioner.report.lists.formats import rows_json

    if not out:  # a variable that is not set: not this folder
        raise WrongValue("usage.plain_path", out, "--out")
    settings = _settings(app)
    found, keys = _read(handover, identities)
    registrar = Registrar.of(settings.registrar, settings.transport)
    key, wanted, faults = host_key(keys[0]), [], [*found.faults]
    for each in found.handsets:
        try:
            content = render_phone(each, registrar)
        except ProvisionError as error:
            faults.append(error.about)
            continue
        wanted.append(PhoneFile(each, path_of(each.phone, token(key, each.phone.mac)), content))
    done = bring(Path(out), found, wanted, Path(handover).name)
    faults += done.faults
    if form == listing.JSON:
        app.say_bytes(rows_json(files_row(done, faults)))
    else:
        app.say(render_files(done, app.words, faulty=bool(faults)))
    return _ended(app, faults, some=bool(done.written or done.removed or done.unchanged))


@phones.command(
    "list",
    epilog="Example:  provision phones list --handover phones.jsonl -i host.key --format csv",
)
@_opening
@listing.form_option(listing.TABLE, listing.JSON, listing.CSV)
@common
def list_(app: App, handover: str, identities: tuple[str, ...], form: str) -> int:
    """List the phones, and the address that the maker's redirection portal has to send each to.

    The CSV begins with MAC and URL, as the portals of Snom (SRAPS) and Yealink (RPS) take them.
    """
    from provisioner.operations.phones import host_key
    from provisioner.report.handset.told import phone_rows, render_phones
    from provisioner.report.lists.rows import PhoneRow
    from provisioner.report.lists.rows import Phones as Listed

    settings = _settings(app)
    found, keys = _read(handover, identities)
    rows = tuple(phone_rows(found, host_key(keys[0]), settings.url))
    listing.tell(
        app,
        form,
        PhoneRow,
        rows,
        whole=lambda every: Listed(phones=every, faults=tuple(f.code for f in found.faults)),
        table=partial(render_phones, rows),
    )
    return _ended(app, found.faults, some=bool(rows))


@phones.command(
    epilog="Example:  provision phones nginx --out /srv/phones > "
    "/etc/nginx/conf.d/provision-phones.conf"
)
@click.option(
    "--out",
    metavar="DIR",
    default="/srv/phones",
    show_default=True,
    help="Folder that provision phones write fills.",
)
@click.option(
    "--certificate",
    metavar="FILE",
    default="/etc/nginx/phones/fullchain.pem",
    show_default=True,
    help="Certificate of this host, with its chain.",
)
@click.option(
    "--key",
    metavar="FILE",
    default="/etc/nginx/phones/privkey.pem",
    show_default=True,
    help="Its private key.",
)
@click.option(
    "--ca",
    metavar="FILE",
    default="/etc/nginx/phones/makers.pem",
    show_default=True,
    help="CA certificates with which the makers sign phones.",
)
@common
def nginx(app: App, out: str, certificate: str, key: str, ca: str) -> int:
    """Print the server block that gives each phone its own file, by its factory certificate.

    The certificate's CN has to be the MAC that is in the file's name. Whoever has another one, or
    none, gets a 404 for everything.
    """
    from provisioner.report.handset.nginx import server_block

    given = {"--out": out, "--certificate": certificate, "--key": key, "--ca": ca}
    for name, value in given.items():
        if not _PLAIN.fullmatch(value):
            raise WrongValue("usage.plain_path", value, name)
    url = urlsplit(_settings(app).url)
    host = url.hostname or ""
    app.say(
        server_block(
            host=f"[{host}]" if ":" in host else host,
            port=url.port or 443,
            prefix=url.path,
            folder=out.rstrip("/"),
            certificate=certificate,
            key=key,
            ca=ca,
        )
    )
    return 0


def _settings(app: App) -> "Settings":
    """``phones`` of provision.yaml.  Raises PolicyError PV047."""
    from provisioner.manifest.repository import load_config

    settings = load_config(app.root).phones
    if settings is None:
        raise PolicyError(NoPhonesConfigured())
    return settings


def _read(handover: str, identities: Sequence[str]) -> "tuple[Phones, list[str]]":
    from provisioner.operations.phones import phones_in

    keys = [read_identity(name) for name in identities]
    return phones_in(read(handover, HANDOVER_KIB), keys, Path(handover).name), keys


def _ended(app: App, faults: "Sequence[Code]", *, some: bool) -> int:
    """Tells what is wrong; the exit code."""
    from provisioner.manifest.diagnostics import Diagnostic  # only where something is wrong

    if faults:
        app.report([Diagnostic.of(fault) for fault in faults])
    if not any(fault.severity is Severity.ERROR for fault in faults):
        return 0
    return PARTLY if some else 1
