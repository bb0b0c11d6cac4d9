"""A run over several customers, and finishing one that died."""

from collections.abc import Iterable, Mapping, Sequence

from provisioner.apply.events import CustomerResult, Outcome
from provisioner.apply.executor import Executor
from provisioner.errors import ProvisionError
from provisioner.live.protocols import OpenRun
from provisioner.plan.approval import Approval
from provisioner.plan.situation import Subject
from provisioner.telephony.identity import CustomerId

EXIT_PARTLY, EXIT_INTERRUPTED, EXIT_LOCKED, EXIT_NOT_APPROVED, EXIT_BLOCKED = 5, 130, 6, 4, 3


def apply_all(
    executor: Executor, subjects: Iterable[Subject], approval: Approval
) -> list[CustomerResult]:
    """Each customer by itself: a failure stops none of the others."""
    return [executor.apply(subject, approval) for subject in subjects]


def resume(
    executor: Executor,
    runs: Sequence[OpenRun],
    written: Mapping[CustomerId, Subject],
    released: Mapping[CustomerId, Subject],
) -> list[CustomerResult]:
    """Finish what was approved and begun.

    The manifest of a run is the working copy's or the released one, whichever has its digest; if
    neither has, someone merged on, and the newer plan needs its own approval (PV574).
    """
    latest = {run.customer: run for run in runs}
    results = []
    for customer, run in sorted(latest.items()):
        subject = _matching(run, written.get(customer), released.get(customer))
        if subject is None:
            error = ProvisionError("PV574", customer=str(customer))
            result = CustomerResult(str(customer), Outcome.REFUSED, error=error)
            executor.emit(result)
        else:
            approval = Approval(steps={str(customer): run.steps})
            result = executor.apply(subject, approval)
        results.append(result)
    return results


def _matching(run: OpenRun, *candidates: Subject | None) -> Subject | None:
    for subject in candidates:
        if subject is None or subject.broken:
            continue
        digest = subject.manifest.digest() if subject.manifest else ""
        if digest == run.manifest:
            return subject
    return None


def exit_code(results: Sequence[CustomerResult]) -> int:
    """What the run as a whole tells its caller; 5 if only a part of it was done."""
    outcomes = {r.outcome for r in results}
    good = {Outcome.DONE, Outcome.UNCHANGED}
    if outcomes <= good:
        return 0
    if Outcome.INTERRUPTED in outcomes:
        return EXIT_INTERRUPTED
    if outcomes & {Outcome.DONE, Outcome.FAILED} and any(r.done for r in results):
        return EXIT_PARTLY
    if Outcome.LOCKED in outcomes:
        return EXIT_LOCKED
    refused = [r for r in results if r.outcome is Outcome.REFUSED]
    if any(r.error and r.error.code in {"PV445", "PV574"} for r in refused):
        return EXIT_NOT_APPROVED
    if Outcome.FAILED in outcomes or any(_unreachable(r) for r in refused):
        return 1
    return EXIT_BLOCKED


def _unreachable(result: CustomerResult) -> bool:
    return bool(result.error and result.error.code.startswith("PV5"))
