"""What a case of ``tests/cases`` can expect, in the form in which the case writes it."""

from collections.abc import Mapping
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

import orjson
import yaml
from by_hand import ByHandLocal

from provisioner import operations
from provisioner.codes import Severity
from provisioner.contract.reading import allocations, resolve
from provisioner.contract.resources import Kind, PortingOrder
from provisioner.errors import SystemFault
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations import Opened
from provisioner.plan.billing import bill
from provisioner.plan.model import Step
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.money import Money, Month
from provisioner.telephony.sources import Literal, parse_source

About = Mapping[str, Any]


class Seen:
    """What a case can expect; each method answers in the form of the case file."""

    def __init__(self, world: Any, opened: Opened, day: date, about: About) -> None:
        self._world, self._opened, self._day = world, opened, day
        made = operations.plan_released if "reconcile" in about else operations.plan
        survey = made(opened, today=day, acknowledged=about.get("acknowledge", ()), everyone=True)
        self._plan = survey.plan
        self._parts = {str(c): p.plan for c, p in sorted(survey.parts.items())}

    def _lines(self, name: str, show: Any) -> list[str]:
        many = len(self._parts) > 1
        return [
            f"{customer}: {show(each)}" if many else show(each)
            for customer, plan in self._parts.items()
            for each in getattr(plan, name)
        ]

    def steps(self, _: Any) -> list[str]:
        return self._lines("steps", _step)

    def held(self, _: Any) -> list[str]:
        return self._lines("held", lambda h: f"{h.step.action} {h.step.kind} {h.step.key} {h.code}")

    def upcoming(self, _: Any) -> list[str]:
        return self._lines(
            "upcoming",
            lambda u: " ".join([str(u.on), u.code, *map(str, [u.params.get("order", "")])]).strip(),
        )

    def ahead(self, _: Any) -> list[str]:
        """What the edit brings about on coming days."""
        return [
            line
            for part in self._parts.values()
            for day in part.days
            for line in (
                *(f"{day.on} {_step(s)}" for s in day.edited),
                *(f"{day.on} {_step(h.step)} held {h.code}" for h in day.edited_held),
                *(f"{day.on} blocked {d.code}" for d in day.blocked),
            )
        ]

    def dropped(self, _: Any) -> list[str]:
        return self._lines("dropped", lambda u: f"{u.on} {u.code}")

    def until(self, _: Any) -> str:
        part = next(p for p in self._parts.values() if p.until and p.until_why)
        return f"{part.until} {part.until_why.code}"

    def defaults(self, _: Any) -> list[str]:
        return self._lines("defaults", lambda d: f"{d.path}: {d.value} ({d.of})")

    def edits(self, _: Any) -> list[str]:
        return self._lines("edits", lambda e: f"{e.path}: {e.before} -> {e.after}")

    def lifts(self, _: Any) -> list[str]:
        return self._lines("lifts", str)

    def diagnostics(self, _: Any) -> list[str]:
        run = [f"run: {_finding(d)}" for d in self._plan.diagnostics]
        return [*run, *self._lines("diagnostics", _finding)]

    def questions(self, _: Any) -> list[str]:
        return [d.replace(" question", "") for d in self.diagnostics(_) if " question " in d]

    def says(self, wanted: About) -> dict[str, Any]:
        """Parameters and places of the first finding with each code, as far as they are asked."""
        every = [d for p in self._parts.values() for d in p.diagnostics]
        every += [*self._plan.diagnostics]
        every += [
            Diagnostic(h.code, Severity.ADVICE, h.params)
            for p in self._parts.values()
            for h in p.held
        ]
        return {
            code: {n: _details(next(d for d in every if d.code == code)).get(n) for n in asked}
            for code, asked in wanted.items()
        }

    def fields(self, wanted: About) -> dict[str, Any]:
        """Fields after a step, by ``action kind key``, as far as they are asked."""
        steps = [s for p in self._parts.values() for s in (*p.steps, *(h.step for h in p.held))]
        after = {f"{s.action} {s.kind} {s.key}": s.after or {} for s in steps}
        return {key: {n: _plain(after[key].get(n)) for n in asked} for key, asked in wanted.items()}

    def cost(self, _: Any) -> dict[str, str]:
        parts = self._parts.values()
        monthly, once = sum(p.cost.monthly for p in parts), sum(p.cost.once for p in parts)
        return {"monthly": str(Money(monthly)), "once": str(Money(once))}

    def status(self, wanted: Any) -> Any:
        found = {customer: str(plan.status) for customer, plan in self._parts.items()}
        return found if isinstance(wanted, dict) else next(iter(found.values()))

    def braked(self, _: Any) -> str:
        return str(self._plan.braked).lower()

    def bills(self, wanted: About) -> dict[str, list[str]]:
        return {month: self._bill(Month.parse(month)) for month in wanted}

    def _bill(self, month: Month) -> list[str]:
        rows = self._opened.desk.intervals(month.first, month.first + timedelta(days=month.days))
        try:
            bills = bill(rows, self._opened.workspace.config, month)
        except SystemFault as fault:
            return [fault.code]
        lines = [(str(line.item), line.charge) for each in bills for line in each.lines]
        shown = [f"{i} {c.product} {c.days}/{c.of_days} {c.price} {c.amount}" for i, c in lines]
        return [*shown, *(f"total {each.total}" for each in bills)]

    def orders(self, _: Any) -> list[str]:
        found = self._opened.desk.read(sorted(self._opened.desk.customers()))
        orders = [o for s in found.values() for o in s.objects if isinstance(o, PortingOrder)]
        return [
            f"{o.key} {o.progress.state} {o.progress.port_date} attempt {o.progress.attempt}"
            for o in sorted(orders, key=lambda o: o.key)
        ]

    def numbers(self, _: Any) -> list[str]:
        """The operator's numbers that are not free."""
        entries = [e for e in self._opened.desk.pool(self._day) if e.state != "free"]
        return [
            f"{e.pool} {e.digits} {e.state} {e.customer} {e.ref} {e.until or ''}".strip()
            for e in entries
        ]

    def on_pbx(self, wanted: About) -> dict[str, Any]:
        """Fields of objects on the PBX by ``kind key`` or ``kind key of CUSTOMER``, as far as they
        are asked; or ``gone``."""
        return {what: self._looked(what, asked) for what, asked in wanted.items()}

    def _looked(self, what: str, asked: Any) -> Any:
        kind, key, *whose = what.split()
        who = CustomerId(whose[1]) if whose else self._world.customer
        digits = resolve(
            allocations(self._opened.desk.read([who])[who].objects),
            parse_source(key) or Literal(key),
        )
        found = ByHandLocal(self._opened.pbx).by_hand_look(str(who), Kind(kind), digits or key)
        if found is None:
            return "gone"
        return {n: _plain(found.get(n)) for n in asked} if isinstance(asked, dict) else "there"

    def handover(self, _: Any) -> list[str]:
        """Which generated passwords were sealed for the resellers."""
        files = sorted((self._world.root / "handover").glob("*.jsonl"))
        entries = [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]
        return [f"{e['kind']} {e['login']}" for e in entries if e["sealed"]]


def _step(step: Step) -> str:
    line = f"{step.action} {step.kind} {step.key} {step.effect} {step.cause}"
    shown = step.action in {"update", "rename", "adopt", "move"} and step.changed
    return f"{line} ({', '.join(step.changed)})" if shown else line


def _finding(found: Diagnostic) -> str:
    return f"{found.code} {found.severity} {'.'.join(map(str, found.path)) or '-'}"


def _details(found: Diagnostic) -> dict[str, Any]:
    place = (
        {"line": str(found.place.line), "text": found.place.source.strip()} if found.place else {}
    )
    also = {"also": [f"{p.file}: {p.source.strip()}" for p in found.related]}
    return {**{n: str(v) for n, v in found.params.items()}, **place, **also}


def _plain(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else str(value)


def compare(name: str, found: Any, wanted: Any) -> None:
    if not isinstance(found, list) or isinstance(wanted, list):
        assert found == wanted, f"{name}: found {_shown(found)}\nexpected {_shown(wanted)}"
        return
    assert wanted.keys() <= {"contains", "absent", "count"}, name
    places = []
    for pattern in wanted.get("contains", []):
        hits = [at for at, line in enumerate(found) if fnmatchcase(line, pattern)]
        assert hits, f"{name}: no {pattern!r} in {_shown(found)}"
        places.append(hits[0])
    assert places == sorted(places), f"{name}: another order: {_shown(found)}"
    for pattern in wanted.get("absent", []):
        assert not [line for line in found if fnmatchcase(line, pattern)], f"{name}: {pattern}"
    assert len(found) == int(wanted.get("count", len(found))), name


def _shown(found: Any) -> str:
    """In the form of a case file, to be read and copied."""
    return "\n" + yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=200)
