"""What the driver for Asterisk makes of each fault, at one call."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from provisioner.contract.resources import Kind
from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.drivers.asterisk.reading import FEW
from provisioner.drivers.asterisk.sending import Limits
from provisioner.drivers.asterisk.wire import Wire
from provisioner.errors import OutcomeUnknown, SystemFault, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.testing.values import SMITHY, key, raises, route, tenant, workplace
from tests.badday.double import Double, serving
from tests.badday.http_proxy import HttpProxy

ROW = ("did", "+41525551200")


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with serving() as found:
        yield found


@pytest.fixture
def proxy(double: Double) -> Iterator[HttpProxy]:
    double.rows.clear()
    made = HttpProxy(("127.0.0.1", double.port))
    yield made
    made.close()


@pytest.fixture
def wire(proxy: HttpProxy, tmp_path: Path) -> Iterator[Wire]:
    (tmp_path / "secret").write_text("x", "utf-8")
    limits = Limits(timeout=0.5, answer=0.8, call=3, patience=5)
    made = Wire(f"http://127.0.0.1:{proxy.port}", "x", tmp_path / "secret", limits, concurrency=1)
    assert made.tree("did") == {}  # with a session, so that the next call is the one in question
    yield made
    made.close()


@pytest.mark.parametrize("fault", ["cut before", "cut after", "half", "500", "502 after"])
def test_a_read_is_tried_again(wire: Wire, proxy: HttpProxy, fault: str) -> None:
    proxy.strike(fault, 1)
    assert wire.tree("did") == {}
    assert proxy.calls == 2


@pytest.mark.parametrize("fault", ["cut before", "cut after", "half", "500", "502 after"])
def test_a_write_without_an_answer_is_not_known_and_not_repeated(
    wire: Wire, proxy: HttpProxy, fault: str
) -> None:
    proxy.strike(fault, 1)
    with raises(OutcomeUnknown, "PV542"):
        wire.put_row(*ROW, "x")
    proxy.strike(fault, 1)
    with raises(OutcomeUnknown, "PV542"):
        wire.put_object("auth", "x", {"username": "x"})
    assert proxy.calls == 1


def test_a_write_with_an_answer_that_is_none_is_not_known(wire: Wire, proxy: HttpProxy) -> None:
    proxy.strike("garbage", 1)
    with raises(OutcomeUnknown, "PV546"):
        wire.put_row(*ROW, "x")
    proxy.strike("garbage", 1)
    with raises(OutcomeUnknown, "PV544"):
        wire.put_object("auth", "x", {"username": "x"})


def test_who_is_asked_to_wait_does_and_is_served(
    wire: Wire, proxy: HttpProxy, double: Double
) -> None:
    proxy.strike("asked to wait", 1)
    wire.put_row(*ROW, "x")
    assert double.rows[ROW] == "x"
    assert proxy.calls == 2


def test_what_stays_away_is_spared(wire: Wire, proxy: HttpProxy) -> None:
    proxy.strike("cut before", 1, lasting=True)
    for _ in range(3):
        with raises(Unavailable, "PV541"):
            wire.tree("did")
    asked = proxy.calls
    with raises(Unavailable, "PV598"):
        wire.tree("did")
    assert proxy.calls == asked


def test_all_that_one_call_asks_has_an_end_together(wire: Wire, proxy: HttpProxy) -> None:
    """Though each answer comes in time."""
    proxy.strike("late", 1, lasting=True)
    with raises(Unavailable, "PV568"), wire.one_call():
        for _ in range(1000):
            wire.tree("did")
    assert proxy.calls < 40


@pytest.mark.parametrize("more", [0, FEW])
def test_an_empty_list_beside_full_ones_is_not_believed(
    wire: Wire, proxy: HttpProxy, more: int
) -> None:
    """A number whose route nobody saw was released, while it rang on."""
    pbx = AsteriskPbx(wire)
    pbx.put(tenant(), secret=None, key=key())
    pbx.put(workplace(extension="22"), secret="x" * 12, key=key())
    pbx.put(route("0525551200"), secret=None, key=key())
    customers = [SMITHY, *(CustomerId(f"c{n}") for n in range(more))]
    proxy.heal()
    whole, calls = pbx.read(customers), proxy.calls
    refused = 0
    for at in range(1, calls + 1):
        proxy.strike("empty", at)
        try:
            assert pbx.read(customers) == whole, at
        except SystemFault as fault:
            assert fault.code == "PV546"
            refused += 1
    assert refused == 6, calls
    proxy.heal()
    assert pbx.read(customers) == whole


def test_what_was_deleted_by_hand_is_not_there(wire: Wire, double: Double) -> None:
    """It is asked for twice, and twice is the same said."""
    pbx = AsteriskPbx(wire)
    pbx.put(tenant(), secret=None, key=key())
    pbx.put(route("0525551200"), secret=None, key=key())
    del double.rows[ROW]
    assert [o.kind for o in pbx.read([SMITHY])[SMITHY].objects] == [Kind.TENANT]


def test_a_customer_takes_its_numbers_along_or_is_not_renamed(
    wire: Wire, proxy: HttpProxy, double: Double
) -> None:
    """An empty list of routes left them leading to what had gone."""
    fresh = CustomerId("fresh")
    pbx = AsteriskPbx(wire)
    pbx.put(tenant(), secret=None, key=key())
    pbx.put(workplace(), secret="x" * 12, key=key())
    pbx.put(route("0525551200", "petra.huber"), secret=None, key=key())
    before = dict(double.rows)
    proxy.heal()
    pbx.rename_customer(SMITHY, fresh, secrets={}, key=key())
    for at in range(1, proxy.calls + 1):
        double.rows = dict(before)
        proxy.strike("empty", at)
        with suppress(SystemFault):
            pbx.rename_customer(SMITHY, fresh, secrets={}, key=key())
        proxy.heal()
        pbx.rename_customer(SMITHY, fresh, secrets={}, key=key())
        assert double.rows[ROW] == "fresh--petra-huber", at


def test_closing_goes_well_where_nothing_answers(wire: Wire, proxy: HttpProxy) -> None:
    pbx = AsteriskPbx(wire)
    pbx.put(tenant(), secret=None, key=key())
    proxy.strike("cut after", 2)  # the lock's row is read, then taken away
    pbx.close()
    assert proxy.struck
