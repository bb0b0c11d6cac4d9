"""The letter of authority for a port, as texts: what the company signs and the donor reads.

One letter for each porting entry, however many orders it takes (R10).  The authority is for the
numbers of one contract, and a donor compares each order with the numbers that the letter names.
That an order takes ten of them is a limit of the porting system and no reason to have people sign
twice, so the letter lists all linked orders with their numbers, and goes with each of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from provisioner.contract.resources import PortingOrder
from provisioner.desired.ports import arrange
from provisioner.manifest.config import Config
from provisioner.manifest.entry import Entry
from provisioner.manifest.lines import UNPRINTED
from provisioner.manifest.models import Authority, Contact, Porting, Scope
from provisioner.report.messages import Catalogue
from provisioner.report.swiss import show_date, show_number
from provisioner.telephony.contacts import SWITZERLAND, country_of
from provisioner.telephony.numbers import DdiBlock, numbers_from

DIGEST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """``value`` None: a line to be filled in by hand."""

    label: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Scopes:
    title: str
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Services:
    """``columns`` are headings of boxes to tick; without them the items are a plain list."""

    text: str
    columns: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockRow:
    """``052 555 20 xx``, and what it means."""

    shown: str
    range: str


@dataclass(frozen=True, slots=True)
class OrderPart:
    """One of the linked orders."""

    title: str
    blocks: tuple[BlockRow, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberList:
    title: str
    text: tuple[str, ...]
    orders: tuple[OrderPart, ...]


@dataclass(frozen=True, slots=True)
class Signing:
    """``people``: in capitals, one signature block each (R4)."""

    title: str
    text: tuple[str, ...]
    place: str
    signature: str
    name: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """All texts of one letter, in the order in which they stand on the paper.

    It holds personal data: it goes into the letter and nowhere else.  ``donor`` None: unknown (R5).
    ``page`` has the places ``{page}`` and ``{pages}``.
    """

    lang: str
    porting: str
    orders: tuple[str, ...]
    issued: date
    title: str
    header: str
    kind: str
    sender_label: str
    sender: tuple[str, ...]
    to: str
    donor: str | None
    fill: str
    mandate: tuple[str, ...]
    details: str
    facts: tuple[Fact, ...]
    scope: Scopes
    services: Services | None
    numbers: NumberList
    signing: Signing
    footer: tuple[str, ...]
    page: str


def letters(
    entry: Entry, config: Config, words: Catalogue, today: date, only: str | None = None
) -> tuple[Letter, ...]:
    """The letter of each porting entry, or of the one that is called ``only``.

    The split is that of a first submission, so no live system is asked.
    """
    manifest = entry.manifest
    policy = config.porting.days().at(manifest.canton)
    ports = arrange(entry.customer, manifest.porting, (), today, policy, contact=manifest.contact)
    return tuple(
        _letter(
            entry,
            porting,
            [o for o in ports.orders if o.porting == porting.id],
            config,
            words,
            today,
        )
        for porting in manifest.porting
        if only in {None, porting.id}
    )


def _letter(
    entry: Entry,
    porting: Porting,
    orders: Sequence[PortingOrder],
    config: Config,
    words: Catalogue,
    today: date,
) -> Letter:
    contact, reseller = entry.manifest.contact, config.resellers[entry.reseller].name
    donor = None if porting.provider == Porting.UNKNOWN else porting.provider
    keys = tuple(order.key for order in orders)
    uid = (words.ui("poa.uid", uid=str(contact.uid)),) if contact.uid else ()
    return Letter(
        lang=words.language,
        porting=porting.id,
        orders=keys,
        issued=today,
        title=words.ui("poa.title"),
        header=reseller,
        kind=words.ui("poa.kind"),
        sender_label=words.ui("poa.from"),
        sender=(*_address(contact, words), *uid),
        to=words.ui("poa.to"),
        donor=donor,
        fill=words.ui("poa.fill"),
        mandate=(
            words.ui("poa.mandate", company=contact.company, reseller=reseller),
            words.ui("poa.confirm"),
            words.ui("poa.validity"),
        ),
        details=words.ui("poa.details"),
        facts=tuple(_facts(contact, porting, orders, words)),
        scope=_scope(porting, words),
        services=_services(porting, words),
        numbers=_numbers(orders, words),
        signing=_signing(porting, words),
        footer=(
            words.ui("poa.customer", id=str(entry.customer)),
            words.ui("poa.order", order=_named(keys)),
            words.ui("poa.manifest", digest=entry.manifest.digest()[:DIGEST_SHOWN]),
            words.ui("poa.issued", day=show_date(today)),
        ),
        page=words.ui("poa.page", page="{page}", pages="{pages}"),
    )


def _address(contact: Contact, words: Catalogue) -> Iterator[str]:
    """As it is written to in Switzerland; with the country where that is another one."""
    yield contact.company
    yield contact.street
    yield f"{contact.postcode} {contact.city}"
    country = country_of(contact.postcode)
    if country != SWITZERLAND:
        yield words.ui(f"poa.country.{country}")


def _facts(
    contact: Contact, porting: Porting, orders: Sequence[PortingOrder], words: Catalogue
) -> Iterator[Fact]:
    yield Fact(words.ui("poa.person"), contact.person)
    yield Fact(words.ui("poa.phone"), contact.phone.shown)
    yield Fact(words.ui("poa.email"), contact.email)
    yield Fact(words.ui("poa.account"), None)
    yield Fact(words.ui("poa.when"), _when(porting, orders, words))


def _when(porting: Porting, orders: Sequence[PortingOrder], words: Catalogue) -> str:
    """The day and the time asked for, or that they are to be agreed (R6).

    One letter goes with all parts, so it names the days of all.
    """
    schedule = porting.schedule
    clock = schedule.time.strftime("%H:%M")
    days = {order.port_date for order in orders}
    if None in days or not days:
        return words.ui("poa.when_agreed", time=clock)
    shown = ", ".join(show_date(day) for day in sorted(filter(None, days)))
    if schedule.contract_ends_on is not None and schedule.agreed_date is None:
        ends = show_date(schedule.contract_ends_on)
        return words.ui("poa.when_contract", day=shown, time=clock, ends=ends)
    return words.ui("poa.when_day", day=shown, time=clock)


def _scope(porting: Porting, words: Catalogue) -> Scopes:
    """What leaves the contract, and what that means for the rest of it (R7)."""
    if porting.scope is Scope.PARTIAL:
        title, text = words.ui("poa.partial"), words.ui("poa.partial_text")
        internet = words.ui("poa.partial_internet")
    else:
        title, text = words.ui("poa.full"), words.ui("poa.full_text")
        internet = words.ui("poa.full_internet")
    return Scopes(title, (text, internet) if porting.internet_on_contract else (text,))


def _services(porting: Porting, words: Catalogue) -> Services | None:
    """Services to be cancelled (R8): a full port ends them, else the company ticks each."""
    if not porting.other_services:
        return None
    if porting.scope is Scope.FULL:
        return Services(words.ui("poa.services_full"), (), porting.other_services)
    columns = (words.ui("poa.service_cancel"), words.ui("poa.service_keep"))
    return Services(words.ui("poa.services_partial"), columns, porting.other_services)


def _numbers(orders: Sequence[PortingOrder], words: Catalogue) -> NumberList:
    singles = sum(len(o.numbers) for o in orders)
    blocks = [DdiBlock(b) for o in orders for b in o.blocks]
    total = [words.ui("poa.singles", count=singles)] if singles else []
    if blocks:
        held = sum(b.size for b in blocks)
        total.append(words.ui("poa.blocks", count=len(blocks), numbers=_grouped(held)))
    text = [words.ui("poa.total", total=", ".join(total))]
    if len(orders) > 1:
        text.append(words.ui("poa.split", count=len(orders)))
    return NumberList(
        words.ui("poa.numbers"),
        tuple(text),
        tuple(
            OrderPart(
                words.ui("poa.order", order=o.key),
                tuple(_block(b, words) for b in o.blocks),
                tuple(show_number(n) for n in o.numbers),
            )
            for o in orders
        ),
    )


def _block(digits: str, words: Catalogue) -> BlockRow:
    block = numbers_from(digits)
    assert isinstance(block, DdiBlock)  # noqa: S101 - an order keeps blocks apart from numbers
    first, last = (show_number(str(n)) for n in (block.first, block.last))
    return BlockRow(
        show_number(digits),
        words.ui("poa.range", first=first, last=last, count=_grouped(block.size)),
    )


def _signing(porting: Porting, words: Catalogue) -> Signing:
    """Who signs: all of them where the signature is collective (R4)."""
    people = porting.signature.signatories
    text: tuple[str, ...]
    if porting.signature.authority is Authority.COLLECTIVE:
        text = (words.ui("poa.collective"), words.ui("poa.collective_all", count=len(people)))
    elif len(people) > 1:
        text = (words.ui("poa.single"), words.ui("poa.single_any"))
    else:
        text = (words.ui("poa.single"),)
    return Signing(
        words.ui("poa.signing"),
        text,
        words.ui("poa.place"),
        words.ui("poa.signature"),
        words.ui("poa.name"),
        tuple(map(_capitals, people)),
    )


def _capitals(name: str) -> str:
    """In capitals, but for a letter whose capital has no character of its own, as J with caron."""
    return "".join(char if UNPRINTED.search(char.upper()) else char.upper() for char in name)


def _grouped(count: int) -> str:
    """``1’110``, as it is written in Switzerland."""
    return f"{count:,}".replace(",", "’")


def _named(keys: Sequence[str]) -> str:
    """``haupt/1``, or ``haupt/1–3`` for linked orders."""
    if len(keys) < 2:
        return "".join(keys)
    return f"{keys[0]}–{keys[-1].rpartition('/')[2]}"
