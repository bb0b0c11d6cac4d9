"""A phone comes to a customer once the one that has it gives it away, and not before.  Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from provisioner.codes.phones import PhoneIsAtAnotherCustomer
from provisioner.contract.reading import CustomerLive
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.phones import macs_of
from provisioner.plan.context import CustomerInput
from provisioner.plan.drift import Filter, narrowed
from provisioner.plan.model import Status
from provisioner.plan.partners import matched
from provisioner.plan.phones import phones_of
from provisioner.plan.planner import Planned, stopped
from provisioner.telephony.identity import CustomerId

Holders = Mapping[str, CustomerId]
"""At whom a phone is live, by its MAC address."""
Ids = set[CustomerId]


def with_phones(
    subjects: Iterable[CustomerInput],
    parts: Mapping[CustomerId, Planned],
    live: Mapping[CustomerId, CustomerLive | SystemFault],
    narrow: Filter | None,
) -> dict[CustomerId, Planned]:
    """``parts`` with what each plan does with phones.  ``narrow``: what of it is carried out."""
    found = dict(parts)
    for subject in subjects:
        part = parts[subject.customer]
        steps = narrowed(part, narrow).plan.steps
        phones = phones_of(subject, live[subject.customer], steps, compared=narrow is None)
        if phones != part.phones:
            found[subject.customer] = replace(part, phones=phones)
    return found


def with_phones_given(
    asked: Mapping[CustomerId, CustomerInput],
    parts: Mapping[CustomerId, Planned],
    elsewhere: Callable[[Ids, Ids], Holders],
) -> dict[CustomerId, Planned]:
    """``parts``, with those blocked that would take a phone which stays at somebody else.

    ``elsewhere``: phones of customers that are not among the first, or of whom there is no plan
    since they could not be read; it is asked if any of them can be meant.
    """
    found = dict(parts)
    mine = {mac for part in parts.values() for mac in (*part.phones.gives, *part.phones.keeps)}
    others: Holders = {}
    if any(mac not in mine for part in found.values() for mac in taken(part)):
        try:
            others = elsewhere(
                {each for s in asked.values() for each in (s.customer, s.was) if each},
                {
                    each
                    for c, part in found.items()
                    if part.plan.status is Status.UNKNOWN
                    for each in asked[c].ids
                },
            )
        except SystemFault as fault:
            unseen = {c: part for c, part in found.items() if taken(part)}
            found |= {
                c: stopped(part, Status.UNKNOWN, Diagnostic.of(fault.about, c))
                for c, part in unseen.items()
            }
            return matched(found)
    while True:
        holders = {**others, **{mac: c for c, part in found.items() for mac in kept(part)}}
        lacking = {c: p for c, p in found.items() if not holders.keys().isdisjoint(taken(p))}
        if not lacking:
            return found
        for customer, part in lacking.items():
            found[customer] = _without(part, asked[customer], holders)
        found = matched(found)


def taken(part: Planned) -> tuple[str, ...]:
    """The phones that come to a customer."""
    return part.phones.takes if part.plan.status is Status.READY else ()


def kept(part: Planned) -> tuple[str, ...]:
    """Those that stay with it though its manifest does not name them; who is stopped gives none
    away."""
    has = part.phones
    return has.keeps if part.plan.status is Status.READY else (*has.keeps, *has.gives)


def _without(part: Planned, subject: CustomerInput, holders: Holders) -> Planned:
    """The customer with nothing planned, and each phone that it cannot have."""
    places = {mac: path for path, mac in macs_of(subject.manifest)} if subject.manifest else {}
    for mac in reversed(part.phones.takes):
        if mac in holders:
            about = PhoneIsAtAnotherCustomer(mac=mac, customer=str(holders[mac]))
            found = Diagnostic.of(about, subject.customer, path=places.get(mac, ()))
            part = stopped(part, Status.BLOCKED, subject.located(found))
    return part
