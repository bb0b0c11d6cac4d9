"""Permissions of ``removals.yaml`` and ``adoptions.yaml`` that people have to see to.  Pure.

One that ends unused, and one without which something stays that is to go.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import orjson
from pydantic import ValidationError

from provisioner.contract.desk import DeskState
from provisioner.contract.pbx import Foreign
from provisioner.contract.resources import PortedNumber, Release, StockAllocation
from provisioner.desired import desire
from provisioner.manifest.adoptions import Adoption, Adoptions
from provisioner.manifest.config import Config
from provisioner.manifest.removals import Removals
from provisioner.plan.adoption import Takeover
from provisioner.plan.context import CustomerInput, manifest_of
from provisioner.plan.matters import Matter, Sort, Who, reseller_of, typed
from provisioner.plan.policy import CUSTOMER
from provisioner.telephony.identity import CustomerId


def _matter(text: str, what: str, reseller: str, until: date | None = None) -> Matter:
    """About ``what``, an entry of one of the two files: it begins with its customer."""
    customer = what.partition("/")[0]
    return Matter(
        sort=Sort.APPROVAL,
        who=Who.STAFF,
        about=what,
        text=text,
        params={"what": what},
        command=typed("provision", "plan", customer),
        customer=customer,
        reseller=reseller,
        due_on=until,
    )


def of_removals(
    removals: Removals, states: Mapping[str, DeskState], today: date
) -> Iterator[Matter]:
    """Permissions to remove that nobody has used yet; one that has run out counts no more."""
    for entry in removals.removals:
        customer, _, what = entry.what.partition("/")
        state = states.get(customer)
        if state is None or entry.until < today or not _is_there(what, state):
            continue
        yield _matter("removal", entry.what, reseller_of(state), entry.until)


def _is_there(what: str, state: DeskState) -> bool:
    sort, _, name = what.partition("/")
    match sort:
        case "stock":
            return any(isinstance(o, StockAllocation) and o.id == name for o in state.objects)
        case "number":
            return any(isinstance(o, PortedNumber) and o.digits == name for o in state.objects)
        case _:
            return True


def of_held(
    customer: CustomerId,
    state: DeskState,
    removals: Removals,
    config: Config,
    today: date,
    *,
    deleted: bool,
) -> Iterator[Matter]:
    """What is to go, and stays until an entry of ``removals.yaml`` lets it: by the manifest that
    was carried out last, and ``deleted``, if there is none any more."""
    release = next((o for o in state.objects if isinstance(o, Release)), None)
    if release is None or not (deleted or _may_lose(release, state, today)):
        return
    for needed in _lost(customer, release, state, config, today, deleted=deleted):
        if not removals.allows(str(customer), needed, today):
            yield _matter("held", f"{customer}/{needed}", release.reseller)


def _may_lose(release: Release, state: DeskState, today: date) -> bool:
    """Whether it can be said without reading the manifest that nothing of it is to go: that of
    10,000 customers would take a minute."""
    if not release.content:
        return False
    try:
        said = orjson.loads(release.content)
        ends = date.fromisoformat(said["subscription"].get("ends_on", "9999-12-31"))
        named = {each["id"] for each in said.get("numbers", ())}
    except (ValueError, LookupError, TypeError, AttributeError):  # of a later version, or damaged
        return True
    return ends < today or any(
        (isinstance(o, StockAllocation) and o.id not in named)
        or (isinstance(o, PortedNumber) and f'"{o.digits}"'.encode() not in release.content)
        for o in state.objects
    )


def _lost(
    customer: CustomerId,
    release: Release,
    state: DeskState,
    config: Config,
    today: date,
    *,
    deleted: bool,
) -> Sequence[str]:
    """The entries that it takes, as ``removals.yaml`` names them after the customer."""
    try:
        manifest = manifest_of(release)
    except ValidationError:  # of a later version; a plan tells
        return ()
    if deleted:
        ends = manifest.subscription.ends_on
        return () if ends and today <= ends else (CUSTOMER,)  # before that an entry would not count
    days, calls = config.porting.days(), config.call_policy(customer)
    wanted = desire(customer, release.reseller, manifest, state, today, days, calls)
    if wanted.ended:
        return (CUSTOMER,)
    kept = {(each.kind, each.key) for each in wanted.resources}
    gone = (o for o in state.objects if (o.kind, o.key) not in kept)
    return sorted(
        f"stock/{o.id}" if isinstance(o, StockAllocation) else f"number/{o.digits}"
        for o in gone
        if isinstance(o, StockAllocation | PortedNumber)
    )


def ending(adoptions: Adoptions, today: date, until: date) -> list[Adoption]:
    """Permissions to adopt that end by then and still count."""
    return [each for each in adoptions.adoptions if today <= each.until <= until]


def of_adoptions(
    entries: Iterable[Adoption],
    subject: CustomerInput,
    state: DeskState,
    foreign: Sequence[Foreign] | None,
    config: Config,
    today: date,
) -> Iterator[Matter]:
    """Those of the customer's ``entries`` that are not used yet: what they name is still without
    our mark.

    ``foreign``: what has none in its tenant; None: the PBX gave no answer, so nobody knows.
    """
    mine = tuple(entries)
    used: set[Adoption] = set()
    if foreign is not None and subject.manifest is not None:
        days, calls = config.porting.days(), config.call_policy(subject.customer)
        wanted = desire(
            subject.customer, subject.reseller, subject.manifest, state, today, days, calls
        )
        takeover = Takeover(subject.customer, foreign, Adoptions(version=1, adoptions=mine), today)
        used = {*takeover.unused(wanted.resources)}  # nothing is left that they would fit
    text = "adoption_unseen" if foreign is None else "adoption"
    for entry in mine:
        if entry not in used:
            yield _matter(text, entry.what, subject.reseller, entry.until)
