"""What goes wrong on the way to a forge and back."""

import gzip
import logging
import pickle
import traceback

import pytest
from forge.conftest import Side
from forge.double.server import JOB_TOKEN, TOKEN, Fault, Said
from forge.double.world import Request, sha
from forge.test_forge import mark

from provisioner.codes.forge import (
    AddressOfAForgeThatCannotBeUsed,
    DiscussionIsLocked,
    ForgeAnswerNotUnderstood,
    ForgeAnswerTooLargeOrSlow,
    ForgeAsksToWait,
    ForgeCannotBeReached,
    ForgeFails,
    ForgeLeadsElsewhere,
    ForgeListWithoutEnd,
    ForgeProjectIsAnother,
    ForgeRefusesTheRequest,
    ForgeRefusesTheToken,
    ForgeTokenLacksARight,
    IssuesAreSwitchedOff,
    NoAnswerWhetherItWasPublished,
    NotThereOnTheForge,
    TokenThatCannotBeSent,
)
from provisioner.errors import OutcomeUnknown, ProvisionError, Refused, Unavailable
from provisioner.forge.github import GitHub
from provisioner.forge.gitlab import GitLab
from provisioner.forge.transport import Token
from provisioner.testing.values import raises

LOCKED = "Unable to create comment because issue is locked."

NOTES = "/(comments|notes)"
ONE = "/(pulls|merge_requests)/1$"


@pytest.fixture
def made(side: Side) -> Request:
    return side.world.open_request(side.world.person("anna"), sha("head"))


def slow_down(**headers: str) -> Said:
    return Said(429, {"message": "slow down"}, {k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize("broken", [None, Said(500), Said(502), Said(503)])
def test_a_read_is_tried_again(side: Side, made: Request, broken: Said | None) -> None:
    side.double.faults.append(Fault("GET", ONE, broken, times=3))
    assert side.forge.merge_request(made.number).number == made.number
    assert len(side.double.slept) == 3
    assert side.double.slept == sorted(side.double.slept), "longer each time"
    assert sum(side.double.slept) < 20


@pytest.mark.parametrize(
    ("broken", "code"), [(None, ForgeCannotBeReached.code), (Said(502), ForgeFails.code)]
)
def test_and_then_given_up(side: Side, made: Request, broken: Said | None, code: str) -> None:
    side.double.faults.append(Fault("GET", ONE, broken, times=4))
    with raises(Unavailable, code):
        side.forge.merge_request(made.number)
    assert sum(1 for _, path, _ in side.double.asked if path.endswith("/1")) == 4


def test_nobody_is_there(side: Side, made: Request) -> None:
    side.double.close()
    with raises(Unavailable, ForgeCannotBeReached.code):
        side.forge.merge_request(made.number)
    with raises(Unavailable, ForgeCannotBeReached.code):
        side.forge.remove_note(made.number, 1)
    assert len(side.double.slept) == 6


def test_a_wish_to_wait_is_honoured(side: Side, made: Request) -> None:
    side.double.faults.append(Fault("GET", ONE, slow_down(Retry_After="90")))
    side.forge.merge_request(made.number)
    assert len(side.double.slept) == 1
    assert 90 <= side.double.slept[0] <= 91


def test_also_for_a_write_which_is_sent_once(side: Side, made: Request) -> None:
    side.double.faults.append(Fault("POST", NOTES, slow_down(Retry_After="5")))
    side.forge.add_note(made.number, "x")
    assert len(made.comments) == 1


@pytest.mark.parametrize("seconds", ["121", "86400", "99999999999"])
def test_but_not_longer_than_a_job_can(side: Side, made: Request, seconds: str) -> None:
    side.double.faults.append(Fault("GET", ONE, slow_down(Retry_After=seconds)))
    with raises(Unavailable, ForgeAsksToWait.code) as caught:
        side.forge.merge_request(made.number)
    assert side.double.slept == []
    assert caught.error
    assert str(caught.error.params["until"]) > side.world.now.isoformat()


@pytest.mark.parametrize("date", ["", "soon", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_clock_that_is_none(side: Side, made: Request, date: str) -> None:
    side.double.faults.append(Fault("GET", ONE, slow_down(Retry_After="500", Date=date)))
    with raises(Unavailable, ForgeAsksToWait.code) as caught:
        side.forge.merge_request(made.number)
    assert caught.error
    assert caught.error.params["seconds"] == 500


def test_nor_twice_as_long(side: Side, made: Request) -> None:
    side.double.faults.append(Fault("GET", ONE, slow_down(Retry_After="80"), times=2))
    with raises(Unavailable, ForgeAsksToWait.code):
        side.forge.merge_request(made.number)


@pytest.mark.parametrize("name", ["X-RateLimit-Reset", "RateLimit-Reset"])
def test_until_when_it_is_by_the_forges_clock(side: Side, made: Request, name: str) -> None:
    reset = str(int(side.world.now.timestamp()) + 30)
    side.double.faults.append(Fault("GET", ONE, slow_down(**{name: reset})))
    side.forge.merge_request(made.number)
    assert 30 <= side.double.slept[0] <= 32


@pytest.mark.parametrize(
    "said",
    [
        Said(403, {"message": "no"}, {"Retry-After": "7"}),
        Said(403, {"message": "You have exceeded a secondary rate limit."}),
        Said(403, {"message": "no"}, {"X-RateLimit-Remaining": "0"}),
        Said(429, {}, {"Retry-After": "soon"}),
        Said(429, {}, {"X-RateLimit-Reset": "never"}),
    ],
)
def test_too_many_calls_is_no_missing_right(side: Side, made: Request, said: Said) -> None:
    side.double.faults.append(Fault("GET", ONE, said))
    side.forge.merge_request(made.number)
    assert len(side.double.slept) == 1
    assert side.double.slept[0] < 62


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said(401, {}), ForgeRefusesTheToken.code),
        (Said(403, {}), ForgeTokenLacksARight.code),
        (Said(404, {}), NotThereOnTheForge.code),
        (Said(409, {}), ForgeRefusesTheRequest.code),
        (Said(410, {}), IssuesAreSwitchedOff.code),
        (Said(403, {"message": LOCKED}), DiscussionIsLocked.code),
        (Said(422, {"message": "no"}), ForgeRefusesTheRequest.code),
    ],
)
def test_a_no_is_final(side: Side, made: Request, said: Said, code: str) -> None:
    side.double.faults.append(Fault("GET", ONE, said))
    with raises(Refused, code):
        side.forge.merge_request(made.number)
    assert side.double.slept == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>log in</html>",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"\xff",
        b'{"number": "1"}',
    ],
)
def test_an_answer_that_is_none(side: Side, made: Request, raw: bytes) -> None:
    side.double.faults.append(Fault("GET", ONE, Said(200), raw=raw))
    with raises(Unavailable, ForgeAnswerNotUnderstood.code):
        side.forge.merge_request(made.number)
    side.double.faults.append(Fault("GET", NOTES, Said(200), raw=raw if raw != b"[]" else b"[1]"))
    with raises(Unavailable, ForgeAnswerNotUnderstood.code):
        side.forge.notes(made.number)
    side.double.faults.append(Fault("POST", NOTES, Said(201), raw=raw, after=True))
    with raises(OutcomeUnknown, ForgeAnswerNotUnderstood.code):
        side.forge.add_note(made.number, "x")


def test_one_bad_row_is_no_shorter_list(side: Side, made: Request) -> None:
    for n in range(3):
        side.world.comment(made, made.author, f"{n}")
    side.world.comments()[1].id = -1
    with raises(Unavailable, ForgeAnswerNotUnderstood.code):
        side.forge.notes(made.number)
    side.double.wrong.clear()


def test_an_answer_without_end(side: Side, made: Request) -> None:
    side.double.faults.append(Fault("GET", ONE, Said(200), raw=b"x" * (11 * 2**20), times=4))
    with raises(Unavailable, ForgeAnswerTooLargeOrSlow.code):
        side.forge.merge_request(made.number)


def test_an_answer_that_is_packed(side: Side, made: Request) -> None:
    said = Said(200, None, {"Content-Encoding": "gzip"})
    raw = gzip.compress(b"[" * 2**20)
    side.double.faults.append(Fault("GET", ONE, said, raw=raw, times=4))
    with raises(Unavailable, ForgeAnswerTooLargeOrSlow.code):
        side.forge.merge_request(made.number)


ELSEWHERE = (
    "https://evil.example/notes",
    "http://127.0.0.1:1/notes",
    "//evil.example/notes",
    "https://127.0.0.1/notes",
    "http://127.0.0.2/notes",
    "http://[",
    "http://// -]])@@[*",
    "file:///etc/passwd",
    "https://x:y@127.0.0.1/notes",
)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_token_goes_to_no_other_host(side: Side, made: Request, place: str) -> None:
    link = Said(200, [], {"Link": f'<{place}>; rel="next"'})
    side.double.faults.append(Fault("GET", NOTES, link))
    with raises(Unavailable, ForgeLeadsElsewhere.code):
        side.forge.notes(made.number)
    for status in (301, 302, 307, 308):
        side.double.faults.append(Fault("GET", ONE, Said(status, {}, {"Location": place})))
        with raises(Unavailable, ForgeLeadsElsewhere.code):
            side.forge.merge_request(made.number)


def test_a_place_with_a_user_on_the_same_host(side: Side, made: Request) -> None:
    place = side.double.url.replace("//", "//x:y@") + "/notes"
    side.double.faults.append(Fault("GET", ONE, Said(302, {}, {"Location": place})))
    with raises(Unavailable, ForgeLeadsElsewhere.code):
        side.forge.merge_request(made.number)


def test_a_project_that_moved_on_the_same_host(side: Side, made: Request) -> None:
    path = {"github": f"/repos/{side.world.repository}/pulls/2"}.get(
        side.name, f"/projects/{side.world.project}/merge_requests/2"
    )
    side.world.open_request(made.author, sha("other"))
    there = Said(301, {}, {"Location": side.double.url + path})
    side.double.faults.append(Fault("GET", ONE, there))
    assert side.forge.merge_request(made.number).number == 2


def test_a_redirect_in_a_circle(side: Side, made: Request) -> None:
    side.forge.merge_request(made.number)
    path = next(path for _, path, _ in side.double.asked if path.endswith("/1"))
    there = Said(302, {}, {"Location": side.double.url + path})
    side.double.faults.append(Fault("GET", ONE, there, times=99))
    with raises(Unavailable, ForgeLeadsElsewhere.code):
        side.forge.merge_request(made.number)


def test_a_write_is_not_led_away_as_a_read(side: Side, made: Request) -> None:
    there = Said(302, {}, {"Location": side.double.url + "/x"})
    side.double.faults.append(Fault("POST", NOTES, there))
    with raises(Refused, ForgeRefusesTheRequest.code):
        side.forge.add_note(made.number, "x")


def test_a_list_without_end(side: Side, made: Request) -> None:
    for n in range(3_001):
        side.world.comment(made, made.author, f"{n}")
    with raises(Unavailable, ForgeListWithoutEnd.code):
        side.forge.notes(made.number)
    made.comments.pop()
    assert len(side.forge.notes(made.number)) == 3_000


def test_a_list_in_a_circle(side: Side, made: Request) -> None:
    def link(page: int) -> Said:
        path = next(
            path for _, path, _ in side.double.asked if path.endswith(("comments", "notes"))
        )
        place = f"{side.double.url}{path}?page={page}"
        return Said(200, [], {"Link": f'<{place}>; rel="next"'})

    side.forge.notes(made.number)
    side.double.faults.append(Fault("GET", NOTES, link(2), times=99))
    with raises(Unavailable, ForgeListWithoutEnd.code):
        side.forge.notes(made.number)


@pytest.mark.parametrize("headers", [{"Link": "<>; next"}, {"X-Next-Page": "two"}])
def test_a_next_page_that_cannot_be_found(
    side: Side, made: Request, headers: dict[str, str]
) -> None:
    side.double.faults.append(Fault("GET", NOTES, Said(200, [], headers)))
    with raises(Unavailable, ForgeAnswerNotUnderstood.code):
        side.forge.notes(made.number)


def test_a_last_page_of_something_that_is_called_next(side: Side, made: Request) -> None:
    link = f'<{side.double.url}/x?branch=next&page=1>; rel="first"'
    side.double.faults.append(Fault("GET", NOTES, Said(200, [], {"Link": link, "X-Next-Page": ""})))
    assert side.forge.notes(made.number) == []


def test_a_page_that_is_missing_in_the_middle(side: Side, made: Request) -> None:
    for n in range(250):
        side.world.comment(made, made.author, f"{n}")
    side.double.faults.append(Fault("GET", "[?&]page=2", Said(502), times=4))
    with raises(Unavailable, ForgeFails.code):
        side.forge.notes(made.number)


def test_pages_by_number_alone(lab: Side) -> None:
    """GitLab leaves out ``Link`` where it would be too costly, and keeps ``X-Next-Page``."""
    made = lab.world.open_request(lab.world.person("anna"), sha("head"))
    for n in range(120):
        lab.world.comment(made, made.author, f"{n}")
    rows = [lab.api._note(one) for one in made.comments[:100]]  # type: ignore[union-attr]
    only = Said(200, rows, {"X-Next-Page": "2"})
    lab.double.faults.append(Fault("GET", "/notes", only))
    assert len(lab.forge.notes(made.number)) == 120


def test_another_project_under_the_name(hub: Side) -> None:
    made = hub.world.open_request(hub.world.person("anna"), sha("head"))
    hub.world.project = 1
    for call in (
        hub.forge.rights,
        lambda: hub.forge.merge_request(made.number),
        lambda: hub.forge.notes(made.number),
        lambda: hub.forge.add_note(made.number, "x"),
        lambda: hub.forge.place(sha("head"), mark("one")),
        lambda: hub.forge.open_issue("x", "y"),
    ):
        with raises(Refused, ForgeProjectIsAnother.code):
            call()
    assert hub.double.writes() == []


def test_a_merge_request_of_another_project(lab: Side) -> None:
    made = lab.world.open_request(lab.world.person("anna"), sha("head"))
    lab.world.project = 1
    with raises(Refused, ForgeProjectIsAnother.code):
        lab.forge.merge_request(made.number)


@pytest.mark.parametrize(
    "api",
    [
        "http://api.github.com",
        "https://user:secret@api.github.com",
        "https://api.github.com/?x=1",
        "https://api.github.com/#x",
        "http://localhost:1",
        "http://127.0.0.1.evil.example",
        "ftp://api.github.com",
        "api.github.com",
        "https://",
        "",
        "http://[",
        "http://// -]])@@[*",
        "https://\ud800.example",
    ],
)
def test_an_address_that_cannot_be_used(api: str) -> None:
    with raises(Refused, AddressOfAForgeThatCannotBeUsed.code):
        GitHub(repository="o/r", project=1, recorder=1, token="x", api=api)


@pytest.mark.parametrize("token", ["", " ", "x\n", "x y", "x\r\nHost: evil", "gehö́r", "x" * 5000])
def test_a_token_that_cannot_be_sent(token: str) -> None:
    with raises(Refused, TokenThatCannotBeSent.code) as caught:
        GitLab(project=1, recorder=1, token=token)
    assert not token.strip() or token.strip() not in str(caught.error)


def test_a_job_without_its_token(lab: Side) -> None:
    forge = GitLab(project=1, recorder=1, token="x", api=lab.double.url)
    with raises(Refused, TokenThatCannotBeSent.code):
        forge.run()
    forge.close()


def test_a_look_that_is_refused_says_nothing(side: Side, made: Request) -> None:
    side.double.faults += [
        Fault("POST", NOTES, None, after=True),
        Fault("GET", NOTES, Said(403, {})),
    ]
    with raises(OutcomeUnknown, NoAnswerWhetherItWasPublished.code):
        side.forge.add_note(made.number, "x")
    assert len(made.comments) == 1


@pytest.mark.parametrize("text", ["\x00", "🦜" * 20_000])
def test_a_text_that_is_hard_to_send(side: Side, made: Request, text: str) -> None:
    assert side.forge.add_note(made.number, text).body == text


def test_a_text_that_is_none(side: Side, made: Request) -> None:
    with raises(OutcomeUnknown):
        side.forge.add_note(made.number, "\ud800")


def test_an_update_of_unknown_outcome(side: Side, made: Request) -> None:
    note = side.forge.add_note(made.number, "x")
    for method in ("PATCH", "PUT"):
        side.double.faults.append(Fault(method, NOTES, Said(502), after=True, times=4))
    with raises(OutcomeUnknown, NoAnswerWhetherItWasPublished.code):
        side.forge.edit_note(made.number, note.id, "y")


def test_the_token_is_in_nothing_that_is_shown(
    side: Side, made: Request, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a log, an error, a traceback with its values, nor in what an object says of itself."""
    caplog.set_level(logging.DEBUG)
    shown = [repr(side.forge), repr(vars(side.forge)), repr(Token(TOKEN, "github"))]
    shown.append(repr(side.forge._transport._client.__dict__))  # type: ignore[attr-defined]
    broken: list[Fault] = [
        Fault("GET", ONE, said, times=4)
        for said in (None, Said(401, {}), Said(403, {}), Said(404), Said(429, {}), Said(500))
    ]
    broken.append(Fault("GET", ONE, Said(200), raw=f'{{"{TOKEN}": 1}}'.encode()))
    broken.append(Fault("GET", ONE, Said(302, {}, {"Location": "https://evil.example"})))
    for fault in broken:
        side.double.faults = [fault]
        try:
            side.forge.merge_request(made.number)
        except ProvisionError as error:
            assert error.__traceback__
            ours = error.__traceback__.tb_next  # this test's own values hold the token
            told = traceback.TracebackException(
                type(error), error, ours, capture_locals=True, lookup_lines=False
            )
            shown += [*told.format(), str(error), repr(error), repr(error.params)]
        else:
            pytest.fail("nothing was raised")
    assert len(caplog.records) > 10
    shown += [record.getMessage() for record in caplog.records]
    everything = "\n".join(shown)
    assert TOKEN not in everything
    assert JOB_TOKEN not in everything
    with pytest.raises(TypeError):
        pickle.dumps(Token(TOKEN, "github"))
