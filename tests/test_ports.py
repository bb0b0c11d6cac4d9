"""Ports have a way out of every state.

Each state of an order is tried with every word of the desk and with every edit of its manifest.
Whatever is refused says what to do instead; that is done, to the letter, and must be accepted.
"""

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import in_memory
import pytest
from harness import World
from port_walk import (
    DAY,
    LATER,
    LATEST,
    PATHS,
    PORT,
    SCHEDULE,
    SHAPES,
    WORDS,
    Walk,
    carry_out,
    orders_of,
    plan_of,
    remedies,
    today_of,
    write_back,
)

from provisioner.codes import Severity
from provisioner.drivers.local import LocalPbx
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations.work import work
from provisioner.plan.model import Status
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.porting import (
    ENDED,
    Event,
    PortingError,
    PortPolicy,
    Progress,
    State,
    move,
    words_in,
)

BILLED = date(2027, 1, 1)
POLICY = PortPolicy(WorkCalendar("ZH"), lead=10, sync=2)
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
BY_PART = {"when": "asap", "time": "09:00"}
SPLIT_EDITS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "date of its part": {
        "set": {
            "porting.0.schedule": {**BY_PART, "agreed_date": {"1": str(LATER), "2": str(LATER)}}
        }
    },
    "date of the other part": {
        "set": {
            "porting.0.schedule": {**BY_PART, "agreed_date": {"1": str(PORT), "2": str(LATEST)}}
        }
    },
    "one date for both": {"set": {"porting.0.schedule": {**BY_PART, "agreed_date": str(LATEST)}}},
    "a part without a date": {
        "set": {"porting.0.schedule": {**BY_PART, "agreed_date": {"2": str(LATER)}}}
    },
    "provider": EDITS["provider"],
    "no port": EDITS["no port"],
}
WALKED = [
    *(("whole", edit, how) for edit, how in EDITS.items()),
    *(("split", edit, how) for edit, how in SPLIT_EDITS.items()),
]


STATES = [pytest.param(s, marks=pytest.mark.xdist_group(f"port {s}"), id=str(s)) for s in PATHS]
"""What begins in the same state stays with one worker, which sets that world up once."""


@pytest.fixture(scope="module")
def walk() -> Iterator[Walk]:
    with tempfile.TemporaryDirectory(dir=in_memory.PLACE) as folder:
        yield Walk(Path(folder))


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalPbx, "WORK", 2)  # hashing passwords slowly proves nothing here


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


@pytest.mark.parametrize(("shape", "edit", "how"), WALKED, ids=[f"{s} {e}" for s, e, _ in WALKED])
@pytest.mark.parametrize("state", STATES)
def test_every_remedy_is_accepted(
    state: State, shape: str, edit: str, how: dict[str, Any], walk: Walk
) -> None:
    """What an edit is refused for, and what a plan asks, can be settled as its text says."""
    today = today_of(state)
    with walk.world(shape, state) as world:
        world.happen(str(today), {"edit": how})
        before = plan_of(world, today)
        told = [d for d in before.diagnostics if d.path[:1] == ("porting",) and _is_for_people(d)]
        assert (before.status is Status.BLOCKED) is any(d.severity is Severity.ERROR for d in told)
    for found in told:
        ways = list(remedies(found))
        assert ways, (edit, found.code, WORDS.help(found.code, found.params))
        for remedy in ways:
            with walk.world(shape, state) as world:
                world.happen(str(today), {"edit": how})
                remedy(world, today)
                after = plan_of(world, today)
                left = {_id(d) for d in after.diagnostics if d.severity is Severity.ERROR}
                others = {_id(d) for d in told if d.severity is Severity.ERROR} - {_id(found)}
                if any(code in _LOCKED for code, _ in others):
                    others |= {_id(d) for d in after.diagnostics if d.code in _LOCKED}
                assert left <= others, found.code
                assert _id(found) not in {_id(d) for d in after.diagnostics}
                carry_out(world, today)


def test_what_an_open_run_has_promised_is_no_question_of_the_work_list(walk: Walk) -> None:
    """Staff were asked about a cancellation that an approved edit had answered."""
    phone = {"login": "urs.frei", "license": "phones+apps"}
    how = {"set": {"porting.0.schedule.date": str(LATER), "workplaces.+": phone}}
    with walk.world("whole", State.CANCELLED) as world:
        world.happen(str(DAY), {"edit": how})
        fails = {"faults": ["pbx put PV507 call 1"], "gives": "failed PV507"}
        world.happen(str(DAY), {"apply": "", **fails})
        config = world.opened({}).workspace.config
        found = work(world.root, config, today=DAY, days=400)
    texts = {matter.text for matter in found.matters}
    assert "submit" in texts
    assert "PV253" not in texts


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("state", STATES)
def test_a_deleted_manifest_can_be_put_back(state: State, shape: str, walk: Walk) -> None:
    """Without an entry in removals.yaml nothing is taken away, and no order is cancelled."""
    today = today_of(state)
    with walk.world(shape, state) as world:
        before = plan_of(world, today)
        was = [o.progress for o in orders_of(world)]
        (world.root / "customers/muster/office.yaml").unlink()
        plan = plan_of(world, today)
        assert not plan.steps
        assert {h.code for h in plan.held} <= {"PV420", "PV421", "PV466"}
        carry_out(world, today)
        assert [o.progress for o in orders_of(world)] == was
        write_back(world, today)
        after = plan_of(world, today)
        assert (after.steps, after.held) == (before.steps, before.held)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("state", STATES)
def test_a_customer_can_go_from_every_state(state: State, shape: str, walk: Walk) -> None:
    """The manifest is deleted with its entry; what still holds it is settled as the texts say."""
    today = today_of(state)
    with walk.world(shape, state) as world:
        (world.root / "customers/muster/office.yaml").unlink()
        told = {d.code: d for d in plan_of(world, today).diagnostics}
        assert {"PV244", "PV443"} & {*told}
        what = told["PV443"].params["what"] if "PV443" in told else "office/customer"
        world.happen(str(today), {"removals": [f"{what} until 2027-12-31"]})
        _goes(world, today)


@pytest.mark.parametrize("way", ["Take the port out", "move ends_on"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("state", STATES)
def test_a_subscription_can_end_in_every_state(
    state: State, shape: str, way: str, walk: Walk
) -> None:
    """``ends_on`` is a few days ahead, or after the port as the text says; no order stays open."""
    today = today_of(state)
    end = max(today + timedelta(days=3), BILLED + timedelta(days=7))
    with walk.world(shape, state) as world:
        world.happen(str(today), {"edit": {"set": {"subscription.ends_on": str(end)}}})
        told = {d.code: d for d in plan_of(world, today).diagnostics}
        if "PV266" in told:
            assert way in WORDS.help("PV266", told["PV266"].params)
            if way == "move ends_on":
                end = LATEST
                world.happen(str(today), {"edit": {"set": {"subscription.ends_on": str(end)}}})
            else:
                world.happen(str(today), {"edit": EDITS["no port"]})
            for found in plan_of(world, today).diagnostics:
                if found.severity is Severity.ERROR:
                    next(remedies(found))(world, today)
            assert "PV266" not in {d.code for d in plan_of(world, today).diagnostics}
        carry_out(world, today)
        world.happen(str(today), {"removals": ["office/customer until 2027-12-31"]})
        _goes(world, end + timedelta(days=1))


def _goes(world: World, today: date) -> None:
    """Until nothing waits any more, by the first way that each text names."""
    for _ in range(8):
        carry_out(world, today)
        plan = plan_of(world, today)
        waits = [h for h in plan.held if h.code != "PV421"]
        asks = [d for d in plan.diagnostics if d.path[:1] == ("porting",) and _is_for_people(d)]
        if not waits and not asks:
            break
        ways = list(remedies((asks or waits)[0]))
        assert ways, (asks or waits)[0]
        ways[0](world, today)
    assert not plan_of(world, today).steps
    left = [o.progress.state for o in orders_of(world)]
    assert set(left) <= ENDED, left


def _id(found: Diagnostic) -> tuple[str, str]:
    """Of two parts of a port each may be refused for the same."""
    return found.code, str(found.params.get("order", ""))


def _is_for_people(found: Diagnostic) -> bool:
    return found.severity in {Severity.ERROR, Severity.QUESTION}


_LOCKED = frozenset({"PV243", "PV244", "PV286", "PV287", "PV288", "PV292"})
"""An edit of what is with the donor: which of them depends on the state, that an answer moves."""
