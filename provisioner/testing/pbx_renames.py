"""What every driver of a PBX must do when a login or a customer is renamed."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from provisioner.contract.pbx import Pbx, RenamingPbx
from provisioner.contract.resources import Kind, NumberRef, PbxResource, SupportLogin
from provisioner.errors import Refused, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import E164
from provisioner.telephony.sources import Stock
from provisioner.testing.values import CAFE, SMITHY, key, raises, route, tenant, workplace

if TYPE_CHECKING:
    from provisioner.testing.pbx import ByHand


class Renamable(Pbx, RenamingPbx, Protocol):
    """A PBX whose driver renames."""


OpenPbx = Callable[[], Renamable]

FORGE = CustomerId("schmiede-muster")
NEIGHBOUR = CustomerId("schmiedeisen-west")
"""Its id begins with another customer's."""
PASSWORD = "aB3-long-enough"  # noqa: S105 - invented
OLD, NEW = "petra.huber", "petra.meier"


def put(pbx: Pbx, *resources: PbxResource) -> None:
    for each in resources:
        pbx.put(each, secret=PASSWORD, key=key())


def rename_login(pbx: Renamable, was: str = OLD, login: str = NEW, **fields: Any) -> None:
    wanted = workplace(login, **fields)
    pbx.rename_login(wanted, was=was, secret=PASSWORD, key=key())


def rename_customer(
    pbx: Renamable, was: CustomerId = SMITHY, customer: CustomerId = FORGE, *logins: str
) -> None:
    secrets = dict.fromkeys(logins, PASSWORD)
    pbx.rename_customer(was, customer, secrets=secrets, key=key())


class RenamingPbxContract:
    """Fixtures: ``open_pbx``, ``by_hand``, ``unreadable_pbx``; see :mod:`provisioner.testing`."""

    def test_login_is_renamed_with_all_that_leads_to_it(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        others: list[PbxResource] = [
            tenant(),
            workplace("hans.huber"),
            route("0525551299", "hans.huber"),
        ]
        block = route("05255520")
        put(pbx, *others, workplace(extension="21"), block)
        put(pbx, route("0525551200", OLD), route("0525552011", OLD))
        size = pbx.size()
        rename_login(pbx, extension="21")
        wanted = [workplace(NEW, extension="21"), route("0525551200", NEW)]
        wanted.append(route("0525552011", NEW))
        found = open_pbx().read([SMITHY])[SMITHY]
        assert set(found.objects) == {*others, block, *wanted}
        assert not found.foreign
        assert pbx.size() == size

    def test_r15_a_login_becomes_one_that_looks_like_what_a_driver_adds(
        self, open_pbx: OpenPbx
    ) -> None:
        """To ``app`` and back, and with the whole customer: always all of it."""
        pbx = open_pbx()
        app = workplace("app", license=License.PHONES_APPS)
        put(pbx, tenant(), workplace(license=License.PHONES_APPS))
        rename_login(pbx, login="app", license=License.PHONES_APPS)
        assert set(open_pbx().read([SMITHY])[SMITHY].objects) == {tenant(), app}
        rename_customer(pbx, SMITHY, FORGE, "app")
        assert not open_pbx().read([SMITHY])[SMITHY].objects
        renamed = pbx.read([FORGE])[FORGE].objects
        assert set(renamed) == {replace(each, customer=FORGE) for each in (tenant(), app)}
        assert pbx.size() == 2

    def test_login_gets_its_declared_fields(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        phone = "snom-d785 000413A1B2C3"
        put(pbx, tenant(), workplace(extension="21", license=License.PHONES_APPS, phone=phone))
        rename_login(pbx, extension="12", name="Petra Meier", credential="generated:2")
        wanted = workplace(
            NEW, extension="12", name="Petra Meier", credential="generated:2", phone=phone
        )
        assert set(open_pbx().read([SMITHY])[SMITHY].objects) == {tenant(), wanted}

    def test_r16_login_takes_along_what_was_set_by_hand(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(), route("0525551200"))
        by_hand.by_hand_set(str(SMITHY), Kind.WORKPLACE, OLD, name="Empfang", extension="77")
        by_hand.by_hand_set(str(SMITHY), Kind.ROUTE, "0525551200", target=OLD)
        rename_login(pbx)
        looked = by_hand.by_hand_look(str(SMITHY), Kind.WORKPLACE, NEW) or {}
        assert (looked["name"], looked["extension"]) == ("Empfang", "77")
        assert route("0525551200", NEW) in pbx.read([SMITHY])[SMITHY].objects
        assert by_hand.by_hand_look(str(SMITHY), Kind.WORKPLACE, OLD) is None

    def test_login_is_renamed_once_and_fine_twice(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(), route("0525551200", OLD))
        for _ in range(2):
            rename_login(pbx)
        wanted = {tenant(), workplace(NEW), route("0525551200", NEW)}
        assert set(pbx.read([SMITHY])[SMITHY].objects) == wanted
        rename_login(pbx, NEW, OLD)
        wanted = {tenant(), workplace(), route("0525551200", OLD)}
        assert set(pbx.read([SMITHY])[SMITHY].objects) == wanted

    def test_login_that_is_taken_is_refused(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        support = SupportLogin(customer=SMITHY, login="help.desk", credential="generated:1")
        put(pbx, tenant(), workplace(), workplace("hans.huber"), support, route("0525551200", OLD))
        before = set(pbx.read([SMITHY])[SMITHY].objects)
        for login in ("hans.huber", "Hans.Huber", "help.desk"):
            with raises(Refused, "PV513"):
                rename_login(pbx, OLD, login)
        assert set(pbx.read([SMITHY])[SMITHY].objects) == before

    def test_login_of_someone_else_is_refused(self, open_pbx: OpenPbx, by_hand: "ByHand") -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace())
        by_hand.by_hand_add(str(SMITHY), Kind.WORKPLACE, "hans.huber", license="phones")
        for was, login in ((OLD, "hans.huber"), ("hans.huber", NEW)):
            with raises(Refused, "PV512"):
                rename_login(pbx, was, login)
        assert set(pbx.read([SMITHY])[SMITHY].objects) == {tenant(), workplace()}

    def test_login_whose_number_is_not_known_yet_is_refused(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace())
        with raises(Refused, "PV515"):
            rename_login(pbx, caller_id=NumberRef(Stock("zentrale"), None))
        assert set(pbx.read([SMITHY])[SMITHY].objects) == {tenant(), workplace()}

    def test_customer_is_renamed_with_everything(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        mine: list[PbxResource] = [
            tenant(),
            SupportLogin(customer=SMITHY, login="muster.support", credential="generated:1"),
            workplace(name="Petra Hübér", license=License.PHONES_APPS, extension="21"),
            workplace("hans.huber", caller_id=NumberRef.literal("0525551200")),
            route("0525551200", OLD),
            route("05255520", "hans.huber"),
            route("0525551201"),
        ]
        others: list[PbxResource] = [
            tenant(NEIGHBOUR, "Nachbarin"),
            workplace(customer=NEIGHBOUR),
            route("0445550001", OLD, customer=NEIGHBOUR),
        ]
        put(pbx, *mine, *others)
        size = pbx.size()
        rename_customer(pbx, SMITHY, FORGE, OLD, "hans.huber")
        found = open_pbx().read([SMITHY, FORGE, NEIGHBOUR])
        assert set(found[FORGE].objects) == {replace(each, customer=FORGE) for each in mine}
        assert found[SMITHY].objects == ()
        assert set(found[NEIGHBOUR].objects) == set(others)
        assert not any(state.foreign for state in found.values())
        assert pbx.size() == size
        assert pbx.holders([E164("0525552011")]) == {E164("0525552011"): str(FORGE)}

    def test_r16_customer_takes_along_what_was_set_by_hand(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(), route("0525551200"))
        by_hand.by_hand_set(str(SMITHY), Kind.WORKPLACE, OLD, name="Empfang", extension="77")
        by_hand.by_hand_set(str(SMITHY), Kind.ROUTE, "0525551200", target=OLD)
        rename_customer(pbx)
        looked = by_hand.by_hand_look(str(FORGE), Kind.WORKPLACE, OLD) or {}
        assert (looked["name"], looked["extension"]) == ("Empfang", "77")
        assert route("0525551200", OLD, customer=FORGE) in pbx.read([FORGE])[FORGE].objects
        assert by_hand.by_hand_look(str(SMITHY), Kind.WORKPLACE, OLD) is None

    def test_customer_is_renamed_once_and_fine_twice(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(), route("0525551200", OLD))
        before = set(pbx.read([SMITHY])[SMITHY].objects)
        for _ in range(2):
            rename_customer(pbx, SMITHY, FORGE, OLD)
        rename_customer(pbx, FORGE, SMITHY, OLD)
        assert set(pbx.read([SMITHY])[SMITHY].objects) == before
        assert pbx.read([FORGE])[FORGE].objects == ()

    def test_renamed_customer_can_be_changed_and_taken_down(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(), route("0525551200", OLD))
        rename_customer(pbx)
        put(pbx, workplace(customer=FORGE, extension="12"))
        assert workplace(customer=FORGE, extension="12") in pbx.read([FORGE])[FORGE].objects
        for each in (route("0525551200", customer=FORGE), workplace(customer=FORGE), tenant(FORGE)):
            pbx.delete(each, key=key())
        assert pbx.size() == 0

    def test_customer_with_something_foreign_is_refused(
        self, open_pbx: OpenPbx, by_hand: "ByHand"
    ) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace())
        by_hand.by_hand_add(str(SMITHY), Kind.WORKPLACE, "hans.huber", license="phones")
        with raises(Refused, "PV512"):
            rename_customer(pbx)
        assert set(pbx.read([SMITHY])[SMITHY].objects) == {tenant(), workplace()}
        assert pbx.read([FORGE])[FORGE].objects == ()

    def test_id_that_is_in_use_is_refused(self, open_pbx: OpenPbx) -> None:
        pbx = open_pbx()
        put(pbx, tenant(), workplace(), tenant(CAFE, "Café Sonne"))
        with raises(Refused, "PV518"):
            rename_customer(pbx, SMITHY, CAFE)
        assert set(pbx.read([SMITHY])[SMITHY].objects) == {tenant(), workplace()}
        assert pbx.read([CAFE])[CAFE].objects == (tenant(CAFE, "Café Sonne"),)

    def test_what_cannot_be_read_is_not_renamed(self, unreadable_pbx: Renamable) -> None:
        with raises(Unavailable):
            rename_login(unreadable_pbx)
        with raises(Unavailable):
            rename_customer(unreadable_pbx)
