"""Bills against a reckoning of its own: who had what on which calendar day, noted day by day.

The reckoning knows neither intervals nor a ledger.  At the end of each day it notes what is billed
as what; a month's bill follows from these notes alone.
"""

import copy
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.apply.events import Outcome
from provisioner.contract.resources import PortingOrder
from provisioner.plan.billing import bill
from provisioner.telephony.money import Month
from provisioner.telephony.porting import Event, State
from tests.stateful import edits, samples
from tests.stateful.world import CONFIG, World, customer_id

WHO = customer_id("anna")
MONTHLY = {
    "subscription": "19.05",
    "phones": "6.55",
    "phones+apps": "9.95",
    "number": "1.15",
    "block_10": "5.05",
    "block_100": "17.35",
}
ONCE = {"setup": "100.00", "port_order": "45.00"}
PRICES = {"valid_from": "2026-01-01", "monthly": MONTHLY, "once": ONCE}
PORTED = "0525551300"
EDITS = (
    edits.add_workplace,
    edits.remove_workplace,
    edits.change_workplace,
    edits.add_number,
    edits.remove_number,
    edits.change_activation,
    edits.change_billing,
    edits.change_end,
)
Line = tuple[str, str, int, int, str]
"""Item, product, days, of how many, amount."""

one_edit = st.tuples(
    st.integers(0, 9), st.sampled_from(EDITS), st.integers(0, 9), st.integers(0, 9)
)


class Reckoning:
    """What a careful clerk writes down at the end of each day."""

    def __init__(self, *, torn_down: bool) -> None:
        self.torn_down = torn_down
        """Whether a subscription that has ended is taken down; if not, its objects wait."""
        self.days: dict[str, dict[date, str]] = {}
        self.once: dict[str, date] = {}
        self.began: date | None = None
        self.switched_on = False
        self.ported: date | None = None

    def run(self, m: dict[str, Any], day: date) -> bool:
        """What a run brings about that a later edit of the same day does not undo."""
        term = m["subscription"]
        if term.get("ends_on") and day > date.fromisoformat(term["ends_on"]):
            self.began = None
            if self.torn_down:
                self.switched_on, self.ported = False, None
            return False
        on = term.get("activate_from")
        self.switched_on |= on is None or date.fromisoformat(on) <= day
        start = date.fromisoformat(term["billing_from"])
        if self.began is None and start <= day:
            self.began = day
        if self.began is not None:
            self.once.setdefault("setup", day)
        return self.began is not None

    def note(self, m: dict[str, Any], day: date) -> None:
        """The day is over."""
        if not self.run(m, day):
            return
        start = date.fromisoformat(m["subscription"]["billing_from"])
        here = {"subscription": "subscription"}
        here |= {f"stock/{n['id']}": _product(n.get("block", 1)) for n in m["numbers"]}
        if self.switched_on:
            here |= {f"workplace/{w['login']}": w["license"] for w in m["workplaces"]}
        if self.ported:
            here[f"number/{PORTED}"] = "number"
            self.once.setdefault("port/main/1", max(self.ported, min(start, day)))
        for item, product in here.items():
            self.days.setdefault(item, {})[day] = product

    def bill(self, month: Month) -> list[Line]:
        found = [
            (item, item.partition("/")[0].replace("port", "port_order"), 1, 1, "")
            for item, day in self.once.items()
            if (day.year, day.month) == (month.year, month.month)
        ]
        lines = [(i, p, n, of, ONCE[p]) for i, p, n, of, _ in found]
        for item, noted in self.days.items():
            each = [month.first + timedelta(days=n) for n in range(month.days)]
            for product, run in groupby(each, key=noted.get):
                if product is not None:
                    count = len(list(run))
                    price = Decimal(MONTHLY[product]) * count / month.days
                    amount = str(price.quantize(Decimal("0.01"), ROUND_HALF_UP))
                    lines.append((item, product, count, month.days, amount))
        return sorted(lines)


def _product(size: int) -> str:
    return "number" if size == 1 else f"block_{size}"


def printed(world: World, month: Month) -> list[Line]:
    rows = world.desk.intervals(month.first, month.first + timedelta(days=month.days))
    bills = bill(rows, world.workspace().config, month)
    assert len(bills) <= 1
    return sorted(
        (str(line.item), of.product, of.days, of.of_days, str(of.amount))
        for each in bills
        for line in each.lines
        for of in (line.charge,)
    )


def apply(world: World, released: dict[str, Any]) -> dict[str, Any]:
    """The manifest that counts from now on: the written one, or, if it is refused, the old one."""
    plan = world.plan()
    results = world.apply(plan)
    assert {r.outcome for r in results} <= {Outcome.DONE, Outcome.UNCHANGED}, results
    blocked = any(c.status == "blocked" for c in plan.customers)
    if blocked and released:
        world.write("anna", released)
    return released if blocked else copy.deepcopy(world.files["anna"])


def the_donor(world: World, reckoning: Reckoning) -> None:
    """Accepts what it is asked for, and tells of the port on its day."""
    for order in world.desk.read([WHO])[WHO].objects:
        if not isinstance(order, PortingOrder):
            continue
        event = {State.SUBMITTED: Event.ACCEPT, State.ACTIVATING: Event.COMPLETE}
        if move := event.get(order.progress.state):
            told = {"who": "desk", "why": "told", "key": f"{move} {world.today}"}
            world.desk.move(order, move, today=world.today, **told)
            if move is Event.COMPLETE:
                reckoning.ported = world.today
                world.reconcile()


@settings(max_examples=10)
@given(st.lists(one_edit, min_size=3, max_size=9), st.booleans(), st.booleans())
def test_r13_bills_are_those_of_a_reckoning_by_calendar_days(
    tmp_path_factory: Any, changes: list[Any], torn_down: bool, ports: bool
) -> None:
    folder = Path(tmp_path_factory.mktemp("bills"))
    world = World(folder, samples.TODAY, {**CONFIG, "prices": [PRICES]})
    reckoning = Reckoning(torn_down=torn_down)
    first = samples.TODAY
    for key in edits.STOCK:
        world.allow(f"anna/stock/{key}", date(2099, 1, 1))
    if torn_down:
        world.allow("anna/customer", date(2099, 1, 1))
    port = [samples.porting("main", "2027-01-29", numbers=[PORTED], blocks=[])] if ports else []
    world.write("anna", samples.manifest("anna", numbers=[], porting=port))
    released = apply(world, {})
    reckoning.run(released, world.today)
    try:
        for gap, change, a, b in [*changes, (31, edits.add_workplace, 0, 0)]:
            for _ in range(gap):
                the_donor(world, reckoning)
                reckoning.note(released, world.today)
                world.today += timedelta(days=1)
                world.reconcile()
            manifest = copy.deepcopy(released)
            change(manifest, "anna", a, b, world.today)
            edits.tidy(manifest)
            world.write("anna", manifest)
            released = apply(world, released)
            reckoning.run(released, world.today)
        last = world.today - timedelta(days=1)
        month = Month(first.year, first.month)
        while month.first.replace(day=month.days) <= last:
            found, wanted = printed(world, month), reckoning.bill(month)
            assert found == wanted, (month, sorted({*found} ^ {*wanted}))
            month = Month(month.year + month.month // 12, month.month % 12 + 1)
    finally:
        world.close()
