"""What a row of each list holds: the published schemas are made of these.

Days are ISO 8601.  A number is ten digits, ``0525551234``; a block the digits that its numbers
share.  Readers ignore keys that they do not know.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """A row of a list."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class CustomerRow(Row):
    """What the live systems hold for a customer."""

    customer: str
    company: str
    reseller: str
    on_pbx: bool | None
    """None: the PBX could not be read."""
    workplaces: int | None
    numbers: int
    """Numbers and blocks, without those that stand in during a port."""
    billed_since: date | None
    ports: int
    """Port orders that are not over."""
    due_on: date | None
    """The next day on which one of them moves by itself, or was asked for."""


class NumberRow(Row):
    """A number or block of a customer, or a line of a block that rings elsewhere."""

    number: str
    customer: str
    origin: Literal["stock", "provisional", "ported", "porting"]
    name: str
    """Its id in the manifest, or that of its port; of a provisional one what it stands in for."""
    target: str | None
    """Login at which it rings; empty: nobody; None: no route, or not known while ``workplaces`` of
    the customer are not."""
    state: str | None
    """Of its port order, while it is being ported."""


class WorkplaceRow(Row):
    """A workplace on the PBX."""

    login: str
    license: str
    extension: str
    devices: int
    """Registered now."""
    phones: int
    """Of these the desk phones that calls ring."""
    apps: int
    """The apps that calls ring."""
    refused: int
    """The devices that no call rings: they gave an address that calls do not go to."""


class OrderRow(Row):
    """A port order. Signatories are personal and left out."""

    customer: str
    reseller: str
    order: str
    """``PORTING/PART``."""
    state: str
    port_date: date | None
    """Granted, or else asked for."""
    time: str
    due_on: date | None
    """When it moves by itself; none: it waits for people, or for the donor."""
    attempt: int
    provider: str
    company: str
    numbers: tuple[str, ...]
    poa: bool
    """Whether a letter of authority is with it."""
    remote_id: str | None
    reason: str | None
    """Why the donor refused."""
    donor_code: str | None
    completed_on: date | None


class PoolRow(Row):
    """A number, block or free range of the operator's."""

    number: str
    size: int
    pool: str
    state: Literal["free", "allocated", "quarantine"]
    until: date | None
    """When it has rested."""
    customer: str | None
    ref: str
    """The key of what holds it, or held it."""


class Customers(Row):
    """What ``provision status`` tells."""

    version: Literal[1] = 1
    customers: tuple[CustomerRow, ...]
    numbers: tuple[NumberRow, ...] | None = None
    """Of one customer that was asked for, as what follows."""
    orders: tuple[OrderRow, ...] | None = None
    workplaces: tuple[WorkplaceRow, ...] | None = None


class Orders(Row):
    """What ``provision porting list`` and ``show`` tell."""

    version: Literal[1] = 1
    orders: tuple[OrderRow, ...]


class Pool(Row):
    """What ``provision numbers`` tells."""

    version: Literal[1] = 1
    numbers: tuple[PoolRow, ...]


class Held(Row):
    """Whose a number is: what ``provision whose`` tells of each that overlaps what was asked."""

    number: str
    customer: str | None
    company: str
    reseller: str
    state: Literal["held", "porting", "free", "quarantine", "routed"]
    """``held``: the customer's; ``porting``: on an order that is not over; ``free``, ``quarantine``
    (it rests): in the operator's pool; ``routed``: only the PBX knows it."""
    origin: str
    """Of a number that is held: ``stock``, ``provisional`` or ``ported``."""
    name: str
    target: str | None
    """Login at which it rings."""
    order_state: str | None
    port_date: date | None
    until: date | None


class Whose(Row):
    """What ``provision whose`` tells."""

    version: Literal[1] = 1
    asked: str
    """Digits of the number or block; of several with a comma between."""
    found: tuple[Held, ...]


class MatterRow(Row):
    """One thing that somebody has to see to: what ``provision due`` tells."""

    due_on: date | None
    """The last day on which it does no harm; none: nobody has set one."""
    overdue: bool
    who: Literal["staff", "reseller", "donor", "engineer"]
    """Who has to act."""
    reseller: str
    """Whose customer it is about; empty: the operator's own."""
    customer: str
    kind: Literal["port", "answer", "letter", "approval", "run", "handover", "question"]
    """``answer``: of a donor; ``run``: one that died; ``handover``: passwords."""
    about: str
    """A port order, a file, an entry."""
    code: str | None
    """Of a question: ``provision explain`` says more."""
    what: str
    """What there is to do, in the language of the command."""
    command: str
    """For a shell in the folder of the workspace."""


class Due(Row):
    """What ``provision due`` tells, the most urgent first."""

    version: Literal[1] = 1
    at: date
    until: date
    """What is due later is left out."""
    matters: tuple[MatterRow, ...]
    unknown: tuple[str, ...]
    """Customers that could not be read."""
    faults: tuple[str, ...] = ()
    """Codes of what else could not be: the PBX, a merge request, a hand-over."""


class PhoneRow(Row):
    """A desk phone that fetches its configuration: what ``provision phones list`` tells."""

    mac: str
    url: str
    """What the maker's redirection portal is told."""
    model: str
    customer: str
    login: str


class Phones(Row):
    """What ``provision phones list`` tells."""

    version: Literal[1] = 1
    phones: tuple[PhoneRow, ...]
    faults: tuple[str, ...]
    """Codes of what could not be read."""


class PhoneFileRow(Row):
    """The file of a phone that was written or removed."""

    mac: str
    customer: str
    login: str


class PhoneFiles(Row):
    """What ``provision phones write`` tells."""

    version: Literal[1] = 1
    written: tuple[PhoneFileRow, ...]
    removed: tuple[PhoneFileRow, ...]
    unchanged: int
    """Files that were as they should be."""
    kept: int
    """Files that were left as they are, since nobody can tell what they should be."""
    faults: tuple[str, ...]
    """Codes of what was not done, or could not be read."""


class SubscriberRow(Row):
    """A number or block, who has it, and where help goes after an emergency call from it.

    A line of a block has a row of its own only where it rings at a workplace that is elsewhere.
    Of a number that is a customer's no longer, address and entry are left out.
    """

    number: str
    customer: str
    company: str
    origin: Literal["stock", "provisional", "ported"]
    """``provisional``: stands in for a number that is being ported."""
    street: str
    postcode: str
    city: str
    confirmed_on: date | None
    """When the customer confirmed the location."""
    starts: date | None
    """The day on which a port brought it, or since when it is billed; none: not known."""
    ends: date | None
    """The first day on which it is not the customer's any more."""
    listed: bool | None
    """In the public directory; none: nothing is declared."""
    name: str
    """In the directory: the company, unless the customer wants another one; empty where nothing is
    declared."""
    no_advertising: bool | None


class Subscribers(Row):
    """What ``provision subscribers`` tells."""

    version: Literal[1] = 1
    at: date
    since: date | None
    """What has ended since is listed too."""
    subscribers: tuple[SubscriberRow, ...]
