"""The record: a signed note of one plan that was shown on a merge request.

It stands where resellers may write too, so nothing in it is believed before its signature was
verified with a key that staff have named, and nothing of it is large or strange.
"""

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self

import orjson
from nacl.signing import SigningKey, VerifyKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from provisioner.codes.review import RecordIsNotGenuine, RecordNotUnderstood
from provisioner.errors import NotApproved
from provisioner.plan.approval import Approval
from provisioner.plan.digest import prices_digest
from provisioner.plan.model import CustomerPlan, Effect, Plan, Status, Targets
from provisioner.review.signing import is_signed, signature, unpacked

VERSION: Literal[1] = 1
_DOMAIN = b"provision review record 1\0"
_SEALED = "provision-record"
MAX_TEXT = 65_000
"""Characters of a record as text: what a check of GitHub keeps, less some room."""
_MAX_BYTES = 4_000_000
"""Of a record once it is unpacked: a few thousand customers."""

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shown(_Frozen):
    """What was shown of one customer.

    ``steps``: the digest of each step by its id; None if there was no room for them, so the plan
    made at the apply has to be the same, and not a part of it.
    """

    id: str
    manifest: str
    """Its digest; empty where there is no manifest any more."""
    digest: Digest
    gravest: Effect | None = None
    """The gravest effect of its steps, now and on coming days."""
    prices: Digest
    """Of the prices that were shown."""
    steps: Mapping[str, Digest] | None = None

    def approval(self, now: CustomerPlan, on: date) -> Approval:
        """What was approved of this customer on day ``on``: this plan, or, at the same prices, a
        part of it.  ``now``: the plan as it is made at the apply."""
        same = self.steps is not None and prices_digest(now) == self.prices
        steps = {self.id: self.steps} if self.steps is not None and same else {}
        return Approval(frozenset({self.digest}), steps, on=on)

    @property
    def irreversible(self) -> bool:
        return self.gravest is Effect.IRREVERSIBLE


class Record(_Frozen):
    """One plan, for one content of one merge request.

    ``tree``: the id of the tree of the manifests that merging ``head`` into ``tip`` gives.
    ``sequence`` grows with each record of a merge request.  ``shown``: when the forge had stored
    the comment with this plan, by its own clock.  ``until``: the last day on which it can be
    carried out as it was shown.  ``stopped``: a brake holds, or a customer cannot be applied.
    ``comment``: SHA-256 of the comment as it was stored, so that nobody approves another text.
    ``whole``: it had room for all that cannot be undone; if not, nobody can approve by it.
    """

    version: Literal[1] = VERSION
    forge: Literal["github", "gitlab"]
    project: int
    request: int
    head: Sha
    tip: Sha
    tree: Sha
    targets: Targets
    tool: str
    sequence: int = Field(ge=1)
    shown: datetime
    comment: Digest
    until: date | None
    digest: Digest
    stopped: bool = False
    snapshot: bool = False
    """Whether the plan was made from snapshots, and not from the live systems."""
    whole: bool = True
    customers: tuple[Shown, ...] = ()

    def of(self, customer: str) -> Shown | None:
        return next((each for each in self.customers if each.id == customer), None)

    def canonical(self) -> bytes:
        """The same bytes for the same record, whoever writes it."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)

    def without_steps(self, customers: Collection[str]) -> Self:
        """With the plans of ``customers`` only as digests."""
        kept = tuple(
            each.model_copy(update={"steps": None}) if each.id in customers else each
            for each in self.customers
        )
        return self.model_copy(update={"customers": kept})


def shown_of(customer: CustomerPlan) -> Shown:
    """What a plan shows of a customer that can be applied."""
    later = [s for day in customer.days for s in day.steps if s.id not in day.released]
    effects = [step.effect for step in (*customer.steps, *later)]
    order = list(Effect)
    return Shown(
        id=customer.customer,
        manifest=customer.manifest,
        digest=customer.digest,
        gravest=max(effects, key=order.index, default=None),
        prices=prices_digest(customer),
        steps={step.id: step.digest for step in customer.steps},
    )


def customers_of(plan: Plan) -> tuple[Shown, ...]:
    """All that the plan would change."""
    ready = (c for c in plan.customers if c.status is Status.READY and c.steps and c.digest)
    return tuple(map(shown_of, ready))


def until_of(plan: Plan) -> date | None:
    """The last day on which all of it can be carried out as it was shown; None: nothing is."""
    return min((c.until for c in plan.customers if c.until and c.steps), default=None)


# As text


def signed(record: Record, key: SigningKey) -> str:
    """The record as text, at most ``MAX_TEXT`` characters: the steps of the largest customers are
    left out until it fits.  Raises NotApproved PV741 if it does not even so.
    """
    left_out: set[str] = set()
    by_size = sorted(record.customers, key=lambda each: len(each.steps or ()), reverse=True)
    largest = [each.id for each in by_size]
    while True:
        text = _text(record.without_steps(left_out), key)
        if len(text) <= MAX_TEXT:
            return text
        if len(left_out) == len(largest):
            raise NotApproved(RecordNotUnderstood(what="size"))
        left_out |= {*largest[: len(left_out) * 5 // 4 + 1]}


def fingerprint(text: str) -> str:
    """SHA-256 of a record as text, hexadecimal: what the newest mark of the recorder names."""
    return hashlib.sha256(text.encode()).hexdigest()


def verified(text: str, keys: Collection[VerifyKey]) -> Record:
    """The record in ``text``, if one of ``keys`` has signed it.

    Raises NotApproved PV740 if none has, PV741 if it is no record of a version that is known.
    """
    head, _, rest = text.strip().partition(":")
    packed, _, last = rest.partition(":")
    if head != _SEALED or len(text) > MAX_TEXT + 100:
        raise NotApproved(RecordNotUnderstood(what="form"))
    try:
        body = base64.b64decode(packed, validate=True)
        mark = base64.b64decode(last, validate=True)
    except (binascii.Error, ValueError):
        raise NotApproved(RecordNotUnderstood(what="form")) from None
    if not is_signed(_DOMAIN, body, mark, keys):
        raise NotApproved(RecordIsNotGenuine())
    return _read(body)


def _text(record: Record, key: SigningKey) -> str:
    body = zlib.compress(record.canonical(), 9)
    mark = signature(_DOMAIN, body, key)
    return ":".join((_SEALED, base64.b64encode(body).decode(), base64.b64encode(mark).decode()))


def _read(body: bytes) -> Record:
    """Whoever signs may still be of another version, or have made a mistake."""
    try:
        data = unpacked(body, _MAX_BYTES)
    except ValueError:
        raise NotApproved(RecordNotUnderstood(what="form")) from None
    if data is None:
        raise NotApproved(RecordNotUnderstood(what="size"))
    try:
        return Record.model_validate_json(data)
    except (ValidationError, json.JSONDecodeError, RecursionError):
        raise NotApproved(RecordNotUnderstood(what="version")) from None
