"""A rename that dies between two calls: read as before or after, numbers ring, a repeat ends it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.contract.desk import DeskState
from provisioner.contract.renames import joined
from provisioner.contract.resources import PbxResource, Route, SupportLogin
from provisioner.drivers.asterisk import AsteriskPbx, ids, objects
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.testing.values import SMITHY, key, route, tenant, workplace
from tests.asterisk.server import Server
from tests.asterisk.test_interrupted import Died, dying

FORGE = CustomerId("schmiede-muster")
OLD, NEW = "petra.huber", "Petra.Meier"
PETRA = workplace(OLD, license=License.PHONES_APPS, extension="21", name="Petra Huber")
HANS = workplace("hans.huber", extension="12")
SUPPORT = SupportLogin(customer=SMITHY, login="muster.support", credential="generated:1")
NUMBERS = (route("0525551200", OLD), route("05255520", OLD), route("0525551201"))
WHOLE: tuple[PbxResource, ...] = (tenant(), SUPPORT, PETRA, HANS, *NUMBERS)
MEIER = replace(PETRA, login=NEW, extension="13", license=License.PHONES)
FIRST, SECOND, THIRD = "the-first-password", "the-second-one", "the-third-of-them"


@pytest.fixture
def fresh(open_pbx: Callable[..., AsteriskPbx], server: Server) -> Callable[[], None]:
    def set_up() -> None:
        server.clear()
        for each in WHOLE:
            open_pbx().put(each, secret=FIRST, key=key())
        server.write("endpoint", "schmiedeisen--petra-huber", {"language": "de"})

    return set_up


def ring(server: Server) -> bool:
    """Whether each number that leads somewhere leads to a phone that could be called."""
    led = [*server.rows("did").values(), *server.rows("blk").values()]
    there = server.rows("ps/endpoint")
    return all(to in there for to in led if not to.endswith(("--", "--?")))


def opens(server: Server, name: str, password: str) -> bool:
    """The desk phone and, with the same password, its apps."""
    held = [(server.fields("auth", n) or {}).get("password_digest") for n in (name, f"{name}--app")]
    digests = objects.Digests.of(name, password)
    return held == [f"MD5:{digests.desk}", f"MD5:{digests.app}"]


def remains(server: Server) -> list[str]:
    rows = [k for k in server.rows("prov") if "/pending/" in k or k.endswith("/was")]
    desks = {sort: set(server.rows(f"ps/{sort}")) for sort in ("aor", "auth", "endpoint")}
    rows += sorted(desks["aor"] ^ desks["endpoint"])
    return rows + sorted(
        {ids.desk_of(n) for n in desks["aor"]} ^ {ids.desk_of(n) for n in desks["auth"]}
    )


def without_targets(found: Any) -> set[Any]:
    return {replace(o, target=None) if isinstance(o, Route) else o for o in found}


def test_a_login_is_renamed_wholly_or_not(
    open_pbx: Callable[..., AsteriskPbx], server: Server, fresh: Callable[[], None]
) -> None:
    before = without_targets(WHOLE)
    after = without_targets(o if o is not PETRA else MEIER for o in WHOLE)
    for died_after in range(60):
        fresh()
        try:
            dying(open_pbx(), died_after).rename_login(MEIER, was=OLD, secret=SECOND, key=key())
        except Died:
            found = open_pbx().read([SMITHY])[SMITHY]
            assert without_targets(found.objects) in (before, after), f"after {died_after}"
            assert not found.foreign
            assert ring(server), f"after {died_after} writes"
            open_pbx().rename_login(MEIER, was=OLD, secret=THIRD, key=key())
            assert opens(server, "schmiedeisen--petra-meier", THIRD), f"after {died_after}"
        ended = open_pbx().read([SMITHY])[SMITHY].objects
        assert without_targets(ended) == after, f"after {died_after} writes"
        targets = {o.key: o.target for o in ended if isinstance(o, Route)}
        assert targets == {"0525551200": NEW, "05255520": NEW, "0525551201": None}
        assert (server.fields("endpoint", "schmiedeisen--petra-meier") or {})["language"] == "de"
        assert set(server.rows("ext/schmiedeisen")) == {"12", "13"}
        assert remains(server) == [], f"after {died_after} writes"
        if died_after > 10 and opens(server, "schmiedeisen--petra-meier", SECOND):
            return
    raise AssertionError("it never ends")


def test_a_customer_is_renamed_wholly_or_not(
    open_pbx: Callable[..., AsteriskPbx], server: Server, fresh: Callable[[], None]
) -> None:
    after = {replace(each, customer=FORGE) for each in WHOLE}
    secrets = {OLD: SECOND, "hans.huber": SECOND}
    for died_after in range(120):
        fresh()
        try:
            dying(open_pbx(), died_after).rename_customer(SMITHY, FORGE, secrets=secrets, key=key())
        except Died:
            pbx = open_pbx()
            found = pbx.read([SMITHY, FORGE])
            desk = {SMITHY: DeskState(), FORGE: DeskState()}
            seen, _, former = joined(FORGE, SMITHY, found, desk)
            assert seen is not None
            assert set(seen.objects) == after, f"after {died_after} writes"
            assert ring(server), f"after {died_after} writes"
            if former.pending:
                again = dict.fromkeys(secrets, THIRD)
                pbx.rename_customer(SMITHY, FORGE, secrets=again, key=key())
        ended = open_pbx().read([SMITHY, FORGE])
        assert set(ended[FORGE].objects) == after, f"after {died_after} writes"
        assert not ended[SMITHY].objects
        assert not server.rows("prov/schmiedeisen")
        assert not server.rows("ext/schmiedeisen")
        names = [f"schmiede-muster--{login}" for login in ("petra-huber", "hans-huber")]
        told = [p for p in (SECOND, THIRD) if all(opens(server, name, p) for name in names)]
        assert len(told) == 1, "every phone has the password that was handed over last"
        assert (server.fields("endpoint", names[0]) or {})["language"] == "de"
        assert set(remains(server)) <= {"schmiede-muster/was"}, f"after {died_after} writes"
        if died_after > 20 and told == [SECOND] and not remains(server):
            return
    raise AssertionError("it never ends")
