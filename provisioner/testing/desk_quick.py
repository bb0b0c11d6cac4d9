"""What a desk must do that answers quickly: it says what reading all of it would."""

from typing import Protocol

from provisioner.contract.desk import Desk
from provisioner.contract.quick import QuickDesk
from provisioner.contract.resources import Release
from provisioner.telephony.numbers import DdiBlock
from provisioner.telephony.pools import NumberPools
from provisioner.testing.values import CAFE, SMITHY, TODAY, key, order, stock

HUNDRED, TENS, LENT = DdiBlock("04455500"), DdiBlock("0525555"), DdiBlock("0585550")
BLOCKS = (HUNDRED, TENS, LENT)


class Both(Desk, QuickDesk, Protocol):
    """A desk that can do this too."""


class OpenQuickDesk(Protocol):
    """The fixture ``open_desk``."""

    def __call__(self, *, pools: NumberPools = ...) -> Both: ...


class QuickDeskContract:
    """Of no block one too many is untouched; a driver may leave some out."""

    def test_desk_knows_whom_it_has_a_release_or_an_open_order_of(
        self, open_desk: OpenQuickDesk
    ) -> None:
        desk = open_desk()
        assert isinstance(desk, QuickDesk)
        assert not desk.knows_somebody()
        release = Release(customer=SMITHY, manifest="ab" * 32, reseller="muster", content=b"{}")
        for resource in (release, order(customer=CAFE, port_date=None)):
            desk.put(resource, today=TODAY, key=key())
            assert desk.knows_somebody()
            desk.delete(resource, today=TODAY, key=key())
            assert not desk.knows_somebody()
            assert not desk.customers()

    def test_block_is_touched_by_what_is_out_what_rests_and_what_comes(
        self, open_desk: OpenQuickDesk
    ) -> None:
        desk = open_desk(pools=NumberPools(stock=(HUNDRED, TENS), provisional=(LENT,)))
        assert set(desk.untouched(BLOCKS)) == set(BLOCKS)
        held = desk.put(stock("zentrale"), today=TODAY, key=key())
        assert HUNDRED not in desk.untouched(BLOCKS)
        desk.delete(held, today=TODAY, key=key())
        assert HUNDRED not in desk.untouched(BLOCKS)
        desk.put(order(numbers=("0585550123",), blocks=()), today=TODAY, key=key())
        assert list(desk.untouched((LENT, TENS))) == [TENS]
