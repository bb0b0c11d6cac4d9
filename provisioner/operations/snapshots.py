"""Snapshots: taken where the live systems are known, read where they are not."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from itertools import chain

from pydantic import ValidationError

from provisioner import __version__
from provisioner.codes.systems import DeskKnowsNobody
from provisioner.contract.abilities import abilities_of
from provisioner.contract.desk import ALL, DeskState, OpenRun
from provisioner.contract.fields import to_plain
from provisioner.contract.reading import DESK_EMPTY, CustomerLive
from provisioner.contract.resources import Kind, PortedNumber, PortingOrder, Release, Resource
from provisioner.desired.customer import desire
from provisioner.errors import ProvisionError, Unavailable
from provisioner.git.files import TreeFiles
from provisioner.manifest.config import Config
from provisioner.manifest.files import Kind as FileKind
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.models import Manifest
from provisioner.manifest.repository import CUSTOMERS, Workspace
from provisioner.manifest.review import Review
from provisioner.operations.forging import verify_keys
from provisioner.operations.opening import Readable
from provisioner.plan.approval import is_carried_out
from provisioner.plan.context import manifest_of
from provisioner.plan.model import Targets
from provisioner.review import snapshot as snapshots
from provisioner.review.masking import Customer, masked
from provisioner.review.snapshot import HOLDS, Range, Snapshot
from provisioner.review.snapshot_systems import SnapshotDesk, SnapshotPbx, Snapshots
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import digits_of, numbers_from


def opened(files: Mapping[str, bytes], review: Review, now: datetime) -> list[Snapshot]:
    """``files``: by the name that is shown.  Raises ProvisionError PV780 to PV783 for one that
    cannot be used now."""
    keys = verify_keys(review)
    found = ((name, snapshots.opened(data, keys, name)) for name, data in files.items())
    return [snapshots.usable(each, review.project, now, name) for name, each in found]


def systems(
    found: Sequence[Snapshot], branch: "ProtectedBranch", result: Workspace
) -> tuple[SnapshotPbx, SnapshotDesk]:
    """Readers of what snapshots tell; at least one.  ``result``: what is to be planned."""
    known = Snapshots(found, branch, _named({each.reseller for each in found}, result))
    return SnapshotPbx(known), SnapshotDesk(known)


def _named(covered: Collection[str], result: Workspace) -> set[CustomerId]:
    """Who may have nothing: customers of these resellers, and those that their manifests name; not
    another reseller's."""
    own, others = set(result.broken), set()  # a broken one is not planned for
    for customer, entry in result.entries.items():
        if entry.reseller not in covered:
            others.add(customer)
            continue
        own.add(customer)
        own |= {giver for giver, _ in entry.packed.moved}
        own |= {entry.packed.was} if entry.packed.was else set()
    return own - others


@dataclass(frozen=True)
class ProtectedBranch:
    """What is released, as the commit at its tip has it."""

    files: TreeFiles
    config: Config

    def manifest(self, customer: CustomerId) -> Manifest | None:
        for path in self._paths.get(f"{customer}.yaml", ()):
            with suppress(OSError, ProvisionError):  # it has been said of the file
                usual = self.config.usual(path.split("/")[1])
                return load_manifest(self.files.read(path), path, usual).value
        return None

    def made(
        self, customer: CustomerId, reseller: str, manifest: Manifest, desk: DeskState, on: date
    ) -> Sequence[Resource]:
        return _made(self.config, customer, reseller, manifest, on, desk)

    @cached_property
    def _paths(self) -> Mapping[str, list[str]]:
        """By the name of the file."""
        found: dict[str, list[str]] = {}
        for folder in self.files.listed(CUSTOMERS):
            if folder.kind is FileKind.FOLDER:
                for item in self.files.listed(folder.path):
                    found.setdefault(item.path.rpartition("/")[2], []).append(item.path)
        return found


def taken(seen: Readable, review: Review, now: datetime) -> Iterator[Snapshot]:
    """One of each reseller of provision.yaml whose manifests are here, of what is live now.

    Raises SystemFault if a system cannot be read: then there is none.
    """
    everything = _Everything(seen, now.date())
    for reseller in sorted(filter(seen.scope.has, seen.workspace.config.resellers)):
        own = {c for c, name in everything.resellers.items() if name == reseller}
        yield Snapshot(
            forge=review.project.forge,
            project=review.project.id,
            reseller=reseller,
            made=now,
            until=now + HOLDS,
            tool=__version__,
            targets=Targets(pbx=seen.pbx.target, desk=seen.desk.identity()),
            pbx=tuple(sorted(abilities_of(seen.pbx))),
            desk=tuple(sorted(abilities_of(seen.desk))),
            size=everything.size if seen.scope.everybody else everything.size_of(own),
            customers={str(c): everything.customer(c, reseller) for c in sorted(own)},
            pool=tuple(everything.pool_for(own)),
            held=everything.held(own),
            runs=tuple(_run(each) for each in everything.runs if each.customer in own),
        )


class _Everything:
    """All that is live, read once."""

    def __init__(self, seen: Readable, today: date) -> None:
        self._seen = seen
        self._today = today
        entries = seen.workspace.entries
        known = {*seen.desk.customers()}
        self.runs = seen.desk.open_runs()
        begun = {run.customer for run in self.runs}
        names = sorted(known | begun | entries.keys())
        on_desk, on_pbx = seen.desk.read(names), seen.pbx.read(names)
        self._live: dict[CustomerId, CustomerLive | None] = {}
        for c in names:
            live = CustomerLive(on_pbx[c], on_desk[c]) if {c} <= on_pbx.keys() & on_desk else None
            if live is None or c in known | begun or live.objects or live.pbx.foreign:
                self._live[c] = live
        self.size = seen.pbx.size()
        if self.size and not known:
            raise Unavailable(DeskKnowsNobody(count=self.size, name=DESK_EMPTY))
        self._pool = seen.desk.pool(today)
        self._done: dict[CustomerId, Counter[str]] = {}
        for entry in seen.desk.audit(limit=ALL):
            if entry.customer and is_carried_out(entry.why):
                self._done.setdefault(entry.customer, Counter())[entry.why] += 1

    @cached_property
    def resellers(self) -> Mapping[CustomerId, str]:
        """Of each customer; whoever has no release, or cannot be read, is its manifest's."""
        entries = self._seen.workspace.entries
        found = {c: _release(live) if live else None for c, live in self._live.items()}
        return {
            c: release.reseller if release else entries[c].reseller
            for c, release in found.items()
            if release or c in entries
        }

    def customer(self, customer: CustomerId, reseller: str) -> Customer | None:
        live = self._live[customer]
        if live is None:
            return None
        manifest = None
        if (release := _release(live)) is not None:
            with suppress(ValidationError):  # of another version: nothing is known to be released
                manifest = manifest_of(release)
        config = self._seen.workspace.config
        made = (
            partial(_made, config, customer, reseller, manifest, self._today)
            if manifest
            else _nothing
        )
        return masked(live, made, self._done.get(customer, {}))

    def size_of(self, own: Collection[CustomerId]) -> int:
        known = (self._live[customer] for customer in own)
        return sum(len(live.pbx.objects) for live in known if live)

    def pool_for(self, own: Collection[CustomerId]) -> Iterator[Range]:
        """What is free, and what is theirs: no number of anybody else."""
        for each in self._pool:
            if each.state == "free" or each.customer in own:
                yield Range.model_validate(to_plain(each))

    def held(self, own: Collection[CustomerId]) -> dict[str, str]:
        """Who of ``own`` holds a number, by its digits."""
        known = filter(None, (self._live[c] for c in own))
        objects = chain.from_iterable(live.desk.objects for live in known)
        digits = {d for each in objects for d in _digits(each)}
        asked = sorted(map(numbers_from, digits), key=str)
        holders = self._seen.desk.holders(asked) if asked else {}
        return {digits_of(n): str(c) for n, c in holders.items() if c in own}


def _made(
    config: Config,
    customer: CustomerId,
    reseller: str,
    manifest: Manifest,
    on: date,
    desk: DeskState,
) -> Sequence[Resource]:
    """What a manifest makes of a customer on a day, with what the desk holds."""
    days, calls = config.porting.days(), config.call_policy(customer)
    phones = config.phones is not None
    return desire(customer, reseller, manifest, desk, on, days, calls, phones=phones).resources


def _nothing(_desk: DeskState) -> Sequence[Resource]:
    return ()


def _release(live: CustomerLive) -> Release | None:
    found = live.one(Kind.RELEASE)
    return found if isinstance(found, Release) else None


def _digits(resource: Resource) -> Iterator[str]:
    match resource:
        case PortingOrder():
            yield from resource.items
        case PortedNumber():
            yield resource.digits
        case _:
            if digits := getattr(resource, "digits", None):
                yield digits


def _run(run: OpenRun) -> snapshots.OpenRun:
    return snapshots.OpenRun(
        run=run.run,
        customer=str(run.customer),
        started=run.started,
        manifest=run.manifest,
        steps=dict(run.steps),
        begun=tuple((each.step, each.key, each.outcome) for each in run.intents),
    )
