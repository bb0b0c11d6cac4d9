"""Ports have a way out of every state.

Each state of an order is tried with every word of the desk and with every edit of its manifest.
Whatever is refused says what to do instead; that is done, to the letter, and must be accepted.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import World

from provisioner import operations
from provisioner.codes import Severity
from provisioner.contract.resources import PortingOrder, Release
from provisioner.drivers.local import LocalPbx
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.plan.model import CustomerPlan, Status
from provisioner.report.messages import Catalogue
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.porting import (
    Event,
    PortingError,
    PortPolicy,
    Progress,
    State,
    move,
    words_in,
)

WORDS = Catalogue("en")
POLICY = PortPolicy(WorkCalendar("ZH"), lead=10, sync=2)
DAY = date(2026, 11, 24)
PORT, LATER, LATEST = date(2027, 2, 15), date(2027, 3, 1), date(2027, 3, 15)

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
EDITS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "date": {"set": {"porting.0.schedule": {**SCHEDULE, "date": str(LATER)}}},
    "agreed": {"set": {"porting.0.schedule": {**SCHEDULE, "agreed_date": str(LATER)}}},
    "provider": {"set": {"porting.0.provider": "Bergnetz AG"}},
    "signature": {"set": {"porting.0.signature.signatories": ["Urs Frei"]}},
    "one number more": {"set": {"porting.0.numbers.+": "0445551201"}},
    "another number": {
        "set": {"porting.0.numbers.0": "0445551201", "workplaces.0.number": "0445551201"}
    },
    "no port": {"unset": ["porting", "workplaces.0.number"]},
    "renamed": {"set": {"porting.0.id": "other"}},
}


@pytest.fixture(scope="module")
def states() -> Iterator[Callable[[State], Path]]:
    """A world in which the order is in a state: set up once, and copied for every try."""
    with tempfile.TemporaryDirectory() as folder:

        def made(state: State) -> Path:
            root = Path(folder) / state
            if not root.exists():
                root.mkdir()
                with closing(_begun(root, state)) as world:
                    for day, event in PATHS[state]:
                        world.happen(str(day), event)
                    assert _order(world).progress.state is state
            return root

        yield made


def _begun(root: Path, state: State) -> World:
    case: dict[str, Any] = {"base": "office"}
    if state is State.DRAFT:
        case["set"] = {"porting.0.schedule": {"when": "asap", "time": "09:00"}}
    if state is State.AWAITING_POA:
        case["config"] = {"porting.require_poa": "true"}
    world = World(root, case)
    world.happen(str(DAY), "apply")
    return world


@contextmanager
def _world(states: Callable[[State], Path], state: State, root: Path) -> Iterator[World]:
    """Another world in ``state``, to be spoiled."""
    copy = Path(tempfile.mkdtemp(dir=root)) / "w"
    shutil.copytree(states(state), copy)
    case: dict[str, Any] = {"base": "office"}
    if state is State.DRAFT:
        case["set"] = {"porting.0.schedule": {"when": "asap", "time": "09:00"}}
    if state is State.AWAITING_POA:
        case["config"] = {"porting.require_poa": "true"}
    with closing(World(copy, case)) as world:
        yield world


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalPbx, "WORK", 2)  # hashing passwords slowly proves nothing here


def _orders(world: World) -> list[PortingOrder]:
    state = world.opened({}).desk.read([world.customer])[world.customer]
    return [o for o in state.objects if isinstance(o, PortingOrder)]


def _order(world: World) -> PortingOrder:
    return next(o for o in _orders(world) if o.key == "main/1")


def _today(state: State) -> date:
    """The day on which an order has just come to ``state``."""
    return max([DAY, *(day for day, _ in PATHS[state])])


def _plan(world: World, day: date) -> CustomerPlan:
    found = operations.plan(world.opened({}), today=day).plan
    assert found
    nothing = CustomerPlan(customer="office", reseller="muster")  # it is left out then
    return next((c for c in found.customers if c.customer == "office"), nothing)


@pytest.mark.parametrize("state", [s for s in State if s is not State.COMPLETED])
def test_every_state_can_be_left(state: State) -> None:
    assert words_in(state)


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", State)
def test_every_word_in_every_state(state: State, event: Event) -> None:
    """It is carried out, or the refusal names what can be said, and each of that is accepted."""
    progress = Progress(state, port_date=PORT, asked=PORT, attempt=1, remote_id="M-1")
    word = {Event.SUBMIT: "resubmit"}.get(event, event.replace("_", "-"))
    try:
        after = _moved(progress, event)
    except PortingError as error:
        assert word not in words_in(state), error.about
        possible = str(error.about.params.get("possible", ""))
        assert set(filter(None, possible.split(", "))) in (set(), set(words_in(state)))
        for each in filter(None, possible.split(", ")):
            taken = Event.SUBMIT if each == "resubmit" else Event(each.replace("-", "_"))
            assert _moved(progress, taken) != progress
    else:
        assert after.state is not state or event is Event.POSTPONE
        known = {Event.SUBMIT, Event.ACTIVATE}  # also by a plan and by the calendar
        assert word in words_in(state) or event in known


def _moved(progress: Progress, event: Event) -> Progress:
    on = LATER if event in {Event.SUBMIT, Event.POSTPONE} else None
    today = PORT if event in {Event.ACTIVATE, Event.COMPLETE} else DAY
    return move(progress, event, today=today, policy=POLICY, on=on)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("state", PATHS)
def test_every_remedy_is_accepted(
    state: State, edit: str, states: Callable[[State], Path], tmp_path: Path
) -> None:
    """What an edit is refused for, and what a plan asks, can be settled as its text says."""
    today = _today(state)
    with _world(states, state, tmp_path) as world:
        world.happen(str(today), {"edit": EDITS[edit]})
        before = _plan(world, today)
        told = [d for d in before.diagnostics if d.path[:1] == ("porting",) and _is_for_people(d)]
        assert (before.status is Status.BLOCKED) is any(d.severity is Severity.ERROR for d in told)
    for found in told:
        remedies = list(_remedies(found))
        assert remedies, (found.code, WORDS.help(found.code, found.params))
        for remedy in remedies:
            with _world(states, state, tmp_path) as world:
                world.happen(str(today), {"edit": EDITS[edit]})
                remedy(world, today)
                after = _plan(world, today)
                left = {d.code for d in after.diagnostics if d.severity is Severity.ERROR}
                others = {d.code for d in told if d.severity is Severity.ERROR} - {found.code}
                assert left <= (others | _LOCKED if others & _LOCKED else others), found.code
                assert found.code not in {d.code for d in after.diagnostics}
                _carry_out(world, today)


def _is_for_people(found: Diagnostic) -> bool:
    return found.severity in {Severity.ERROR, Severity.QUESTION}


_LOCKED = frozenset({"PV243", "PV244", "PV286", "PV287", "PV288", "PV292"})
"""An edit of what is with the donor: which of them depends on the state, that an answer moves."""


def _carry_out(world: World, today: date) -> None:
    """What is accepted is also done: neither the desk nor the PBX refuses it."""
    given: dict[str, Any] = {"today": today, "runner": world.runner(today)}
    run = operations.apply(world.opened({}), agree=lambda _plan: True, **given)
    assert {str(r.outcome) for r in run.results} <= {"done"}, run.results


Remedy = Callable[[World, date], None]


def _remedies(found: Diagnostic) -> Iterator[Remedy]:
    """Each way that the help of a finding names: commands as they stand, and edits."""
    text = WORDS.help(found.code, found.params) or ""
    commands = re.findall(r"provision porting ([a-z-]+) office/main/1(?: --date (\S+))?", text)
    words = [w for w, _ in commands]
    if words[:2] == ["cancel", "confirm-cancel"]:  # one after the other
        yield _cancel
        commands = commands[2:]
    for word, day in commands:
        given = date.fromisoformat(day) if re.match(r"\d{4}-", day) else None
        yield lambda world, today, word=word, on=given: _say(world, today, word, on)
    for word in ("reject", "arrive", "accept", "fail", "postpone"):
        if re.search(rf"(?<!porting )\b{word}\b(?= --date|$|;|,|\.)", text):
            yield lambda world, today, word=word: _say(world, today, word)
    if entry := re.search(r"agreed_date: (.*?)(?= into|;|$)", text):
        yield lambda world, today: world.happen(
            str(today),
            {"edit": {"set": {"porting.0.schedule.agreed_date": yaml.safe_load(entry[1])}}},
        )
    if re.search(r"[Uu]ndo the change|Put .* back", text):
        yield _write_back
    for edit, wanted in _EDITS_IN_WORDS.items():
        if edit in text:
            yield wanted


def _cancel(world: World, today: date) -> None:
    for word in ("cancel", "confirm-cancel"):
        _say(world, today, word)


def _say(world: World, today: date, word: str, on: date | None = None) -> None:
    event = Event.SUBMIT if word == "resubmit" else Event(word.replace("-", "_"))
    about: dict[str, Any] = {"porting": f"{event} main/1"}
    if event in {Event.POSTPONE, Event.SUBMIT} or on:
        about["date"] = str(on or LATEST)
    if event is Event.REJECT:
        about["donor_code"] = "E1"
    world.happen(str(today), about)


def _write_back(world: World, today: date) -> None:
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
    "change the port's entry": lambda world, today: world.happen(
        str(today), {"edit": {"set": {"porting.0.schedule.agreed_date": str(LATEST)}}}
    ),
    "Remove the porting entry": lambda world, today: world.happen(
        str(today), {"edit": {"unset": ["porting", "workplaces.0.number"]}}
    ),
    "or change it": lambda world, today: world.happen(
        str(today), {"edit": {"set": {"porting.0.schedule.agreed_date": str(LATEST)}}}
    ),
    "enter it as agreed_date": lambda world, today: world.happen(
        str(today), {"edit": {"set": {"porting.0.schedule.agreed_date": str(LATEST)}}}
    ),
}
