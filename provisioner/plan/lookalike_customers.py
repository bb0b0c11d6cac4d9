"""A customer that begins while one that looks the same has lost its file.  Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pydantic import ValidationError

from provisioner.codes.policy import LooksLikeARenamedCustomer
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import Kind
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest
from provisioner.plan.context import CustomerInput, released_manifest, told
from provisioner.plan.lookalikes import pairs
from provisioner.plan.planner import Planned
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import digits_of


def with_lookalikes(
    subjects: Iterable[CustomerInput],
    parts: dict[CustomerId, Planned],
    live: Mapping[CustomerId, CustomerLive | SystemFault],
) -> dict[CustomerId, Planned]:
    """``parts``, with a word where a customer begins that looks like one whose file is gone."""
    gone: dict[str, tuple[str, Manifest]] = {}
    new: dict[str, tuple[str, Manifest]] = {}
    by_id = {str(subject.customer): subject for subject in subjects}
    for name, subject in by_id.items():
        state = live[subject.customer]
        if subject.broken or not isinstance(state, CustomerLive):
            continue
        manifest = subject.manifest
        if manifest is None:
            released = _released(state)
            if released is not None:
                gone[name] = name, released
        elif manifest.was is None and state.one(Kind.RELEASE) is None:
            new[name] = name, manifest
    found = dict(parts)
    for was, now in pairs(gone, new, _is_customer):
        subject = by_id[now]
        part = found[subject.customer]
        about = LooksLikeARenamedCustomer(was=was, now=now)
        said = Diagnostic.of(about, now, path=("contact", "company"))
        diagnostics = told(subject, (*part.plan.diagnostics, said))
        plan = part.plan.model_copy(update={"diagnostics": diagnostics})
        found[subject.customer] = replace(part, plan=plan)
    return found


def _released(live: CustomerLive) -> Manifest | None:
    """None also for a release that cannot be read: its customer is unknown in any case."""
    try:
        return released_manifest(live)
    except ValidationError:
        return None


def _is_customer(named: tuple[str, Manifest]) -> list[object]:
    _, manifest = named
    contact = manifest.contact
    numbers = [item for entry in manifest.porting for item in entry.items]
    numbers += [new.held for new in manifest.numbers if new.held is not None]
    signs: list[object] = [("company", contact.company.casefold()), *map(digits_of, numbers)]
    return [*signs, ("uid", str(contact.uid))] if contact.uid else signs
