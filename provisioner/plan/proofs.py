"""Of whom a plan has nothing to say, for how long, and what that rests on.  Pure.

A proof is made only where all that could make it wrong is either in it or is looked at again when
it is used: so not of a customer between whom and others something passes, with a port that waits
for people, or that is named in ``removals.yaml`` or ``adoptions.yaml``.
"""

import hashlib
import sys
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cache
from importlib.metadata import version
from itertools import chain, pairwise

import orjson

from provisioner import __version__
from provisioner.codes import Severity
from provisioner.contract.proofs import Fingerprints, Proof
from provisioner.contract.reading import DESK_EMPTY, DESK_GAPS, PBX_EMPTY, CustomerLive
from provisioner.contract.resources import PortingOrder
from provisioner.manifest.adoptions import Adoptions
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.entry import Entry
from provisioner.manifest.models import Manifest
from provisioner.manifest.phones import macs_of
from provisioner.manifest.removals import Removals
from provisioner.manifest.rules import claims_of, logins_of
from provisioner.plan.context import PlanContext
from provisioner.plan.days import MOVING, coming_days
from provisioner.plan.model import Status, Targets
from provisioner.plan.phones import live_macs
from provisioner.plan.planner import Planned
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.porting import State

DOUBTS = frozenset({PBX_EMPTY, DESK_EMPTY, DESK_GAPS})
"""What was acknowledged of them makes a plan that nobody else would get."""
_SAID = frozenset({Severity.ERROR, Severity.QUESTION})
_KNOWN = MOVING | {State.COMPLETED}
_SUPPORT = "support_login"
_SIZE = 8
"""Bytes of a login's hash: two of a million that are the same by chance cost a look."""


def settings_of(config: Config, targets: Targets) -> bytes:
    """Of all that holds for every customer: this version, what is known of days and numbers, the
    systems, the settings."""
    parts = (
        __version__.encode(),
        _knowledge(),
        orjson.dumps(targets.model_dump(), option=orjson.OPT_SORT_KEYS),
        config.model_dump_json().encode(),
    )
    return hashlib.sha256(b"\0".join(parts)).digest()


@cache
def _knowledge() -> bytes:
    """Versions of what knows holidays, and which numbers there are: their metadata is long, and a
    day's walk asks many times."""
    return f"{version('holidays')} {version('phonenumberslite')}".encode()


def live_of(customer: CustomerId, pbx: Fingerprints, desk: Fingerprints) -> bytes:
    """Of all rows of a customer on both systems; having none is one way to be."""
    name = str(customer)
    return hashlib.sha256(b"%s\0%s" % (pbx.get(name, b""), desk.get(name, b""))).digest()


def never_proven(config: Config, removals: Removals, adoptions: Adoptions) -> set[str]:
    """Who is named in files that are about some customers alone."""
    named = {removal.what.partition("/")[0] for removal in removals.removals}
    named |= {adoption.customer for adoption in adoptions.adoptions}
    return named | {*config.calls.customers}


def spoken_of(findings: Iterable[Diagnostic]) -> set[str]:
    """Customers of whose files something is to be said."""
    return {d.customer for d in findings if d.customer and d.severity in _SAID}


def named_by(manifest: Manifest) -> Iterator[CustomerId]:
    """Other customers from whom something comes."""
    if manifest.was is not None:
        yield manifest.was
    yield from (new.from_ for new in manifest.numbers if new.from_ is not None)


def proof_of(
    part: Planned, entry: Entry, live: bytes, settings: bytes, context: PlanContext
) -> Proof | None:
    """That nothing is left to do and to say for a customer of whom nothing is to be said; None if
    there is, or if it could not be told later whether that still holds.

    ``entry``: its manifest in the workspace, which is the one that was planned for.  ``live``: of
    the rows that were read for the plan.
    """
    if not (_is_quiet(part) and entry.sha256 and part.manifest and part.told):
        return None
    same = part.manifest is entry.manifest or part.plan.manifest == entry.manifest.digest()
    if not same or part.plan.reseller != entry.reseller:
        return None
    passes = any(named_by(entry.manifest)) or context.claims.get(entry.customer)
    # whoever asks for such a phone cannot have it
    stays = live_macs(part.told.pbx.objects) - {mac for _, mac in macs_of(entry.manifest)}
    named = never_proven(context.config, context.removals, context.adoptions)
    if passes or stays or str(entry.customer) in named or not _is_settled(part.told):
        return None
    if DOUBTS & context.acknowledged or not context.scope.everybody:
        return None
    logins, support = hashes(entry.manifest)
    return Proof(
        customer=entry.customer,
        reseller=entry.reseller,
        manifest=entry.sha256,
        live=live,
        settings=settings,
        since=context.today,
        until=min(coming_days(entry.manifest, part.told, context), default=None),
        numbers=tuple(sorted({*claimed(entry.manifest)})),
        logins=logins,
        support=support,
    )


def _is_quiet(part: Planned) -> bool:
    ready = part.plan.status is Status.READY
    return ready and part.plan.quiet and not part.unused and not part.moves.partners


def _is_settled(live: CustomerLive) -> bool:
    """Every port is over for good or goes by its days, which are known."""
    orders = (o for o in live.desk.objects if isinstance(o, PortingOrder))
    return live.former is None and all(o.progress.state in _KNOWN for o in orders)


def holds(proof: Proof, settings: bytes, today: date) -> bool:
    """Whether it is about these settings and about this day; a row that was damaged is about
    none."""
    whole = all(isinstance(p, bytes) and not len(p) % _SIZE for p in (proof.logins, proof.support))
    whole = whole and all(isinstance(digits, str) for digits in proof.numbers)
    in_time = proof.since <= today and (proof.until is None or today < proof.until)
    return whole and in_time and proof.settings == settings


# What several claim

_LONGEST = 15
"""Digits of a number (E.164); a PBX may hold anything, and a text of thousands is no number."""


def overlapping(claims: Iterable[tuple[str, str]]) -> set[str]:
    """Who claims or holds a number that somebody else claims or holds as well.

    ``claims``: digits, and whose they are; as in :mod:`provisioner.manifest.overlap`, for a
    million of them.
    """
    found: set[str] = set()
    # by length, and digits as a number: half of what a text takes
    first: defaultdict[int, dict[int | str, str]] = defaultdict(dict)
    for digits, whose in claims:
        other = first[len(digits)].setdefault(_number(digits), whose)
        if other != whose:
            found |= {whose, other}
    for length, those in first.items():
        sizes = [(size, 10 ** (length - size)) for size in first if size < length]
        for key, whose in those.items() if sizes else ():
            if isinstance(key, str) and not key[0].isdecimal():  # a phone is no part of a block
                continue
            for size, lines in sizes:
                head = key // lines if isinstance(key, int) else _number(key[:size])
                around = first[size].get(head, whose)
                if around != whose:
                    found |= {whose, around}
    return found


def _number(digits: str) -> int | str:
    """The text itself where it is none, or longer than any."""
    return int(digits) if digits.isdecimal() and len(digits) <= _LONGEST else digits


def claimed(manifest: Manifest) -> Iterator[str]:
    """What a manifest names and only one may have: digits of numbers, and its phones."""
    yield from (digits for digits, _ in claims_of(manifest))
    yield from (f"mac:{mac}" for _, mac in macs_of(manifest))


def hashed(login: str) -> bytes:
    """A login in small letters, as proofs know it."""
    return hashlib.sha256(login.encode()).digest()[:_SIZE]


def hashes(manifest: Manifest) -> tuple[bytes, bytes]:
    """Of all logins but that of the reseller's support, and of that one, as in a proof."""
    support: set[bytes] = set()
    others: set[bytes] = set()
    for path, login in logins_of(manifest):
        (support if path[0] == _SUPPORT else others).add(hashed(login))
    return b"".join(sorted(others)), b"".join(sorted(support))


def each(packed: bytes) -> Iterator[bytes]:
    """One hash after the other."""
    return (packed[at : at + _SIZE] for at in range(0, len(packed), _SIZE))


def sharing(
    proofs: Collection[Proof], logins: Iterable[bytes], support: Iterable[tuple[bytes, str]]
) -> set[CustomerId]:
    """Customers with a login that somebody else has as well.

    ``logins`` and ``support``: of all others; a support login, given with its reseller, is the
    reseller's own, so all of its customers may have it.
    """
    others = {*logins}
    mine = array("Q")  # as numbers in order: half of what a set of texts takes
    for proof in proofs:
        mine.frombytes(proof.logins)
    ordered = sorted(mine)

    def is_proven(login: bytes) -> bool:
        number = int.from_bytes(login, sys.byteorder)
        at = bisect_left(ordered, number)
        return at < len(ordered) and ordered[at] == number

    same = (number for number, next_one in pairwise(ordered) if number == next_one)
    twice = {number.to_bytes(_SIZE, sys.byteorder) for number in same}
    twice |= {login for login in others if is_proven(login)}
    resellers: dict[bytes, str] = {}
    proven = ((login, proof.reseller) for proof in proofs for login in each(proof.support))
    for login, reseller in chain(support, proven):
        first = resellers.setdefault(login, reseller)
        if first != reseller or login in others or is_proven(login):
            twice.add(login)
    if not twice:
        return set()
    every = ((proof.customer, proof.logins + proof.support) for proof in proofs)
    return {customer for customer, packed in every if not twice.isdisjoint(each(packed))}
