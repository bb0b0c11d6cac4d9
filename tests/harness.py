"""Plays a case of ``tests/cases``: a workspace on disk, its history with two real systems, a plan.

``tests/cases/README.md`` says what a case may hold.  Nothing here knows a rule.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from by_hand import ByHandLocal
from faults import Fault, Faulty, FaultyDesk, FaultyPbx, Killed, anything
from seen import Seen, compare

from provisioner import operations
from provisioner.codes import Severity
from provisioner.contract.reading import allocations, resolve
from provisioner.contract.resources import Kind, PortingOrder
from provisioner.errors import OutcomeUnknown, ProvisionError, Refused, Unavailable
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.repository import load_workspace
from provisioner.operations import Opened, Runner, open_systems, select
from provisioner.plan.approval import Approval
from provisioner.plan.model import CustomerPlan, Plan, Status
from provisioner.plan.scope import Scope
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.porting import Event, Reason
from provisioner.telephony.sources import Literal, parse_source

HERE = Path(__file__).parent / "cases"
FIELDS = frozenset(
    "about rule today base set unset manifests config removals adoptions history expect"
    " faults acknowledge reconcile".split()
)
MORE = frozenset(
    "of gives faults acknowledge names reconcile date donor_code reason tenant fields how"
    " to".split()
)
"""What an event may say besides its verb."""
About = Mapping[str, Any]
ALTERED = {
    "missing": lambda answer, of: {c: s for c, s in answer.items() if of and str(c) != of},
    "empty": lambda answer, **_: {c: type(s)() for c, s in answer.items()},
    "objectless": lambda answer, **_: {c: replace(s, objects=()) for c, s in answer.items()},
    "twice": lambda answer, **_: {c: replace(s, objects=s.objects * 2) for c, s in answer.items()},
    "half": lambda answer, **_: {c: replace(s, objects=s.objects[::2]) for c, s in answer.items()},
    "mixed-up": lambda answer, **_: {
        c: replace(s, objects=tuple(replace(o, customer=CustomerId("other")) for o in s.objects))
        for c, s in answer.items()
    },
}
"""How a fault falsifies the answer to ``read``."""
KINDS = {"PV": Unavailable, "unknown:": OutcomeUnknown, "refused:": Refused}


def read_case(path: Path) -> dict[str, Any]:
    """Untyped, as manifests are: every scalar is the text that was written."""
    found = yaml.load(path.read_text("utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 - builds no types
    assert isinstance(found, dict)
    return found


def edit(data: Any, how: About) -> None:
    """``set`` and ``unset`` by dotted path; ``+`` appends to a list."""
    for path, value in how.get("set", {}).items():
        where, last = _walk(data, path)
        if last == "+":
            where.append(value)
        else:
            where[int(last) if isinstance(where, list) else last] = value
    for path in how.get("unset", []):
        where, last = _walk(data, path)
        del where[int(last) if isinstance(where, list) else last]


def _walk(data: Any, path: str) -> tuple[Any, str]:
    *way, last = path.split(".")
    for step in way:
        data = data[int(step)] if isinstance(data, list) else data.setdefault(step, {})
    return data, last


def _faulty(wrapper: type[Faulty], system: Any, name: str, about: About) -> Any:
    """``desk read PV503``, ``pbx put unknown:PV511 call 2 after``, ``pbx read missing of cafe``."""
    faults, alter = [], {}
    for text in about.get("faults", []):
        target, method, what, *more = text.split()
        if target != name:
            continue
        told = {w: more[i + 1] for i, w in enumerate(more) if w in {"call", "of"}}
        if what in ALTERED:
            alter[method] = partial(ALTERED[what], of=told.get("of"))
            continue
        kind = next((k for prefix, k in KINDS.items() if what.startswith(prefix)), Unavailable)
        error = Killed() if what == "killed" else kind(anything(what.rpartition(":")[2]))
        call = int(told.get("call", 1))
        faults.append(Fault(method, error, call, "after" in more, "lasting" in more))
    return wrapper(system, faults, alter) if faults or alter else system


class World:
    """A workspace, its two systems, and what people and days do to them."""

    def __init__(self, root: Path, case: About) -> None:
        self.root = root
        self._systems: tuple[Any, Any] | None = None
        self._opened = ExitStack()
        self.approved: Plan | None = None
        self._manifests: dict[str, Any] = {}
        self._config = read_case(HERE / "provision.yaml")
        self._on_config(date.min, case.get("config", {}), {})
        self._on_removals(date.min, case.get("removals", []), {})
        if "adoptions" in case:
            self._on_adoptions(date.min, case["adoptions"], {})
        written = case.get("manifests") or {f"muster/{case['base']}": case}
        for name, how in written.items():
            self._manifests[name] = how.get("text") or read_case(HERE / f"bases/{how['base']}.yaml")
            self._on_edit(date.min, how, {"of": name})

    def close(self) -> None:
        """Both systems; the next run opens them anew."""
        self._systems = None
        self._opened.close()

    def happen(self, day: str, event: Any) -> None:
        verb, rest = (
            event.partition(" ")[::2] if isinstance(event, str) else next(iter(event.items()))
        )
        about = {} if isinstance(event, str) else event
        assert {*about} - {verb} <= MORE, f"{verb}: {about.keys()}"
        getattr(self, f"_on_{verb}")(date.fromisoformat(day), rest, about)

    # What people write

    def _on_edit(self, _day: date, how: About, about: About) -> None:
        name = about.get("of") or next(iter(self._manifests))
        if not isinstance(self._manifests[name], str):
            self._manifests[name] = deepcopy(self._manifests[name])
            edit(self._manifests[name], how)
        self._on_write(date.min, {name: self._manifests[name]}, {})

    def _on_write(self, _day: date, files: About, _about: About) -> None:
        """Manifests as they are, whole or broken."""
        for name, content in files.items():
            path = self.root / "customers" / (name if Path(name).suffix else f"{name}.yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str) else _dump(content)
            path.write_text(text, "utf-8")

    def _on_delete(self, _day: date, name: str, _about: About) -> None:
        (self.root / f"customers/{name}.yaml").unlink()

    def _on_rename(self, _day: date, name: str, about: About) -> None:
        """A manifest goes to another file, or to another reseller's folder."""
        target = self.root / f"customers/{about['to']}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.root / f"customers/{name}.yaml").rename(target)
        self._manifests = {about["to"] if n == name else n: m for n, m in self._manifests.items()}

    def _on_folder(self, _day: date, how: str, about: About) -> None:
        """``customers/``, or that of a reseller, goes: renamed, or a link, or a file there."""
        folder, aside = self.root / "customers" / about.get("of", ""), self.root / "aside"
        folder.rename(aside)
        if how == "link":
            folder.symlink_to(aside)
        elif how == "file":
            folder.write_text("")
        elif how == "empty":
            folder.mkdir()

    def _on_file(self, _day: date, name: str, about: About) -> None:
        """A database is lost, or is no database any more, or its copy of an earlier day is back."""
        self.close()
        copy = self.root / f"copy-of-{name}"
        if about["how"] == "copied":
            copy.write_bytes((self.root / name).read_bytes())
            return
        for path in self.root.glob(f"{name}*"):
            path.unlink()
        if about["how"] == "garbage":
            (self.root / name).write_bytes(b"not a database at all" * 100)
        elif about["how"] == "restored":
            (self.root / name).write_bytes(copy.read_bytes())

    def _on_config(self, _day: date, changes: About, _about: About) -> None:
        self.close()
        edit(self._config, {"set": changes})
        (self.root / "provision.yaml").write_text(_dump(self._config), "utf-8")

    def _on_removals(self, _day: date, entries: list[str], _about: About) -> None:
        """``cafe/customer until 2027-04-30``."""
        pairs = [entry.split(" until ") for entry in entries]
        listed = [{"what": what, "why": "agreed", "until": until} for what, until in pairs]
        content = {"version": "1", "removals": listed}
        (self.root / "removals.yaml").write_text(_dump(content), "utf-8")

    def _on_adoptions(self, _day: date, entries: list[str], _about: About) -> None:
        """``cafe/workplace/kitchen until 2027-04-30``."""
        pairs = [entry.split(" until ") for entry in entries]
        listed = [{"what": what, "why": "set up by hand", "until": until} for what, until in pairs]
        content = {"version": "1", "adoptions": listed}
        (self.root / "adoptions.yaml").write_text(_dump(content), "utf-8")

    @property
    def written(self) -> list[Path]:
        """The files of all manifests."""
        return [*self.root.glob("customers/*/*.yaml")]

    # Runs

    def opened(self, about: About) -> Opened:
        """The workspace as it is written now, and both systems with the faults of a case."""
        workspace = load_workspace(self.root)
        if self._systems is None:
            self._systems = self._opened.enter_context(open_systems(workspace.config, self.root))
        pbx = _faulty(FaultyPbx, self._systems[0], "pbx", about)
        desk = _faulty(FaultyDesk, self._systems[1], "desk", about)
        return Opened(workspace, pbx, desk, Scope.of(workspace.config))

    @property
    def customer(self) -> CustomerId:
        """The one that the case is about, or the first of several."""
        opened = self.opened({})
        return select(opened.workspace, opened.desk.customers()).subjects[0].customer

    def _on_plan(self, day: date, _rest: str, about: About) -> None:
        """What staff look at and approve."""
        found = operations.plan(self.opened(about), today=day, acknowledged=_named(about))
        self.approved = found.plan

    def _on_apply(self, day: date, how: str, about: About, *, reconcile: bool = False) -> None:
        got: dict[str, str] = {}
        given: dict[str, Any] = {"today": day, "acknowledged": _named(about)}
        try:
            if not how:  # whatever is planned now
                given["agree"] = lambda _plan: True
            elif not reconcile:
                given["approval"] = self._approval(how)
            run = operations.reconcile if reconcile else operations.apply
            names = about.get("names", ())
            found = run(self.opened(about), names, runner=self.runner(day), **given)
            assert found.plan
            for each in found.plan.customers:
                if each.status is not Status.READY:
                    got[each.customer] = f"{each.status} {_first_error(each)}"
            got |= {r.customer: _told(r) for r in found.results}
            if found.plan.braked:
                got = {"run": "braked"}
        except Killed:
            got = {"run": "killed"}
        except ProvisionError as error:
            got = {"run": error.code}
        _gives(got, about)

    def _on_reconcile(self, day: date, how: str, about: About) -> None:
        self._on_apply(day, how, about, reconcile=True)

    def _on_resume(self, day: date, _how: str, about: About) -> None:
        found = operations.resume(
            self.opened(about), today=day, runner=self.runner(day), acknowledged=_named(about)
        )
        _gives({r.customer: _told(r) for r in found.results}, about)

    def _approval(self, how: str) -> Approval:
        """``approved``: the plan file of the last ``plan`` event; ``digest`` or ``customers``: its
        digest, or those of its customers."""
        assert self.approved
        match how:
            case "approved":
                return Approval.of_plan(self.approved)
            case "digest":
                return Approval.of_digests([self.approved.digest])
            case "customers":
                return Approval.of_digests([c.digest for c in self.approved.customers if c.digest])
            case _:
                one = [c.digest for c in self.approved.customers if c.customer == how]
                return Approval.of_digests(one or [how])

    def runner(self, day: date) -> Runner:
        return Runner(who="harness", clock=lambda: datetime.combine(day, time(12), UTC))

    # What others do

    def _on_porting(self, day: date, what: str, about: About) -> None:
        event, key = what.split()
        desk = self.opened({}).desk
        who = CustomerId(about["of"]) if "of" in about else self.customer
        orders = [o for o in desk.read([who])[who].objects if isinstance(o, PortingOrder)]
        more: dict[str, Any] = {"donor_code": about.get("donor_code")}
        more["on"] = date.fromisoformat(about["date"]) if "date" in about else None
        more["reason"] = Reason(about["reason"]) if "reason" in about else None
        told = {
            "today": day,
            "who": "desk",
            "why": "told",
            "key": str(uuid4()),
        }
        try:
            (order,) = (o for o in orders if o.key == key)
            desk.move(order, Event(event), **told, **more)
        except ProvisionError as error:
            _gives({str(who): error.code}, about)
        else:
            _gives({str(who): "done"}, about)

    def _on_by_hand(self, _day: date, what: str, about: About) -> None:
        """``set|add|delete KIND KEY``; the key of a route may be ``stock:ID``."""
        verb, kind, key = what.split()
        opened = self.opened({})
        who = CustomerId(about.get("of", str(self.customer)))
        digits = resolve(
            allocations(opened.desk.read([who])[who].objects), parse_source(key) or Literal(key)
        )
        change = getattr(ByHandLocal(opened.pbx), f"by_hand_{verb}")
        change(about.get("tenant", str(who)), Kind(kind), digits or key, **about.get("fields", {}))

    def _on_expect(self, day: date, wanted: About, about: About) -> None:
        self.check(day, wanted, about)

    def check(self, day: date, wanted: About, about: About) -> None:
        """What is planned on ``day``, and what the systems hold, against ``wanted``."""
        assert wanted, "a case that expects nothing"
        try:
            seen: Any = Seen(self, self.opened(about), day, about)
        except InputError as error:
            compare("stops", {"stops": [d.code for d in error.diagnostics]}, wanted)
        except ProvisionError as error:
            compare("stops", {"stops": [error.code]}, wanted)
        else:
            for name, value in wanted.items():
                compare(name, getattr(seen, name)(value), value)


def _first_error(customer: CustomerPlan) -> str:
    return next(d.code for d in customer.diagnostics if d.severity is Severity.ERROR)


def _named(about: About) -> list[str]:
    return list(about.get("acknowledge", []))


def _told(result: Any) -> str:
    error = result.error or next(iter(result.failed.values()), None)
    part = "in part" if result.part else ""
    return " ".join(filter(None, [str(result.outcome), error.code if error else "", part]))


def _gives(got: dict[str, str], about: About) -> None:
    """Unless a case says otherwise, everything must go well, and something must be done."""
    wanted = about.get("gives", "done")
    if isinstance(wanted, str):
        assert set(got.values()) == ({wanted} - {"nothing"}), got
    else:
        assert got == wanted, got


def _dump(content: Any) -> str:
    return yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
