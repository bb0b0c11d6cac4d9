"""Rows that only say what the driver is about to do: none stays when a call's answer was lost."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.drivers.asterisk.driver import LOCK
from provisioner.drivers.asterisk.sending import Limits
from provisioner.drivers.asterisk.wire import Wire
from provisioner.errors import SystemFault
from provisioner.telephony.identity import CustomerId
from provisioner.testing.values import SMITHY, key, route, tenant, workplace
from tests.badday.double import Double, serving
from tests.badday.http_proxy import HttpProxy
from tests.badday.world import HastyPbx

OTHER, FRESH = CustomerId("other"), CustomerId("fresh")
DIGITS = "0525551200"
EVERYBODY = (SMITHY, OTHER, FRESH)
Act = Callable[[HastyPbx], None]


def delete(pbx: HastyPbx) -> None:
    pbx.delete(route(DIGITS), key=key())


def move(pbx: HastyPbx) -> None:
    pbx.move_route(replace(route(DIGITS), customer=OTHER, target=""), was=SMITHY, key=key())


def rename(pbx: HastyPbx) -> None:
    pbx.rename_customer(SMITHY, FRESH, secrets={}, key=key())


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with serving() as found:
        yield found


@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.parametrize("act", [delete, move, rename])
def test_nothing_stays_of_what_was_done_but_for_the_last_row(
    double: Double, tmp_path: Path, act: Act, dies: bool
) -> None:
    """A run reads the state back, finds it as it should be, and goes on; if it ``dies`` there,
    whoever resumes it does."""
    (tmp_path / "secret").write_text("x", "utf-8")
    double.rows.clear()
    proxy = HttpProxy(("127.0.0.1", double.port))
    url = f"http://127.0.0.1:{proxy.port}"

    def opened() -> HastyPbx:
        wire = Wire(url, "x", tmp_path / "secret", Limits(timeout=5), concurrency=1)
        return HastyPbx(wire)

    def written(act: Act, cut: int = 0) -> tuple[object, set[tuple[str, str]], int]:
        """What a reader is told afterwards, the rows, and how many calls it took."""
        pbx = opened()
        for customer in EVERYBODY:
            pbx.begin(customer)
        proxy.strike("cut after", cut)
        with suppress(SystemFault):
            act(pbx)
        calls = proxy.calls
        proxy.heal()
        if dies:
            pbx.wire.close()  # nothing more is written
            pbx = opened()
            for customer in EVERYBODY:
                pbx.begin(customer)
        with closing(pbx):
            pbx.flush()
            told = pbx.read(EVERYBODY)
        return told, {*double.rows} - {LOCK}, calls

    with closing(opened()) as pbx:
        for customer in (SMITHY, OTHER):
            pbx.put(tenant(customer=customer), secret=None, key=key())
        pbx.put(workplace(), secret="x" * 12, key=key())
        pbx.put(route(DIGITS), secret=None, key=key())
    before = dict(double.rows)
    wanted, rows, calls = written(act)
    whole = 0
    for cut in range(calls - 4, calls):  # the last writes
        double.rows = dict(before)
        told, left, _ = written(act, cut)
        if told == wanted:
            whole += 1
            assert left == rows, cut
    proxy.close()
    assert whole
