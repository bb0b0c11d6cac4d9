"""From which addresses a workplace registers is the operator's to say, and stays as it was said."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace

import pytest

from tests.asterisk.acl import give_list, write_lists
from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"
OFFICE, ELSEWHERE = "127.0.0.3", "127.0.0.4"
MUSTER = manifest(
    "Muster AG",
    workplaces=[
        workplace("anna", name="Anna Müller", extension="21"),
        workplace("beat", extension="12"),
    ],
)


@pytest.fixture
def office(fresh: Callable[[], Workspace], started: Server) -> Iterator[Workspace]:
    made = fresh()
    made.customer("muster-ag", MUSTER)
    made.apply(DAY)
    file = started.folder / "server/etc/acl.conf"
    before = file.read_text("utf-8")
    write_lists(started, {"muster-ag": [OFFICE]})
    yield made
    file.write_text(before, "utf-8")
    started.db("Reload", Module="acl")


def answers(office: Workspace, sip: Sip, login: str) -> tuple[int, int]:
    """To REGISTER from the office and from elsewhere, with the right password."""
    phone = office.phone("muster-ag", login)
    return tuple(sip.register(replace(phone, address=a)) for a in (OFFICE, ELSEWHERE))  # type: ignore[return-value]


def test_a_list_holds_whatever_we_write_afterwards(
    office: Workspace, sip: Sip, started: Server
) -> None:
    name = "muster-ag--anna"
    assert answers(office, sip, "anna") == (200, 200)
    give_list(started, name, "muster-ag")
    assert give_list(started, name) == "muster-ag\n"
    assert answers(office, sip, "anna") == (200, 401)
    anna = replace(office.phone("muster-ag", "anna"), address=ELSEWHERE)
    assert sip.call(anna, "12") == 401, "nor does it call from there"
    assert answers(office, sip, "beat") == (200, 200)
    assert "nothing to do" in office.plan(DAY), "it is no field of ours"

    changed = deepcopy(MUSTER)
    first = changed["workplaces"][0]
    first |= {"name": "Anna Meier", "extension": "21", "license": "phones+apps", "use": "desk"}
    first["password"] = {"generate": True, "generation": 2}
    office.customer("muster-ag", changed)
    office.apply(DAY)
    assert answers(office, sip, "anna") == (200, 401)

    first |= {"login": "anna.meier", "was": "anna"}
    office.customer("muster-ag", changed)
    office.apply(DAY)
    assert answers(office, sip, "anna.meier") == (200, 401)
    assert give_list(started, f"{name}-meier") == "muster-ag\n"


def test_given_over_ari_it_holds_too(office: Workspace, sip: Sip, started: Server) -> None:
    started.write("endpoint", "muster-ag--anna", {"acl": "muster-ag"})
    changed = deepcopy(MUSTER)
    changed["workplaces"][0]["name"] = "Anna Meier"
    office.customer("muster-ag", changed)
    office.apply(DAY)
    assert answers(office, sip, "anna") == (200, 401)


def test_a_list_is_changed_in_its_file_and_taken_away(
    office: Workspace, sip: Sip, started: Server
) -> None:
    name = "muster-ag--anna"
    give_list(started, name, "muster-ag")
    write_lists(started, {"muster-ag": [ELSEWHERE], "other": [OFFICE]})
    assert answers(office, sip, "anna") == (401, 200)
    give_list(started, name, "other")
    assert answers(office, sip, "anna") == (200, 401)
    give_list(started, name, "")
    assert give_list(started, name) == "everywhere\n"
    assert answers(office, sip, "anna") == (200, 200)
    assert "nothing to do" in office.plan(DAY)


def test_nobody_is_shut_out_by_a_slip(office: Workspace, sip: Sip, started: Server) -> None:
    assert "no list muster" in give_list(started, "muster-ag--anna", "muster", code=1)
    assert "no endpoint" in give_list(started, "muster-ag--ana", "muster-ag", code=1)
    assert answers(office, sip, "anna") == (200, 200)


def test_a_name_that_is_no_list_lets_nobody_in(
    office: Workspace, sip: Sip, started: Server
) -> None:
    """Also with the file as it is written, which has no list at all."""
    write_lists(started, {})
    started.write("endpoint", "muster-ag--anna", {"acl": "muster-ag"})
    assert answers(office, sip, "anna") == (401, 401)
