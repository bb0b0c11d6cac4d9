"""What a run knows of a customer's rows, and when it has to look again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from provisioner.codes.systems import PBXCannotBeReached
from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.errors import Unavailable
from provisioner.testing.values import CAFE, SMITHY, key, raises, tenant, workplace
from tests.asterisk.server import Server

Open = Callable[..., AsteriskPbx]


def put(pbx: AsteriskPbx, *resources: Any) -> None:
    for each in resources:
        pbx.put(each, secret=None, key=key())


def test_rows_that_could_not_be_read_again_are_not_trusted(
    pbx: AsteriskPbx, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    pbx.begin(SMITHY)
    put(pbx, tenant())
    server.db("DBDel", Family=f"prov/{SMITHY}", Key="meta")
    pbx._read_at -= 60
    with monkeypatch.context() as broken, raises(Unavailable, "PV541"):
        broken.setattr(pbx.wire, "tree", _no_answer)
        put(pbx, tenant())
    put(pbx, tenant())
    assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)


def _no_answer(*_: object) -> dict[str, str]:
    raise Unavailable(PBXCannotBeReached(target="pbx"))


def test_two_customers_in_turn_do_not_see_each_others_rows(open_pbx: Open) -> None:
    pbx, other = open_pbx(), open_pbx()
    phones = {c: workplace(customer=c, extension="21") for c in (SMITHY, CAFE)}
    pbx.begin(SMITHY)
    put(pbx, tenant(), phones[SMITHY])
    pbx.begin(CAFE)
    put(pbx, tenant(CAFE), phones[CAFE])
    put(pbx, phones[SMITHY])  # without a begin of its own
    other.delete(phones[CAFE], key=key())
    pbx.read([CAFE])
    put(pbx, phones[CAFE])
    pbx.flush()
    found = pbx.read([SMITHY, CAFE])
    assert [set(found[c].objects) for c in phones] == [{tenant(c), phones[c]} for c in phones]


class TestReload:
    """New AORs are known to Asterisk once somebody told it to look."""

    def test_is_done_though_another_run_did_it_in_the_middle(
        self, open_pbx: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pbx, other = open_pbx(), open_pbx()
        pbx.begin(SMITHY)
        put(pbx, tenant(), workplace())
        other.flush()
        put(pbx, workplace("hans.huber"))
        told: list[bool] = []
        monkeypatch.setattr(pbx.wire, "reload", lambda: told.append(True))
        pbx.flush()
        assert told == [True]

    def test_stays_due_while_another_process_writes(
        self, pbx: AsteriskPbx, open_pbx: Open, server: Server
    ) -> None:
        pbx.begin(SMITHY)
        put(pbx, tenant(), workplace())
        clock = pbx.wire.clock
        assert clock is not None
        row = json.dumps({"holder": "elsewhere:4711", "at": int(clock.timestamp())})
        server.set("provisioner", "writer", row)
        open_pbx().flush()
        assert "reload" in server.rows("provisioner")
        server.db("DBDel", Family="provisioner", Key="writer")
        pbx.flush()
        assert "reload" not in server.rows("provisioner")
