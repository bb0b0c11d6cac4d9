"""Which numbers customers have, and which travel to them."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, select

from provisioner.drivers.sql.schema import numbers, order_numbers, orders
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DIGITS, Numbers, digits_of
from provisioner.telephony.pools import HEAD

_FEW = 500
"""So many conditions stand in one question."""
_AT_ONCE = 250
"""Customers whose numbers are asked of the database together."""
_Holders = list[tuple[str, str]]
"""Digits, and the customer who has them."""


def having(db: Connection, heads: Collection[str]) -> tuple[_Holders, _Holders]:
    """What is held, and what travels on an order, where ``heads`` lead; for many, all of it."""
    if len(heads) > _FEW:
        return _pairs(db, _HELD, {}), _pairs(db, _PORTED, {})
    asked = {"heads": list(heads)}
    return _pairs(db, _HELD_THERE, asked), _pairs(db, _PORTED_THERE, asked)


def together(digits: Any, *of: Any) -> Select[Any]:
    """All of a customer (``of``) in one text: a row for each costs more than all else."""
    return select(func.aggregate_strings(digits, " "), *of).group_by(*of)


_HELD = together(numbers.c.digits, numbers.c.customer).where(numbers.c.until.is_(None))
_PORTED = together(order_numbers.c.digits, orders.c.customer).join(orders)
_HEADS: BindParameter[Any] = bindparam("heads", expanding=True)
_HELD_THERE = _HELD.where(numbers.c.head.in_(_HEADS))
_PORTED_THERE = _PORTED.where(order_numbers.c.head.in_(_HEADS))


def _pairs(db: Connection, query: Select[Any], asked: dict[str, list[str]]) -> _Holders:
    rows = db.execute(query, asked)
    return [(digits, str(customer)) for every, customer in rows for digits in every.split(" ")]


def every(db: Connection) -> Iterator[tuple[str, str]]:
    """The digits of all that is held or travels, and whose they are: of a fleet that is too much to
    be in memory at once."""
    for query in (_HELD, _PORTED):
        rows = db.execute(query, execution_options={"stream_results": True})
        for some in rows.partitions(_AT_ONCE):
            yield from ((digits, str(whose)) for text, whose in some for digits in text.split(" "))


def holders(db: Connection, asked: Collection[Numbers]) -> dict[Numbers, CustomerId]:
    """Who holds or ports each of ``asked``, or a part of it."""
    by_head: dict[str, dict[str, str]] = {}
    here, travelling = having(db, {digits_of(n)[:HEAD] for n in asked})
    for digits, holder in (*here, *travelling):
        beside = by_head.setdefault(digits[:HEAD], {})
        beside[digits] = min(holder, beside.get(digits, holder))
    found = {}
    for number in asked:
        mine = digits_of(number)
        beside = by_head.get(mine[:HEAD], {})
        around = (mine[:length] for length in range(HEAD, len(mine) + 1))
        holding = [beside[digits] for digits in around if digits in beside]
        if len(mine) < DIGITS:
            holding += [h for digits, h in beside.items() if digits.startswith(mine)]
        if holding:
            found[number] = CustomerId(min(holding))
    return found
