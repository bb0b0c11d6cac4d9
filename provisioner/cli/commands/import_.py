"""``provision import``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import create, read, schema_line
from provisioner.cli.helping import Command
from provisioner.cli.listing import known_reseller
from provisioner.cli.usage import WrongUsage
from provisioner.codes.files import NotARegularFile
from provisioner.codes.policy import (
    CustomerIsManagedAlready,
    ManifestExistsAlready,
    NotFound,
    NothingToImport,
)
from provisioner.codes.systems import StateUnknown
from provisioner.errors import PolicyError, ProvisionError, Unavailable
from provisioner.spelling import nearest

if TYPE_CHECKING:
    from provisioner.contract.desk import DeskReader
    from provisioner.contract.pbx import PbxReader
    from provisioner.manifest.config import Config
    from provisioner.manifest.defaults import Usual
    from provisioner.telephony.identity import CustomerId


@click.command("import", cls=Command, epilog="Example:  provision import --out restored")
@click.argument("customers", nargs=-1, metavar="[CUSTOMER]...")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Write below this folder instead of customers/.",
)
@click.option("--foreign", is_flag=True, help="Outline a customer that was set up by hand.")
@click.option("--reseller", metavar="ID", help="With --foreign: the reseller of the customer.")
@common
def import_(
    app: App, customers: tuple[str, ...], out: str | None, foreign: bool, reseller: str | None
) -> int:
    """Write manifests from the live systems.

    For customers that are already managed, the desk keeps the manifest that was released last; it
    is written as RESELLER/CUSTOMER.yaml. Without names, all customers are written. A file that
    exists is never changed: it is named, and the command ends with 3.

    With --foreign and --reseller it writes an outline of one customer that was set up on the PBX by
    hand. What the PBX does not say is left open, and provision validate shows where.
    """
    from provisioner.manifest.repository import load_config
    from provisioner.operations import not_lost, open_readers
    from provisioner.telephony.identity import CustomerId

    if foreign != (reseller is not None) or (foreign and len(customers) != 1):
        raise WrongUsage("usage.foreign")
    config = load_config(app.root)
    wanted = [CustomerId.parse(name) for name in customers]
    known_reseller(reseller, config.resellers)
    writing = _Writing(app, Path(out) if out else None, config)
    with open_readers(config, app.root) as (pbx, desk):
        if reseller is not None:
            _outline(writing, pbx, desk, wanted[0], reseller)
        else:
            not_lost(pbx, desk)
            _released(writing, desk, wanted)
    return writing.exit_code


def _released(writing: "_Writing", desk: "DeskReader", wanted: Sequence["CustomerId"]) -> None:
    from provisioner.contract.resources import Release
    from provisioner.desired.importing import released_manifest
    from provisioner.manifest.writing.housestyle import manifest_text

    everyone = sorted(desk.customers())
    for name in wanted:
        if name not in everyone:
            near = nearest(str(name), map(str, everyone))
            raise PolicyError(NotFound(found=str(name), near=near))
    chosen = sorted({*wanted}) or everyone
    states = desk.read(chosen)
    for customer in chosen:
        state = states.get(customer)
        objects = state.objects if state else ()
        release = next((o for o in objects if isinstance(o, Release)), None)
        if release is None and objects and customer not in wanted:
            continue  # an order is left of a customer that is gone
        if release is None:
            writing.fail(Unavailable(StateUnknown(system="desk")))
            continue
        try:
            manifest = released_manifest(release)
            text = manifest_text(manifest, schema=writing.schema())
            writing.write(release.reseller, customer, text)
        except ProvisionError as error:
            writing.fail(error)
    writing.summary()


def _outline(
    writing: "_Writing",
    pbx: "PbxReader",
    desk: "DeskReader",
    customer: "CustomerId",
    reseller: str,
) -> None:

    from provisioner.desired.importing import outline
    from provisioner.report.outline_text import outline_text

    if customer in desk.customers():
        raise PolicyError(CustomerIsManagedAlready(customer=str(customer)))
    state = pbx.read([customer]).get(customer)
    if state is None:
        raise Unavailable(StateUnknown(system="pbx"))
    state = replace(state, foreign=tuple(pbx.foreign(customer)))
    if not (state.objects or state.foreign):
        raise PolicyError(NothingToImport(customer=str(customer)))
    found = outline(state)
    app = writing.app
    try:
        text = outline_text(found, str(customer), app.words, writing.schema())
        writing.write(reseller, customer, text)
    except ProvisionError as error:
        writing.fail(error)
        return
    count = len(found.unknown)
    app.say(app.words.ui("import.open", count=count, customer=str(customer)) + "\n")


@dataclass(slots=True)
class _Writing:
    """Files that are made, and those that are there already. ``out``: in place of customers/."""

    app: App
    out: Path | None
    config: "Config"
    written: int = 0
    failed: list[ProvisionError] = field(default_factory=list)

    def schema(self) -> str:
        """What editors are told to explain the files with."""
        return schema_line(self.app.root, "customer", self.app.words.language)

    def write(self, reseller: str, customer: "CustomerId", text: str) -> None:
        """A new file. PolicyError PV433 if the customer has another one, PV019 for a link."""
        from provisioner.manifest.repository import CUSTOMERS

        top = self.out or self.app.root / CUSTOMERS
        path = top / reseller / f"{customer}.yaml"
        for there in self._there(top, path):
            if not _same(there, text, self.config.usual(reseller)):
                raise PolicyError(ManifestExistsAlready(file=self._shown(there)))
            self.app.say(self.app.words.ui("import.same", file=self._shown(there)) + "\n")
            return
        for folder in (top, path.parent):
            if folder.is_symlink():
                raise PolicyError(NotARegularFile(file=self._shown(folder)))
        create(path, text.encode(), self._shown(path))
        self.written += 1
        self.app.say(self.app.words.ui("import.written", file=self._shown(path)) + "\n")

    def _there(self, top: Path, path: Path) -> Iterator[Path]:
        """Files of the customer, whoever's folder they are in."""
        if path.exists() or path.is_symlink():
            yield path
        for other in sorted(top.glob(f"*/{path.name}")):
            if other != path:
                yield other

    def fail(self, error: ProvisionError) -> None:
        self.app.fail(error)
        self.failed.append(error)

    def summary(self) -> None:
        key = "import.after" if self.written else "import.nothing"
        self.app.say(self.app.words.ui(key, count=self.written) + "\n")

    @property
    def exit_code(self) -> int:
        """1 if something is unknown, 3 if something was refused."""
        return min((error.exit_code for error in self.failed), default=0)

    def _shown(self, path: Path) -> str:
        root = self.app.root
        return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _same(path: Path, text: str, usual: "Usual") -> bool:
    """Whether a file means what ``text`` does, of the same reseller."""
    from provisioner.manifest.loader import load_manifest
    from provisioner.manifest.text import MAX_BYTES

    try:
        found = load_manifest(read(str(path), MAX_BYTES // 1024), path.name, usual).value
        return found.digest() == load_manifest(text.encode(), path.name, usual).value.digest()
    except ProvisionError:
        return False
