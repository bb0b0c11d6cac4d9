"""Where calls go: inside a customer, between customers, from and to the carrier (R11, R12)."""

from collections.abc import Callable, Iterator

import pytest

from provisioner.contract.resources import NumberRef, Route
from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.telephony.identity import CustomerId
from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Phone, Sip
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"
LOGINS = ("anna", "beat.keller", "carl", "dora", "emil")


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer(
        "muster-ag",
        manifest(
            "Muster AG",
            numbers=[
                {"id": "main", "area": "052"},
                {"id": "ddi", "area": "052", "block": 100},
            ],
            workplaces=[
                workplace("anna", name="Anna Müller", extension="21", number={"stock": "main"}),
                workplace("beat.keller", extension="12", number={"stock": "ddi", "line": 11}),
                workplace("carl", extension="10", number={"stock": "ddi"}),
                workplace("dora", extension="13"),
                workplace("emil", extension="24", number={"stock": "ddi", "line": 12}),
            ],
        ),
    )
    made.customer(
        "nachbar",
        manifest(
            "Nachbar GmbH",
            workplaces=[workplace("anna", extension="21"), workplace("zoe", extension="77")],
        ),
    )
    made.apply(DAY)
    return made


@pytest.fixture(scope="module")
def numbers(office: Workspace) -> dict[str, str]:
    """What the desk chose, in E.164; ``ddi`` is the block's prefix."""
    rows = [line.split("  ") for line in office.run("status", "muster-ag").splitlines()]
    found = {}
    for row in rows:
        if len(row) > 2 and "stock, " in " ".join(row):
            digits = row[0].replace(" ", "").rstrip("x")
            name = next(cell for cell in row if "stock, " in cell).strip().removeprefix("stock, ")
            found.setdefault(name, "+41" + digits[1:])  # a block comes before its lines
    return found


@pytest.fixture
def phones(office: Workspace, sip: Sip) -> dict[str, Phone]:
    """All but emil's are on."""
    found = {login: office.phone("muster-ag", login) for login in LOGINS}
    for login, phone in found.items():
        assert sip.register(phone, expires=0 if login == "emil" else 600) == 200
    return found


def test_r15_inside_a_customer_by_extension(sip: Sip, phones: dict[str, Phone]) -> None:
    with sip.answering(phones["beat.keller"]) as rings:
        assert sip.call(phones["anna"], "12") == 200
    assert rings.rang
    assert rings.shown.startswith('"Anna Müller" <sip:21@')


def test_r15_an_extension_of_another_customer_does_not_exist(
    office: Workspace, sip: Sip, phones: dict[str, Phone]
) -> None:
    there = office.phone("nachbar", "zoe")
    assert sip.register(there) == 200
    assert sip.call(phones["anna"], "77") == 404
    own = office.phone("nachbar", "anna")
    assert sip.register(own) == 200
    with sip.answering(there) as rings:
        assert sip.call(own, "77") == 200
    assert rings.rang
    with sip.answering(own) as own_rings, sip.answering(phones["anna"]) as foreign:
        assert sip.call(there, "21") == 200
    assert own_rings.rang, "the same extension is the own customer's"
    assert not foreign.rang


@pytest.mark.parametrize(
    ("name", "line", "login"),
    [
        ("main", "", "anna"),
        ("ddi", "11", "beat.keller"),
        ("ddi", "00", "carl"),
        ("ddi", "99", "carl"),
    ],
    ids=["a whole number", "inside a block", "first line, default", "last line, default"],
)
def test_r11_calls_from_outside(
    sip: Sip, phones: dict[str, Phone], numbers: dict[str, str], name: str, line: str, login: str
) -> None:
    with sip.answering(phones[login]) as rings:
        assert sip.carrier_calls(numbers[name] + line) == 200
    assert rings.rang
    assert rings.shown.startswith("<sip:+41441112233@") or '"+41441112233"' in rings.shown


@pytest.mark.parametrize("name", ["unknown", "one digit too many", "one digit missing"])
def test_r11_a_number_of_nobody(sip: Sip, numbers: dict[str, str], name: str) -> None:
    called = {
        "unknown": "+41525557999",
        "one digit too many": numbers["ddi"] + "111",
        "one digit missing": numbers["main"][:-1],
    }[name]
    assert sip.carrier_calls(called) == 404


def test_r11_a_tombstone_inside_a_block(
    sip: Sip,
    phones: dict[str, Phone],
    numbers: dict[str, str],
    open_driver: AsteriskPbx,
) -> None:
    """A line that is switched off does not fall to the block's default."""
    assert sip.register(phones["carl"]) == 200
    off = "0" + (numbers["ddi"] + "55").removeprefix("+41")
    customer = CustomerId("muster-ag")
    nobody = Route(customer=customer, number=NumberRef.literal(off), target="")
    open_driver.put(nobody, secret=None, key="test")
    assert sip.carrier_calls(numbers["ddi"] + "55") == 404
    open_driver.delete(nobody, key="test")
    with sip.answering(phones["carl"]) as rings:
        assert sip.carrier_calls(numbers["ddi"] + "55") == 200
    assert rings.rang


@pytest.mark.parametrize("how", ["from outside", "inside"])
def test_r15_a_phone_that_is_off(
    sip: Sip, phones: dict[str, Phone], numbers: dict[str, str], how: str
) -> None:
    if how == "inside":
        assert sip.call(phones["anna"], "24") == 480
    else:
        assert sip.carrier_calls(numbers["ddi"] + "12") == 480


@pytest.mark.parametrize(
    ("login", "own"), [("anna", "main"), ("beat.keller", "ddi 11"), ("carl", "ddi 00")]
)
@pytest.mark.parametrize("dialled", ["0441112233", "+41441112233", "0041441112233"])
def test_r12_calls_to_the_outside_show_the_own_number(
    sip: Sip, phones: dict[str, Phone], numbers: dict[str, str], login: str, own: str, dialled: str
) -> None:
    name, _, line = own.partition(" ")
    with sip.carrier_answering() as outside:
        assert sip.call(phones[login], dialled) == 200
    assert outside.called.startswith("sip:+41441112233@")
    assert outside.shown.startswith(f"<sip:{numbers[name]}{line}@")


def test_r12_without_a_number_nobody_calls_outside(sip: Sip, phones: dict[str, Phone]) -> None:
    assert sip.call(phones["dora"], "0441112233") == 403


@pytest.mark.parametrize("dialled", ["112", "117", "118", "144"])
def test_emergency_numbers_reach_the_carrier(
    sip: Sip, phones: dict[str, Phone], dialled: str
) -> None:
    with sip.carrier_answering() as outside:
        assert sip.call(phones["anna"], dialled) == 200
    assert outside.called.startswith(f"sip:{dialled}@")


def test_r12_between_customers_only_numbers_lead(
    sip: Sip, phones: dict[str, Phone], numbers: dict[str, str]
) -> None:
    """A call to a number of ours rings here, and shows the caller's number, not its extension."""
    with sip.answering(phones["carl"]) as rings:
        assert sip.call(phones["anna"], "0" + numbers["ddi"][3:] + "77") == 200
    assert rings.shown.startswith(f"<sip:{numbers['main']}@")


@pytest.fixture
def open_driver(started: Server, office: Workspace) -> Iterator[AsteriskPbx]:
    pbx = AsteriskPbx.open(started.options, office.root)
    yield pbx
    pbx.close()
