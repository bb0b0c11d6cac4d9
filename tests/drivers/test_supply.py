"""What a plan reckons of the pools, held against the desk that gives the numbers out."""

import shutil
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from provisioner.contract.desk import PoolEntry
from provisioner.contract.resources import (
    PortedNumber,
    ProvisionalAllocation,
    StockAllocation,
)
from provisioner.drivers.sql import SqlDesk
from provisioner.errors import Refused
from provisioner.plan.supply import Clash, Shortage, Sort, Supply, plenty
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DIGITS, DdiBlock
from provisioner.telephony.pools import NumberPools, left, overlap
from provisioner.testing.values import POLICY, TODAY, order

WHO = [CustomerId(name) for name in ("alpha", "beta", "gamma", "delta")]
BLOCKS = (
    "0445550",
    "04455510",
    "04455511",
    "044555121",
    "044555122",
    "044555124",
    "05255570",
    "052555715",
    "052555716",
    "0525558",
)
SHM = Path("/dev/shm")  # noqa: S108 - the folder made in it is private
"""SQLite waits for the disk a thousand times otherwise."""
_keys = count()


def key() -> str:
    return f"supply-{next(_keys)}"


@st.composite
def pools(draw):
    """Blocks of both areas, also one inside another and one in both pools."""
    blocks = st.lists(st.sampled_from(BLOCKS), unique=True, max_size=5)
    stock, provisional = draw(blocks), draw(blocks)
    if draw(st.booleans()):
        stock = [*stock, "044555003"]
    return NumberPools(
        stock=tuple(DdiBlock(b) for b in stock),
        provisional=tuple(DdiBlock(b) for b in provisional),
        quarantine_days=draw(st.sampled_from([0, 30, 30, 30])),
    )


SIZES = st.sampled_from([1, 1, 1, 10, 10, 100, 1000])


@st.composite
def allocation(draw, customer):
    area, size = draw(st.sampled_from(["044", "052"])), draw(SIZES)
    at = draw(st.integers(0, 5))
    if draw(st.booleans()):
        name = f"s{at}"
        return StockAllocation(customer=customer, id=name, area=area, size=size)
    replaces = f"{area}555{9000 + at}"[: DIGITS + 1 - len(str(size))]
    return ProvisionalAllocation(customer=customer, porting="main", replaces=replaces, size=size)


@st.composite
def named(draw, customer):
    block = draw(st.sampled_from(BLOCKS))
    more = draw(st.text("0123456789", min_size=0, max_size=DIGITS - len(block)))
    digits = block + more
    name = f"n{draw(st.integers(0, 3))}"
    size = 10 ** (DIGITS - len(digits))
    return StockAllocation(customer=customer, id=name, area=digits[:3], size=size, number=digits)


def either(customer):
    return st.one_of(
        allocation(customer), allocation(customer), allocation(customer), named(customer)
    )


@st.composite
def demands(draw):
    """What each customer asks for, each thing once."""
    found = []
    for who in draw(st.lists(st.sampled_from(WHO), unique=True, max_size=4)):
        wanted = draw(st.lists(either(who), max_size=12))
        found.append((who, list({(w.kind, w.key): w for w in wanted}.values())))
    return found


@st.composite
def history(draw):
    """What happened before: asked for, given back on a day before today, carried by an order."""
    who = st.sampled_from(WHO)
    asked = draw(st.lists(who.flatmap(either), max_size=14))
    back = draw(st.lists(st.tuples(st.integers(0, 13), st.integers(0, 45)), max_size=8))
    ported = draw(st.lists(st.from_regex(r"0445551[0-9]{3}", fullmatch=True), max_size=3))
    return asked, back, ported


def tried(desk, wanted, today=TODAY):
    """The digits that the desk gives; None if it has none."""
    try:
        return desk.put(wanted, today=today, key=key()).digits
    except Refused as refused:
        assert refused.code in {"PV521", "PV522", "PV527"}
        return None if refused.code == "PV521" else refused.code


def happened(desk, told):
    asked, back, ported = told
    early = TODAY - timedelta(days=60)
    there = []
    for each in asked:
        digits = tried(desk, each, early)
        if digits and digits.startswith("0"):
            there.append(replace(each, digits=digits))
    for at, ago in back:
        if at < len(there):
            desk.delete(there[at], today=TODAY - timedelta(days=ago), key=key())
    for n, digits in enumerate(ported):
        moving = order(customer=WHO[0], porting=f"p{n}", numbers=(digits,), blocks=())
        held = PortedNumber(customer=WHO[1], porting="old", digits=digits)
        for each in (held, moving) if n else (moving,):
            tried_order(desk, each)


def tried_order(desk, each):
    try:
        desk.put(each, today=TODAY, key=key())
    except Refused:
        return


def asked_anew(desk, wanted, told):
    """Without what is held already, and names that are somebody's: the plan has other words.

    What rests beside the pools is in no list.
    """
    there = {
        (o.customer, o.kind, o.key): o
        for state in desk.read(WHO).values()
        for o in state.objects
        if isinstance(o, StockAllocation | ProvisionalAllocation)
    }
    shown = {e.digits: e.state for e in desk.pool(TODAY)}
    busy = [digits for digits, state in shown.items() if state == "allocated"]
    busy += {n for o in told[0] if (n := getattr(o, "number", None))} - shown.keys()
    busy += [o.digits for s in desk.read(WHO).values() for o in s.objects if hasattr(o, "digits")]
    busy += [d for s in desk.read(WHO).values() for o in s.objects for d in getattr(o, "items", ())]

    def is_new(each):
        number = getattr(each, "number", None)
        taken = number and any(overlap(number, digits) for digits in busy)
        return (each.customer, each.kind, each.key) not in there and not taken

    return [(who, [w for w in each if is_new(w)]) for who, each in wanted]


def provisional(replaces, size):
    return ProvisionalAllocation(customer=WHO[0], porting="main", replaces=replaces, size=size)


BOTH = DdiBlock("0525558")
"""In both pools: whoever takes all of it as a provisional block leaves no number for the stock."""


@settings(max_examples=100, deadline=None)
@given(pools=pools(), told=history(), wanted=demands())
@example(
    pools=NumberPools(stock=(BOTH,), provisional=(BOTH, DdiBlock("0445550")), quarantine_days=0),
    told=([provisional("0445559000", 1)], [], []),
    wanted=[
        (
            WHO[0],
            [
                provisional("0445559", 1000),
                StockAllocation(customer=WHO[0], id="s0", area="052", size=1),
            ],
        )
    ],
)
def test_r3_what_supply_says_is_what_the_desk_does(pools, told, wanted):
    """What fits is given, in order and to the digit; what is refused the desk refuses too."""
    with tempfile.TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as folder:
        compared(Path(folder), pools, told, wanted)


def compared(root, pools, told, wanted):
    with closing(opened(root, pools)) as desk:
        happened(desk, told)
        supply = Supply(desk.pool(TODAY), pools)
        for who, some in asked_anew(desk, wanted, told):
            ample = plenty(some, pools, desk.untouched)
            problem = supply.give(some, [who])
            event(f"{type(problem).__name__}, {ample=}" if some else "nothing asked")
            if problem is None:
                given = desk.together(lambda some=some: [tried(desk, e) for e in some], about=some)
                assert not {None, "PV522"} & {*given}
                for digits in given:
                    assert supply._holder(digits) == who
                continue
            assert not ample
            # nothing of it is asked for, so it is tried on a copy
            shutil.copytree(root, root / "copy", ignore=lambda *_: ["copy"])
            with closing(opened(root / "copy", pools)) as copy:
                got = next((w, g) for w in some if (g := tried(copy, w)) in {None, "PV522"})
            shutil.rmtree(root / "copy")
            expected = None if isinstance(problem, Shortage) else "PV522"
            assert got == (problem.wanted, expected)


def opened(root, pools):
    return SqlDesk.open({}, root, pools=pools, policy=POLICY, require_poa=False)


TEN = NumberPools(stock=(DdiBlock("052555700"),), provisional=(DdiBlock("05255580"),))


def stock(customer, *names, size=1):
    return [StockAllocation(customer=customer, id=n, area="052", size=size) for n in names]


def free(*digits, pool="stock"):
    return [PoolEntry(pool, d, 10 ** (DIGITS - len(d)), "free") for d in digits]


def test_r3_shortage_says_how_many_are_asked_for_free_and_gone_before():
    supply = Supply(free("052555700"), TEN)
    alpha, beta, gamma = (stock(who, *"abcdef") for who in WHO[:3])
    assert supply.give(alpha, [WHO[0]]) is None
    short = Sort("stock", "052", 1)
    assert supply.give(beta, [WHO[1]]) == Shortage(beta[4], short, asked=6, free=10, before=6)
    assert supply.give(gamma[:4], [WHO[2]]) is None, "what was refused has taken nothing"


def test_r3_single_numbers_use_up_a_block():
    supply = Supply(free("052555700"), TEN)
    assert supply.give(stock(WHO[0], "a"), [WHO[0]]) is None
    block = stock(WHO[1], "ddi", size=10)
    found = supply.give(block, [WHO[1]])
    assert found == Shortage(block[0], Sort("stock", "052", 10), asked=1, free=1, before=1)


def test_r12_provisional_numbers_are_of_any_area():
    supply = Supply(free("05255580", pool="provisional"), TEN)
    wanted = [
        ProvisionalAllocation(customer=WHO[0], porting="main", replaces=r, size=100)
        for r in ("04455590", "04455591")
    ]
    found = supply.give(wanted, [WHO[0]])
    assert found == Shortage(wanted[1], Sort("provisional", "", 100), asked=2, free=1, before=0)


def test_number_that_rests_comes_back_to_whom_it_is_renamed():
    rest = PoolEntry("stock", "0525557003", 1, "quarantine", WHO[1], "a", TODAY + timedelta(days=9))
    for names, fits in (([WHO[0]], False), ([WHO[0], WHO[1]], True)):
        supply = Supply([rest], TEN)
        assert (supply.give(stock(WHO[0], "a"), names) is None) is fits


def test_named_number_that_goes_to_someone_earlier():
    supply = Supply(free("052555700"), TEN)
    assert supply.give(stock(WHO[0], "a"), [WHO[0]]) is None
    (own,) = stock(WHO[1], "own")
    theirs = replace(own, number="0525557000")
    assert supply.give([theirs], [WHO[1]]) == Clash(theirs, "0525557000", WHO[0])


@pytest.mark.parametrize(("days", "fits"), [(0, True), (30, False)])
def test_number_given_back_is_free_at_once_only_without_quarantine(days, fits):
    supply = Supply([], replace(TEN, quarantine_days=days))
    gone = replace(stock(WHO[0], "a")[0], digits="0525557004")
    supply.give_back(gone)
    assert (supply.give(stock(WHO[1], "b"), [WHO[1]]) is None) is fits


@given(taken=st.lists(st.from_regex(r"05255571[0-9]{0,2}", fullmatch=True), max_size=12))
def test_ranges_that_are_left_are_the_largest(taken):
    every = {f"05255571{n:02d}" for n in range(100)}
    found = list(left("05255571", taken))
    assert found == sorted(found)
    covered = {n for n in every for f in found if n.startswith(f)}
    assert covered == {n for n in every if not any(n.startswith(t) for t in taken)}
    for each in found:
        assert each == "05255571" or any(overlap(each[:-1], t) for t in taken)


def test_named_number_that_rests_with_another_customer():
    rest = PoolEntry("stock", "0525557003", 1, "quarantine", WHO[1], "a", TODAY)
    (own,) = stock(WHO[0], "own")
    mine = replace(own, number="0525557003")
    assert Supply([rest], TEN).give([mine], [WHO[0]]) == Clash(mine, "0525557003", None)
    theirs = replace(mine, customer=WHO[1])
    assert Supply([rest], TEN).give([theirs], [WHO[1]]) is None
