"""What every driver of a PBX must do."""

from collections.abc import Callable
from typing import Protocol, get_args

from hypothesis import given, settings

from provisioner.contract.pbx import CONTRACT, Foreign, Pbx, PbxReader
from provisioner.contract.resources import (
    NO_NUMBER,
    Admin,
    Json,
    Kind,
    NumberRef,
    PbxResource,
    Route,
    SupportLogin,
    Tenant,
)
from provisioner.errors import Refused, Unavailable
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import E164, DdiBlock, Numbers
from provisioner.telephony.phones import NO_PHONE
from provisioner.telephony.sources import Stock
from provisioner.telephony.srtp import Srtp
from provisioner.testing.drawn import drawn
from provisioner.testing.values import (
    CAFE,
    SMITHY,
    STRANGER,
    key,
    raises,
    route,
    tenant,
    workplace,
)

OpenPbx = Callable[[], Pbx]
PBX_CLASSES: tuple[type[PbxResource], ...] = get_args(PbxResource)


class ByHand(Protocol):
    """What people do on the PBX itself, without us. ``tenant`` is the customer's id there."""

    def by_hand_add(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        """Add an object without our mark."""
        ...

    def by_hand_set(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        """Change or add fields of an object."""
        ...

    def by_hand_delete(self, tenant: str, kind: Kind, key: str) -> None:
        """Delete an object."""
        ...

    def by_hand_look(self, tenant: str, kind: Kind, key: str) -> dict[str, Json] | None:
        """All fields of an object, declared by us or not."""
        ...


def put(pbx: Pbx, *resources: PbxResource, secret: str | None = None) -> None:
    for each in resources:
        pbx.put(each, secret=secret, key=key())


class PbxContract:
    """Fixtures: ``open_pbx``, ``by_hand``, ``unreadable_pbx``; see :mod:`provisioner.testing`."""

    def test_driver_states_contract_and_target(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        assert pbx.contract == CONTRACT
        assert pbx.target
        assert isinstance(pbx, Pbx)
        assert isinstance(pbx, PbxReader)
        pbx.close()

    def test_new_pbx_knows_nobody_and_says_so_for_each(self, open_pbx: OpenPbx) -> None:
        found = open_pbx().read([SMITHY, STRANGER])
        assert set(found) == {SMITHY, STRANGER}
        assert all(not s.objects and not s.foreign for s in found.values())
        assert open_pbx().size() == 0

    def test_what_is_put_is_read_by_another_client(self, open_pbx: OpenPbx) -> None:
        whole: list[PbxResource] = [
            tenant(
                emergency_caller=route("0525551200").number,
                premium_calls=True,
                max_calls=3,
                max_international=0,
            ),
            SupportLogin(customer=SMITHY, login="muster.support", credential="generated:1"),
            Admin(customer=SMITHY, login="admin.huber", credential="age:00112233445566aa"),
            workplace(
                name="Petra Hübér",
                license=License.PHONES_APPS,
                extension="21",
                caller_id=route("0525551200").number,
                srtp=Srtp.REQUIRED,
                phone="snom-d785 000413A1B2C3",
            ),
            workplace("hans.huber", srtp=Srtp.OFF),
            route("0525551200", "petra.huber"),
            route("05255520", "petra.huber"),
        ]
        put(open_pbx(), *whole)
        state = open_pbx().read([SMITHY])[SMITHY]
        assert sorted(state.objects, key=repr) == sorted(whole, key=repr)
        assert open_pbx().size() == len(whole)

    def test_every_declared_field_is_kept(self, open_pbx: OpenPbx) -> None:
        """Whatever a resource declares now or later: put is read, and then changed, as a whole."""
        pbx, other = open_pbx(), open_pbx()
        pbx.put(tenant(), secret=None, key=key())
        for cls in PBX_CLASSES:

            @settings(max_examples=25, deadline=None, database=None, derandomize=True)
            @given(drawn(cls, SMITHY))
            def holds(wanted: PbxResource) -> None:
                pbx.put(wanted, secret="aB3-long-enough", key=key())  # noqa: S106 - invented
                found = {(o.kind, o.live_key): o for o in other.read([SMITHY])[SMITHY].objects}
                read = found[wanted.kind, wanted.live_key].concrete()
                assert {name: read.get(name) for name in wanted.concrete()} == wanted.concrete()
                if not isinstance(wanted, Tenant):
                    pbx.delete(wanted, key=key())

            holds()

    def test_put_twice_changes_nothing(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        for _ in range(2):
            pbx.put(tenant(), secret=None, key="same")
            pbx.put(workplace(), secret="aB3-long-enough", key="same-too")  # noqa: S106 - invented
        assert set(pbx.read([SMITHY])[SMITHY].objects) == {tenant(), workplace()}
        assert pbx.size() == 2

    def test_put_updates_declared_fields(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(extension="21"))
        put(pbx, workplace(extension="12", license=License.PHONES_APPS))
        wanted = workplace(extension="12", license=License.PHONES_APPS)
        assert wanted in pbx.read([SMITHY])[SMITHY].objects

    def test_what_a_workplace_no_longer_declares_stays(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        for srtp in (Srtp.REQUIRED, Srtp.OPTIONAL, Srtp.OFF):
            put(pbx, tenant(), workplace(srtp=srtp), workplace(license=License.PHONES_APPS))
            wanted = workplace(license=License.PHONES_APPS, srtp=srtp)
            assert set(pbx.read([SMITHY])[SMITHY].objects) == {tenant(), wanted}

    def test_a_phone_is_set_changed_kept_and_taken_away(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant())
        for phone in ("snom-d785 000413A1B2C3", "yealink-t54w 805EC0A1B2C3", NO_PHONE):
            put(pbx, workplace(phone=phone))
            put(pbx, workplace())  # not declared: as it was
            assert workplace(phone=phone) in open_pbx().read([SMITHY])[SMITHY].objects

    def test_tenant_keeps_what_is_declared_no_longer(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(premium_calls=True, emergency_caller=NO_NUMBER), tenant(max_calls=4))
        put(pbx, tenant(premium_calls=False))
        wanted = tenant(premium_calls=False, emergency_caller=NO_NUMBER, max_calls=4)
        assert pbx.read([SMITHY])[SMITHY].objects == (wanted,)

    def test_r16_undeclared_fields_stay(self, open_pbx: OpenPbx, by_hand: ByHand) -> None:
        """A field that the manifest does not declare is not written (R16)."""
        pbx = open_pbx()
        put(pbx, tenant(), workplace())
        who = (str(SMITHY), Kind.WORKPLACE, "petra.huber")
        by_hand.by_hand_set(*who, name="Petra am Empfang", extension="77")
        put(pbx, workplace(license=License.PHONES_APPS))
        looked = by_hand.by_hand_look(*who) or {}
        assert looked["name"] == "Petra am Empfang"
        assert looked["extension"] == "77"
        assert looked["license"] == "phones+apps"

    def test_r16_target_left_to_the_pbx_stays(self, open_pbx: OpenPbx, by_hand: ByHand) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), route("0525551200"))
        by_hand.by_hand_set(str(SMITHY), Kind.ROUTE, "0525551200", target="petra.huber")
        put(pbx, route("0525551200"))
        assert route("0525551200", "petra.huber") in pbx.read([SMITHY])[SMITHY].objects

    def test_hand_change_of_a_declared_field_is_seen(
        self, open_pbx: OpenPbx, by_hand: ByHand
    ) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(extension="21"))
        by_hand.by_hand_set(str(SMITHY), Kind.WORKPLACE, "petra.huber", extension="99")
        assert workplace(extension="99") in pbx.read([SMITHY])[SMITHY].objects

    def test_object_deleted_by_hand_is_gone_and_can_be_put_again(
        self, open_pbx: OpenPbx, by_hand: ByHand
    ) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace())
        by_hand.by_hand_delete(str(SMITHY), Kind.WORKPLACE, "petra.huber")
        assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)
        put(pbx, workplace())
        assert workplace() in pbx.read([SMITHY])[SMITHY].objects

    def test_foreign_is_listed_but_never_as_ours(self, open_pbx: OpenPbx, by_hand: ByHand) -> None:
        pbx = open_pbx()
        put(pbx, tenant())
        by_hand.by_hand_add(str(SMITHY), Kind.WORKPLACE, "hans.huber", license="phones")
        state = pbx.read([SMITHY])[SMITHY]
        assert state.objects == (tenant(),)
        assert state.foreign == (Foreign(Kind.WORKPLACE, "hans.huber"),)
        assert pbx.size() == 1

    def test_foreign_is_neither_changed_nor_deleted(
        self, open_pbx: OpenPbx, by_hand: ByHand
    ) -> None:
        pbx = open_pbx()
        put(pbx, tenant())
        who = (str(SMITHY), Kind.WORKPLACE, "hans.huber")
        by_hand.by_hand_add(*who, license="phones", extension="33")
        before = by_hand.by_hand_look(*who)
        with raises(Refused, "PV512"):
            pbx.put(workplace("hans.huber", extension="44"), secret=None, key=key())
        with raises(Refused, "PV512"):
            pbx.delete(workplace("hans.huber"), key=key())
        assert by_hand.by_hand_look(*who) == before

    def test_r11_number_of_another_customer_is_refused(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), tenant(CAFE, "Café Sonne"), route("05255520"))
        for digits in ("05255520", "0525552011", "0525552"):
            with raises(Refused, "PV512"):
                pbx.put(route(digits, customer=CAFE), secret=None, key=key())
        assert pbx.read([CAFE])[CAFE].objects == (tenant(CAFE, "Café Sonne"),)

    def test_r11_number_inside_own_block_has_its_own_route(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), route("05255520", "petra.huber"), route("0525552011", "hans.huber"))
        assert len(pbx.read([SMITHY])[SMITHY].objects) == 3

    def test_holders_sees_every_overlap(self, open_pbx: OpenPbx, by_hand: ByHand) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), route("05255520"), route("0445550001"))
        by_hand.by_hand_add("someone-else", Kind.ROUTE, "0315550000")
        asked: list[Numbers] = [
            E164("0525552011"),
            DdiBlock("0525552"),
            DdiBlock("05255520"),
            DdiBlock("044555000"),
            E164("0315550000"),
            E164("0315550001"),
            E164("0525552111"),
        ]
        assert dict(pbx.holders(asked)) == {
            E164("0525552011"): str(SMITHY),
            DdiBlock("0525552"): str(SMITHY),
            DdiBlock("05255520"): str(SMITHY),
            DdiBlock("044555000"): str(SMITHY),
            E164("0315550000"): "",
        }
        assert dict(pbx.holders([])) == {}

    def test_r15_login_is_unique_within_a_customer(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), tenant(CAFE), workplace())
        with raises(Refused, "PV513"):
            pbx.put(workplace("Petra.Huber"), secret=None, key=key())
        with raises(Refused, "PV513"):
            pbx.put(
                Admin(customer=SMITHY, login="petra.huber", credential="generated:1"),
                secret=None,
                key=key(),
            )
        put(pbx, workplace(customer=CAFE))

    def test_r15_logins_that_look_like_what_a_driver_adds(self, open_pbx: OpenPbx) -> None:
        """Seen, counted and taken away like any other: nothing of them outlives the customer."""
        pbx = open_pbx()
        before = pbx.size()
        places = [
            workplace(login, license=license_)
            for login, license_ in (
                ("app", License.PHONES_APPS),
                ("x.app", License.PHONES),
                ("app.app", License.PHONES_APPS),
                ("x", License.PHONES_APPS),
            )
        ]
        put(pbx, tenant(), *places)
        assert set(open_pbx().read([SMITHY])[SMITHY].objects) == {tenant(), *places}
        assert pbx.size() == before + 5
        pbx.delete(places[3], key=key())
        assert set(pbx.read([SMITHY])[SMITHY].objects) == {tenant(), *places[:3]}
        for place in places[:3]:
            pbx.delete(place, key=key())
        pbx.delete(tenant(), key=key())
        left = open_pbx().read([SMITHY])[SMITHY]
        assert not left.objects
        assert not left.foreign
        assert pbx.size() == before

    def test_delete_is_done_once_and_fine_twice(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(), route("0525551200", "petra.huber"))
        for _ in range(2):
            pbx.delete(route("0525551200"), key=key())
            pbx.delete(workplace(), key=key())
        assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)
        pbx.delete(tenant(), key=key())
        assert pbx.size() == 0

    def test_tenant_with_something_foreign_is_not_deleted(
        self, open_pbx: OpenPbx, by_hand: ByHand
    ) -> None:
        pbx = open_pbx()
        put(pbx, tenant())
        by_hand.by_hand_add(str(SMITHY), Kind.WORKPLACE, "hans.huber", license="phones")
        with raises(Refused, "PV514"):
            pbx.delete(tenant(), key=key())
        assert by_hand.by_hand_look(str(SMITHY), Kind.WORKPLACE, "hans.huber") is not None

    def test_customers_are_kept_apart(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(), tenant(CAFE, "Café Sonne"))
        pbx.delete(tenant(CAFE), key=key())
        found = pbx.read([SMITHY, CAFE])
        assert set(found[SMITHY].objects) == {tenant(), workplace()}
        assert found[CAFE].objects == ()

    def test_number_not_known_yet_is_refused(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        unknown = Route(customer=SMITHY, number=NumberRef(Stock("zentrale"), None))
        with raises(Refused, "PV515"):
            pbx.put(unknown, secret=None, key=key())

    def test_unknown_is_not_empty(self, unreadable_pbx: Pbx) -> None:
        with raises(Unavailable):
            unreadable_pbx.read([SMITHY])
        with raises(Unavailable):
            unreadable_pbx.holders([E164("0525551200")])
        with raises(Unavailable):
            unreadable_pbx.size()
        with raises(Unavailable):
            unreadable_pbx.put(tenant(), secret=None, key=key())
        with raises(Unavailable):
            unreadable_pbx.delete(tenant(), key=key())
