"""What every PBX must do with objects that somebody else set up, and that are to become ours."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from provisioner.contract.pbx import AdoptingPbx, Foreign, Pbx
from provisioner.contract.resources import Kind, Route, Workplace
from provisioner.errors import Refused, Unavailable
from provisioner.telephony.licenses import License
from provisioner.testing.values import CAFE, SMITHY, key, raises, route, tenant, workplace

if TYPE_CHECKING:
    from provisioner.testing.pbx import ByHand


class Adopting(Pbx, AdoptingPbx, Protocol):
    """A PBX whose driver takes over."""


OpenPbx = Callable[[], Adopting]
HANS = (str(SMITHY), Kind.WORKPLACE, "hans.huber")
NUMBER = "0525551200"


def foreign(pbx: Pbx) -> dict[tuple[Kind, str], Foreign]:
    return {(f.kind, f.key): f for f in pbx.foreign(SMITHY)}


class AdoptingPbxContract:
    """Fixtures: ``open_pbx``, ``by_hand``, ``unreadable_pbx``."""

    def test_foreign_objects_are_found_with_what_they_hold(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        pbx.put(tenant(), secret=None, key=key())
        assert list(pbx.foreign(SMITHY)) == []
        by_hand.by_hand_add(*HANS, license="phones", name="Hans Huber", extension="33")
        by_hand.by_hand_add(str(SMITHY), Kind.ROUTE, NUMBER, target="hans.huber")
        by_hand.by_hand_add(str(CAFE), Kind.ROUTE, "0445550001", target="lea")
        found = foreign(open_pbx())
        assert found.keys() == {(Kind.WORKPLACE, "hans.huber"), (Kind.ROUTE, NUMBER)}
        place = found[Kind.WORKPLACE, "hans.huber"].found
        assert isinstance(place, Workplace)
        assert (place.license, place.name, place.extension) == ("phones", "Hans Huber", "33")
        assert place.credential == ""
        assert found[Kind.ROUTE, NUMBER].found == route(NUMBER, "hans.huber")
        assert not any(f.owner for f in found.values())
        assert list(pbx.foreign(SMITHY)) == sorted(found.values())

    def test_adopted_workplace_is_ours_with_declared_fields(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        pbx.put(tenant(), secret=None, key=key())
        by_hand.by_hand_add(*HANS, license="phones", extension="33")
        wanted = workplace("hans.huber", license=License.PHONES_APPS, extension="44")
        for _ in range(2):
            pbx.adopt(wanted, secret="aB3-long-enough", key="same")  # noqa: S106 - invented
        state = open_pbx().read([SMITHY])[SMITHY]
        assert set(state.objects) == {tenant(), wanted}
        assert state.foreign == ()
        assert list(pbx.foreign(SMITHY)) == []
        assert pbx.size() == 2

    def test_r16_adoption_leaves_undeclared_fields(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        pbx.put(tenant(), secret=None, key=key())
        by_hand.by_hand_add(*HANS, license="phones", name="Hans am Empfang", extension="33")
        pbx.adopt(workplace("hans.huber"), secret="aB3-long-enough", key=key())  # noqa: S106
        looked = by_hand.by_hand_look(*HANS) or {}
        assert (looked["name"], looked["extension"]) == ("Hans am Empfang", "33")

    def test_adopted_number_rings_where_it_is_declared(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        pbx.put(tenant(), secret=None, key=key())
        pbx.put(workplace(), secret=None, key=key())
        for digits in (NUMBER, "05255520"):
            by_hand.by_hand_add(str(SMITHY), Kind.ROUTE, digits, target="reception")
            with raises(Refused, "PV512"):
                pbx.put(route(digits, "petra.huber"), secret=None, key=key())
            pbx.adopt(route(digits, "petra.huber"), secret=None, key=key())
            assert route(digits, "petra.huber") in pbx.read([SMITHY])[SMITHY].objects
        assert list(pbx.foreign(SMITHY)) == []

    def test_r16_target_that_is_not_declared_stays_when_adopted(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        pbx.put(tenant(), secret=None, key=key())
        by_hand.by_hand_add(str(SMITHY), Kind.ROUTE, NUMBER, target="reception")
        pbx.adopt(route(NUMBER), secret=None, key=key())
        assert route(NUMBER, "reception") in pbx.read([SMITHY])[SMITHY].objects

    def test_r11_number_in_another_tenant_is_not_adopted(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        pbx.put(tenant(), secret=None, key=key())
        by_hand.by_hand_add(str(CAFE), Kind.ROUTE, NUMBER, target="lea")
        for digits in (NUMBER, "05255512"):
            with raises(Refused, "PV512"):
                pbx.adopt(route(digits, "petra.huber"), secret=None, key=key())
        assert pbx.holders([]) == {}
        assert not [o for o in pbx.read([SMITHY])[SMITHY].objects if isinstance(o, Route)]

    def test_what_is_gone_is_created_by_an_adoption(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        for each in (tenant(), workplace(), route(NUMBER, "petra.huber")):
            pbx.adopt(each, secret=None, key=key())
        wanted = {tenant(), workplace(), route(NUMBER, "petra.huber")}
        assert set(pbx.read([SMITHY])[SMITHY].objects) == wanted

    def test_adopted_object_can_be_changed_and_deleted(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        pbx.put(tenant(), secret=None, key=key())
        by_hand.by_hand_add(*HANS, license="phones")
        pbx.adopt(workplace("hans.huber"), secret=None, key=key())
        pbx.put(workplace("hans.huber", extension="45"), secret=None, key=key())
        assert workplace("hans.huber", extension="45") in pbx.read([SMITHY])[SMITHY].objects
        pbx.delete(workplace("hans.huber"), key=key())
        assert by_hand.by_hand_look(*HANS) is None

    def test_unknown_is_not_empty_for_foreign_objects(self, unreadable_pbx: Adopting) -> None:
        with raises(Unavailable):
            unreadable_pbx.foreign(SMITHY)
        with raises(Unavailable):
            unreadable_pbx.adopt(tenant(), secret=None, key=key())
