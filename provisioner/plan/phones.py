"""Desk phones that are configured for somebody else.  Pure.

Where all manifests are seen they tell it themselves; where other repositories have some of them,
the PBX does.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from provisioner.codes.phones import PhoneIsAtAnotherCustomer
from provisioner.contract.reading import CustomerLive
from provisioner.contract.resources import PbxResource, Workplace
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.phones import macs_of
from provisioner.plan.context import CustomerInput
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.phones import is_phone


def asked_macs(subjects: Iterable[CustomerInput]) -> set[str]:
    """Of all phones that manifests name."""
    return {mac for s in subjects if s.packed for mac in s.packed.macs}


def live_macs(objects: Iterable[PbxResource]) -> set[str]:
    """Of all phones that are configured."""
    places = (o.phone for o in objects if isinstance(o, Workplace))
    return {str(phone).rpartition(" ")[2] for phone in places if is_phone(phone)}


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
        found.append(replace(subject, diagnostics=(*subject.diagnostics, *taken)))
    return found
