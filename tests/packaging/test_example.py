"""The example customers use, together, every feature of the manifest."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from provisioner.manifest.config import Config
from provisioner.manifest.loader import load_model
from provisioner.manifest.models import Manifest, Porting, Workplace
from provisioner.manifest.removals import Removals
from provisioner.telephony.numbers import DdiBlock, numbers_from
from provisioner.telephony.porting import MAX_SINGLE_NUMBERS

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "customers").glob("*/*.yaml"))
FIRST_DAY = date(2026, 11, 24)
"""The day on which the demo begins."""


M = TypeVar("M", bound=BaseModel)


def load(model: type[M], file: Path) -> M:
    return load_model(model, file.read_bytes(), file.name).value


CONFIG = load(Config, ROOT / "provision.yaml")
REMOVALS = load(Removals, ROOT / "removals.yaml")
CUSTOMERS = {f.stem: load(Manifest, f) for f in FILES}
PORTS = [p for m in CUSTOMERS.values() for p in m.porting]
PLACES = [w for m in CUSTOMERS.values() for w in m.workplaces]
POOLS = [*CONFIG.numbers.stock, *CONFIG.numbers.provisional]


def port(test: Callable[[Porting], object]) -> bool:
    return any(test(p) for p in PORTS)


def place(test: Callable[[Workplace], object]) -> bool:
    return any(test(w) for w in PLACES)


def customer(test: Callable[[Manifest], object]) -> bool:
    return any(test(m) for m in CUSTOMERS.values())


FEATURES: dict[str, bool] = {
    "R2 activation before billing": customer(
        lambda m: (m.subscription.activate_from or date.max) < m.subscription.billing_from
    ),
    "R3 new number": customer(lambda m: any(n.block is None for n in m.numbers)),
    "R3 new block of 10": customer(lambda m: any(n.block == 10 for n in m.numbers)),
    "R3 new block of 100": customer(lambda m: any(n.block == 100 for n in m.numbers)),
    "R4 single signature": port(lambda p: p.signature.authority == "single"),
    "R4 collective signature": port(lambda p: len(p.signature.signatories) > 1),
    "R4 letter of authority": port(lambda p: p.poa),
    "R5 unknown provider": port(lambda p: p.provider == Porting.UNKNOWN),
    "R6 contract_end": port(lambda p: p.schedule.when == "contract_end"),
    "R6 contract ends on a weekend": port(
        lambda p: p.schedule.contract_ends_on and p.schedule.contract_ends_on.weekday() > 4
    ),
    "R6 date": port(lambda p: p.schedule.when == "date"),
    "R6 asap, open": port(lambda p: p.schedule.when == "asap" and not p.schedule.agreed_date),
    "R6 asap, agreed": port(lambda p: p.schedule.when == "asap" and p.schedule.agreed_date),
    "R7 partial with internet": port(lambda p: p.scope == "partial" and p.internet_on_contract),
    "R7 full with internet": port(lambda p: p.scope == "full" and p.internet_on_contract),
    "R7 full without internet": port(lambda p: p.scope == "full" and not p.internet_on_contract),
    "R8 other services": port(lambda p: p.other_services),
    "R10 more than ten": port(lambda p: len(p.numbers) > MAX_SINGLE_NUMBERS),
    "R11 ported block": port(lambda p: p.blocks),
    "R11 block as default target": place(lambda w: isinstance(w.number, DdiBlock)),
    "R11 line of a new block": place(lambda w: getattr(w.number, "line", None) is not None),
    "R14 support login": customer(lambda m: m.support_login),
    "R14 admin": customer(lambda m: m.admin),
    "R15 internal number": place(lambda w: w.extension),
    "R15 name": place(lambda w: w.name),
    "UID": customer(lambda m: m.contact.uid),
    "two ports of one customer": customer(lambda m: len(m.porting) > 1),
    "end of a subscription": customer(lambda m: m.subscription.ends_on),
    "two numbers and one phone": customer(
        lambda m: (len(m.numbers), len(m.porting), len(m.workplaces)) == (2, 0, 1)
    ),
} | {
    f"R17 {use}": place(lambda w, use=use: w.use == use)  # type: ignore[misc]
    for use in ("desk", "fax", "workshop", "lift", "door", "other")
}


@pytest.mark.parametrize("feature", FEATURES)
def test_some_example_shows(feature: str) -> None:
    assert FEATURES[feature]


def test_at_least_six_customers_of_two_resellers() -> None:
    assert len(FILES) >= 6
    assert {f.parent.name for f in FILES} == set(CONFIG.resellers)
    assert len(CONFIG.resellers) == 2


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_editors_find_the_schema(file: Path) -> None:
    first = file.read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/customer.schema.json"


@pytest.mark.parametrize("name", ["provision.yaml", "removals.yaml"])
def test_editors_find_the_schema_of_the_workspace(name: str) -> None:
    first = (ROOT / name).read_text("utf-8").splitlines()[0]
    schema = re.fullmatch(r"# yaml-language-server: \$schema=(schemas/\S+)", first)
    assert schema
    assert (ROOT / schema[1]).is_file()


def port_dates() -> Iterator[tuple[str, date]]:
    calendar = CONFIG.porting.days().calendar
    for name, manifest in CUSTOMERS.items():
        for p in manifest.porting:
            s = p.schedule
            if s.contract_ends_on:
                yield name, calendar.on_or_before(s.contract_ends_on)
            elif fixed := s.date or s.agreed_date:
                yield name, fixed


@pytest.mark.parametrize(("name", "day"), list(port_dates()))
def test_r6_ports_can_be_ordered_on_the_first_day_of_the_demo(name: str, day: date) -> None:
    policy = CONFIG.porting.days()
    assert policy.calendar.is_working(day), name
    assert day >= policy.earliest(FIRST_DAY), name


def test_an_end_has_its_second_signature() -> None:
    for name, manifest in CUSTOMERS.items():
        if last := manifest.subscription.ends_on:
            assert REMOVALS.allows(name, "customer", last + timedelta(days=1))


def test_r11_no_ported_number_is_in_a_pool() -> None:
    for p in PORTS:
        for item in p.items:
            assert not [pool for pool in POOLS if pool.overlaps(item)]


def test_contacts_are_nobodys_numbers() -> None:
    # Invented, so none of them may be one that the example ports or gives out.
    taken = [*POOLS, *(item for p in PORTS for item in p.items)]
    for manifest in CUSTOMERS.values():
        phone = numbers_from(str(manifest.contact.phone))
        assert manifest.contact.email.endswith(".example")
        assert not [
            t for t in taken if (t.overlaps(phone) if isinstance(t, DdiBlock) else t == phone)
        ]
