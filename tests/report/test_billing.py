import csv
import io
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from provisioner.contract.desk import BilledInterval
from provisioner.errors import SystemFault
from provisioner.manifest.config import Config
from provisioner.plan.billing import Bill, bill
from provisioner.report.billing_text import bills_csv, bills_json, render_bills
from provisioner.report.messages import Catalogue
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.items import Item
from provisioner.telephony.money import Money, Month

PRICES: dict[str, object] = {
    "valid_from": "2026-01-01",
    "monthly": {"subscription": "19.00", "phones": "6.50", "phones+apps": "9.90", "number": "1"},
    "once": {"setup": "120.00", "port_order": "45.00"},
}
DEARER: dict[str, object] = {
    "valid_from": "2026-11-15",
    "monthly": {"phones": "7.00"},
    "once": {"setup": "150.00"},
}


def config(*prices: dict[str, object]) -> Config:
    driver = {"driver": "local"}
    listed = list(prices) or [PRICES]
    return Config.model_validate({"version": "1", "pbx": driver, "desk": driver, "prices": listed})


def row(
    item: str,
    product: str,
    starts: str,
    ends: str | None = None,
    *,
    once: bool = False,
    customer: str = "schmiedeisen",
    former: bool = False,
) -> BilledInterval:
    end = date.fromisoformat(ends) if ends else None
    first = date.fromisoformat(starts)
    return BilledInterval(CustomerId(customer), Item.parse(item), product, once, first, end, former)


NOVEMBER = Month(2026, 11)


def one(*rows: BilledInterval, month: Month = NOVEMBER) -> Bill:
    found = bill(rows, config(), month)
    assert len(found) == 1
    return found[0]


def test_r13_active_ten_of_thirty_days_is_a_third() -> None:
    (line,) = one(row("workplace/a", "phones+apps", "2026-11-21")).lines
    assert (line.charge.days, line.charge.of_days) == (10, 30)
    assert (line.charge.price, line.charge.amount) == (Money(990), Money(330))


def test_r13_a_change_of_license_splits_the_month_and_bills_no_day_twice() -> None:
    found = one(
        row("workplace/a", "phones", "2026-05-01", "2026-11-11"),
        row("workplace/a", "phones+apps", "2026-11-11"),
    )
    assert [(li.charge.product, li.charge.days, li.charge.amount.rappen) for li in found.lines] == [
        ("phones", 10, 217),  # 6.50 * 10/30 = 2.1666…
        ("phones+apps", 20, 660),
    ]
    assert found.total == Money(877)


def test_r13_what_goes_on_without_a_gap_is_one_line() -> None:
    """Changed and changed back on one day, or given back: the whole month costs its price."""
    found = one(
        row("workplace/a", "phones", "2026-10-05", "2026-11-11"),
        row("workplace/a", "phones", "2026-11-11", "2026-11-18"),
        row("workplace/a", "phones", "2026-11-18"),
        row("workplace/b", "phones", "2026-11-01", "2026-11-11"),
        row("workplace/b", "phones+apps", "2026-11-11", "2026-11-12"),
        row("workplace/b", "phones", "2026-11-12", "2026-11-20"),
        row("workplace/b", "phones", "2026-11-21", "2026-11-22"),
    )
    assert [(str(li.item), li.charge.product, li.charge.days) for li in found.lines] == [
        ("workplace/a", "phones", 30),
        ("workplace/b", "phones", 10),
        ("workplace/b", "phones+apps", 1),
        ("workplace/b", "phones", 8),
        ("workplace/b", "phones", 1),
    ]
    assert found.lines[0].charge.amount == found.lines[0].charge.price
    assert (found.lines[0].charge.starts, found.lines[0].charge.ends) == (date(2026, 10, 5), None)


def test_who_had_the_id_before_has_a_bill_of_their_own(en: Catalogue) -> None:
    rows = [
        row("workplace/a", "phones", "2026-11-16"),
        row("workplace/a", "phones", "2026-10-01", "2026-11-16", former=True),
    ]
    bills = bill(rows, config(), NOVEMBER, {"schmiedeisen": "Neue AG"})
    assert [(b.company, b.former, b.total.rappen) for b in bills] == [
        ("", True, 325),
        ("Neue AG", False, 325),
    ]
    text = "".join(render_bills(bills, NOVEMBER, en, width=80, color=False))
    assert text.index("former customer") < text.index("Neue AG")
    found = csv.DictReader(io.StringIO("".join(bills_csv(bills, NOVEMBER, en)), newline=""))
    assert [line["former"] for line in found] == ["true", "false"]
    told = json.loads(b"".join(bills_json(bills, NOVEMBER)))["customers"]
    assert [each["former"] for each in told] == [True, False]


@pytest.mark.parametrize(("month", "days"), [(Month(2028, 2), 29), (Month(2027, 2), 28)])
def test_r13_february_has_the_days_of_its_year(month: Month, days: int) -> None:
    (line,) = one(row("workplace/a", "phones", f"{month.year}-02-15"), month=month).lines
    assert (line.charge.days, line.charge.of_days) == (days - 14, days)
    assert line.charge.amount == Money(650).share(days - 14, days)


def test_r13_half_a_rappen_rounds_up() -> None:
    cheap = config({"valid_from": "2026-01-01", "monthly": {"phones": "0.01"}})
    (found,) = bill([row("workplace/a", "phones", "2026-11-16")], cheap, NOVEMBER)
    assert found.total == Money(1)
    (found,) = bill([row("workplace/a", "phones", "2026-11-17")], cheap, NOVEMBER)
    assert found.total == Money(0)


def test_r13_what_is_paid_once_is_paid_in_full_in_the_month_of_its_day() -> None:
    setup = row("setup", "setup", "2026-11-30", once=True)
    assert one(setup).total == Money(12000)
    assert bill([setup], config(), Month(2026, 10)) == ()
    assert bill([setup], config(), Month(2026, 12)) == ()


def test_r2_a_later_billing_start_bills_nothing_before() -> None:
    assert bill([row("subscription", "subscription", "2026-12-01")], config(), NOVEMBER) == ()


def test_an_interval_of_no_day_is_no_line() -> None:
    assert (
        bill([row("workplace/a", "phones", "2026-11-05", "2026-11-05")], config(), NOVEMBER) == ()
    )


@pytest.mark.parametrize(
    ("starts", "ends", "once", "code"),
    [
        (date(2027, 3, 1), None, False, "PV529"),
        (date(2027, 3, 20), None, False, "PV529"),  # the price is that of the first of the month
        (date(2027, 1, 1), date(2027, 3, 1), False, None),
        (date(2027, 3, 9), None, True, "PV529"),
        (date(2027, 3, 10), None, True, None),
        (date(2027, 4, 1), None, True, None),
    ],
)
def test_r13_nothing_is_free_because_no_price_list_is_in_force(
    starts: date, ends: date | None, once: bool, code: str | None
) -> None:
    row = BilledInterval(
        CustomerId("schmiedeisen"),
        Item.parse("setup"),
        "setup" if once else "phones",
        once,
        starts,
        ends,
    )
    late = config({**PRICES, "valid_from": "2027-03-10"})
    if code is None:
        bill([row], late, Month.parse("2027-03"))
        return
    with pytest.raises(SystemFault) as caught:
        bill([row], late, Month.parse("2027-03"))
    assert caught.value.code == code
    assert caught.value.params["day"] == ("2027-03-09" if once else "2027-03-01")


def test_prices_are_those_of_the_first_of_the_month_and_once_those_of_the_day() -> None:
    both = config(PRICES, DEARER)
    rows = [
        row("workplace/a", "phones", "2026-11-01"),
        row("setup", "setup", "2026-11-20", once=True),
    ]
    (found,) = bill(rows, both, NOVEMBER)
    assert {line.charge.product: line.charge.price.rappen for line in found.lines} == {
        "phones": 650,
        "setup": 15000,
    }
    (december,) = bill(rows, both, Month(2026, 12))
    assert december.total == Money(700)


@pytest.mark.parametrize("product", ["satellite", "model_fields", "setup"])
def test_a_product_without_a_price_is_refused(product: str) -> None:
    with pytest.raises(SystemFault) as refused:
        bill([row("workplace/a", product, "2026-11-01")], config(), NOVEMBER)
    assert refused.value.code == "PV528"


@pytest.mark.parametrize("product", ["satellite", "phones", "copy"])
def test_a_single_charge_without_a_price_is_refused(product: str) -> None:
    with pytest.raises(SystemFault) as refused:
        bill([row("setup", product, "2026-11-01", once=True)], config(), NOVEMBER)
    assert refused.value.code == "PV528"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["phones", "phones+apps", "number"]),
            st.dates(date(2026, 9, 1), date(2026, 12, 31)),
            st.none() | st.integers(0, 90),
        ),
        max_size=12,
    )
)
def test_r13_totals_are_sums_of_rounded_lines_whatever_the_order(
    rows: list[tuple[str, date, int | None]],
) -> None:
    intervals = [
        BilledInterval(
            CustomerId(f"c{n % 3}"),
            Item.parse(f"workplace/w{n}"),
            product,
            False,
            starts,
            None if length is None else date.fromordinal(starts.toordinal() + length),
        )
        for n, (product, starts, length) in enumerate(rows)
    ]
    bills = bill(intervals, config(), NOVEMBER)
    assert bills == bill(intervals[::-1], config(), NOVEMBER)
    for found in bills:
        assert found.total.rappen == sum(line.charge.amount.rappen for line in found.lines)
        for line in found.lines:
            assert 0 < line.charge.days <= line.charge.of_days == 30
            exact = line.charge.price.rappen * line.charge.days / line.charge.of_days
            assert abs(line.charge.amount.rappen - exact) <= 0.5


ROWS = [
    row("setup", "setup", "2026-11-21", once=True),
    row("subscription", "subscription", "2026-11-21"),
    row("workplace/petra.huber", "phones", "2026-11-01", "2026-11-11"),
    row("workplace/petra.huber", "phones+apps", "2026-11-11"),
    row("workplace/kurz", "phones", "2026-11-05", "2026-11-08"),
    row("workplace/ganz", "phones", "2026-10-05"),
    row("number/0525551200", "number", "2026-11-30"),
    row("port/haupt/1", "port_order", "2026-11-30", once=True),
    row("subscription", "subscription", "2026-01-01", customer="cafe-sonne"),
]
NAMES = {"schmiedeisen": "=cmd|' /C calc'!A1", "cafe-sonne": 'Café "Sonne", Bern\x1b'}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_bills_as_a_table(width: int, en: Catalogue, snapshot: SnapshotAssertion) -> None:
    bills = bill(ROWS, config(), NOVEMBER, NAMES)
    text = "".join(render_bills(bills, NOVEMBER, en, width=width, color=False))
    assert text == snapshot
    assert all(len(line) <= width for line in text.splitlines())


def test_no_bills_is_a_line(en: Catalogue) -> None:
    (text,) = render_bills((), NOVEMBER, en, width=80, color=False)
    assert text == "Nothing to bill in 2026-11.\n"


def test_csv_is_rfc_4180_and_holds_no_formula(en: Catalogue) -> None:
    text = "".join(bills_csv(bill(ROWS, config(), NOVEMBER, NAMES), NOVEMBER, en))
    assert text.count("\r\n") == len(ROWS) + 1 == text.count("\n")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [r["company"] for r in rows][:2] == ['Café "Sonne", Bern\\u{1B}', "'=cmd|' /C calc'!A1"]
    petra = [r for r in rows if r["item"] == "workplace/petra.huber"]
    assert [(r["product"], r["days"], r["of_days"], r["amount"]) for r in petra] == [
        ("phones", "10", "30", "2.17"),
        ("phones+apps", "20", "30", "6.60"),
    ]
    assert petra[0]["why"] == "active 10 of 30 days, until 10.11.2026"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "  =", "＝", "\r@"])
def test_csv_defuses_every_start_of_a_formula(start: str, en: Catalogue) -> None:
    bills = bill(ROWS[:1], config(), NOVEMBER, {"schmiedeisen": f"{start}1+1"})
    (found,) = csv.DictReader(io.StringIO("".join(bills_csv(bills, NOVEMBER, en)), newline=""))
    assert found["company"][0] in "'\\"


@pytest.mark.parametrize("name", ["x;=HYPERLINK(1)", "x; +1", "x;y;@SUM(1)", "=1;-1"])
def test_csv_defuses_a_formula_behind_the_other_separator(name: str, en: Catalogue) -> None:
    """A spreadsheet that parts by semicolons pays no heed to quotes in the middle of a line."""
    text = "".join(
        bills_csv(bill(ROWS[:1], config(), NOVEMBER, {"schmiedeisen": name}), NOVEMBER, en)
    )
    cells = [cell.strip(' "') for line in text.splitlines() for cell in line.split(";")]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    (found,) = csv.DictReader(io.StringIO(text, newline=""))
    assert found["company"].replace("'", "") == name


def test_csv_keeps_an_honest_semicolon(en: Catalogue) -> None:
    text = "".join(
        bills_csv(bill(ROWS[:1], config(), NOVEMBER, {"schmiedeisen": "A; B-C"}), NOVEMBER, en)
    )
    (found,) = csv.DictReader(io.StringIO(text, newline=""))
    assert found["company"] == "A; B-C"


def test_json_has_amounts_as_decimals() -> None:
    found = json.loads(b"".join(bills_json(bill(ROWS, config(), NOVEMBER, NAMES), NOVEMBER)))
    assert (found["month"], found["currency"]) == ("2026-11", "CHF")
    assert [c["customer"] for c in found["customers"]] == ["cafe-sonne", "schmiedeisen"]
    lines = found["customers"][1]["lines"]
    assert [line["item"] for line in lines][:2] == ["setup", "subscription"]
    assert (lines[1]["price"], lines[1]["amount"], lines[1]["ends"]) == ("19.00", "6.33", None)
    total = sum(round(float(c["total"]) * 100) for c in found["customers"])
    assert round(float(found["total"]) * 100) == total
