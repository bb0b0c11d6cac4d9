"""Adopting on a real Asterisk: a run that dies anywhere leaves what was approved to be done."""

from collections.abc import Callable

import pytest

from provisioner.contract.resources import Kind, PbxResource, SupportLogin
from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.errors import Refused
from provisioner.telephony.licenses import License
from provisioner.testing.values import CAFE, SMITHY, key, raises, route, tenant, workplace
from tests.asterisk.server import ByHandOnAsterisk, Server
from tests.asterisk.test_interrupted import Died, dying

OpenPbx = Callable[..., AsteriskPbx]
PLACE = workplace("hans.huber", license=License.PHONES_APPS, extension="44", name="Hans H.")
SUPPORT = SupportLogin(customer=SMITHY, login="muster.support", credential="generated:1")
SECRET = "a-new-password"
FAMILY = f"prov/{SMITHY}"


def set_up_by_hand(server: Server) -> None:
    by_hand = ByHandOnAsterisk(server)
    server.clear()
    server.set(FAMILY, "meta", '{"name": "By hand", "theme": "dark"}')
    server.set(FAMILY, "login/muster.support", '{"kind": "support_login"}')
    who = (str(SMITHY), Kind.WORKPLACE, "hans.huber")
    by_hand.by_hand_add(*who, license="phones", name="Hans", extension="33")
    for digits in ("0525551200", "05255520"):
        by_hand.by_hand_add(str(SMITHY), Kind.ROUTE, digits, target="reception")


@pytest.mark.parametrize(
    "wanted",
    [tenant(), SUPPORT, PLACE, route("0525551200", "hans.huber"), route("05255520")],
    ids=lambda w: f"{w.kind}-{w.key}",
)
def test_adoption_that_died_is_as_if_it_had_not_begun(
    open_pbx: OpenPbx, server: Server, wanted: PbxResource
) -> None:
    here = (wanted.kind, wanted.live_key)

    def theirs() -> object:
        found = [f for f in open_pbx().foreign(SMITHY) if (f.kind, f.key) == here]
        return [(f.found, f.owner) for f in found]

    for died_after in range(40):
        set_up_by_hand(server)
        before = theirs()
        died = False
        try:
            dying(open_pbx(), died_after).adopt(wanted, secret=SECRET, key=key())
        except Died:
            died = True
            assert theirs() == before, died_after
            assert open_pbx().read([SMITHY])[SMITHY].objects == (), died_after
            open_pbx().adopt(wanted, secret=SECRET, key=key())
        (ours,) = open_pbx().read([SMITHY])[SMITHY].objects
        assert ours.concrete().items() >= wanted.concrete().items(), died_after
        assert theirs() == [], died_after
        assert unfinished(server) == []
        if not died:
            assert before, "nothing was adopted"
            assert died_after > 2
            return
    pytest.fail("never came to its end")


def unfinished(server: Server) -> list[str]:
    return [k for k in server.rows(FAMILY) if k.startswith(("adopting/", "pending/"))]


def test_fields_of_others_stay_in_the_tenants_row(open_pbx: OpenPbx, server: Server) -> None:
    set_up_by_hand(server)
    open_pbx().adopt(tenant(), secret=None, key=key())
    assert '"theme": "dark"' in server.rows(FAMILY)["meta"]


@pytest.mark.parametrize(
    "marks", [{"@managed": "provisioner", "@customer": str(CAFE)}, {"@managed": "tool"}]
)
def test_mark_of_another_is_never_taken(
    open_pbx: OpenPbx, server: Server, marks: dict[str, str]
) -> None:
    set_up_by_hand(server)
    server.write("endpoint", f"{SMITHY}--hans-huber", marks)
    (found,) = (f for f in open_pbx().foreign(SMITHY) if f.kind is Kind.WORKPLACE)
    assert found.owner == marks.get("@customer", "tool")
    before = server.fields("endpoint", f"{SMITHY}--hans-huber")
    with raises(Refused, "PV512"):
        open_pbx().adopt(PLACE, secret=SECRET, key=key())
    assert server.fields("endpoint", f"{SMITHY}--hans-huber") == before
    assert unfinished(server) == []


def test_extension_of_somebody_else_is_refused_before_anything_is_written(
    open_pbx: OpenPbx, server: Server
) -> None:
    set_up_by_hand(server)
    by_hand = ByHandOnAsterisk(server)
    by_hand.by_hand_add(str(SMITHY), Kind.WORKPLACE, "lea", license="phones", extension="44")
    before = server.fields("endpoint", f"{SMITHY}--hans-huber")
    with raises(Refused, "PV512"):
        open_pbx().adopt(PLACE, secret=SECRET, key=key())
    assert server.fields("endpoint", f"{SMITHY}--hans-huber") == before
    assert unfinished(server) == []
