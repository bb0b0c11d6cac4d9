"""Options of ``provision asterisk config`` for phones and apps that encrypt."""

import re
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, TypeVar

import click

from provisioner.cli.addresses import Bind
from provisioner.cli.files import read_key
from provisioner.cli.usage import WrongUsage, along, both
from provisioner.codes.encryption import CertificateThatCannotBeUsed, KeyOfAnotherCertificate
from provisioner.errors import PolicyError

Command = TypeVar("Command", bound=Callable[..., object])
NONE = "none"
"""As ``--sip``: no phone without TLS."""
_NOT_ITS_KEY = {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"}
"""Why OpenSSL refuses a pair: another key of its kind, or one of another kind."""
_WEAK = {"EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK"}
"""Why it does although they fit: what is too weak is told by those who know why."""
CARRIER_BIND = "0.0.0.0:5060"
"""Where the carrier comes to if phones have no place of their own over UDP."""


class Asked(TypedDict):
    """What the options say."""

    tls: str | None
    https: str | None
    certificate: str | None
    key: str | None
    carrier_sip: str | None


def options(command: Command) -> Command:
    """The options of ``Asked``."""
    for add in reversed(_OPTIONS):
        command = add(command)
    return command


_OPTIONS = (
    click.option(
        "--tls",
        metavar="ADDRESS:PORT",
        type=Bind(5061),
        help="Where phones register over TLS; the usual port is 5061.",
    ),
    click.option(
        "--https",
        metavar="ADDRESS:PORT",
        type=Bind(8089),
        help="Where apps in a browser register; the usual port is 8089.",
    ),
    click.option(
        "--certificate",
        metavar="FILE",
        type=click.Path(),
        help="The PBX's certificate with its chain, PEM, for --tls and --https.",
    ),
    click.option("--key", metavar="FILE", type=click.Path(), help="Its private key, PEM."),
    click.option(
        "--carrier-sip",
        metavar="ADDRESS:PORT",
        type=Bind(5060),
        help=f"Where the carrier's calls come in; default: as --sip, else {CARRIER_BIND}.",
    ),
)


def pair_of(asked: Asked, *, sip: str, others: dict[str, int]) -> tuple[str, str] | None:
    """Certificate and key, which were tried; ``others``: TCP ports that are taken, by the option.

    Raises WrongUsage, and PolicyError PV655, PV656 for a pair that Asterisk would not serve, and
    PV830 to PV838 as for a renewal.
    """
    pair = {"--certificate": asked["certificate"], "--key": asked["key"]}
    if sip == NONE:
        along("--sip none", {"--tls": asked["tls"]})
    for option, bind in (("--tls", asked["tls"]), ("--https", asked["https"])):
        if bind:
            along(option, pair)
    both(pair)
    if not asked["certificate"] or not asked["key"]:
        return None
    if not asked["tls"] and not asked["https"]:
        raise WrongUsage("usage.needs", one="--certificate", other="--tls / --https")
    _apart({"--tls": asked["tls"], "--https": asked["https"]}, others)
    certificate, key = (_absolute(option, name or "") for option, name in pair.items())
    _try(certificate, key)
    return certificate, key


def settings(asked: Asked, file: str) -> list[str]:
    """Lines for ``pbx`` of ``provision.yaml``; NAME in them where the certificate ``file``, which
    was tried, tells none."""
    from provisioner.drivers.asterisk import certificate  # with the extra alone

    leaf = certificate.certificates(read_key(file).encode(), file)[0]
    name = certificate.main_name(leaf) or "NAME"
    ports = {"sip": asked["tls"], "wss": asked["https"]}
    return [f"{key}: {name}:{bind.rpartition(':')[2]}" for key, bind in ports.items() if bind]


def carrier_bind(asked: Asked, *, carrier: str | None, sip: str) -> str:
    """Where the carrier comes to, if it has a place of its own there."""
    if asked["carrier_sip"]:
        along("--carrier-sip", {"--carrier": carrier})
    default = CARRIER_BIND if sip == NONE and carrier else ""
    found = asked["carrier_sip"] or default
    return found if found != sip else ""


def _apart(binds: dict[str, str | None], taken: dict[str, int]) -> None:
    """Two that listen at the same TCP port: one of them would stay silent."""
    ports = {port: option for option, port in taken.items()}
    for option, bind in binds.items():
        if bind:
            port = int(bind.rpartition(":")[2])
            if port in ports:
                raise WrongUsage("usage.same_port", one=ports[port], other=option, port=port)
            ports[port] = option


def _absolute(option: str, name: str) -> str:
    """For a file of Asterisk, where a semicolon begins a comment."""
    found = str(Path(name).absolute())
    if re.search(r"[;\\\x00-\x1f\x7f]|\s$", found):
        raise WrongUsage("usage.config_path", name=option)
    return found


def _try(certificate: str, key: str) -> None:
    """With a pair that does not fit, Asterisk is silent at both ports and says that all is well."""
    from provisioner.drivers.asterisk import extra  # as the drivers, with this command alone

    extra.need()
    from provisioner.drivers.asterisk.certificate import pair  # with the extra alone

    texts = [read_key(name).encode() for name in (certificate, key)]
    try:
        # a key with a passphrase would have Asterisk wait for somebody to type it
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: "")
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", "")
        if reason in _NOT_ITS_KEY:
            raise PolicyError(KeyOfAnotherCertificate(file=certificate, key=key)) from None
        if reason not in _WEAK:
            raise PolicyError(CertificateThatCannotBeUsed(file=certificate, key=key)) from None
    pair(texts[0], texts[1], (certificate, key), datetime.now(UTC))
