"""Rules within one manifest; each case changes the whole, faultless manifest."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.rules import check
from provisioner.manifest.schedule import Schedule, port_date
from provisioner.telephony.calendar import WorkCalendar

ZURICH = WorkCalendar("ZH")
Edited = Callable[..., bytes]

SCHEDULE = 'schedule: {when: date, date: 2027-03-01, time: "09:00"}'
NUMBERS = "numbers: [0525551200, 0525551201]"
SIGNATURE = "signature: {authority: collective, signatories: [Petra Huber, Hans Huber]}"
FAX_NUMBER = "number: {stock: ddi, line: 11}"


def schedule(text: str) -> tuple[str, str]:
    return SCHEDULE, f"schedule: {{{text}}}"


def many(count: int) -> tuple[str, str]:
    numbers = ", ".join(f"052555{1100 + 7 * i}" for i in range(count))
    return NUMBERS, f"numbers: [{numbers}]"


CASES = {
    "R2 billed before it works": (
        [("activate_from: 2026-12-10", "activate_from: 2027-01-02")],
        "PV230 warning subscription.activate_from",
    ),
    "R2 ends before it begins": (
        [("activate_from: 2026-12-10", "ends_on: 2026-12-31")],
        "PV231 error subscription.ends_on",
    ),
    "R2 ported before the activation": (
        [("activate_from: 2026-12-10", "activate_from: 2027-05-03"),
         ("billing_from: 2027-01-01", "billing_from: 2027-05-03")],
        "PV265 error porting.0.schedule",
    ),
    "R2 ported after the end": (
        [("activate_from: 2026-12-10", "ends_on: 2027-02-15")],
        "PV266 error porting.0.schedule",
    ),
    "R4 collective with one name": (
        [(SIGNATURE, "signature: {authority: collective, signatories: [Petra Huber]}")],
        "PV210 error porting.0.signature.signatories",
    ),
    "R4 single with two names": (
        [("authority: collective", "authority: single")],
        "PV211 advice porting.0.signature.signatories",
    ),
    "R5 unknown provider": (
        [("provider: Swisscom", "provider: unknown")],
        "PV209 question porting.0.provider",
    ),
    "R6 asap": (
        [schedule('when: asap, time: "09:00"')],
        "PV216 question porting.0.schedule.when",
    ),
    "R6 asap agreed": ([schedule('when: asap, agreed_date: 2027-03-02, time: "09:00"')], ""),
    "R6 date on Sunday": (
        [schedule('when: date, date: 2027-02-28, time: "09:00"')],
        "PV217 error porting.0.schedule.date",
    ),
    "R6 date on a holiday": (
        [schedule('when: date, date: 2027-01-01, time: "09:00"')],
        "PV217 error porting.0.schedule.date",
    ),
    "R6 agreed date on Saturday": (
        [schedule('when: asap, agreed_date: 2027-02-27, time: "09:00"')],
        "PV217 error porting.0.schedule.agreed_date",
    ),
    "R6 contract ends on Sunday": (
        [schedule('when: contract_end, contract_ends_on: 2027-02-28, time: "09:00"')],
        "PV218 advice porting.0.schedule.contract_ends_on",
    ),
    "R6 contract ends on Friday": (
        [schedule('when: contract_end, contract_ends_on: 2027-02-26, time: "09:00"')],
        "",
    ),
    "R7 full with internet": (
        [("scope: partial", "scope: full")],
        "PV219 warning porting.0.scope",
    ),
    "R7 full without internet": (
        [("scope: partial", "scope: full"), ("on_contract: true", "on_contract: false")],
        "",
    ),
    "R10 eleven numbers": ([many(11)], "PV229 advice porting.0.numbers"),
    "R10 ten numbers": ([many(10)], ""),
    "R11 same number twice": (
        [(NUMBERS, "numbers: [0525551200, 0525551200]")],
        "PV212 error porting.0.numbers.1",
    ),
    "R11 number in own block": (
        [(NUMBERS, "numbers: [0525552012]")],
        "PV213 error porting.0.numbers.0",
    ),
    "R11 part of a range": (
        [("blocks: [05255520]", "blocks: [05255520, 052555203]")],
        "PV214 error porting.0.blocks.1",
    ),
    "R11 ten in a row": (
        [(NUMBERS, "numbers: [" + ", ".join(f"052555121{i}" for i in range(10)) + "]")],
        "PV215 advice porting.0.numbers",
    ),
    "R14 no support login": (
        [("support_login: {login: muster.support, password: {generate: true}}\n", "")],
        "PV235 advice workplaces",
    ),
    "R15 same login in capitals": (
        [("login: fax", "login: Petra.HUBER")],
        "PV232 error workplaces.1.login",
    ),
    "R15 login of the support": (
        [("login: fax", "login: muster.support")],
        "PV232 error support_login.login",
    ),
    "R15 number not ported": (
        [("number: 0525552011", "number: 0525559999")],
        "PV233 error workplaces.0.number",
    ),
    "R15 block not ported": (
        [("number: 0525552011", "number: 052555201")],
        "PV233 error workplaces.0.number",
    ),
    "R15 whole ported block": ([("number: 0525552011", "number: 05255520")], ""),
    "R15 stock unknown": (
        [(FAX_NUMBER, "number: {stock: zentral}")],
        "PV234 error workplaces.1.number.stock",
    ),
    "R15 line outside": (
        [(FAX_NUMBER, "number: {stock: ddi, line: 100}")],
        "PV205 error workplaces.1.number.line",
    ),
    "R15 last line": ([(FAX_NUMBER, "number: {stock: ddi, line: 99}")], ""),
    "R15 line of a single number": (
        [(FAX_NUMBER, "number: {stock: zentrale, line: 1}")],
        "PV205 error workplaces.1.number.line",
    ),
    "R15 number at two workplaces": (
        [(FAX_NUMBER, "number: 0525552011")],
        "PV236 error workplaces.1.number",
    ),
    "R15 extension twice": (
        [("use: fax", "use: fax\n    extension: 21")],
        "PV237 error workplaces.1.extension",
    ),
    "R17 desk without apps": (
        [("license: phones+apps", "license: phones")],
        "PV239 advice workplaces.0.license",
    ),
    "R17 fax with apps": (
        [("license: phones\n", "license: phones+apps\n")],
        "PV238 advice workplaces.1.license",
    ),
    "R17 other may have either": (
        [("license: phones\n", "license: phones+apps\n"), ("use: fax", "use: other")],
        "",
    ),
    "id twice": ([("id: ddi", "id: zentrale"), ("stock: ddi, line: 11", "stock: zentrale")],
        "PV128 error numbers.1.id"),
    "nothing to port": (
        [(NUMBERS, "numbers: []"), ("    blocks: [05255520]\n", ""),
         ("    number: 0525552011\n", "")],
        "PV129 error porting.0",
    ),
}  # fmt: skip


def found_in(data: bytes) -> list[Diagnostic]:
    loaded = load_manifest(data, "x.yaml")
    located = [loaded.locate(d) for d in check(loaded.value, days=ZURICH)]
    assert all(d.place for d in located)
    return [d for d in located if d.code != "PV220"]


@pytest.mark.parametrize("name", CASES)
def test_rule(name: str, edited: Edited) -> None:
    changes, expected = CASES[name]
    found = [
        f"{d.code} {d.severity} {'.'.join(map(str, d.path))}" for d in found_in(edited(*changes))
    ]
    assert found == ([expected] if expected else [])


def test_r6_next_working_day_is_the_remedy(edited: Edited) -> None:
    (found,) = found_in(edited(schedule('when: date, date: 2026-12-25, time: "09:00"')))
    assert found.params == {"date": "2026-12-25", "suggestion": "2026-12-28"}


def test_r8_advice_names_the_services(edited: Edited) -> None:
    data = edited(("    scope: partial\n", "    scope: partial\n    other_services: [Fax2Mail]\n"))
    loaded = load_manifest(data, "x")
    (found,) = (d for d in check(loaded.value, days=ZURICH) if d.code == "PV220")
    assert found.severity is Severity.ADVICE
    assert found.params["services"] == "Fax2Mail"


def test_r10_split_is_shown(edited: Edited) -> None:
    (found,) = found_in(edited(many(23)))
    assert found.params["orders"] == 3
    assert found.params["split"] == "10 + 10 + 3"


def test_r11_overlap_shows_both_places(edited: Edited) -> None:
    loaded = load_manifest(edited((NUMBERS, "numbers: [0525552012]")), "x")
    (found,) = (d for d in check(loaded.value, days=ZURICH) if d.code == "PV213")
    assert found.also == (("porting", 0, "blocks", 0),)


PORT_DATES = [
    ({"when": "contract_end", "contract_ends_on": "2027-02-28"}, date(2027, 2, 26)),
    ({"when": "contract_end", "contract_ends_on": "2027-01-02"}, date(2026, 12, 31)),
    ({"when": "contract_end", "contract_ends_on": "2027-02-26"}, date(2027, 2, 26)),
    ({"when": "date", "date": "2027-03-01"}, date(2027, 3, 1)),
    ({"when": "date", "date": "2027-03-01", "agreed_date": "2027-03-09"}, date(2027, 3, 9)),
    ({"when": "asap"}, None),
    ({"when": "asap", "agreed_date": "2027-03-09"}, date(2027, 3, 9)),
]


@pytest.mark.parametrize(("fields", "expected"), PORT_DATES)
def test_r6_port_date(fields: dict[str, str], expected: date | None) -> None:
    made = Schedule.model_validate({**fields, "time": "09:00"})
    assert port_date(made, ZURICH, 1) == expected


def test_r6_line_never_dies_before_the_port() -> None:
    for day in range(1, 29):
        fields = {"when": "contract_end", "contract_ends_on": f"2027-12-{day:02d}", "time": "09:00"}
        made = port_date(Schedule.model_validate(fields), ZURICH, 1)
        assert made
        assert made <= date(2027, 12, day)
        assert ZURICH.is_working(made)


def test_findings_of_the_whole_manifest_are_advice_only(edited: Edited) -> None:
    assert [d.code for d in found_in(edited())] == []
    assert all(a != b for a, b in pairwise(CASES))
