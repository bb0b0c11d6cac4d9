"""Port dates as iCalendar: read back by the library, and folded as RFC 5545 has it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from syrupy.assertion import SnapshotAssertion

from provisioner.contract.resources import PortingOrder
from provisioner.report.calendar_ics import has_event, render_calendar
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.views import OrderView, order_view
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.porting import PortPolicy, Progress, State

NOW = datetime(2026, 11, 24, tzinfo=UTC)
POLICY = PortPolicy(WorkCalendar("ZH"))
EN = Catalogue("en")


def order(state: State = State.SUBMITTED, on: date | None = date(2027, 2, 26)) -> PortingOrder:
    return PortingOrder(
        customer=CustomerId("schmiedeisen"),
        porting="haupt",
        part=1,
        provider="Swisscom",
        scope="partial",
        port_date=on,
        time="09:00",
        authority="collective",
        signatories=("Petra Huber", "Hans Huber"),
        numbers=("0525551200", "0525551201"),
        blocks=("05255520",),
        company="Schmiedeisen AG",
        progress=Progress(state, on, on, 1),
    )


def view(found: PortingOrder) -> OrderView:
    return order_view(found, POLICY)


def events(*found: PortingOrder, now: datetime = NOW, words: Catalogue = EN) -> list[Any]:
    text = render_calendar([view(o) for o in found], POLICY, words, now=now)
    return list(Calendar.from_ical(text).walk("VEVENT"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_calendar(language: Language, snapshot: SnapshotAssertion) -> None:
    found = [view(order()), view(replace(order(State.ACCEPTED), part=2, blocks=()))]
    text = render_calendar(found, POLICY, Catalogue(language), now=NOW)
    assert text.decode().replace("\r\n", "\n") == snapshot


def test_a_port_is_at_its_time_in_switzerland_and_the_day_before_it_rings() -> None:
    sync, port = events(order())
    assert sync["DTSTART"].dt == date(2027, 2, 24)
    assert sync["DTEND"].dt == date(2027, 2, 25)
    assert port["DTSTART"].to_ical() == b"20270226T090000"
    assert port["DTSTART"].params["TZID"] == "Europe/Zurich"
    assert port["DTSTART"].dt.utcoffset() == timedelta(hours=1)
    (alarm,) = port.walk("VALARM")
    assert alarm["TRIGGER"].dt == datetime(2027, 2, 25, 8, tzinfo=UTC)


def test_the_reminder_skips_weekends_and_holidays() -> None:
    """Tuesday after Easter: the working day before it is Maundy Thursday; summer time by then."""
    _, port = events(order(on=date(2027, 3, 30)))
    (alarm,) = port.walk("VALARM")
    assert alarm["TRIGGER"].dt == datetime(2027, 3, 25, 8, tzinfo=UTC)
    assert port["DTSTART"].dt.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.DRAFT, "TENTATIVE"),
        (State.AWAITING_POA, "TENTATIVE"),
        (State.SUBMITTED, "TENTATIVE"),
        (State.REJECTED, "CANCELLED"),
        (State.CANCEL_PENDING, "TENTATIVE"),
        (State.ACCEPTED, "CONFIRMED"),
        (State.SYNCHRONISED, "CONFIRMED"),
        (State.ACTIVATING, "CONFIRMED"),
        (State.CANCELLED, "CANCELLED"),
        (State.FAILED, "CANCELLED"),
    ],
)
def test_r6_the_status_says_how_sure_a_date_is(state: State, status: str) -> None:
    found = events(order(state))
    assert {str(e["STATUS"]) for e in found} == {status}
    assert bool([a for e in found for a in e.walk("VALARM")]) is (status != "CANCELLED")


def test_what_has_no_date_or_is_over_is_left_out() -> None:
    day = NOW.date()
    assert not has_event(view(order(on=None)), day)
    assert not has_event(view(order(State.COMPLETED)), day)
    assert not has_event(view(order(State.CANCELLED, on=day - timedelta(days=1))), day)
    assert events(order(State.COMPLETED), order(State.DRAFT, on=None)) == []


def test_an_event_is_known_again_and_the_newer_file_wins() -> None:
    first = events(order())
    moved = events(order(State.ACCEPTED, on=date(2027, 3, 3)), now=NOW + timedelta(days=5))
    assert [e["UID"] for e in first] == [e["UID"] for e in moved]
    assert len({str(e["UID"]) for e in first}) == 2
    assert all(a["SEQUENCE"] < b["SEQUENCE"] for a, b in zip(first, moved, strict=True))
    others = events(replace(order(), part=2), replace(order(), customer=CustomerId("other")))
    assert len({str(e["UID"]) for e in [*first, *others]}) == 6


def test_the_same_orders_give_the_same_bytes() -> None:
    found = [view(order()), view(replace(order(), part=2)), view(order(State.DRAFT, on=None))]
    text = render_calendar(found, POLICY, EN, now=NOW)
    assert render_calendar(reversed(found), POLICY, EN, now=NOW) == text


def test_no_personal_data() -> None:
    text = render_calendar([view(order())], POLICY, EN, now=NOW).decode().replace("\r\n ", "")
    assert "Huber" not in text
    assert "052 555 12 00" in text


def test_long_and_hostile_values_survive_folding_and_escaping() -> None:
    evil = 'a;b,c\\n\\;"x"\u202e\r\nBEGIN:VALARM\r\nÜ' + "電話" * 60
    many = tuple(f"05255512{n:02d}" for n in range(10))
    found = replace(order(), provider=evil, numbers=many)
    text = render_calendar([view(found)], POLICY, EN, now=NOW)
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert b"\n" not in text.replace(b"\r\n", b"")
    sync, port = Calendar.from_ical(text).walk("VEVENT")
    said = str(port["DESCRIPTION"])
    assert 'a;b,c\\n\\;"x"\\u{202E}\\u{D}\\u{A}BEGIN:VALARM\\u{D}\\u{A}Ü電話' in said
    assert all(f"052 555 12 {n:02d}" in said for n in range(10))
    assert str(port["SUMMARY"]).endswith("and 8 more (haupt/1)")
    assert len(port.walk("VALARM")) == 1
    assert sync.walk("VALARM") == []


def test_a_time_that_nobody_understands_is_a_whole_day() -> None:
    _, port = events(replace(order(), time="morning"))
    assert port["DTSTART"].dt == date(2027, 2, 26)


def test_the_zone_is_described_in_the_file() -> None:
    text = render_calendar([view(order())], POLICY, EN, now=NOW)
    (zone,) = Calendar.from_ical(text).walk("VTIMEZONE")
    clock = zone.to_tz()
    for moment, hours in ((datetime(2027, 1, 5), 1), (datetime(2027, 7, 5), 2)):  # noqa: DTZ001
        assert clock.utcoffset(moment) == timedelta(hours=hours)
