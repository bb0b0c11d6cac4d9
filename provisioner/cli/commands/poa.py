"""``provision poa``: the letter of authority for a port, and the way back of the signed one."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provisioner.cli.context import App, Day, at_option, common
from provisioner.cli.files import make_folder, write_atomically
from provisioner.cli.helping import Command
from provisioner.cli.usage import along, apart
from provisioner.codes import Severity
from provisioner.codes.policy import NotFound
from provisioner.codes.porting import (
    FileCannotBeUsed,
    FileIsThereAlready,
    LetterAlreadyEntered,
    NoSuchPort,
    NotASignedLetter,
    NothingIsPorted,
    SignedInTheFuture,
    SignedLetterTooLarge,
    ThisIsTheLetterBeforeItWasSigned,
    WhichPort,
)
from provisioner.errors import PolicyError, ProvisionError, WrongFile
from provisioner.report.messages import LANGUAGES, Catalogue, pick_language
from provisioner.spelling import nearest

if TYPE_CHECKING:
    from provisioner.manifest.config import Config
    from provisioner.manifest.entry import Entry
    from provisioner.report.letter.content import Letter

MAX_MEGABYTES = 50
DIGEST_SHOWN = 12
_PRIVATE = 0o600
_MADE_ON = re.compile(rb"<xmp:CreateDate>(\d{4}-\d\d-\d\d)")


@click.command(
    cls=Command,
    epilog="Example:  provision poa schmiedeisen --lang de --out letters   The signed copy:  "
    'provision poa schmiedeisen --signed scan.pdf --on 2026-11-30 --stored-at "DMS 4711"',
)
@click.argument("customer")
@click.option("--porting", "only", metavar="ID", help="Only this entry of porting.")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Folder for the letters; default: this folder.",
)
@click.option(
    "--signed",
    metavar="FILE",
    type=click.Path(),
    help="Enter this signed letter (PDF) into the manifest.",
)
@click.option("--on", type=Day(), metavar="DATE", help="Day of the last signature.")
@click.option("--stored-at", metavar="PLACE", help="Where the signed letter is kept.")
@click.option("--replace", is_flag=True, help="Replace a letter that is already there.")
@at_option
@common
def poa(
    app: App,
    customer: str,
    only: str | None,
    out: str | None,
    signed: str | None,
    on: date | None,
    stored_at: str | None,
    replace: bool,
    at: date | None,
) -> int:
    """Write the letters of authority for a customer's ports, as PDFs.

    One letter for each entry of porting; it lists the linked orders if there are several. Its
    language is that of --lang, otherwise the reseller's. With --signed the signed copy's hash, date
    and place are entered into the manifest; the next plan then moves the order on. Asks no live
    system.
    """
    if signed is not None:
        along("--signed", {"--on": on, "--stored-at": stored_at is not None})
        apart("--signed", {"--out": out})
    elif on or stored_at:
        along("--on" if on else "--stored-at", {"--signed": signed})
    entry, config = _chosen(app, customer)
    _known(entry, only)
    day = app.today(at)
    if signed is not None and on is not None and stored_at is not None:
        return _enter(
            app, entry, config, only, _Signed(signed, on, _place(stored_at)), day, replace
        )
    return _write(app, entry, config, only, Path(out or "."), day, replace)


@dataclass(frozen=True, slots=True)
class _Signed:
    file: str
    on: date
    stored_at: str


def _chosen(app: App, customer: str) -> "tuple[Entry, Config]":
    """The manifest, if it has no error: a letter made from a wrong one would be wrong."""
    from provisioner.manifest.diagnostics import InputError
    from provisioner.manifest.repository import load_workspace
    from provisioner.operations import select

    workspace = load_workspace(app.root)
    subjects = select(workspace, (), [customer]).subjects
    if len(subjects) != 1:
        near = nearest(customer, map(str, workspace.entries))
        raise PolicyError(NotFound(found=customer, near=near))
    subject = subjects[0]
    if subject.broken:
        raise InputError(d for d in subject.diagnostics if d.severity is Severity.ERROR)
    return workspace.entries[subject.customer], workspace.config


def _known(entry: "Entry", only: str | None) -> None:
    known = [p.id for p in entry.manifest.porting]
    if not known:
        raise PolicyError(NothingIsPorted(customer=str(entry.customer)))
    if only is not None and only not in known:
        raise PolicyError(
            NoSuchPort(customer=str(entry.customer), found=only, known=", ".join(known))
        )


# The letter


def _write(
    app: App,
    entry: "Entry",
    config: "Config",
    only: str | None,
    folder: Path,
    day: date,
    replace: bool,
) -> int:
    """All letters are set, and all places looked at, before the first is written."""
    from provisioner.report.letter.content import letters
    from provisioner.report.letter.pdf import set_pdf

    customers = config.language_of(entry.reseller, entry.manifest.language)
    words = Catalogue(pick_language([app.lang, customers]))
    made: list[tuple[Letter, Path, bytes]] = []
    for letter in letters(entry, config, words, day, only):
        file = folder / f"poa-{entry.customer}-{letter.porting}.pdf"
        data = set_pdf(letter)
        if not replace and _another(file, data):
            raise PolicyError(FileIsThereAlready(file=str(file)))
        made.append((letter, file, data))
    make_folder(folder)
    for letter, file, data in made:
        write_atomically(file, data, mode=_PRIVATE)
        blocks = app.words.ui("poa.places", count=len(letter.signing.people))
        orders = ", ".join(letter.orders)
        _say(app, app.words.ui("poa.written", file=str(file), orders=orders, places=blocks))
        if letter.donor is None:
            _say(app, app.words.ui("poa.by_hand"), "  ")
    return 0


def _another(file: Path, data: bytes) -> bool:
    """Whether something else has its name; only a file is read, since a pipe would never end."""
    try:
        return os.path.lexists(file) and not (file.is_file() and file.read_bytes() == data)
    except OSError:
        return True


def _say(app: App, text: str, indent: str = "") -> None:
    from provisioner.report.layout import clamp, wrap

    app.say("\n".join(wrap(text, clamp(app.width), indent, indent + "  ")) + "\n")


# The way back


def _enter(
    app: App,
    entry: "Entry",
    config: "Config",
    only: str | None,
    signed: _Signed,
    day: date,
    replace: bool,
) -> int:
    porting = _the_one(entry, only)
    position = [p.id for p in entry.manifest.porting].index(porting)
    if signed.on > day:
        raise PolicyError(SignedInTheFuture(day=str(signed.on), today=str(day)))
    if entry.manifest.porting[position].poa is not None and not replace:
        raise PolicyError(LetterAlreadyEntered(porting=porting))
    data = _read_signed(signed.file)
    if data in _unsigned(entry, config, porting, data):
        raise PolicyError(ThisIsTheLetterBeforeItWasSigned(file=Path(signed.file).name))
    digest = hashlib.sha256(data).hexdigest()
    file = app.root / entry.file
    written = _entered(entry, config, position, digest, signed)
    write_atomically(file, written, mode=stat.S_IMODE(file.stat().st_mode))
    words = app.words
    text = words.ui(
        "poa.recorded",
        file=entry.file,
        porting=porting,
        digest=digest[:DIGEST_SHOWN],
        day=words.day(signed.on),
        place=signed.stored_at,
    )
    _say(app, text)
    _say(app, words.ui("poa.next", customer=str(entry.customer)))
    return 0


def _the_one(entry: "Entry", only: str | None) -> str:
    known = [p.id for p in entry.manifest.porting]
    if only is None and len(known) > 1:
        raise PolicyError(WhichPort(customer=str(entry.customer), known=", ".join(known)))
    return only or known[0]


def _read_signed(name: str) -> bytes:
    """The whole file. PV270 no PDF, PV271 too large, PV272 a link or not readable."""
    shown = Path(name).name
    limit = MAX_MEGABYTES * 1024 * 1024
    try:
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(opened, "rb") as file:  # noqa: PTH123 - the descriptor is already checked
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise WrongFile(FileCannotBeUsed(file=shown))
            data = file.read(limit + 1)
    except (OSError, ValueError):
        raise WrongFile(FileCannotBeUsed(file=shown)) from None
    if len(data) > limit:
        raise WrongFile(SignedLetterTooLarge(file=shown, limit=MAX_MEGABYTES))
    if b"%PDF-" not in data[:1024]:  # where readers of PDF look for it
        raise PolicyError(NotASignedLetter(file=shown))
    return data


def _unsigned(entry: "Entry", config: "Config", porting: str, data: bytes) -> Iterator[bytes]:
    """The letters that we would write on the day on which ``data`` says that it was made."""
    from provisioner.report.letter.content import letters
    from provisioner.report.letter.pdf import set_pdf

    for found in _MADE_ON.findall(data)[:1]:
        try:
            day = date.fromisoformat(found.decode())
        except ValueError:
            return
        for language in LANGUAGES:
            for letter in letters(entry, config, Catalogue(language), day, porting):
                yield set_pdf(letter)


def _entered(
    entry: "Entry", config: "Config", position: int, digest: str, signed: _Signed
) -> bytes:
    """The manifest with the signed letter in it, everything else as it was. Raises InputError."""
    from provisioner.manifest.loader import load_manifest
    from provisioner.manifest.writing.roundtrip import edit

    def change(manifest: Any) -> None:
        manifest["porting"][position]["poa"] = {
            "sha256": digest,
            "signed_on": str(signed.on),
            "stored_at": signed.stored_at,
        }

    data = edit(entry.document.source.decode("utf-8"), change).encode()
    load_manifest(data, entry.file, config.usual(entry.reseller))
    return data


def _place(text: str) -> str:
    """Where it is stored, as a manifest may say it."""
    from provisioner.cli.asking import reads
    from provisioner.manifest.models import PowerOfAttorney

    try:
        return reads(PowerOfAttorney, "stored_at")(text)
    except ProvisionError as error:
        raise PolicyError(error.about) from None
