"""A workspace and its live systems, opened."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.contract.desk import Desk, DeskReader, OpenRun
from provisioner.contract.pbx import Pbx, PbxReader
from provisioner.contract.reading import known_of, nobody_known
from provisioner.durable import unlinked
from provisioner.errors import Unavailable
from provisioner.manifest.config import Config
from provisioner.manifest.repository import Workspace, load_workspace
from provisioner.manifest.single import Reader, read_each
from provisioner.manifest.webhost import HAND_OVER
from provisioner.operations.load import open_desk, open_pbx
from provisioner.plan.scope import EVERYBODY, Scope
from provisioner.telephony.identity import CustomerId

if TYPE_CHECKING:
    from provisioner.operations.processes import Processes


@dataclass(frozen=True)
class Readable:
    """What is written, and the two systems that it is about, to be read.

    ``scope``: whose customers they are, where other repositories have the others.  ``proven``:
    customers of whom nothing is to be done or said, so that they are neither in the workspace nor
    read.  ``processes``: with what a large fleet is planned.
    """

    workspace: Workspace
    pbx: PbxReader
    desk: DeskReader
    scope: Scope = EVERYBODY
    proven: frozenset[CustomerId] = frozenset()
    processes: "Processes | None" = None

    def customers(self) -> Collection[CustomerId]:
        """Those that the desk knows.  Raises SystemFault."""
        return self.scope.mine(self.desk, self.desk.customers()) - self.proven

    def known(self, some: Collection[CustomerId]) -> Collection[CustomerId]:
        """Those of ``some`` that are in :meth:`customers`.  Raises SystemFault."""
        return self.scope.mine(self.desk, known_of(self.desk, some)) - self.proven

    def open_runs(self) -> Sequence[OpenRun]:
        """What runs over them that died left open, oldest first; what is written here and live
        nowhere may be one of them.  Raises SystemFault."""
        runs = self.desk.open_runs()
        begun = {run.customer for run in runs}
        mine = self.scope.mine(self.desk, begun)
        written = (begun - mine) & {*self.workspace.entries, *self.workspace.broken}
        mine |= written - self.scope.theirs(self.desk, written)
        return [run for run in runs if run.customer in mine]


@dataclass(frozen=True)
class Opened(Readable):
    """The same, to be written too."""

    pbx: Pbx
    desk: Desk


@contextmanager
def open_workspace(root: Path, around: Sequence[str] = (), jobs: int = 1) -> Iterator[Opened]:
    """Everything below ``root``, for reading and writing; closed at the end.

    ``around``: the only customers that are asked for; who names none means all.  ``jobs``: with how
    many processes a large fleet is read and planned.
    Raises InputError, ConfigError, DriverError or OptionError for what is written wrongly.
    """
    with ExitStack() as stack:
        processes = None
        reader: Reader = read_each
        if jobs > 1:
            from provisioner.operations.processes import Processes  # most commands need only one

            processes = stack.enter_context(Processes(root, jobs))
            reader = processes.read
        workspace = load_workspace(root, around=around, reader=reader)
        pbx, desk = stack.enter_context(open_systems(workspace.config, root))
        yield Opened(workspace, pbx, desk, Scope.of(workspace.config), processes=processes)


@contextmanager
def open_systems(config: Config, root: Path) -> Iterator[tuple[Pbx, Desk]]:
    """Both live systems, for writing."""
    pbx = open_pbx(config, root)
    try:
        desk = open_desk(config, root)
        try:
            yield pbx, desk
        finally:
            desk.close()
    finally:
        pbx.close()


@contextmanager
def open_readers(config: Config, root: Path) -> Iterator[tuple[PbxReader, DeskReader]]:
    """Both live systems, as types that have no method that writes."""
    with open_systems(config, root) as (pbx, desk):
        yield pbx, desk


@contextmanager
def open_listed(config: Config, root: Path) -> Iterator[tuple[PbxReader, DeskReader]]:
    """The same for whoever lists what the desk holds.  Raises SystemFault PV576 for a desk that was
    lost: nobody is not what there is."""
    with open_readers(config, root) as (pbx, desk):
        not_lost(pbx, desk)
        yield pbx, desk


def not_lost(pbx: PbxReader, desk: DeskReader) -> None:
    """Raises SystemFault PV576.  A PBX that is away cannot tell, and stops no list."""
    try:
        lost = nobody_known(pbx, desk)
    except Unavailable:
        return
    if lost is not None:
        raise lost


def handover(root: Path, config: Config) -> Path:
    """The folder for sealed passwords.  PolicyError PV030, also for a file in it."""
    for stem in (*config.resellers, HAND_OVER):
        unlinked(root, f"{config.handover}/{stem}.jsonl", config.handover)
    return unlinked(root, config.handover)
