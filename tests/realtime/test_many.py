"""What is asked of a fleet's database does not grow with the fleet, but with what is wanted."""

from collections.abc import Collection

import pytest
from sqlalchemy import event

from provisioner.contract.pbx import LoginsPbx
from provisioner.contract.resources import Admin, Kind
from provisioner.drivers.asterisk.realtime import RealtimePbx
from provisioner.drivers.asterisk.realtime.tables import Tables
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import E164
from provisioner.testing.values import CAFE, SMITHY, key, tenant, workplace
from tests.realtime.fleet import ByHandOnTables, Fleet


def put(pbx: RealtimePbx, *resources: object) -> None:
    for each in resources:
        pbx.put(each, secret="aB3-long-enough", key=key())  # type: ignore[arg-type]


def test_who_has_numbers_is_asked_for_these_alone(
    pbx: RealtimePbx, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a few statements, however many beginnings they have, and no other row is read."""
    put(pbx, tenant(), tenant(CAFE, "Café"))
    for n in range(250):
        fleet.set(f"did/+4152{n:03}0000", f"{SMITHY if n % 2 else CAFE}--a")
        fleet.set(f"did/+4131{n:03}0000", f"{SMITHY}--b")
    fleet.set("blk/+415200012", f"{SMITHY}--?")
    asked = {E164(f"052{n:03}0000"): str(SMITHY if n % 2 else CAFE) for n in range(250)}
    held: list[dict[str, str]] = []
    among = Tables.among

    def counted(tables: Tables, family: str, starts: Collection[str]) -> dict[str, str]:
        held.append(among(tables, family, starts))
        return held[-1]

    monkeypatch.setattr(Tables, "among", counted)
    statements = count_statements(pbx)
    assert pbx.holders([*asked, E164("0520001234")]) == {
        **asked,
        E164("0520001234"): str(SMITHY),
    }
    assert [len(each) for each in held] == [250, 1]
    assert len(statements) == 1 + 2 * 3 + 1, "the version, each family in parts, the tenants"


def count_statements(pbx: RealtimePbx) -> list[str]:
    """Fills while the driver asks."""
    found: list[str] = []

    def note(_db: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    with pbx.store.connection() as db:
        event.listen(db.engine, "before_cursor_execute", note)
    return found


def test_who_has_a_login_is_asked_without_reading_all(pbx: RealtimePbx, fleet: Fleet) -> None:
    third, fourth = CustomerId("c-3"), CustomerId("c-4")
    put(
        pbx,
        tenant(),
        workplace(),
        tenant(CAFE, "Café"),
        Admin(customer=CAFE, login="Chef.1", credential="generated:1"),
    )
    put(pbx, tenant(third, "3"), workplace("app", customer=third))
    put(pbx, tenant(fourth, "4"), workplace("petra", customer=fourth))
    ByHandOnTables(fleet).by_hand_add("c-5", Kind.WORKPLACE, "petra.huber")
    assert isinstance(pbx, LoginsPbx)
    for asked, told in (
        ({"petra.huber"}, [SMITHY]),
        ({"chef.1", "petra"}, [fourth, CAFE]),
        ({"app"}, [third]),
        ({"huber"}, []),
    ):
        assert pbx.logins(asked) == told
