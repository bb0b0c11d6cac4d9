"""A run that dies between two calls: before or after, nothing between; the repeat ends right."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.contract.resources import NO_NUMBER, Kind, NumberRef, PbxResource
from provisioner.drivers.asterisk import AsteriskPbx, ids
from provisioner.telephony.licenses import License
from provisioner.testing.values import SMITHY, key, route, tenant, workplace
from tests.asterisk.server import Server

SMALL = workplace(extension="21", name="Petra Huber")
LARGE = replace(
    SMALL,
    license=License.PHONES_APPS,
    extension="12",
    name="P. Huber",
    caller_id=NumberRef.literal("0525551200"),
    credential="generated:2",
)
NUMBER, BLOCK = route("0525551200", "petra.huber"), route("05255520", "petra.huber")
MOVED = route("0525551200", "hans.huber")


class Died(BaseException):
    """The process is gone."""


def dying(pbx: AsteriskPbx, after: int) -> AsteriskPbx:
    """Dies when it is about to send the write after ``after`` of them."""
    send, left = pbx.wire.send, [after]

    def count(method: str, path: str, *, writes: bool = False, **more: Any) -> Any:
        if writes:
            if not left[0]:
                raise Died
            left[0] -= 1
        return send(method, path, writes=writes, **more)

    pbx.wire.send = count  # type: ignore[method-assign]
    return pbx


def write(pbx: AsteriskPbx, resource: PbxResource, *, gone: bool, secret: str) -> None:
    if gone:
        pbx.delete(resource, key=key())
    else:
        pbx.put(resource, secret=secret, key=key())


CASES: dict[str, tuple[tuple[PbxResource, ...], PbxResource, bool]] = {
    "workplace created": ((), SMALL, False),
    "large workplace created": ((), LARGE, False),
    "workplace grows": ((SMALL,), LARGE, False),
    "workplace shrinks": ((LARGE,), replace(SMALL, caller_id=NO_NUMBER), False),
    "workplace deleted": ((LARGE,), LARGE, True),
    "number created": ((SMALL,), NUMBER, False),
    "block created": ((SMALL,), BLOCK, False),
    "number moved": ((SMALL, NUMBER), MOVED, False),
    "number deleted": ((SMALL, NUMBER), NUMBER, True),
}


@pytest.mark.parametrize("case", CASES)
def test_r19_nothing_is_read_half(
    open_pbx: Callable[..., AsteriskPbx], server: Server, case: str
) -> None:
    former, resource, gone = CASES[case]

    def states() -> frozenset[PbxResource]:
        found = open_pbx().read([SMITHY])[SMITHY]
        assert found.foreign == ()
        return frozenset(found.objects)

    def wanted() -> frozenset[PbxResource]:
        others = {o for o in (tenant(), *former) if (o.kind, o.live_key) != here}
        return frozenset(others | (set() if gone else {resource}))

    here = (resource.kind, resource.live_key)
    for died_after in range(30):
        server.clear()
        for each in (tenant(), *former):
            open_pbx().put(each, secret="the-first-password", key=key())
        before = states()
        try:
            write(dying(open_pbx(), died_after), resource, gone=gone, secret="the-second-one")
        except Died:
            assert states() in {before, wanted()}, f"after {died_after} writes"
            write(open_pbx(), resource, gone=gone, secret="the-second-one")
            assert states() == wanted()
            assert remains(server) == [], f"after {died_after} writes"
        else:
            assert died_after > 0
            assert states() == wanted()
            return
    raise AssertionError("it never ends")


def remains(server: Server) -> list[str]:
    """Journal rows, and parts of workplaces without the rest."""
    rows = [k for k in server.rows("prov/schmiedeisen") if k.startswith("pending/")]
    desks = {sort: set(server.rows(f"ps/{sort}")) for sort in ("aor", "auth", "endpoint")}
    rows += sorted(desks["aor"] ^ desks["endpoint"])
    rows += sorted({ids.desk_of(n) for n in desks["aor"]} ^ {ids.desk_of(n) for n in desks["auth"]})
    led = set(server.rows("ext/schmiedeisen").values())
    return rows + sorted(led - desks["endpoint"])


@pytest.fixture
def half_created(open_pbx: Callable[..., AsteriskPbx]) -> AsteriskPbx:
    pbx = open_pbx()
    pbx.put(tenant(), secret=None, key=key())
    with pytest.raises(Died):
        dying(open_pbx(), 3).put(SMALL, secret="x" * 12, key=key())
    return pbx


def test_what_was_never_finished_goes_with_its_tenant(
    half_created: AsteriskPbx, server: Server
) -> None:
    assert half_created.read([SMITHY])[SMITHY].objects == (tenant(),)
    half_created.delete(SMALL, key=key())
    assert remains(server) == []
    half_created.delete(tenant(), key=key())
    assert server.rows("prov") == {}


def test_a_half_created_workplace_keeps_the_plan_the_same(half_created: AsteriskPbx) -> None:
    """It reads as absent, so the step that was approved is the step that is still to do."""
    kinds = [o.kind for o in half_created.read([SMITHY])[SMITHY].objects]
    assert kinds == [Kind.TENANT]
