"""What every driver of a PBX must do when a number passes from one customer to another."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from provisioner.contract.pbx import MovingPbx, Pbx
from provisioner.contract.resources import Kind, NumberRef, PbxResource, Route
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import E164, numbers_from
from provisioner.telephony.sources import Stock
from provisioner.testing.values import CAFE, SMITHY, key, raises, route, tenant, workplace

if TYPE_CHECKING:
    from provisioner.testing.pbx import ByHand


class Movable(Pbx, MovingPbx, Protocol):
    """A PBX whose driver moves numbers."""


OpenPbx = Callable[[], Movable]
NUMBER, BLOCK = "0525551200", "05255520"
OURS, THEIRS = "petra.huber", "lea.meier"


def move(pbx: Movable, wanted: Route, was: CustomerId = SMITHY) -> None:
    pbx.move_route(wanted, was=was, key=key())


def two(pbx: Pbx, *more: PbxResource) -> None:
    """Two customers with a phone each."""
    for each in (
        tenant(),
        workplace(OURS),
        tenant(CAFE, "Café Sonne"),
        workplace(THEIRS, CAFE),
        *more,
    ):
        pbx.put(each, secret="aB3-long-enough", key=key())  # noqa: S106 - invented


def routes(pbx: Pbx, customer: CustomerId) -> set[PbxResource]:
    return {o for o in pbx.read([customer])[customer].objects if o.kind is Kind.ROUTE}


class MovingPbxContract:
    """Fixtures: ``open_pbx``, ``by_hand``; see :mod:`provisioner.testing`."""

    def test_a_number_passes_and_rings_at_its_new_target(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        two(pbx, route(NUMBER, OURS), route("0525551201", OURS))
        size = pbx.size()
        wanted = route(NUMBER, THEIRS, CAFE)
        for _ in range(2):
            move(pbx, wanted)
        assert routes(open_pbx(), CAFE) == {wanted}
        assert routes(pbx, SMITHY) == {route("0525551201", OURS)}
        assert pbx.holders([E164(NUMBER)]) == {E164(NUMBER): str(CAFE)}
        assert pbx.size() == size

    def test_r11_the_lines_of_a_block_stay_where_they_are(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        line, other = "0525552011", "0525552012"
        two(pbx, route(BLOCK, OURS), route(line, OURS), route(other, OURS))
        move(pbx, route(BLOCK, THEIRS, CAFE))
        assert routes(pbx, SMITHY) == {route(line, OURS), route(other, OURS)}
        move(pbx, route(line, THEIRS, CAFE))
        pbx.delete(route(other), key=key())
        pbx.put(route("0525552013", THEIRS, CAFE), secret=None, key=key())
        found = {route(each, THEIRS, CAFE) for each in (BLOCK, line, "0525552013")}
        assert routes(open_pbx(), CAFE) == found
        assert not routes(pbx, SMITHY)

    def test_a_number_passes_to_nobody_yet(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        two(pbx, route(NUMBER, OURS))
        move(pbx, route(NUMBER, "", CAFE))
        assert routes(pbx, CAFE) == {route(NUMBER, "", CAFE)}
        assert not routes(pbx, SMITHY)

    def test_a_number_that_is_gone_is_set_up(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        two(pbx)
        move(pbx, route(NUMBER, THEIRS, CAFE))
        assert routes(pbx, CAFE) == {route(NUMBER, THEIRS, CAFE)}

    def test_the_number_of_a_third_one_is_refused(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        two(pbx, route(NUMBER, OURS))
        for was in (CustomerId("third-one"), CAFE):
            with raises(Refused, "PV512"):
                move(pbx, route(NUMBER, THEIRS, CAFE), was)
        assert routes(pbx, SMITHY) == {route(NUMBER, OURS)}

    def test_a_number_without_our_mark_is_refused(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        two(pbx)
        by_hand.by_hand_add(str(SMITHY), Kind.ROUTE, NUMBER, target=OURS)
        with raises(Refused, "PV512"):
            move(pbx, route(NUMBER, THEIRS, CAFE))
        assert not routes(pbx, CAFE)

    def test_a_number_not_known_yet_is_refused(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        two(pbx)
        unknown = replace(route("", THEIRS, CAFE), number=NumberRef(Stock("alt"), None))
        with raises(Refused, "PV515"):
            move(pbx, unknown)

    def test_it_can_pass_back(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        two(pbx, route(NUMBER, OURS))
        move(pbx, route(NUMBER, THEIRS, CAFE))
        move(pbx, route(NUMBER, OURS), CAFE)
        assert routes(pbx, SMITHY) == {route(NUMBER, OURS)}
        assert pbx.holders([numbers_from(NUMBER)]) == {numbers_from(NUMBER): str(SMITHY)}
