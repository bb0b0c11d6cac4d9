"""What happens when: the events, the terminal's drawing, the geometry of the other one."""

import itertools
import re
from datetime import date, timedelta
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from provisioner.contract.resources import Kind
from provisioner.plan.digest import plan_digest
from provisioner.plan.model import (
    Action,
    CustomerPlan,
    Effect,
    Held,
    Plan,
    Status,
    Upcoming,
)
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.timeline.events import Event, Mark, Scale, Timeline, scale_of, timeline
from provisioner.report.timeline.svg import CHAR, ROWS, SMALL, TURN, Drawing, draw
from provisioner.report.timeline.text import render_timeline

TODAY = date(2026, 12, 1)
EN = Catalogue("en")
ESCAPE = re.compile(r"\033\[[0-9;]*m")


def coming(code: str, on: str, **params: str) -> Upcoming:
    return Upcoming(on=date.fromisoformat(on), code=code, params=params)


def ported(order: str, sync: str, port: str, until: str) -> tuple[Upcoming, ...]:
    return (
        coming("PV263", sync, order=order, time="09:00"),
        coming("PV264", port, order=order, time="09:00"),
        coming("PV280", port, order=order, until=until),
    )


@pytest.fixture
def ahead(plans: ModuleType) -> Plan:
    """Every kind of event; one customer that cannot be read, one order without a date."""
    submit = plans.step(Action.SUBMIT, Kind.ORDER, "rest/1", after={**plans.ORDER})
    undated = plans.step(
        Action.SUBMIT, Kind.ORDER, "wish/1", after={**plans.ORDER, "port_date": None}
    )
    sync = plans.step(
        Action.SYNCHRONISE,
        Kind.ORDER,
        "main/1",
        {"state": "accepted", "port_date": "2026-12-03"},
        {"state": "synchronised", "port_date": "2026-12-03"},
        effect=Effect.IRREVERSIBLE,
    )
    return plans.plan(
        CustomerPlan(
            customer="cafe-sonne",
            steps=(sync,),
            digest="x",
            days=plans.days(
                coming("PV262", "2027-03-16"),
                coming("PV281", "2027-04-30", what="cafe-sonne/customer"),
                coming("PV264", "2026-12-03", order="main/1", time="09:00"),
            ),
        ),
        CustomerPlan(
            customer="garage",
            held=(
                Held(step=submit, code="PV242", params={"order": "rest/1"}),
                Held(step=undated, code="PV240", params={"order": "wish/1"}),
            ),
        ),
        CustomerPlan(
            customer="schmiedeisen",
            steps=(
                plans.create(Kind.TENANT, "tenant", name="Schmiedeisen AG"),
                plans.billed("subscription", "subscription", None),
            ),
            digest="y",
            days=plans.days(*ported("haupt/1", "2027-02-24", "2027-02-26", "2027-05-27")),
        ),
        CustomerPlan(
            customer="velo-werk",
            days=plans.days(coming("PV260", "2026-12-10"), coming("PV261", "2027-01-01")),
        ),
        CustomerPlan(customer="nebel", status=Status.UNKNOWN),
    )


def marks_of(found: Timeline, customer: str) -> list[tuple[str, str]]:
    return [(str(e.on), str(e.mark)) for e in found.of(customer)]


def test_each_event_has_its_day_and_kind(ahead: Plan) -> None:
    found = timeline(ahead, EN)
    assert marks_of(found, "velo-werk") == [
        ("2026-12-10", "activation"),
        ("2027-01-01", "billing"),
    ]
    assert marks_of(found, "schmiedeisen") == [
        ("2026-12-01", "activation"),
        ("2026-12-01", "billing"),
        ("2027-02-24", "synchronisation"),
        ("2027-02-26", "port"),
        ("2027-02-26", "provisional"),
        ("2027-05-27", "quarantine"),
    ]
    assert marks_of(found, "cafe-sonne") == [
        ("2026-12-01", "synchronisation"),
        ("2026-12-03", "port"),
        ("2027-03-16", "end"),
        ("2027-04-30", "deadline"),
    ]
    assert found.unknown == ("nebel",)


def test_r6_a_held_order_announces_nothing_and_is_told(ahead: Plan) -> None:
    found = timeline(ahead, EN)
    assert found.of("garage") == ()
    assert [w.customer for w in found.waiting] == ["garage", "garage"]
    assert "agreed" in found.waiting[1].text


def test_coming_events_are_not_part_of_a_digest(ahead: Plan) -> None:
    silent = [c.model_copy(update={"days": ()}) for c in ahead.customers]
    assert plan_digest(silent) == plan_digest(ahead.customers)


@pytest.mark.parametrize(
    ("language", "width"), [("en", 120), *((language, 80) for language in LANGUAGES)]
)
def test_timeline_as_text(
    language: Language, width: int, ahead: Plan, snapshot: SnapshotAssertion
) -> None:
    words = Catalogue(language)
    text = render_timeline(timeline(ahead, words), words, width=width, color=False)
    assert text == snapshot
    assert all(len(line) <= width for line in text.splitlines())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_colour_only_repeats(width: int, ahead: Plan) -> None:
    found = timeline(ahead, EN)
    plain = render_timeline(found, EN, width=width, color=False)
    coloured = render_timeline(found, EN, width=width, color=True)
    assert coloured != plain
    assert ESCAPE.sub("", coloured) == plain


def test_nothing_ahead_is_one_line(plans: ModuleType) -> None:
    found = timeline(plans.plan(), EN)
    assert render_timeline(found, EN, width=80, color=False) == ("Nothing is due on a later day.\n")


def many(count: int, start: date = TODAY, apart: int = 3) -> Timeline:
    events = tuple(
        Event(start + timedelta(days=apart * n), f"customer-{n:03d}", Mark.PORT, "x")
        for n in range(count)
    )
    return Timeline(start, events)


@pytest.mark.parametrize("count", [1, 2, 31, 32, 200])
def test_rows_are_folded_with_a_count(count: int) -> None:
    text = render_timeline(many(count), EN, width=80, color=False)
    rows = [line for line in text.splitlines() if line.startswith("customer-")]
    if count <= 31:
        assert len(rows) == count
        assert "more customer" not in text
    else:
        assert len(rows) == 30
        assert f"{count - 30} more customers" in text
    assert text.count(": x") == count
    everything = render_timeline(many(count), EN, width=80, color=False, show_all=True)
    assert sum(line.startswith("customer-") for line in everything.splitlines()) == count


def test_what_happens_to_many_on_a_day_is_said_once() -> None:
    events = tuple(Event(TODAY, f"c{n}", Mark.BILLING, "Billing starts.") for n in range(9))
    text = render_timeline(Timeline(TODAY, events), EN, width=120, color=False)
    assert "$ c0, c1, c2, c3, c4 and 4 more: Billing starts." in text


def test_a_far_end_does_not_squeeze_the_rest() -> None:
    near = [Event(date(2026, 12, n), "a", Mark.PORT, "x") for n in (2, 20)]
    far = Event(date(2034, 1, 1), "a", Mark.END, "y")
    found = Timeline(TODAY, (*near, far))
    assert scale_of(found).last == date(2026, 12, 20)
    assert "//" in render_timeline(found, EN, width=80, color=False)
    drawing = draw(found, EN, width=1100, stacked=False, id_="wide")
    assert drawing.beyond is not None
    assert drawing.lanes[0].signs[-1].x > drawing.scale_end
    assert drawing.lanes[0].labels[-1].text == "01.01.2034"


@pytest.mark.parametrize(
    ("days", "room", "labels"),
    [
        (20, 8, ["07.12.", "14.12.", "21.12."]),
        (120, 8, ["Dec 2026", "Jan 2027", "Feb", "Mar"]),
        (400, 6, ["Jan 2027", "Apr", "Jul", "Oct", "Jan 2028"]),
        (4000, 8, ["2028", "2030", "2032", "2034", "2036"]),
    ],
)
def test_the_scale_fits_its_span(days: int, room: int, labels: list[str]) -> None:
    scale = Scale(TODAY, TODAY + timedelta(days=days))
    found = scale.ticks(EN, room)
    assert [tick.label for tick in found] == labels
    assert all(0 <= tick.at <= 1 for tick in found)


@st.composite
def timelines(draw_one: st.DrawFn) -> Timeline:
    customers = draw_one(st.integers(1, 60))
    events = draw_one(
        st.lists(
            st.builds(
                Event,
                on=st.integers(0, 900).map(lambda n: TODAY + timedelta(days=n)),
                customer=st.integers(0, customers).map(lambda n: f"customer-number-{n:02d}"),
                mark=st.sampled_from(Mark),
                text=st.just("x"),
            ),
            min_size=1,
            max_size=200,
        )
    )
    return Timeline(TODAY, tuple(sorted(events, key=lambda e: (e.on, e.customer, e.mark))))


def overlaps(spans: list[tuple[float, float]]) -> bool:
    ordered = sorted(spans)
    return any(a[1] > b[0] + 0.2 for a, b in itertools.pairwise(ordered))  # rounded to 0.1


@settings(max_examples=80, deadline=None)
@given(timelines(), st.sampled_from([(1100, False), (336, True)]))
def test_nothing_in_the_drawing_lies_on_anything_else(
    found: Timeline, size: tuple[int, bool]
) -> None:
    width, stacked = size
    drawing = draw(found, EN, width=width, stacked=stacked, id_="x")
    assert len(drawing.lanes) <= ROWS + 1
    told = sum(sign.count for lane in drawing.lanes for sign in lane.signs)
    assert told == len(found.events)  # none is lost, whatever is folded
    ticks = [(line.x, line.label) for line in drawing.lines if line.label]
    assert not overlaps([_span(x, text) for x, text in ticks])
    for lane in drawing.lanes:
        signs = [sign.x for sign in lane.signs]
        assert all(b - a >= TURN - 0.2 for a, b in itertools.pairwise(signs)), signs
        for above in (True, False):
            assert not overlaps([_span(n.x, n.text) for n in lane.labels if n.above is above])
        assert all(0 <= x <= drawing.width for x in signs)
        assert all(_inside(_span(n.x, n.text), drawing) for n in lane.labels)
        assert len(lane.name) * CHAR <= (width if stacked else drawing.left)


def _span(x: float, text: str) -> tuple[float, float]:
    half = len(text) * SMALL / 2
    return x - half, x + half


def _inside(span: tuple[float, float], drawing: Drawing) -> bool:
    return span[0] >= -0.1 and span[1] <= drawing.width + 0.1


@settings(max_examples=60, deadline=None)
@given(timelines(), st.integers(60, 120), st.sampled_from(LANGUAGES))
def test_the_text_fits_and_tells_each_event(found: Timeline, width: int, language: str) -> None:
    words = Catalogue(language)  # type: ignore[arg-type]
    text = render_timeline(found, words, width=width, color=False, show_all=True)
    assert all(len(line) <= width for line in text.splitlines())
    for event in found.events:
        assert words.day(event.on) in text


@pytest.mark.parametrize("today", [date.max, date.max - timedelta(days=3), date.min])
def test_the_scale_at_the_ends_of_the_calendar(today: date) -> None:
    """The day of a plan file is whatever somebody wrote into it."""
    event = Event(date.max, "a", Mark.PORT, "port")
    for found in (Timeline(today, (event,)), Timeline(today, ())):
        words = Catalogue("en")
        assert scale_of(found).ticks(words, 10) is not None
        assert render_timeline(found, words, width=80, color=False)
        draw(found, words, width=700, stacked=False, id_="t")
