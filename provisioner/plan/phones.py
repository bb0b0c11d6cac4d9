"""Desk phones that are configured for somebody else.  Pure.

That two manifests name one is seen in them.  That one which nobody names any more is still live at
a customer, or at one of another repository, the PBX tells.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from provisioner.codes.phones import PhoneIsAtAnotherCustomer
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import Kind, PbxResource, Workplace
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.phones import macs_of
from provisioner.plan.context import CustomerInput
from provisioner.plan.model import CustomerPlan, Step
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.phones import is_phone


@dataclass(frozen=True, slots=True)
class PhonesOf:
    """What a plan does with a customer's phones, by their MAC addresses.

    ``takes``: those that come to it.  ``gives``: those that go.  ``keeps``: those that are live
    and stay, although no file that is compared with the others names them.
    """

    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


NO_PHONES = PhonesOf()


def phones_of(
    subject: CustomerInput,
    live: CustomerLive | SystemFault,
    steps: Iterable[Step],
    *,
    compared: bool,
) -> PhonesOf:
    """``steps``: those that are carried out.  ``compared``: its manifest with those of the others,
    which tells of a phone that two of them name; of released ones nobody does."""
    if isinstance(live, SystemFault):
        return NO_PHONES
    there = live_macs(live.pbx.objects)
    before, after = _of_steps(steps)
    if not (there or after):
        return NO_PHONES
    gives = there & before - after
    named = {*subject.packed.macs} if subject.packed and compared else set()
    keeps = there - gives - named
    return PhonesOf(*(tuple(sorted(macs)) for macs in (after - there, gives, keeps)))


def bound_by_phones(plans: Iterable[CustomerPlan]) -> dict[str, set[str]]:
    """Between whom phones move: what is done at the one is done at the other."""
    givers: dict[str, str] = {}
    takers: dict[str, str] = {}
    for plan in plans:
        before, after = _of_steps(plan.steps)
        givers |= dict.fromkeys(before - after, plan.customer)
        takers |= dict.fromkeys(after - before, plan.customer)
    found: dict[str, set[str]] = {}
    for mac in givers.keys() & takers.keys():
        found.setdefault(givers[mac], set()).add(takers[mac])
        found.setdefault(takers[mac], set()).add(givers[mac])
    return found


def passing(step: Step) -> tuple[set[str], set[str]]:
    """The phones that go with a step, and those that come."""
    before, after = _of_steps([step])
    return before - after, after - before


def _of_steps(steps: Iterable[Step]) -> tuple[set[str], set[str]]:
    """Phones of the workplaces that change, as they are and as they will be."""
    places = [step for step in steps if step.kind is Kind.WORKPLACE]
    return {*_macs(s.before for s in places)}, {*_macs(s.after for s in places)}


def _macs(sides: Iterable[Mapping[str, object] | None]) -> Iterable[str]:
    phones = (side.get("phone") for side in sides if side)
    return (_mac(str(phone)) for phone in phones if is_phone(phone))


def _mac(phone: str) -> str:
    return phone.rpartition(" ")[2]


def asked_macs(subjects: Iterable[CustomerInput]) -> set[str]:
    """Of all phones that manifests name."""
    return {mac for s in subjects if s.packed for mac in s.packed.macs}


def live_macs(objects: Iterable[PbxResource]) -> set[str]:
    """Of all phones that are configured."""
    places = (o.phone for o in objects if isinstance(o, Workplace))
    return {_mac(str(phone)) for phone in places if is_phone(phone)}


def without_taken_phones(
    subjects: Sequence[CustomerInput],
    live: Mapping[CustomerId, CustomerLive | SystemFault],
    unnamed: Collection[str] = (),
) -> list[CustomerInput]:
    """Blocks subjects that ask for a phone which is live at a customer that is not among them.

    One that is among them takes it away in the same run, or has a finding of its own.  ``unnamed``:
    who is not to be told.
    """
    mine = {s.customer for s in subjects}
    owners = {
        mac: customer
        for customer, state in live.items()
        if isinstance(state, CustomerLive) and customer not in mine
        for mac in live_macs(state.pbx.objects)
    }
    found = []
    for subject in subjects:
        taken = [
            Diagnostic.of(
                PhoneIsAtAnotherCustomer(
                    mac=mac, customer="" if str(owners[mac]) in unnamed else str(owners[mac])
                ),
                subject.customer,
                path=path,
            )
            for path, mac in (macs_of(subject.manifest) if subject.manifest and owners else ())
            if mac in owners
        ]
        found.append(subject.saying(taken))
    return found
