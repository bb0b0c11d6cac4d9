"""Which number a customer gets, and where it goes when it is given back (R3, R12).

A free number has no row: free is the pool less what is out or rests in quarantine.  Quarantine ends
by time alone.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, func, or_, select, true

from provisioner.codes.systems import (
    AllocatedNumberCannotChangeItsAreaOrSize,
    NoFreeNumber,
    NumberHeldAlready,
)
from provisioner.contract.resources import (
    DeskResource,
    Kind,
    PortedNumber,
    ProvisionalAllocation,
    StockAllocation,
)
from provisioner.drivers.sql.held import having, together
from provisioner.drivers.sql.rows import AT_ONCE, ByCustomer, Names
from provisioner.drivers.sql.schema import numbers, order_numbers
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DIGITS, DdiBlock
from provisioner.telephony.pools import (
    HEAD,
    NumberPools,
    Taken,
    covered,
    in_order,
    left,
    overlap,
)

STOCK, PROVISIONAL, HELD, NO_POOL = "stock", "provisional", "held", ""
_FEW = 500
"""So many conditions stand in one question."""

Allocation = StockAllocation | ProvisionalAllocation


@dataclass(slots=True)
class Used:
    """What is out.  It holds within a transaction, as long as nothing else is written in it.

    ``counts``: how many numbers of the blocks of which one is chosen, by head.  ``ranges``: which,
    where one was looked for.  ``rested``: what was given back, there too.
    """

    counts: dict[tuple[DdiBlock, ...], dict[str, int]] = field(default_factory=dict)
    ranges: dict[str, Taken] = field(default_factory=dict)
    rested: dict[str, Sequence[Row[Any]]] = field(default_factory=dict)

    def clear(self) -> None:
        self.counts.clear()
        self.ranges.clear()
        self.rested.clear()


# What is asked for each number that is given out, and is built once


def out(today: date | BindParameter[date]) -> Any:
    """Condition: somebody has it, or it rests."""
    return or_(numbers.c.until.is_(None), numbers.c.until > today)


_HEADS: BindParameter[Any] = bindparam("heads", expanding=True)
_BROUGHT = ByCustomer(
    select(numbers.c.customer)
    .where(numbers.c.kind == str(Kind.PORTED), numbers.c.until.is_(None))
    .distinct(),
    numbers.c.customer,
)
_OUT = together(numbers.c.digits).where(
    numbers.c.head.in_(_HEADS), out(bindparam("today")), numbers.c.id != bindparam("besides")
)
_TRAVELLING = together(order_numbers.c.digits).where(order_numbers.c.head.in_(_HEADS))
_MINE = select(numbers).where(
    numbers.c.customer == bindparam("whose"),
    numbers.c.kind == bindparam("of"),
    numbers.c.key == bindparam("name"),
)
_RESTED = select(numbers).where(numbers.c.head == bindparam("beside"), numbers.c.until.is_not(None))
_GIVEN = numbers.insert()
_ALL_HELD = ByCustomer(
    select(numbers).where(numbers.c.until.is_(None)).order_by(numbers.c.kind, numbers.c.key),
    numbers.c.customer,
)


# Giving out


def allocate(
    db: Connection, wanted: Allocation, pools: NumberPools, today: date, used: Used
) -> str:
    """The digits that ``wanted`` has, or gets now.

    What rests comes back to the one who gave it back, as long as it rests and nothing else became
    of it.
    Refused PV521 (nothing free), PV522 (the digits it names are someone's) or PV527 (it is held
    already, with another area or size, or other digits).
    """
    area = wanted.area if isinstance(wanted, StockAllocation) else wanted.replaces[:3]
    which = {"whose": str(wanted.customer), "of": str(wanted.kind), "name": wanted.key}
    mine = db.execute(_MINE, which).all()
    named = wanted.number if isinstance(wanted, StockAllocation) else None
    fits = [r for r in mine if r.size == wanted.size and _in_area(wanted, r.area)]
    fits = [r for r in fits if named == (r.digits if r.pool == HELD else None)]
    held = next((r for r in mine if r.until is None), None)
    if held is not None:
        if held not in fits:
            raise Refused(
                AllocatedNumberCannotChangeItsAreaOrSize(kind=str(wanted.kind), key=wanted.key)
            )
        return str(held.digits)
    pool, blocks = _pool(wanted, pools)
    back = _comes_back(db, fits, None if named else blocks, today)
    if back is not None:
        db.execute(numbers.update().where(numbers.c.id == back.id).values(slot=0, until=None))
        used.rested.pop(back.head, None)
        return str(back.digits)
    if named is not None:
        used.clear()
        refuse_held(db, None, [named])
        _refuse_resting(db, wanted.customer, named, today)
        _insert(db, wanted, named, used, pool=HELD)
        return named
    if blocks not in used.counts:
        used.counts[blocks] = _used(db, blocks, today)
    digits = _choose(db, pool, blocks, area, wanted, today, used)
    _insert(db, wanted, digits, used, pool=pool)
    counts, head = used.counts[blocks], digits[:HEAD]
    counts[head] = counts.get(head, 0) + wanted.size
    used.ranges[head].add(digits)
    return digits


def _comes_back(
    db: Connection, rested: Sequence[Row[Any]], blocks: Sequence[DdiBlock] | None, today: date
) -> Row[Any] | None:
    """Of rows that were given back the latest that is still to be had; None for none.

    Its block may have left the pool since (``blocks``; None: it need be in none), and another
    customer may port it in or have a part of it.
    """
    resting = (r for r in rested if r.until > today)
    for row in sorted(resting, key=lambda r: (r.until, r.digits), reverse=True):
        if blocks is not None and not covered(row.digits, [b.prefix for b in blocks]):
            continue
        others = taken(db, [row.head], today, besides=row.id)
        if not any(overlap(row.digits, other) for other in others):
            return row
    return None


def _refuse_resting(db: Connection, customer: CustomerId, digits: str, today: date) -> None:
    """Refused PV522 if another customer gave it back lately: nobody else can have had it since."""
    resting = select(numbers.c.digits, numbers.c.customer).where(
        numbers.c.head == digits[:HEAD], numbers.c.until > today
    )
    for theirs, holder in db.execute(resting):
        if holder != str(customer) and overlap(digits, theirs):
            raise Refused(NumberHeldAlready(number=digits))


def _in_area(wanted: Allocation, area: str) -> bool:
    return isinstance(wanted, ProvisionalAllocation) or wanted.area == area


def _pool(wanted: Allocation, pools: NumberPools) -> tuple[str, tuple[DdiBlock, ...]]:
    if isinstance(wanted, StockAllocation):
        return STOCK, tuple(b for b in pools.stock if b.area == wanted.area)
    return PROVISIONAL, pools.provisional


def _choose(
    db: Connection,
    pool: str,
    blocks: tuple[DdiBlock, ...],
    area: str,
    wanted: Allocation,
    today: date,
    used: Used,
) -> str:
    """The free range of the size that breaks least, then the lowest; Refused PV521."""
    room: dict[str, int] = {}
    for block in blocks:
        room[block.prefix[:HEAD]] = room.get(block.prefix[:HEAD], 0) + block.size
    counts = used.counts[blocks]
    for block in in_order(blocks, area, wanted.size, counts):
        head = block.prefix[:HEAD]
        if counts.get(head, 0) + wanted.size > room[head]:
            continue
        if head not in used.ranges:
            used.ranges[head] = Taken(taken(db, [head], today))
        found = used.ranges[head].lowest_free(block, wanted.size)
        if found:
            return found
    raise Refused(NoFreeNumber(pool=pool, area=area, size=wanted.size))


def _used(db: Connection, blocks: Sequence[DdiBlock], today: date) -> dict[str, int]:
    """How many numbers of ``blocks`` are out, by head, whatever they are.

    What a donor may bring, and a range around a block, is not counted; but its head is there.
    """
    found: dict[str, int] = {}
    for start in range(0, len(blocks), _FEW):
        some = blocks[start : start + _FEW]
        heads = {b.prefix[:HEAD] for b in some}
        around = {b.prefix[:n] for b in some for n in range(HEAD, len(b.prefix))}
        mine, theirs = numbers.c, order_numbers.c
        rows = db.execute(
            select(mine.head, func.sum(mine.size))
            .where(mine.head.in_(heads), out(today), _within(mine.digits, some))
            .group_by(mine.head)
        )
        for head, count in rows:
            found[str(head)] = found.get(str(head), 0) + int(count)
        wide = select(mine.head).where(out(today), mine.digits.in_(around))
        coming = or_(_within(theirs.digits, some), theirs.digits.in_(around))
        travelling = select(theirs.head).where(theirs.head.in_(heads), coming)
        for head in (*db.execute(wide).scalars(), *db.execute(travelling).scalars()):
            found.setdefault(str(head), 0)
    return found


def _within(digits: Any, blocks: Iterable[DdiBlock]) -> Any:
    """Condition: it lies in one of ``blocks``, of those whose heads are looked at."""
    if all(len(block.prefix) == HEAD for block in blocks):
        return true()
    return or_(*(digits.startswith(b.prefix) for b in blocks))


def taken(db: Connection, heads: Collection[str], today: date, *, besides: int = 0) -> set[str]:
    """Digits that are out, in quarantine, or on a port order, whoever has them.

    ``besides``: the id of a row that does not count.
    """
    which = {"heads": list(heads), "today": today, "besides": besides}
    found = db.execute(_OUT, which).scalar_one(), db.execute(_TRAVELLING, which).scalar_one()
    return {digits for every in found if every for digits in every.split(" ")}


def _insert(
    db: Connection, held: Allocation | PortedNumber, digits: str, used: Used, *, pool: str
) -> None:
    """A row for digits that nobody has; what rested there is over, the rest of its block is not."""
    _make_room(db, digits, used)
    row = {
        "customer": str(held.customer),
        "kind": str(held.kind),
        "key": held.key,
        "slot": 0,
        "pool": pool,
        "digits": digits,
        "head": digits[:HEAD],
        "size": 10 ** (DIGITS - len(digits)),
        "area": digits[:3],
        "porting": None if isinstance(held, StockAllocation) else held.porting,
    }
    db.execute(_GIVEN, row)


def _make_room(db: Connection, digits: str, used: Used) -> None:
    head = digits[:HEAD]
    if head not in used.rested:
        used.rested[head] = db.execute(_RESTED, {"beside": head}).all()
    for row in used.rested[head]:
        if not overlap(row.digits, digits):
            continue
        used.rested.pop(head, None)
        db.execute(numbers.delete().where(numbers.c.id == row.id))
        for rest in left(row.digits, [digits]):
            values = row._asdict() | {"digits": rest, "size": 10 ** (DIGITS - len(rest))}
            del values["id"]
            made = db.execute(numbers.insert().values(values | {"slot": -1})).inserted_primary_key
            if made is not None:  # what is history has its own id as its slot
                mine = numbers.c.id == made[0]
                db.execute(numbers.update().where(mine).values(slot=numbers.c.id))


def hold_ported(db: Connection, ported: PortedNumber, used: Used) -> None:
    """Enter a number that a port brought in; Refused PV522 if it is held already."""
    if db.execute(select(numbers.c.id).where(*_is(ported))).one_or_none() is not None:
        return
    refuse_held(db, ported.customer, [ported.digits])
    _insert(db, ported, ported.digits, used, pool=NO_POOL)


def give_back(
    db: Connection, held: Allocation | PortedNumber, pools: NumberPools, today: date
) -> None:
    """Into quarantine; a ported number goes back to whoever holds its range, so it has no row.

    Where that is the operator itself it rests too: it is the next one's only after that.
    """
    until = today + timedelta(days=pools.quarantine_days)
    resting: dict[str, Any] = {"slot": numbers.c.id, "until": until}
    if isinstance(held, PortedNumber):
        pool = _pool_of(held.digits, pools)
        if pool is None:
            db.execute(numbers.delete().where(*_is(held)))
            return
        resting["pool"] = pool
    db.execute(numbers.update().where(*_is(held)).values(resting))


def _pool_of(digits: str, pools: NumberPools) -> str | None:
    """The pool that has a part of the range."""
    for pool, blocks in {STOCK: pools.stock, PROVISIONAL: pools.provisional}.items():
        if any(overlap(digits, block.prefix) for block in blocks):
            return pool
    return None


def _is(held: Allocation | PortedNumber) -> tuple[Any, ...]:
    return (
        numbers.c.customer == str(held.customer),
        numbers.c.kind == str(held.kind),
        numbers.c.key == held.key,
        numbers.c.slot == 0,
    )


# Who has what


def refuse_held(db: Connection, customer: CustomerId | None, digits: Iterable[str]) -> None:
    """Refused PV522 if something that overlaps ``digits`` is here, or is ported by others than
    ``customer``; by anybody, if that is None.

    What is here, the customer's own too, cannot come from a donor, and what comes is not here.
    """
    wanted = list(digits)
    here, travelling = having(db, {d[:HEAD] for d in wanted})
    taken = [d for d, _ in here]
    taken += [d for d, holder in travelling if customer is None or holder != str(customer)]
    for mine in wanted:
        if any(overlap(mine, theirs) for theirs in taken):
            raise Refused(NumberHeldAlready(number=mine))


def untouched(db: Connection, blocks: Collection[DdiBlock]) -> list[DdiBlock]:
    """Those of ``blocks`` beside which nothing has a row, whatever it is."""
    heads = sorted({block.prefix[:HEAD] for block in blocks})
    there: set[str] = set()
    for start in range(0, len(heads), _FEW):
        some = heads[start : start + _FEW]
        for head in (numbers.c.head, order_numbers.c.head):
            there.update(db.execute(select(head).where(head.in_(some)).distinct()).scalars())
    return [block for block in blocks if block.prefix[:HEAD] not in there]


def brought(db: Connection, names: Names = None) -> Iterable[str]:
    """Customers with a number that a port has brought, whether they have a release or not."""
    return (name for (name,) in _BROUGHT.ask(db, names))


def read(db: Connection, names: Names) -> Iterator[DeskResource]:
    """All numbers that customers hold."""
    return map(_held, chain.from_iterable(_ALL_HELD.ask(db, names).partitions(AT_ONCE)))


def _held(row: Row[Any]) -> DeskResource:
    customer = CustomerId(row.customer)
    match Kind(row.kind):
        case Kind.STOCK:
            return StockAllocation(
                customer=customer,
                id=row.key,
                area=row.area,
                size=row.size,
                number=row.digits if row.pool == HELD else None,
                digits=row.digits,
            )
        case Kind.PROVISIONAL:
            replaces = row.key.removeprefix(f"{row.porting}/")
            return ProvisionalAllocation(
                customer=customer,
                porting=row.porting,
                replaces=replaces,
                size=row.size,
                digits=row.digits,
            )
        case Kind.PORTED:
            return PortedNumber(customer=customer, porting=row.porting, digits=row.digits)
        case _:
            raise ValueError(row.kind)
