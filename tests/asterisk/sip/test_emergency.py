"""112 and the other emergency numbers, from every phone, read at the carrier's side."""

from collections.abc import Callable, Iterator

import pytest

from provisioner.telephony.calls import EMERGENCY_NUMBERS
from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Phone, Sip
from tests.asterisk.sip.workspace import Workspace, manifest, port, workplace

DAY = "2026-11-24"
OPERATOR = "+41445550100"
HIDDEN = {"shown": '"Anonymous" <sip:anonymous@anonymous.invalid>', "more": "Privacy: id"}
"""What a phone sends that is set to hide its number (RFC 3323)."""


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer(
        "muster-ag",
        manifest(
            "Muster AG",
            numbers=[{"id": "main", "area": "052"}, {"id": "desk", "area": "052"}],
            porting=[port("haupt", ["0525551200"])],
            workplaces=[
                workplace("own", extension="21", number={"stock": "desk"}),
                workplace("provisional", extension="22", number="0525551200"),
                workplace("none", extension="23"),
                workplace("hidden", extension="24", number={"stock": "main"}),
            ],
        ),
    )
    made.customer("ohne", manifest("Ohne GmbH", workplaces=[workplace("lone")]))
    made.customer(
        "portiert",
        manifest(
            "Portiert GmbH",
            porting=[port("haupt", [], ["05255530"])],
            workplaces=[workplace("guest")],
        ),
    )
    made.apply(DAY)
    return made


@pytest.fixture(scope="module")
def shown(office: Workspace) -> dict[str, str]:
    """The number that has to be shown for each login."""
    numbers: dict[tuple[str, str], str] = {}
    for customer in ("muster-ag", "portiert"):
        for line in office.run("status", customer).splitlines():
            digits = line.split("  ")[0].replace(" ", "").rstrip("x")
            for mark in ("stock, main", "stock, desk", "stands in for"):
                if mark in line and digits.isdecimal():
                    # a block comes before its lines
                    numbers.setdefault((customer, mark), "+41" + digits[1:])
    return {
        "own": numbers["muster-ag", "stock, desk"],
        "provisional": numbers["muster-ag", "stands in for"],
        "none": numbers["muster-ag", "stock, desk"],
        "hidden": numbers["muster-ag", "stock, main"],
        "guest": numbers["portiert", "stands in for"] + "00",
        "lone": OPERATOR,
    }


@pytest.fixture
def phones(office: Workspace) -> dict[str, Phone]:
    """None of them is registered: a phone that proves who it is may call for help at once."""
    found = {n: office.phone("muster-ag", n) for n in ("own", "provisional", "none", "hidden")}
    return found | {
        "lone": office.phone("ohne", "lone"),
        "guest": office.phone("portiert", "guest"),
    }


@pytest.fixture
def hiding(started: Server) -> Iterator[None]:
    """What somebody set on the PBX to hide the number of a workplace."""
    started.write("endpoint", "muster-ag--hidden", {"callerid_privacy": "prohib"})
    yield
    started.write("endpoint", "muster-ag--hidden", {"callerid_privacy": "allowed_not_screened"})


@pytest.mark.parametrize("dialled", EMERGENCY_NUMBERS)
@pytest.mark.parametrize("login", ["own", "provisional", "none", "hidden"])
@pytest.mark.usefixtures("office", "hiding")
def test_every_number_from_every_phone(
    sip: Sip, phones: dict[str, Phone], shown: dict[str, str], login: str, dialled: str
) -> None:
    with sip.carrier_answering() as outside:
        assert sip.call(phones[login], dialled, **(HIDDEN if login == "hidden" else {})) == 200
    assert outside.called.startswith(f"sip:{dialled}@")
    assert outside.shown.startswith(f"<sip:{shown[login]}@")
    assert not outside.header("Privacy")


@pytest.mark.parametrize("login", ["lone", "guest"])
def test_what_is_shown_where_the_workplace_has_no_number(
    sip: Sip, phones: dict[str, Phone], shown: dict[str, str], login: str
) -> None:
    """The operator's number for a customer without any; the provisional block's first line."""
    with sip.carrier_answering() as outside:
        assert sip.call(phones[login], "112") == 200
    assert outside.shown.startswith(f"<sip:{shown[login]}@")


@pytest.mark.parametrize("dialled", ["0117", "+41144", "0041112"])
def test_as_people_dial_it_in_a_hurry(sip: Sip, phones: dict[str, Phone], dialled: str) -> None:
    with sip.carrier_answering() as outside:
        assert sip.call(phones["none"], dialled) == 200
    assert outside.called.startswith(f"sip:{dialled[-3:]}@")


def test_no_extension_stands_before_it(sip: Sip, started: Server, phones: dict[str, Phone]) -> None:
    """Even a row that somebody else put there, for a phone that is on."""
    colleague = phones["own"]
    assert sip.register(colleague) == 200
    started.set("ext/muster-ag", "112", colleague.user)
    try:
        with sip.carrier_answering() as outside, sip.answering(colleague) as rings:
            assert sip.call(phones["none"], "112") == 200
        assert outside.rang
        assert not rings.rang
    finally:
        started.unset("ext/muster-ag", "112")


def test_without_anything_known_of_the_customer(
    sip: Sip, started: Server, phones: dict[str, Phone]
) -> None:
    """The customer's row is gone or broken: the call goes out all the same."""
    row = started.rows("prov/ohne")["meta"]
    try:
        for broken in ("", "{", "[]", '{"emergency_caller": 3}'):
            if broken:
                started.set("prov/ohne", "meta", broken)
            else:
                started.unset("prov/ohne", "meta")
            with sip.carrier_answering() as outside:
                assert sip.call(phones["lone"], "144") == 200
            assert outside.called.startswith("sip:144@")
    finally:
        started.set("prov/ohne", "meta", row)


def test_a_wrong_password_does_not_call(sip: Sip, phones: dict[str, Phone]) -> None:
    assert sip.call(Phone(phones["lone"].user, "wrong"), "112") == 401
