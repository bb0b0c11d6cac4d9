"""Proofs for the next plan: written where nothing was left to do, used by no run that writes.

A fault here costs that plan some time and this run nothing, so it is not told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from provisioner.contract.desk import DeskReader
from provisioner.contract.pbx import PbxReader
from provisioner.contract.proofs import FingerprintingPbx, Fingerprints, Proof, ProvingDesk
from provisioner.errors import ProvisionError
from provisioner.manifest.entry import Entry
from provisioner.manifest.repository import Workspace
from provisioner.plan.context import PlanContext
from provisioner.plan.planner import Planned
from provisioner.plan.proofs import live_of, proof_of, settings_of, spoken_of
from provisioner.telephony.identity import CustomerId

Seen = tuple[Fingerprints, Fingerprints]
"""Of the rows on both systems."""
NOTHING: Seen = {}, {}


@dataclass(frozen=True, slots=True)
class Prover:
    """Keeps proofs at the desk, of manifests in a workspace of which nothing is to be said."""

    pbx: FingerprintingPbx
    desk: ProvingDesk
    context: PlanContext
    settings: bytes
    entries: Mapping[CustomerId, Entry]
    holder: str
    clock: Callable[[], datetime]

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        pbx: PbxReader,
        desk: DeskReader,
        context: PlanContext,
        *,
        holder: str,
        clock: Callable[[], datetime],
    ) -> Self | None:
        """None where a system has no proofs."""
        if not (isinstance(pbx, FingerprintingPbx) and isinstance(desk, ProvingDesk)):
            return None
        said = spoken_of(workspace.findings)
        broken = workspace.faulty
        entries = {
            customer: entry
            for customer, entry in workspace.entries.items()
            if str(customer) not in said
            and customer not in broken
            and entry.reseller in workspace.config.resellers  # a reconcile asks for no folder
        }
        settings = settings_of(context.config, context.targets)
        return cls(pbx, desk, context, settings, entries, holder, clock)

    def seen(self, customers: Sequence[CustomerId] | None = None) -> Seen:
        """What there is before it is read for a plan, of all or of some."""
        try:
            return self.pbx.fingerprints(customers), self.desk.fingerprints(customers)
        except ProvisionError:
            return NOTHING

    def proofs(self, parts: Iterable[Planned], before: Seen) -> Iterator[Proof]:
        """Of those of whom ``parts`` have nothing to say, as long as all their rows are those that
        were seen ``before`` they were read."""
        if before == NOTHING:
            return
        for part in parts:
            entry = self.entries.get(CustomerId(part.plan.customer))
            if entry is not None:
                live = live_of(entry.customer, *before)
                proof = proof_of(part, entry, live, self.settings, self.context)
                if proof is not None:
                    yield proof

    def keep(self, proofs: Iterable[Proof], customers: Sequence[CustomerId] | None = None) -> None:
        """What is proven, of all or of some: their rows are still the same."""
        after = self.seen(customers)
        if after == NOTHING:
            return
        try:
            kept = {} if customers else {p.customer: p for p in self.desk.proofs()}
            made = [
                proof
                for proof in proofs
                if proof.live == live_of(proof.customer, *after)
                and proof != kept.get(proof.customer)
            ]
            if made:
                self.desk.prove(made, holder=self.holder, at=self.clock())
        except ProvisionError:
            return
