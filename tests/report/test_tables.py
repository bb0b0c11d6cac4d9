from dataclasses import replace
from datetime import date

import pytest
from syrupy.assertion import SnapshotAssertion

from provisioner.contract.desk import DeskState, PoolEntry
from provisioner.contract.pbx import Devices, PbxState
from provisioner.contract.resources import (
    Account,
    BillingInterval,
    NumberRef,
    PortedNumber,
    PortingOrder,
    ProvisionalAllocation,
    Release,
    Route,
    StockAllocation,
    Tenant,
    Workplace,
)
from provisioner.report.layout import Column, Paint, table, wrap
from provisioner.report.lists.made import held_by, number_rows
from provisioner.report.messages import Catalogue
from provisioner.report.swiss import show_date, show_money, show_number
from provisioner.report.tables import (
    next_text,
    render_customer,
    render_order,
    render_orders,
    render_pool,
    render_pool_entries,
    render_status,
    render_workplaces,
)
from provisioner.report.views import CustomerView, customer_view, order_view
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item
from provisioner.telephony.licenses import License
from provisioner.telephony.porting import PortPolicy, Progress, Reason, State

WHO = CustomerId("schmiedeisen")
POLICY = PortPolicy(WorkCalendar("ZH"), lead=10, sync=2)
PORT = date(2027, 3, 1)


def order(key: str, state: State, **progress: object) -> PortingOrder:
    known = {"port_date": PORT, "asked": PORT, "attempt": 1, **progress}
    porting, part = key.split("/")
    return PortingOrder(
        customer=WHO,
        porting=porting,
        part=int(part),
        provider="Swisscom",
        scope="partial",
        port_date=PORT,
        time="09:00",
        authority="collective",
        signatories=("Canary Person", "Other Canary"),
        numbers=("0525551200",),
        blocks=("05255520",),
        progress=Progress(state, **known),  # type: ignore[arg-type]
    )


REJECTED = order(
    "lager/1", State.REJECTED, donor_code="E\x1b42", reason=Reason.COMPANY_MISMATCH, attempt=2
)
ACCEPTED = order("haupt/1", State.ACCEPTED, port_date=date(2027, 3, 8), remote_id="NP-77")
ACCOUNT = Account(
    customer=WHO,
    company="Schmiedeisen AG",
    street="Canary Street 1",
    postcode="8400",
    city="Winterthur",
    person="Canary Person",
    email="canary@schmiedeisen.example",
    phone="0525550100",
)
DESK = DeskState(
    objects=(
        Release(customer=WHO, manifest="0" * 64, reseller="muster"),
        ACCOUNT,
        StockAllocation(customer=WHO, id="zentrale", area="052", size=1, digits="0525553000"),
        ProvisionalAllocation(
            customer=WHO, porting="haupt", replaces="0525551200", size=1, digits="0589990001"
        ),
        PortedNumber(customer=WHO, porting="alt", digits="0525559900"),
        BillingInterval(
            customer=WHO,
            item=Item.parse("subscription"),
            product="subscription",
            starts=date(2027, 1, 1),
        ),
        BillingInterval(
            customer=WHO,
            item=Item.parse("setup"),
            product="setup",
            once=True,
            starts=date(2026, 12, 1),
        ),
        REJECTED,
        ACCEPTED,
    )
)
PBX = PbxState(
    objects=(
        Tenant(customer=WHO, name="Schmiedeisen AG"),
        Workplace(
            customer=WHO,
            login="petra.huber",
            license=License.PHONES_APPS,
            name="Canary Person",
            credential="generated:1",
        ),
        Route(customer=WHO, number=NumberRef.literal("0525553000"), target="petra.huber"),
        Route(customer=WHO, number=NumberRef.literal("0589990001"), target=None),
    )
)


@pytest.fixture
def view() -> CustomerView:
    return customer_view("schmiedeisen", DESK, PBX, POLICY)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tables_of_the_live_state(
    width: int, view: CustomerView, en: Catalogue, snapshot: SnapshotAssertion
) -> None:
    text = "\n".join(
        [
            render_status([view], en, width=width, color=False),
            render_customer(view, en, width=width, color=False),
            render_orders(view.orders, en, width=width, color=False),
            render_order(view.orders[0], en, width=width, color=False),
            render_order(view.orders[1], en, width=width, color=False),
        ]
    )
    assert text == snapshot
    assert all(len(line) <= width for line in text.splitlines())
    assert "anary" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("devices", "license_", "shown"),
    [
        (None, License.PHONES_APPS, "-"),
        (Devices(1), License.PHONES, "phone"),
        (Devices(2), License.PHONES_APPS, "2 phones only"),
        (Devices(0, 1), License.PHONES_APPS, "app only"),
        (Devices(1, 3), License.PHONES_APPS, "phone and 3 apps"),
        (Devices(0, 0, ("x",)), License.PHONES, "1 that no call rings"),
        (Devices(1, 0, ("x", "x")), License.PHONES, "phone, 2 that no call rings"),
    ],
)
def test_phones_and_apps_are_told_apart(
    devices: Devices | None, license_: License, shown: str, en: Catalogue
) -> None:
    workplace = Workplace(
        customer=WHO, login="petra.huber", license=license_, credential="generated:1"
    )
    on = {"petra.huber": devices} if devices else {}
    told = customer_view("schmiedeisen", DESK, PbxState(objects=(workplace,)), POLICY, on)
    last = render_workplaces(told, en, width=120, color=False).splitlines()[-1]
    assert last.split(str(license_))[-1].strip() == shown


def test_unknown_is_not_empty(en: Catalogue) -> None:
    unknown = customer_view("schmiedeisen", DESK, None, POLICY)
    assert unknown.workplaces is None
    text = render_customer(unknown, en, width=80, color=False)
    assert "unknown (the PBX could not be read)" in text
    assert "not routed" not in text
    assert "workplaces: 0" not in text


def test_r12_a_provisional_number_says_what_it_stands_in_for(
    view: CustomerView, en: Catalogue
) -> None:
    text = render_customer(view, en, width=120, color=False)
    assert "058 999 00 01  stands in for 052 555 12 00" in text


def test_a_line_of_a_block_is_told_where_it_rings_and_not_its_block() -> None:
    block = replace(order("haupt/1", State.SUBMITTED), numbers=())
    stand_in = ProvisionalAllocation(
        customer=WHO, porting="haupt", replaces="05255520", size=100, digits="05899981"
    )
    desk = DeskState(objects=(stand_in, block))
    routes = {"05899981": "fax", "0589998111": "petra.huber", "0525551234": "elsewhere"}
    pbx = PbxState(
        objects=tuple(
            Route(customer=WHO, number=NumberRef.literal(digits), target=target)
            for digits, target in routes.items()
        )
    )
    view = customer_view("schmiedeisen", desk, pbx, POLICY)
    assert [(n.digits, n.name, n.target) for n in view.listed] == [
        ("05255520", "haupt", None),
        ("05899981", "05255520", "fax"),
        ("0589998111", "0525552011", "petra.huber"),
    ]
    assert [row.number for row in number_rows(view)] == [n.digits for n in view.listed]

    def rings(asked: str) -> list[tuple[str, str | None]]:
        return [(held.number, held.target) for held in held_by(asked, [view], False, ())]

    assert rings("0589998111") == [("0589998111", "petra.huber")]
    assert rings("0589998112") == [("05899981", "fax")]
    assert rings("05899981") == [("05899981", "fax"), ("0589998111", "petra.huber")]
    assert rings("0525552011") == [("05255520", None)]


def test_billed_since_is_the_first_day_of_what_recurs(view: CustomerView) -> None:
    assert view.billed_since == date(2027, 1, 1)


@pytest.mark.parametrize("state", list(State))
def test_every_state_says_what_happens_next(state: State, en: Catalogue) -> None:
    text = next_text(order_view(order("a/1", state), POLICY), en)
    assert text
    assert "porting.next" not in text


def test_next_is_the_synchronisation_and_then_the_port(en: Catalogue) -> None:
    accepted = order_view(order("a/1", State.ACCEPTED), POLICY)
    assert next_text(accepted, en) == "synchronises on Thu 25.02.2027"
    synchronised = order_view(order("a/1", State.SYNCHRONISED), POLICY)
    assert next_text(synchronised, en) == "ports on Mon 01.03.2027"


POOL = (
    PoolEntry("stock", "0525553000", 1, "allocated", WHO, "zentrale"),
    PoolEntry("stock", "0525553001", 1, "quarantine", until=date(2027, 6, 1)),
    PoolEntry("stock", "05255531", 100, "free"),
    PoolEntry("provisional", "05899900", 100, "free"),
)


@pytest.mark.parametrize("width", [60, 100])
def test_pool(width: int, en: Catalogue, snapshot: SnapshotAssertion) -> None:
    text = render_pool(POOL, en, width=width, color=False)
    text += render_pool_entries(POOL, en, width=width, color=False)
    assert text == snapshot


def test_empty_tables_are_short_lines(en: Catalogue) -> None:
    assert render_status([], en, width=80, color=False) == "No customer.\n"
    assert render_orders([], en, width=80, color=False) == "No port orders.\n"
    assert "provision.yaml" in render_pool([], en, width=80, color=False)


def test_a_table_that_is_too_wide_becomes_lines() -> None:
    columns = [Column("a"), Column("b")]
    rows = [("x" * 50, "y" * 50), ("1", "2")]
    text = table(columns, rows, 60, Paint(on=False))
    assert text == [f"a: {'x' * 50}", f"  b: {'y' * 50}", "", "a: 1", "  b: 2"]


def test_numbers_dates_and_commands_are_never_parted() -> None:
    text = "until then 052 555 12 00 and Mon 01.03.2027 for CHF +12.50 by `provision plan --at D`"
    for width in range(24, 60):
        lines = "\n".join(wrap(text, width))
        for whole in ("052 555 12 00", "Mon 01.03.2027", "CHF +12.50", "`provision plan --at D`"):
            assert whole in lines


def test_swiss_spelling() -> None:
    assert show_date(date(2026, 12, 1)) == "01.12.2026"
    assert show_date(date(2026, 12, 1), "Mo Di Mi Do Fr Sa So".split()) == "Di 01.12.2026"
    assert show_number("0525551200") == "052 555 12 00"
    assert [show_number(p) for p in ("052555201", "05255520", "0525552")] == [
        "052 555 20 1x",
        "052 555 20 xx",
        "052 555 2x xx",
    ]
    assert show_money(123450) == "1’234.50"
    assert [show_money(n, signed=True) for n in (950, -950, 0)] == ["+9.50", "-9.50", "0.00"]
