"""On which day customers are due.  A row that is written makes its customer due at once."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import Connection, bindparam, or_, select

from provisioner.contract.due import TURNS, Rest
from provisioner.drivers.sql.schema import due
from provisioner.telephony.identity import CustomerId

AT_ONCE, NEVER = date(1970, 1, 1), date(9999, 12, 31)

_AGAIN = (
    due.update()
    .where(due.c.customer == bindparam("of"))
    .values(due_on=AT_ONCE, mark=due.c.mark + 1)
)
_FIRST = due.insert()


def touch(db: Connection, customers: Iterable[str]) -> None:
    """Something of them is written in this transaction, which holds their scopes."""
    for name in sorted(customers):
        if not db.execute(_AGAIN, {"of": name}).rowcount:
            row = {"customer": name, "due_on": AT_ONCE, "mark": 1, "turn": turn_of(name)}
            db.execute(_FIRST, {"basis": "", **row})


def turn_of(name: str) -> int:
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") % TURNS


def found(db: Connection, today: date, basis: str) -> dict[CustomerId, int]:
    """Each of the four by an index; none is a search for what differs."""
    is_due = or_(
        due.c.due_on <= today,
        due.c.turn == today.toordinal() % TURNS,
        due.c.basis < basis,
        due.c.basis > basis,
    )
    rows = db.execute(select(due.c.customer, due.c.mark).where(is_due).order_by(due.c.customer))
    return {CustomerId(row.customer): row.mark for row in rows}


def rest(db: Connection, rests: Mapping[CustomerId, Rest]) -> None:
    for customer, each in sorted(rests.items()):
        same = due.c.customer == str(customer), due.c.mark == each.mark
        values = {"due_on": each.until or NEVER, "basis": each.basis}
        db.execute(due.update().where(*same).values(values))
