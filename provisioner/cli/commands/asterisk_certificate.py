"""``provision asterisk certificate``: a new certificate for TLS, without ending a call."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import KEY_KIB, read, unwritable
from provisioner.cli.helping import Command
from provisioner.codes.certificates import FolderOfAnotherPBX, NoTLSInTheConfiguration
from provisioner.errors import PolicyError
from provisioner.report.layout import clamp, wrap
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_date

if TYPE_CHECKING:
    from provisioner.contract.pbx import Pbx
    from provisioner.drivers.asterisk.certificate import Pair
    from provisioner.drivers.asterisk.listeners import Listener
    from provisioner.drivers.asterisk.renewal import Control

_CONFIGURATION_KIB = 1024


@click.command(
    cls=Command,
    epilog="Example:  provision asterisk certificate /etc/asterisk --certificate a.pem --key a.key",
)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--certificate",
    "certificate_file",
    metavar="FILE",
    required=True,
    type=click.Path(),
    help="The new certificate and those that sign it, in PEM, its own first.",
)
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    required=True,
    type=click.Path(),
    help="Its private key in PEM, without a passphrase.",
)
@click.option(
    "--name",
    "names",
    metavar="HOST",
    multiple=True,
    help="A name that it must have; may be given several times. Default: all of the present one.",
)
@common
def certificate(
    app: App, folder: str, certificate_file: str, key_file: str, names: tuple[str, ...]
) -> int:
    """Put a new certificate in the place of the one that Asterisk serves.

    DIR is its configuration folder: pjsip.conf and http.conf there name the files and the ports.
    The new pair is checked first: key, chain, dates, names, strength. Only then are the files
    written, with owner and mode as before; the ones before are kept as NAME.before. Asterisk reads
    them without ending a call, and each port is asked which certificate it serves. If it is not the
    new one, the old pair is put back. May be repeated, also after an interruption.
    """
    from provisioner.drivers.asterisk import extra, listeners

    extra.need()
    from provisioner.drivers.asterisk import certificate as certificates
    from provisioner.drivers.asterisk.renewal import Renewal
    from provisioner.manifest.repository import load_config
    from provisioner.operations.load import open_pbx

    place = Path(folder)
    texts = [_text(place / name) for name in ("pjsip.conf", "http.conf")]
    found = listeners.of_folder(place.absolute(), *texts)
    if not found:
        raise PolicyError(NoTLSInTheConfiguration(folder=folder))
    data, key = read(certificate_file, KEY_KIB), read(key_file, KEY_KIB)
    pair = certificates.pair(data, key, (certificate_file, key_file), app.now())
    certificates.need_names(pair.leaf, names or _present(found), certificate_file)
    pbx = open_pbx(load_config(app.root), app.root)
    try:
        control = _control(pbx, folder, listeners.control_port(texts[1]))
        _warn(app, pair, certificate_file, _most(found))
        Renewal(found, control, place / "http.conf").carry_out(pair)
    except OSError as error:
        raise unwritable(Path(error.filename or place), error) from None
    finally:
        pbx.close()
    _tell(app, pair, found)
    return 0


def _text(file: Path) -> str:
    """Empty if there is none: a PBX may speak TLS with phones alone, or with apps alone."""
    return read(str(file), _CONFIGURATION_KIB).decode("utf-8", "replace") if file.exists() else ""


def _present(found: "Sequence[Listener]") -> set[str]:
    """Names of all certificates in use, on disk and at the ports: while somebody was killed at it
    one of them may be the new one already."""
    from provisioner.drivers.asterisk import certificate as certificates
    from provisioner.drivers.asterisk.renewal import leaf_at, read

    leaves = [certificates.of_der(leaf_at(each)) for each in found]
    for file in {each.certificate for each in found}:
        with suppress(PolicyError):
            leaves.append(certificates.certificates(read(file), str(file))[0])
    return {name for leaf in leaves if leaf is not None for name in certificates.names(leaf)}


def _control(pbx: "Pbx", folder: str, port: int) -> "Control":
    """That of the Asterisk of this folder.  Raises PolicyError PV698."""
    from provisioner.drivers.asterisk.renewal import Steered

    controls = pbx.controls() if isinstance(pbx, Steered) else ()
    places = [urlsplit(each.url) for each in controls]
    for each, place in zip(controls, places, strict=True):
        if place.scheme == "http" and (place.port or 80) == port:
            return each
    if len(controls) == 1 and places[0].scheme == "https":  # by way of a proxy
        return controls[0]
    known = ", ".join(each.url for each in controls) or pbx.target
    raise PolicyError(FolderOfAnotherPBX(folder=folder, url=known))


def _most(found: "Sequence[Listener]") -> int:
    """The length of the longest chain in use."""
    from provisioner.drivers.asterisk import certificate as certificates
    from provisioner.drivers.asterisk.renewal import read

    lengths = [0]
    for file in {each.certificate for each in found}:
        with suppress(PolicyError):
            lengths.append(len(certificates.certificates(read(file), str(file))))
    return max(lengths)


def _warn(app: App, pair: "Pair", file: str, before: int) -> None:
    """``before``: so many certificates are in the chain that it replaces."""
    from provisioner.drivers.asterisk import certificate as certificates
    from provisioner.manifest.diagnostics import Diagnostic

    for each in (
        certificates.ends_soon(pair.leaf, app.now(), file),
        certificates.chain_missing(pair, before, file),
    ):
        if each is not None:
            app.report([Diagnostic.of(each)])
    if pair.self_signed:
        app.note(_wrapped(app, app.words.ui("asterisk.self_signed", file=file)))


def _tell(app: App, pair: "Pair", found: "Sequence[Listener]") -> None:
    from provisioner.drivers.asterisk import certificate as certificates

    params = {
        "serial": certificates.serial(pair.leaf),
        "names": visible(", ".join(certificates.names(pair.leaf))),
        "last": show_date(certificates.last_day(pair.leaf)),
    }
    for each in found:
        told = app.words.ui("asterisk.serves", what=each.what, address=each.address, **params)
        app.say(_wrapped(app, told, "  "))


def _wrapped(app: App, text: str, rest: str = "") -> str:
    return "".join(f"{line}\n" for line in wrap(text, clamp(app.width), "", rest))
