"""A world for every state of a port order, and all that a text says can be done about it."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from harness import World

from provisioner import operations
from provisioner.contract.resources import PortingOrder, Release
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import CustomerPlan, Held
from provisioner.report.messages import Catalogue
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.porting import IN_FLIGHT, Event, State

WORDS = Catalogue("en")
OFFICE = CustomerId("office")
DAY = date(2026, 11, 24)
PORT, LATER, LATEST = date(2027, 2, 15), date(2027, 3, 1), date(2027, 3, 15)

SHAPES: dict[str, dict[str, Any]] = {
    "whole": {},
    "split": {
        "porting.0.schedule": {
            "when": "asap",
            "agreed_date": {"1": str(PORT), "2": str(LATER)},
            "time": "09:00",
        },
        "porting.0.numbers": [f"04455512{n:02d}" for n in range(0, 22, 2)],
    },
}
"""One order, or two with a date each; the first is moved through its states."""

SYNCHRONISED = PORT - timedelta(days=3)
PATHS: dict[State, list[tuple[date, Any]]] = {
    State.DRAFT: [],
    State.AWAITING_POA: [],
    State.SUBMITTED: [],
    State.ACCEPTED: [(DAY, "porting accept main/1")],
    State.REJECTED: [(DAY, {"porting": "reject main/1", "donor_code": "E1", "reason": "contract"})],
    State.SYNCHRONISED: [(DAY, "porting accept main/1"), (SYNCHRONISED, "reconcile")],
    State.ACTIVATING: [(DAY, "porting accept main/1"), (PORT, "reconcile")],
    State.COMPLETED: [
        (DAY, "porting accept main/1"),
        (PORT, "reconcile"),
        (PORT, "porting complete main/1"),
        (PORT, "reconcile"),
    ],
    State.CANCEL_PENDING: [(DAY, "porting cancel main/1")],
    State.CANCELLED: [(DAY, "porting cancel main/1"), (DAY, "porting confirm_cancel main/1")],
    State.FAILED: [
        (DAY, "porting accept main/1"),
        (PORT, "reconcile"),
        (PORT, "porting fail main/1"),
        (PORT, "reconcile"),
    ],
}
"""From an order that was submitted to each state; READY is left before anybody sees it."""

SCHEDULE = {"when": "date", "date": str(PORT), "time": "09:00"}


class Walk:
    """Worlds in which the order is in a state: each is set up once, and copied for every try."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def world(self, shape: str, state: State) -> Iterator[World]:
        """Another one, to be spoiled."""
        copy = Path(tempfile.mkdtemp(dir=self.folder)) / "w"
        shutil.copytree(self._made(shape, state), copy)
        with closing(World(copy, _case(shape, state))) as world:
            yield world

    def _made(self, shape: str, state: State) -> Path:
        root = self.folder / f"{shape} {state}"
        if not root.exists():
            root.mkdir()
            with closing(World(root, _case(shape, state))) as world:
                world.happen(str(DAY), "apply")
                for day, event in PATHS[state]:
                    world.happen(str(day), event)
                assert order_of(world).progress.state is state
        return root


def _case(shape: str, state: State) -> dict[str, Any]:
    case: dict[str, Any] = {
        "base": "office",
        "set": dict(SHAPES[shape]),
        "config": {},
    }
    if state is State.DRAFT and shape == "whole":
        case["set"] = {"porting.0.schedule": {"when": "asap", "time": "09:00"}}
    elif state is State.DRAFT:
        case["set"]["porting.0.schedule"] = {
            "when": "asap",
            "agreed_date": {"2": str(LATER)},
            "time": "09:00",
        }
    if state is State.AWAITING_POA:
        case["config"]["porting.require_poa"] = "true"
    return case


def orders_of(world: World) -> list[PortingOrder]:
    state = world.opened({}).desk.read([OFFICE])[OFFICE]
    return [o for o in state.objects if isinstance(o, PortingOrder)]


def order_of(world: World) -> PortingOrder:
    return next(o for o in orders_of(world) if o.key == "main/1")


def today_of(state: State) -> date:
    """The day on which an order has just come to ``state``."""
    return max([DAY, *(day for day, _ in PATHS[state])])


def plan_of(world: World, day: date) -> CustomerPlan:
    found = operations.plan(world.opened({}), today=day).plan
    assert found
    nothing = CustomerPlan(customer="office", reseller="muster")  # it is left out then
    return next((c for c in found.customers if c.customer == "office"), nothing)


def carry_out(world: World, today: date) -> None:
    """What is accepted is also done: neither the desk nor the PBX refuses it."""
    given: dict[str, Any] = {"today": today, "runner": world.runner(today)}
    given["acknowledged"] = ["deletes"]  # a split port is more than half of what the customer has
    run = operations.apply(world.opened({}), agree=lambda _plan: True, **given)
    assert run.plan is None or not run.plan.braked
    assert {str(r.outcome) for r in run.results} <= {"done"}, run.results


Remedy = Callable[[World, date], None]


def remedies(found: Diagnostic | Held) -> Iterator[Remedy]:
    """Each way that the help of a finding names: commands as they stand, and edits."""
    text = WORDS.help(found.code, found.params) or ""
    order = str(found.params.get("order", "main/1"))
    commands = re.findall(rf"provision porting ([a-z-]+) office/{order}(?: --date (\S+))?", text)
    words = [w for w, _ in commands]
    if words[:2] == ["cancel", "confirm-cancel"]:  # one after the other
        yield lambda world, today: cancel(world, today, order)
        commands = commands[2:]
    for word, day in commands:
        given = date.fromisoformat(day) if re.match(r"\d{4}-", day) else None
        yield lambda world, today, word=word, on=given: say(world, today, word, on, order=order)
    for word in ("reject", "arrive", "accept", "fail", "postpone"):
        if re.search(rf"(?<!porting )\b{word}\b(?= --date|$|;|,|\.)", text):
            yield lambda world, today, word=word: say(world, today, word, order=order)
    if entry := re.search(r"agreed_date: (\{.*?\}|[0-9-]+)", text):
        yield lambda world, today: world.happen(
            str(today),
            {"edit": {"set": {"porting.0.schedule.agreed_date": yaml.safe_load(entry[1])}}},
        )
    if re.search(r"[Uu]ndo the change|Put .* back", text):
        yield write_back
    for edit, wanted in _EDITS_IN_WORDS.items():
        if edit in text:
            yield wanted


def cancel(world: World, today: date, order: str) -> None:
    for word in ("cancel", "confirm-cancel"):
        say(world, today, word, order=order)


def say(
    world: World, today: date, word: str, on: date | None = None, *, order: str = "main/1"
) -> None:
    event = Event.SUBMIT if word == "resubmit" else Event(word.replace("-", "_"))
    about: dict[str, Any] = {"porting": f"{event} {order}"}
    if event in {Event.POSTPONE, Event.SUBMIT} or on:
        about["date"] = str(on or LATEST)
    if event is Event.REJECT:
        about["donor_code"] = "E1"
    world.happen(str(today), about)


def write_back(world: World, today: date) -> None:
    release = next(
        o
        for o in world.opened({}).desk.read([world.customer])[world.customer].objects
        if isinstance(o, Release)
    )
    world.happen(str(today), {"write": {"muster/office": release.content.decode()}})


def _own_entry(world: World, today: date) -> None:
    port = {**_PORT, "id": "more", "numbers": ["0445551201"]}
    edit = {"set": {"porting.0.numbers": ["0445551200"], "porting.+": port}}
    world.happen(str(today), {"edit": edit})


def _agreed(world: World, today: date) -> None:
    """A date for the first part alone, if each has its own: the one it was submitted for, if so."""
    release = yaml.safe_load((world.root / "customers/muster/office.yaml").read_text("utf-8"))
    agreed = release["porting"][0]["schedule"].get("agreed_date")
    wanted: Any = str(LATEST)
    if isinstance(agreed, dict):
        flying = order_of(world).progress
        first = flying.asked if flying.state in IN_FLIGHT else LATEST
        wanted = {**{str(part): str(day) for part, day in agreed.items()}, "1": str(first)}
    edit = {"set": {"porting.0.schedule.agreed_date": wanted}}
    world.happen(str(today), {"edit": edit})


_PORT = {
    "provider": "Alpentel Muster AG",
    "scope": "full",
    "schedule": {**SCHEDULE, "date": str(LATER)},
    "signature": {"authority": "single", "signatories": ["Nina Frei"]},
}
_EDITS_IN_WORDS: dict[str, Remedy] = {
    "into a porting entry of its own": _own_entry,
    "Correct the manifest": lambda world, today: world.happen(
        str(today), {"edit": {"set": {"porting.0.provider": "Corrected AG"}}}
    ),
    "change the port's entry": _agreed,
    "Remove the porting entry": lambda world, today: world.happen(
        str(today), {"edit": {"unset": ["porting", "workplaces.0.number"]}}
    ),
    "or change it": _agreed,
    "enter it as agreed_date": _agreed,
}
