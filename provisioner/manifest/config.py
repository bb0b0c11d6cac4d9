"""The operator's ``provision.yaml``: systems, policy, prices, resellers, and their defaults.

Only staff change it, and it comes from the base branch; a manifest can never choose a driver.
"""

from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from provisioner.codes.fields import (
    AccountOfTwo,
    EmergencyCallerLiesInAPool,
    EmergencyNumberIsMissing,
    LoginOfTwoResellers,
    ProjectAtAnotherForge,
    ProjectOfTwo,
)
from provisioner.codes.phones import ResellerIsCalledPhones
from provisioner.manifest.defaults import EMPTY, Canton, Defaults, Language, Usual
from provisioner.manifest.review import Accounts, Approvals, Review, ReviewProject
from provisioner.manifest.types import (
    Amount,
    Block,
    Boolean,
    Company,
    CustomerName,
    Day,
    EmergencyNumber,
    Folder,
    Integer,
    Number,
    SigningKey,
    Slug,
    Strict,
    Version,
    refusal,
)
from provisioner.manifest.webhost import HAND_OVER, Phones
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.calls import EMERGENCY_NUMBERS, INDISPENSABLE, CallPolicy
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.telephony.money import Money
from provisioner.telephony.numbers import E164
from provisioner.telephony.pools import NumberPools
from provisioner.telephony.porting import PortPolicy

FILE = "provision.yaml"
CENTURY = 36_500
"""Days: longer than anything has to be kept, and within the calendar."""


class Driver(Strict):
    """A live system: the driver's entry point and its own options, which the driver checks."""

    model_config = {"extra": "allow", "frozen": True}

    driver: Slug
    """Name of the entry point: ``local`` for the PBX, ``sql`` for the desk."""

    @property
    def options(self) -> dict[str, Any]:
        """All but ``driver``, as written: strings, lists, mappings."""
        return dict(self.__pydantic_extra__ or {})


class Pools(Strict):
    """The operator's own numbers, as DDI blocks."""

    stock: tuple[Block, ...] = ()
    """Numbers for customers (R3)."""
    provisional: tuple[Block, ...] = ()
    """Numbers that stand in while a port is in progress (R12)."""
    quarantine_days: Integer = Field(default=90, le=CENTURY)
    """Days for which a returned number rests before it can be given out again."""

    def pools(self) -> NumberPools:
        return NumberPools(
            stock=self.stock, provisional=self.provisional, quarantine_days=self.quarantine_days
        )

    @cached_property
    def largest(self) -> dict[str, int]:
        """Size of the largest block of stock, by area: asked for every number of a fleet, which
        has as many blocks as it needs."""
        found: dict[str, int] = {}
        for block in self.stock:
            found[block.area] = max(block.size, found.get(block.area, 0))
        return found


class PortingPolicy(Strict):
    """The operator's rules for ports."""

    canton: Canton = "ZH"
    """The operator's canton: its holidays are no working days, nor are those of most cantons."""
    closed_days: tuple[Day, ...] = ()
    """Further days on which nobody ports, as a break at the end of the year."""
    lead_days: Integer = Field(default=10, ge=1, le=60)
    """Working days from submission to the earliest port date."""
    sync_days: Integer = Field(default=2, ge=1, le=3)
    """Working days from synchronisation to the port date."""
    require_poa: Boolean = False
    """Whether an order waits for the signed letter of authority."""

    def days(self) -> PortPolicy:
        calendar = WorkCalendar(self.canton, frozenset(self.closed_days))
        return PortPolicy(calendar, self.lead_days, self.sync_days)


class Limits(Strict):
    """How many calls to the outside one customer makes at once; against toll fraud."""

    simultaneous: Integer | None = None
    """Outside calls at the same time; emergency calls do not count."""
    international: Integer | None = None
    """Of these, calls abroad."""


class Calls(Limits):
    """Limits for all customers, and for individual ones."""

    simultaneous: Integer = 30
    international: Integer = 5
    customers: dict[CustomerName, Limits] = {}
    """Other limits for individual customers, by id."""


class Monthly(Strict):
    """Prices per month, pro rata by calendar day."""

    subscription: Amount = Money()
    """Base price of a subscription."""
    phones: Amount = Money()
    """Workplace with license ``phones``."""
    phones_apps: Amount = Field(default=Money(), alias="phones+apps")
    """Workplace with license ``phones+apps``."""
    number: Amount = Money()
    """Single number."""
    block_10: Amount = Money()
    """Block of 10 numbers."""
    block_100: Amount = Money()
    """Block of 100 numbers."""
    block_1000: Amount = Money()
    """Block of 1000 numbers."""


class Once(Strict):
    """One-off prices."""

    setup: Amount = Money()
    """Setting up a customer."""
    port_order: Amount = Money()
    """One port order, when it completes."""


class PriceList(Strict):
    """Prices in Swiss francs without VAT, from a day on."""

    valid_from: Day
    """First day."""
    monthly: Monthly = Monthly()
    """Per month."""
    once: Once = Once()
    """Once."""

    def monthly_price(self, product: str) -> Money:
        """Price of a product of the ledger: ``subscription``, a license, ``block_100``."""
        name = "phones_apps" if product == License.PHONES_APPS else product
        found = getattr(self.monthly, name)
        assert isinstance(found, Money)  # noqa: S101 - all fields of Monthly are
        return found


class Brake(Strict):
    """Stops a run that changes too much; can be acknowledged by name, for one run."""

    count: Integer = 20
    """More changes than this stop the run."""
    percent: Integer = Field(default=30, le=100)
    """A larger share of the live objects stops the run, if there are ten or more of them."""


class Brakes(Strict):
    """Fleet-wide brakes."""

    deletes: Brake = Brake()
    """Deletes."""
    updates: Brake = Brake(count=200)
    """Updates."""


class Reseller(Strict):
    """Who owns the folder ``customers/<id>``."""

    name: Company
    """Company name."""
    language: Language = "de"
    """Language of texts for this reseller."""
    recipients: tuple[str, ...] = ()
    """age or ssh-ed25519 public keys to which generated passwords are sealed."""
    accounts: Accounts = Accounts()
    """Accounts whose merge requests may change this reseller's manifests."""
    project: ReviewProject | None = None
    """The project with this reseller's manifests, if they have a repository of their own."""
    keys: tuple[SigningKey, ...] = Field(default=(), max_length=2)
    """Public keys that may sign what was shown in that project, instead of those of ``review``."""
    defaults: Defaults = EMPTY
    """What this reseller's manifests may leave out; before the defaults of all resellers."""


class Secrets(Strict):
    """The operator's age keys; only their public parts are here."""

    recipients: tuple[str, ...] = ()
    """Public keys to which ``provision secret seal`` seals: the apply job's and a spare one."""


class Retention(Strict):
    """How long the desk keeps what it no longer needs, until `provision desk housekeeping`."""

    journal_days: Integer = Field(default=400, ge=100, le=CENTURY)
    """Days for which a run that has ended is kept, with its steps."""
    former_customers_days: Integer = Field(default=730, ge=100, le=CENTURY)
    """Days for which port orders, rested numbers and notes of a customer are kept who is gone."""
    bills_years: Integer = Field(default=10, ge=10, le=100)
    """Years for which lines of bills are kept, from the end of their calendar year (OR Art. 958f);
    one more if the books are closed at another time."""


class Duties(Strict):
    """What the operator asks of its customers because the law asks it of the operator."""

    require_confirmation: Boolean = False
    """Whether staff are asked until a customer has confirmed where help goes (FDV Art. 30)."""


class Config(Strict):
    """The workspace's configuration, ``provision.yaml``."""

    version: Version
    """Version of this format: 1."""
    pbx: Driver
    """The PBX."""
    desk: Driver
    """The desk: stock, port orders, ledger."""
    numbers: Pools = Pools()
    """The operator's numbers."""
    emergency_numbers: tuple[EmergencyNumber, ...] = EMERGENCY_NUMBERS
    """Numbers that every phone can call, whatever else it may call; no extension may be
    the beginning of one."""
    emergency_caller: Number | None = None
    """The operator's number that is shown on emergency calls of customers without any number."""
    calls: Calls = Calls()
    """How many outside calls a customer can make at once."""
    porting: PortingPolicy = PortingPolicy()
    """Working days before a port, and whether it needs a signed letter."""
    prices: tuple[PriceList, ...] = ()
    """Price lists; the one in force is the last that is valid on the first of the month."""
    brakes: Brakes = Brakes()
    """Brakes on mass changes."""
    approvals: Approvals = Approvals()
    """How many people approve, and how long that holds."""
    review: Review | None = None
    """Merge requests at GitHub or GitLab."""
    retention: Retention = Retention()
    """How long what is no longer needed is kept."""
    login_scope: Literal["fleet", "customer"] = "fleet"
    """Where a login must be unique: over all customers (one SIP domain), or within a customer."""
    defaults: Defaults = EMPTY
    """What the manifests of all resellers may leave out."""
    resellers: dict[Slug, Reseller] = {}
    """The resellers, by folder name."""
    secrets: Secrets = Secrets()
    """Keys for sealed passwords."""
    handover: Folder = "handover"
    """Folder for sealed generated passwords, relative to the workspace."""
    duties: Duties = Duties()
    """What the law asks the operator to know of its customers."""
    phones: Phones | None = None
    """Desk phones that are configured by their MAC address; default: they are set up by hand."""

    @field_validator("phones")
    @classmethod
    def _hand_over_of_its_own(cls, found: Phones | None, info: ValidationInfo) -> Phones | None:
        if found and HAND_OVER in info.data.get("resellers", ()):
            raise refusal(ResellerIsCalledPhones())
        return found

    @field_validator("resellers")
    @classmethod
    def _accounts_of_one_alone(
        cls, found: dict[str, Reseller], info: ValidationInfo
    ) -> dict[str, Reseller]:
        review: Review | None = info.data.get("review")
        seen = {(forge, number) for forge, number in review.people()} if review else set()
        for reseller in found.values():
            for account in reseller.accounts.all():
                if account in seen:
                    raise refusal(AccountOfTwo(account=account[1], forge=account[0]))
                seen.add(account)
        return found

    @field_validator("resellers")
    @classmethod
    def _projects_of_one_alone(
        cls, found: dict[str, Reseller], info: ValidationInfo
    ) -> dict[str, Reseller]:
        review: Review | None = info.data.get("review")
        seen = {(review.project.forge, review.project.id)} if review else set()
        for project in (each.project for each in found.values() if each.project):
            forge = review.project.forge if review else project.forge
            if project.forge != forge:  # one recorder publishes in all of them
                raise refusal(ProjectAtAnotherForge(found=project.forge, forge=forge))
            if (project.forge, project.id) in seen:
                raise refusal(ProjectOfTwo(project=project.id, forge=project.forge))
            seen.add((project.forge, project.id))
        return found

    @field_validator("resellers")
    @classmethod
    def _support_logins_of_one_alone(
        cls, found: dict[str, Reseller], info: ValidationInfo
    ) -> dict[str, Reseller]:
        """A login of all customers of a reseller may not be that of another's too."""
        every: Defaults = info.data.get("defaults", EMPTY)
        seen: dict[str, str] = {}
        for name, each in found.items() if info.data.get("login_scope") == "fleet" else ():
            support = each.defaults.support_login or every.support_login
            if support and support.shared_by_all():
                other = seen.setdefault(support.login.lower(), name)
                if other != name:
                    about = LoginOfTwoResellers(login=support.login, first=other, second=name)
                    raise refusal(about)
        return found

    def usual(self, reseller: str) -> Usual:
        """What holds for a reseller's manifests that do not say it."""
        known = self.resellers.get(reseller)
        own = ((reseller, known.defaults),) if known else ()
        return Usual(reseller, (*own, (FILE, self.defaults)))

    def language_of(self, reseller: str, manifests: Language | None) -> Language:
        """Of letters and of what a customer is handed, whose manifest says so or nothing."""
        return manifests or self.resellers[reseller].language

    @property
    def elsewhere(self) -> frozenset[str]:
        """Resellers whose manifests are in a repository of their own."""
        return frozenset(name for name, each in self.resellers.items() if each.project)

    @field_validator("emergency_numbers")
    @classmethod
    def _none_left_out(cls, found: tuple[str, ...]) -> tuple[str, ...]:
        if missing := sorted(INDISPENSABLE - set(found)):
            raise refusal(EmergencyNumberIsMissing(missing=", ".join(missing)))
        return tuple(dict.fromkeys(found))

    @field_validator("emergency_caller")
    @classmethod
    def _not_given_out(cls, found: E164 | None, info: ValidationInfo) -> E164 | None:
        pools = info.data.get("numbers") or Pools()
        for block in (*pools.stock, *pools.provisional):
            if found and found.national.startswith(block.prefix):
                raise refusal(EmergencyCallerLiesInAPool(found=found.national, block=block.prefix))
        return found

    def call_policy(self, customer: CustomerId) -> CallPolicy:
        """What holds for one customer's calls to the outside."""
        own = self.calls.customers.get(str(customer), Limits())
        usual = self.calls
        return CallPolicy(
            self.emergency_caller,
            usual.simultaneous if own.simultaneous is None else own.simultaneous,
            usual.international if own.international is None else own.international,
        )

    def price_list(self, day: date) -> PriceList:
        """The list in force on ``day``; all prices zero if there is none."""
        valid = [p for p in self.prices if p.valid_from <= day]
        return max(valid, key=lambda p: p.valid_from) if valid else PriceList(valid_from=date.min)
