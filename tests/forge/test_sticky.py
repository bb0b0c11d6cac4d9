"""One comment and one issue, whatever is already there and whatever goes wrong."""

from collections.abc import Callable

import pytest
from forge.conftest import Side
from forge.double.server import Fault, Said
from forge.double.world import Request, sha
from forge.test_forge import mark

from provisioner.codes.forge import (
    ForgeKeptAnotherText,
    ForgeTokenLacksARight,
    NoAnswerWhetherItWasPublished,
    TextTooLongForTheForge,
)
from provisioner.errors import OutcomeUnknown, Refused
from provisioner.forge import sticky
from provisioner.testing.values import raises

MARKER = "<!-- provision:plan -->"


def text(body: str) -> Callable[[int], str]:
    return lambda characters: f"{MARKER}\n{body}"[:characters]


@pytest.fixture
def request_(side: Side) -> Request:
    return side.world.open_request(side.world.person("anna"), sha("head"))


def ours(side: Side) -> list[str]:
    return [one.body for one in side.world.comments() if one.by is side.world.recorder]


def test_it_is_one_whatever_others_write(side: Side, request_: Request) -> None:
    for n in range(150):
        side.world.comment(request_, request_.author, f"{MARKER}\n{n}")
    first = sticky.keep_note(side.forge, request_.number, text("planning"))
    assert first.was is None
    again = sticky.keep_note(side.forge, request_.number, text("plan"))
    assert (again.note.id, again.was) == (first.note.id, f"{MARKER}\nplanning")
    assert ours(side) == [f"{MARKER}\nplan"]


def test_the_same_text_is_not_written_again(side: Side, request_: Request) -> None:
    first = sticky.keep_note(side.forge, request_.number, text("plan"))
    side.double.asked.clear()
    assert sticky.keep_note(side.forge, request_.number, text("plan")).note == first.note
    assert side.double.writes() == []


def test_the_oldest_of_several_stays(side: Side, request_: Request) -> None:
    bodies = [f"{MARKER}\na", f"{MARKER}\nb", "another of ours", f"{MARKER}\nc"]
    made = [side.world.comment(request_, side.world.recorder, body) for body in bodies]
    kept = sticky.keep_note(side.forge, request_.number, text("plan"))
    assert (kept.note.id, kept.removed) == (made[0].id, 3)
    assert ours(side) == [f"{MARKER}\nplan"]


def test_what_somebody_else_edited_is_written_anew(side: Side, request_: Request) -> None:
    kept = sticky.keep_note(side.forge, request_.number, text("plan"))
    side.world.edit(request_.comments[0], f"{MARKER}\nnothing to see")
    again = sticky.keep_note(side.forge, request_.number, text("plan"))
    assert (again.note.id, again.was) == (kept.note.id, f"{MARKER}\nnothing to see")
    assert ours(side) == [f"{MARKER}\nplan"]


def test_what_somebody_else_deleted_is_written_anew(side: Side, request_: Request) -> None:
    sticky.keep_note(side.forge, request_.number, text("plan"))
    side.world.delete(request_.comments[0])
    sticky.keep_note(side.forge, request_.number, text("plan"))
    assert ours(side) == [f"{MARKER}\nplan"]


@pytest.mark.parametrize("broken", [None, Said(502), Said(500)], ids=["cut", "502", "500"])
def test_a_lost_answer_makes_no_second_comment(
    side: Side, request_: Request, broken: Said | None
) -> None:
    side.double.faults.append(Fault("POST", "/(comments|notes)", broken, after=True))
    kept = sticky.keep_note(side.forge, request_.number, text("plan"))
    assert ours(side) == [f"{MARKER}\nplan"]
    assert kept.note.id == request_.comments[0].id


@pytest.mark.parametrize("broken", [None, Said(502)], ids=["cut", "502"])
def test_a_lost_call_is_sent_again(side: Side, request_: Request, broken: Said | None) -> None:
    side.double.faults.append(Fault("POST", "/(comments|notes)", broken))
    sticky.keep_note(side.forge, request_.number, text("plan"))
    assert ours(side) == [f"{MARKER}\nplan"]


def test_it_is_unknown_if_nobody_can_tell(side: Side, request_: Request) -> None:
    side.double.faults += [
        Fault("POST", "/(comments|notes)", None, after=True),
        Fault("GET", "/(comments|notes)", Said(502), times=99),
    ]
    with raises(OutcomeUnknown, NoAnswerWhetherItWasPublished.code):
        side.forge.add_note(request_.number, text("plan")(100))
    assert ours(side) == [f"{MARKER}\nplan"]
    side.double.faults.clear()
    sticky.keep_note(side.forge, request_.number, text("plan"))
    assert ours(side) == [f"{MARKER}\nplan"]


def test_too_long_is_shortened_once(hub: Side) -> None:
    """60,000 characters may be more bytes than GitHub takes."""
    request = hub.world.open_request(hub.world.person("anna"), sha("head"))
    asked = []

    def render(characters: int) -> str:
        asked.append(characters)
        return f"{MARKER}\n" + "👩‍👩‍👧‍👦" * (characters // 7 * 2)

    sticky.keep_note(hub.forge, request.number, render)
    assert asked[-2:] == [sticky.CHARACTERS, sticky.SHORT_CHARACTERS]
    assert ours(hub) == [render(sticky.SHORT_CHARACTERS)]
    sticky.keep_note(hub.forge, request.number, render)
    assert len(request.comments) == 1


def test_too_long_even_when_it_is_short(side: Side, request_: Request) -> None:
    long = f"{MARKER}\n" + "x" * 1_100_000
    with raises(Refused, TextTooLongForTheForge.code) as caught:
        sticky.keep_note(side.forge, request_.number, lambda _: long)
    assert caught.error
    assert caught.error.params["characters"] == len(long)
    assert ours(side) == []


def test_another_no_is_not_answered_with_a_shorter_text(side: Side, request_: Request) -> None:
    side.api.read_only = True
    asked = []

    def render(characters: int) -> str:
        asked.append(characters)
        return MARKER

    with raises(Refused, ForgeTokenLacksARight.code):
        sticky.keep_note(side.forge, request_.number, render)
    assert set(asked) == {sticky.CHARACTERS}


def test_an_issue_is_one(side: Side) -> None:
    side.world.issue(side.world.person("anna"), "Not applied", f"{MARKER}\nfaked")
    first = sticky.keep_issue(side.forge, "Not applied", text("office"))
    double = side.world.issue(side.world.recorder, "Not applied", f"{MARKER}\noffice")
    again = sticky.keep_issue(side.forge, "2 not applied", text("office, cafe"))
    assert (again.number, again.title) == (first.number, "2 not applied")
    assert again.body == f"{MARKER}\noffice, cafe"
    assert not double.open
    side.double.asked.clear()
    sticky.keep_issue(side.forge, "2 not applied", text("office, cafe"))
    assert side.double.writes() == []
    assert sticky.end_issue(side.forge, MARKER) == 1
    assert sticky.end_issue(side.forge, MARKER) == 0
    assert [one.open for one in side.world.issues.values()] == [True, False, False]


def test_a_lost_answer_makes_no_second_issue(side: Side) -> None:
    side.double.faults.append(Fault("POST", "/issues", None, after=True))
    sticky.keep_issue(side.forge, "Not applied", text("office"))
    assert len(side.world.issues) == 1


def test_an_edit_that_the_forge_ignores_is_seen(hub: Side) -> None:
    """GitHub answers an issue that is too long with 200, and keeps the old text."""
    issue = hub.forge.open_issue("Not applied", "office")
    with raises(Refused, ForgeKeptAnotherText.code):
        hub.forge.edit_issue(issue.number, title="Not applied", body="x" * 65_537)


def test_a_lost_answer_makes_no_second_mark(side: Side) -> None:
    side.double.faults.append(Fault("POST", "/(check-runs|statuses)", None, after=True))
    side.forge.place(sha("head"), mark("one"))
    assert len(side.world.marks) == 1
