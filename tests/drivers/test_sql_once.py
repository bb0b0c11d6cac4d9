"""Whatever is asked of the desk, in any order: no number is two customers', none rests too short.

A reckoning by single numbers stands beside it: whose each is, and until when it rests.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.contract.resources import Kind, PortedNumber, PortingOrder
from provisioner.drivers.sql import SqlDesk
from provisioner.errors import ProvisionError
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock
from provisioner.telephony.pools import NumberPools
from provisioner.telephony.porting import IN_FLIGHT
from provisioner.testing.desk_held import held
from provisioner.testing.values import POLICY, TODAY, key, order, provisional, stock

REST = 20
POOLS = [
    NumberPools(
        stock=tuple(DdiBlock(b) for b in stock_),
        provisional=tuple(DdiBlock(b) for b in provisional_),
        quarantine_days=REST,
    )
    for stock_, provisional_ in (
        (("044555000", "044555001"), ("044555900",)),
        (("044555001",), ("044555900", "044555002")),
        (("044555000", "044555003"), ("044555901",)),
    )
]
"""Blocks come, go and change sides."""
SENT, DRAFT = str(Kind.ORDER), "draft"
ALLOCATED = {str(Kind.STOCK), str(Kind.PROVISIONAL)}
WHO = [CustomerId(name) for name in ("anna", "bert", "cora")]
DIGITS = ("0445550000", "0445550001", "044555001", "0445550017", "0445559003", "0315550000")
ASKED: dict[str, Any] = {
    "single": lambda who, n: stock(f"s{n % 3}", customer=who),
    "block": lambda who, n: stock(f"b{n % 2}", size=10, customer=who),
    "provisional": lambda who, n: provisional(f"044555700{n % 3}", customer=who),
    "provisional block": lambda who, _: provisional("044555710", size=10, customer=who),
    "held": lambda who, n: held(f"h{n % 2}", DIGITS[n % len(DIGITS)], customer=who),
    "ported": lambda who, n: PortedNumber(
        customer=who, porting="p", digits=DIGITS[n % len(DIGITS)]
    ),
    "order": lambda who, n: _order(who, DIGITS[n % len(DIGITS)]),
    "order sent": lambda who, n: _order(who, DIGITS[n % len(DIGITS)], sent=True),
}

events = st.one_of(
    st.tuples(
        st.sampled_from(sorted(ASKED)), st.sampled_from(WHO), st.integers(0, 5), st.booleans()
    ),
    st.tuples(st.just("days"), st.just(WHO[0]), st.integers(1, REST + 2), st.just(True)),
    st.tuples(st.just("pools"), st.just(WHO[0]), st.integers(0, len(POOLS) - 1), st.just(True)),
)


def _order(who: CustomerId, digits: str, *, sent: bool = False) -> PortingOrder:
    single = len(digits) == len(DIGITS[0])
    numbers, blocks = ((digits,), ()) if single else ((), (digits,))
    draft = order(customer=who, numbers=numbers, blocks=blocks)
    return replace(draft, porting=f"o{digits[-1]}", port_date=draft.port_date if sent else None)


def _each(digits: str) -> set[str]:
    """All numbers of a number or block."""
    return {f"{digits}{n}" for n in range(10)} if len(digits) < len(DIGITS[0]) else {digits}


def _have(desk: SqlDesk) -> dict[CustomerId, dict[tuple[str, str], set[str]]]:
    """Numbers by customer and by what they are had as; those on an order that runs too."""
    found: dict[CustomerId, dict[tuple[str, str], set[str]]] = {}
    for who, state in desk.read(WHO).items():
        mine = found.setdefault(who, {})
        for each in state.objects:
            name = (str(each.kind), each.key)
            if isinstance(each, PortingOrder):
                if each.progress.state != "cancelled":
                    sent = each.progress.state in IN_FLIGHT
                    name = (SENT if sent else DRAFT, each.key)
                    mine[name] = set().union(*map(_each, each.items))
            elif digits := getattr(each, "digits", None):
                mine[name] = _each(digits)
    return found


@settings(max_examples=120, deadline=None)
@given(st.lists(events, min_size=6, max_size=24))
def test_r11_no_number_is_twos_and_none_rests_too_short(
    tmp_path_factory: Any, told: list[Any]
) -> None:
    root, today, pools = tmp_path_factory.mktemp("desk"), TODAY, POOLS[0]
    rests: dict[str, tuple[CustomerId, Any]] = {}

    def opened() -> SqlDesk:
        return SqlDesk.open({"timeout": "0"}, root, pools=pools, policy=POLICY, require_poa=False)

    desk = opened()
    try:
        for what, who, n, put in told:
            if what == "days":
                today += timedelta(days=n)
                continue
            if what == "pools":
                pools = POOLS[n]
                desk.close()
                desk = opened()
                continue
            before, asked = _have(desk), ASKED[what](who, n)
            try:
                call = desk.put if put else desk.delete
                call(asked, today=today, key=key())
            except ProvisionError as error:
                assert error.code in {"PV521", "PV522", "PV523", "PV527"}, error
                assert _have(desk) == before
                continue
            after = _have(desk)
            gained = {
                d
                for name, all_ in after[who].items()
                if before[who].get(name) != all_
                for d in all_
            }
            lost = {d for name, all_ in before[who].items() if name not in after[who] for d in all_}
            for other in WHO:
                if other != who:
                    assert after[other] == before[other]
                    theirs = set().union(*after[other].values())
                    assert not gained & theirs, (what, who, other, gained & theirs)
            # what a port has brought is on its order too, and drafts may change places
            for mine in ({SENT, *ALLOCATED}, {Kind.PORTED, *ALLOCATED}):
                own = sorted(d for (k, _), all_ in after[who].items() if k in mine for d in all_)
                assert len(own) == len(set(own)), (what, own)
            allocated, drafts = (
                {d for (k, _), all_ in after[who].items() if k in kinds for d in all_}
                for kinds in (ALLOCATED, {DRAFT})
            )
            assert not allocated & drafts
            if what in ("single", "block", "held") or what.startswith("provisional"):
                for digits in gained & rests.keys():
                    whose, until = rests[digits]
                    assert whose == who or until <= today, (what, who, digits, rests[digits])
            if what not in ("held", "ported", "order", "order sent"):
                blocks = pools.provisional if what.startswith("provisional") else pools.stock
                for digits in gained:
                    assert any(digits.startswith(b.prefix) for b in blocks), (what, digits)
            for digits in lost:
                pooled = any(
                    digits.startswith(b.prefix) for b in (*pools.stock, *pools.provisional)
                )
                if not what.startswith("order") and (what != "ported" or pooled):
                    rests[digits] = who, today + timedelta(days=REST)
            listed = [e for e in desk.pool(today) if e.state == "free"]
            free = {d for e in listed for d in _each(e.digits)}
            taken = {d for mine in after.values() for all_ in mine.values() for d in all_}
            assert not free & taken
            assert not {d for d in free if d in rests and rests[d][1] > today}
    finally:
        desk.close()
