"""The plan: immutable, serialisable, the same for every renderer and for the executor.

Its JSON is published (``schemas/plan.schema.json``): readers ignore keys that they do not know and
refuse another ``format_version``.  Secrets are never in it; personal data is replaced by ``MASK``.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from provisioner.codes import Code, Hold
from provisioner.contract.resources import Json, Kind, System
from provisioner.manifest.diagnostics import Diagnostic

FORMAT_VERSION = 2
MASK = "(personal data)"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Action(StrEnum):
    """What a step does. The last five are moves of a port order.

    ``rename``: the same object under another name; what leads to it goes along.  ``adopt``: what
    somebody else set up gets our mark and its declared fields.  ``move``: a number passes from one
    customer to another, which both have the same step for.
    """

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    DELETE = "delete"
    RENAME = "rename"
    MOVE = "move"
    SUBMIT = "submit"
    RESUBMIT = "resubmit"
    CANCEL = "cancel"
    SYNCHRONISE = "synchronise"
    ACTIVATE = "activate"


SUBMITTING = frozenset({Action.SUBMIT, Action.RESUBMIT})
"""They go to a donor, so they wait until everything else of the customer is done."""


class Effect(StrEnum):
    """What a step means for the customer, in rising order of danger."""

    ADDITIVE = "additive"
    MUTATING = "mutating"
    DISRUPTIVE = "disruptive"
    IRREVERSIBLE = "irreversible"


class Cause(StrEnum):
    """Why a step is there: the manifest was edited, the live system was changed by someone, a day
    has come, a port has moved on, or the operator's settings were changed."""

    EDITED = "edited"
    DRIFT = "drift"
    TIME = "time"
    PORTING = "porting"
    SETTINGS = "settings"


class Step(Frozen):
    """One call to one live system."""

    id: str
    """Unique within the customer: ``kind/key:action``."""
    action: Action
    system: System
    kind: Kind
    key: str
    """Numbers not yet allocated by their source: ``stock:zentrale``."""
    effect: Effect
    cause: Cause
    before: Mapping[str, Json] | None = None
    """Declared fields as they are live; None if it does not exist."""
    after: Mapping[str, Json] | None = None
    """Declared fields as they will be; None if it goes."""
    changed: tuple[str, ...] = ()
    """Names of the fields that differ, for an update or an adoption."""
    resolved: Mapping[str, str] = {}
    """Numbers that are known already, by source; not part of the digest."""
    needs: tuple[str, ...] = ()
    """Ids of steps of this customer that must have succeeded before. What is submitted comes last
    and needs all of them."""
    digest: str = ""
    """SHA-256 of what the step does, hexadecimal."""


class Held(Frozen):
    """A step that is planned and shown but not carried out, and why."""

    step: Step
    code: str
    params: Mapping[str, str | int] = {}

    @classmethod
    def of(cls, step: Step, about: Hold) -> "Held":
        return cls(step=step, code=about.code, params=about.params)


class Event(Frozen):
    """What a day is about, as a code of the catalogue: the port of an order, a start of billing."""

    code: str
    params: Mapping[str, str | int] = {}

    @classmethod
    def of(cls, about: Code) -> "Event":
        return cls(code=about.code, params=about.params)


class Upcoming(Event):
    """An event and its day."""

    on: date


class Assumed(Frozen):
    """What other people are taken to do on a day: nobody knows it yet."""

    order: str
    """Key of a port order."""
    event: Literal["accept", "complete", "confirm_cancel"]


class Change(Frozen):
    """By how much what a customer pays changes on a day: Rappen, without VAT."""

    monthly: int = 0
    """Per full month."""
    once: int = 0


class Day(Frozen):
    """What will be carried out by itself on a coming day if nothing else happens until then.

    On the day of the plan it is what follows as soon as other people have done their part.
    """

    on: date
    events: tuple[Event, ...] = ()
    steps: tuple[Step, ...] = ()
    held: tuple[Held, ...] = ()
    """Steps that will wait from this day on."""
    released: tuple[str, ...] = ()
    """Ids of those steps, held ones too, that the manifest released last brings about as well."""
    assumed: tuple[Assumed, ...] = ()
    blocked: tuple[Diagnostic, ...] = ()
    """Errors that will stop the customer on this day."""
    cost: Change = Change()

    @property
    def edited(self) -> tuple[Step, ...]:
        """Steps that are there because the manifest was edited."""
        return tuple(s for s in self.steps if s.id not in self.released)

    @property
    def edited_held(self) -> tuple[Held, ...]:
        return tuple(h for h in self.held if h.step.id not in self.released)


class Edit(Frozen):
    """A field in which the manifest differs from the one released last."""

    path: str
    """``subscription.ends_on``, ``workplaces.petra.huber.license``."""
    before: Json = None
    after: Json = None


class Default(Frozen):
    """A value that the manifest leaves out, since a default gives it."""

    path: str
    """``workplaces.petra.huber.license``, ``support_login.login``, ``canton``."""
    value: str
    of: str
    """Whose default: a reseller's, or that of all, by its file ``provision.yaml``."""


class Bill(Frozen):
    """What ``billing`` will print for a month, in Rappen."""

    month: str
    """``2027-03``."""
    total: int


class Cost(Frozen):
    """What a customer pays, in Rappen, without VAT, by the price lists.

    ``before``: per full month by what was released until now, once all of it is done; ``after``:
    with this plan.  ``once``: what this plan adds to what is paid once.  ``now``: what changes on
    the day of the plan; later changes are told with their day.
    """

    before: int = 0
    after: int = 0
    once: int = 0
    now: Change = Change()
    bills: tuple[Bill, ...] = ()
    """From the next month on, each month whose total differs from the one before it."""

    @property
    def monthly(self) -> int:
        """Change per full month."""
        return self.after - self.before


class Status(StrEnum):
    """``blocked``: an error stops this customer; ``unknown``: a live system could not be read."""

    READY = "ready"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


class CustomerPlan(Frozen):
    """All that a run would do for one customer."""

    customer: str
    reseller: str = ""
    company: str = ""
    status: Status = Status.READY
    manifest: str = ""
    """SHA-256 of the manifest's meaning; empty if it was deleted."""
    steps: tuple[Step, ...] = ()
    """In the order in which they run; none unless ready."""
    held: tuple[Held, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    lifts: tuple[str, ...] = ()
    """Logins of phones in lifts and at doors: without them somebody is locked in, or out."""
    edits: tuple[Edit, ...] = ()
    """What the manifest says otherwise than the one released last."""
    defaults: tuple[Default, ...] = ()
    """What of the manifest a default gives, sorted by path; told of whom something is planned."""
    days: tuple[Day, ...] = ()
    """What comes by itself, by day."""
    dropped: tuple[Upcoming, ...] = ()
    """What was released for coming days and will not happen any more."""
    cost: Cost = Cost()
    prices: Mapping[str, Mapping[str, int]] = {}
    """Prices in Rappen of what the manifest asks for, by product and first day."""
    done: int = 0
    """How often exactly these steps were carried out before: an approval counts once."""
    until: date | None = None
    """The last day on which an approval of these steps holds."""
    until_why: Event | None = None
    """What makes it void on the next day."""
    digest: str = ""
    """SHA-256 over format, targets, prices and the steps' digests, hexadecimal; empty without
    steps."""

    @property
    def upcoming(self) -> tuple[Upcoming, ...]:
        """The events of all days."""
        return tuple(
            Upcoming(on=day.on, code=e.code, params=e.params)
            for day in self.days
            for e in day.events
        )

    @property
    def quiet(self) -> bool:
        """Nothing to do and nothing to say."""
        return not (self.steps or self.held or self.diagnostics)


class Targets(Frozen):
    """The live systems that the plan was made against."""

    pbx: str
    desk: str


class Others(Frozen):
    """Customers with something to say that a plan does not show, counted."""

    customers: int = 0
    changing: int = 0
    """Those of which something would be carried out."""
    dangerous: int = 0
    """Dangerous steps, those of coming days among them."""
    stopped: int = 0
    """Blocked or unknown."""
    held: int = 0
    questions: int = 0
    notes: int = 0
    """Findings of files that belong to no customer, and of unfinished runs."""


class Since(Frozen):
    """What the plan is narrowed to: what differs from a commit."""

    revision: str
    """As it was asked for: ``origin/main``."""
    commit: str
    """With which the files were compared: where this branch left the revision."""
    everybody: tuple[str, ...] = ()
    """Changed files that concern every customer, so that all are shown."""
    customers: tuple[str, ...] = ()
    """Those whose manifest differs, sorted."""
    others: Others = Others()


def _with_version(schema: dict[str, Any]) -> None:
    """A reader refuses a file that does not say how it is to be read."""
    schema["required"] = ["format_version", *schema["required"]]


class Plan(Frozen):
    """What a run would do, over all customers that were asked for."""

    model_config = ConfigDict(json_schema_extra=_with_version)

    format_version: Literal[1, 2] = 2
    """1: written by an older version, which neither told coming days nor bound them."""
    tool: str
    """Version of the tool that made it; not part of the digest."""
    at: date
    """The day that was taken as today; not part of the digest."""
    targets: Targets
    customers: tuple[CustomerPlan, ...]
    """Sorted by id; quiet ones are left out and counted."""
    unchanged: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    """Of the whole run: brakes, unfinished runs, files that belong to no customer."""
    braked: bool = False
    """A brake holds the whole run until it is acknowledged by name."""
    since: Since | None = None
    """Set if only what a change touches is in it; a plan of all customers has none."""
    digest: str
    """SHA-256 over the customers' digests, hexadecimal: what an approval binds to."""
    checksum: str = ""
    """SHA-256 over the whole file but this field, so that an edited one is found out."""

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for customer in self.customers for step in customer.steps)

    @property
    def blocked(self) -> bool:
        """Something keeps the plan, or part of it, from being applied."""
        return self.braked or any(c.status is not Status.READY for c in self.customers)
