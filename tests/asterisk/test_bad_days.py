"""Each fault of the matrix before a real Asterisk, too: a workplace is set up all the same."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.drivers.asterisk.sending import Limits
from provisioner.drivers.asterisk.wire import Wire
from provisioner.errors import SystemFault
from provisioner.testing.values import SMITHY, key, tenant
from tests.asterisk.server import Server
from tests.asterisk.test_interrupted import LARGE, SMALL, remains
from tests.badday.http_proxy import FAULTS, HttpProxy

HASTY = Limits(timeout=0.5, answer=1)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_day_of_a_real_pbx(
    open_pbx: Callable[..., AsteriskPbx], server: Server, fault: str
) -> None:
    proxy = HttpProxy(("127.0.0.1", int(server.env["ASTERISK_URL"].rpartition(":")[2])))
    password = Path(server.env["ASTERISK_PASSWORD_FILE"])
    url, user = f"http://127.0.0.1:{proxy.port}", server.env["ASTERISK_USER"]
    well = open_pbx()
    for each in (tenant(), SMALL):
        well.put(each, secret="the-first-password", key=key())
    pbx = AsteriskPbx(Wire(url, user, password, HASTY, concurrency=1))
    proxy.strike(fault, 4 + FAULTS.index(fault))
    with suppress(SystemFault):
        pbx.put(LARGE, secret="the-second-one", key=key())
    struck = proxy.struck
    pbx.close()
    proxy.close()
    assert struck
    assert set(well.read([SMITHY])[SMITHY].objects) - {tenant()} in ({SMALL}, {LARGE})
    well.put(LARGE, secret="the-second-one", key=key())
    assert set(well.read([SMITHY])[SMITHY].objects) == {tenant(), LARGE}
    assert remains(server) == []
