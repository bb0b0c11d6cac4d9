"""What must be true of both systems, whatever happens; each raises AssertionError."""

import json
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

from provisioner.contract.resources import Kind
from provisioner.manifest.removals import Removals
from provisioner.plan.model import Action, Plan, Step
from provisioner.telephony.porting import SUBMITTABLE
from tests.stateful.world import Content

OURS = "provisioner"
_AGAIN = {str(s) for s in SUBMITTABLE}


def overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def no_number_has_two_holders(content: Content) -> None:
    held = [(r[0], r[5]) for r in content["numbers"] if r[3]]
    held += [(r[0], r[2]) for r in content["order_numbers"]]
    for number, (customer, digits) in enumerate(held):
        for other, taken in held[number + 1 :]:
            assert customer == other or not overlap(digits, taken), (customer, other, digits)
    routes = [(r[0], r[2]) for r in content["pbx"] if r[1] == "route" and r[4] == OURS]
    for number, (customer, digits) in enumerate(routes):
        for other, taken in routes[number + 1 :]:
            assert customer == other or not overlap(digits, taken), (customer, other, digits)


def no_interval_overlaps(content: Content) -> None:
    """Columns: customer, item, in force, product, once, starts, ends."""
    items: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for customer, item, _, _, once, starts, ends in content["intervals"]:
        if not once:
            items.setdefault((customer, item), []).append((starts, ends or "9999"))
    for item, spans in items.items():
        spans.sort()
        for (starts, ends), (following, _) in pairwise(spans):
            assert starts < ends <= following, (item, spans)


def submissions_are_counted_once(content: Content) -> None:
    """Of orders, column 16 is the attempt."""
    ((submitted,),) = content["submissions"] or [(0,)]
    assert submitted == sum(row[16] for row in content["orders"])


def no_quarantined_number_is_given_out(before: Content, after: Content, today: date) -> None:
    """But to the same place of the same customer, which may have its own again."""
    resting = [r for r in before["numbers"] if not r[3] and r[9] > today.isoformat()]
    was_held = {r[:6] for r in before["numbers"] if r[3]}
    for row in after["numbers"]:
        if not row[3] or row[:6] in was_held:
            continue
        for rested in resting:
            mine = row[:3] == rested[:3] and row[5] == rested[5]
            assert mine or not overlap(row[5], rested[5]), (rested, row)


def nothing_irreversible_without_its_entry(
    before: Content, after: Content, removals: Removals, today: date
) -> None:
    def gone(table: str, keep: Any, key: Any) -> Iterable[tuple[str, str]]:
        left = {key(r) for r in after[table] if keep(r)}
        return sorted(key(r) for r in before[table] if keep(r) and key(r) not in left)

    served = {r[0] for r in after["pbx"] if r[1] == "tenant" and r[4] == OURS}
    kinds = {"stock_number": "stock", "ported_number": "number"}
    passed = {(r[0], r[5]) for r in after["numbers"] if r[3] and r[4] == "held"}
    digits = {r[:3]: r[5] for r in before["numbers"] if r[3]}
    for kind, what in kinds.items():
        rows = gone("numbers", lambda r, k=kind: r[3] and r[1] == k, lambda r: (r[0], r[2]))
        for customer, key in rows:
            if any(c != customer and d == digits[customer, kind, key] for c, d in passed):
                continue  # another customer took it over
            own = removals.allows(customer, f"{what}/{key}", today)
            # the tenant goes before: only then does the entry for the whole customer count
            whole = customer not in served and removals.allows(customer, "customer", today)
            assert own or whole, (customer, kind, key)
    for table in ("releases", "accounts"):
        for customer, _ in gone(table, lambda _: True, lambda r: (r[0], "")):
            assert removals.allows(customer, "customer", today), (customer, table)
    tenants = gone("pbx", lambda r: r[1] == "tenant" and r[4] == OURS, lambda r: (r[0], ""))
    for customer, _ in tenants:
        assert removals.allows(customer, "customer", today), (customer, "tenant")


def no_order_is_submitted_twice(before: Content, after: Content) -> None:
    """A new attempt only from where one may begin; columns: 13 state, 16 attempt."""
    was = {r[:2]: r for r in before["orders"]}
    for row in after["orders"]:
        old = was.get(row[:2])
        more = row[16] - (old[16] if old else 0)
        assert more in {0, 1}, (old, row)
        if more and old:
            assert old[13] in _AGAIN, (old, row)


def only_what_was_planned(plan: Plan, before: Content, after: Content) -> None:
    """Fields and objects that no step names are as they were: undeclared, foreign, of others."""
    steps: dict[tuple[str, str], list[Step]] = {}
    for part in plan.customers:
        for step in part.steps:
            steps.setdefault((part.customer, step.kind.value), []).append(step)
    was = {r[:3]: r for r in before["pbx"]}
    now = {r[:3]: r for r in after["pbx"]}
    logins = _renamed(plan, was, now)
    for key in was.keys() | now.keys():
        old, new = was.get(key), now.get(key)
        if old == new:
            continue
        planned = steps.get(key[:2], [])
        if key[1] != "route":
            planned = [s for s in planned if s.key == key[2]]
        assert OURS in {r[4] for r in (old, new) if r}, f"foreign: {old} {new}"
        if old is None or new is None:
            wanted = {Action.MOVE, Action.CREATE if old is None else Action.DELETE}
            assert any(s.action in wanted for s in planned), (old, new)
            continue
        assert old[4] == new[4]
        fields, later = json.loads(old[3]), json.loads(new[3])
        if key[1] == "route":  # what leads to a login that is renamed goes along
            fields["target"] = logins.get((key[0], fields.get("target")), fields.get("target"))
        changed = {n for n in fields | later if fields.get(n) != later.get(n)}
        declared = {n for s in planned for n in s.after or {}}
        assert changed <= declared, (old, new)


_Rows = dict[tuple[str, str, str], tuple[Any, ...]]


def _renamed(plan: Plan, was: _Rows, now: _Rows) -> dict[tuple[str, str], str]:
    """New logins by customer and old one; what a rename has moved is in ``was`` under its new."""
    found = {}
    for part in plan.customers:
        for step in part.steps:
            if step.action is not Action.RENAME or step.kind is not Kind.WORKPLACE:
                continue
            before = str((step.before or {})["login"])
            old = part.customer, step.kind.value, before
            new = part.customer, step.kind.value, step.key
            if old in was and new not in was and new in now and old not in now:
                was[new] = was.pop(old)
                found[part.customer, before] = step.key
    return found


def others_are_untouched(plan: Plan, before: Content, after: Content, today: date) -> None:
    """Whoever has no step in the plan is exactly as before, but for numbers that it gave back and
    that rest no longer: those are anybody's."""
    busy = {c.customer for c in plan.customers if c.steps}

    def others(content: Content) -> Content:
        kept = {t: [row for row in rows if row[0] not in busy] for t, rows in content.items()}
        kept["numbers"] = [r for r in kept["numbers"] if r[3] or r[9] > today.isoformat()]
        return {**kept, "submissions": []}

    was, now = others(before), others(after)
    assert was == now, {t: sorted({*was[t]} ^ {*now[t]}) for t in was if was[t] != now[t]}
