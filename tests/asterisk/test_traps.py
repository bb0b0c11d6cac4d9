"""What a real Asterisk does that a driver has to know, each with the harm that it would do."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.contract.process import this_holder
from provisioner.contract.resources import SupportLogin
from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.errors import OutcomeUnknown, Refused, SystemFault, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import E164
from provisioner.testing.values import CAFE, SMITHY, key, raises, route, tenant, workplace
from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Phone, Sip

NAME = "schmiedeisen--petra-huber"
PASSWORD = "aB3-long-enough"
Open = Callable[..., AsteriskPbx]


def put(pbx: AsteriskPbx, *resources: Any, secret: str | None = None) -> None:
    for each in resources:
        pbx.put(each, secret=secret, key=key())


@pytest.mark.parametrize("value", [3, True, None, ["x"], {"a": "b"}, 1.5, b"x"])
def test_what_is_no_text_never_leaves_the_driver(
    pbx: AsteriskPbx, server: Server, value: Any
) -> None:
    """It would crash Asterisk: a null pointer in the parser of fields."""
    pid = server.pid()
    with raises(Refused, "PV549"):
        pbx.wire.put_object("aor", "prov-trap", {"max_contacts": value})
    assert server.pid() == pid
    assert server.fields("aor", "prov-trap") is None


def test_fields_without_content_type_are_ignored_so_it_is_sent(
    pbx: AsteriskPbx, server: Server
) -> None:
    body = json.dumps({"fields": [{"attribute": "max_contacts", "value": "7"}]})
    assert server.ari("PUT", "aor", "prov-trap", content=body).status_code == 200
    assert (server.fields("aor", "prov-trap") or {})["max_contacts"] != "7"
    pbx.wire.put_object("aor", "prov-trap", {"max_contacts": "7"})
    assert (server.fields("aor", "prov-trap") or {})["max_contacts"] == "7"


def test_an_endpoint_without_codecs_is_seen_repaired_and_deleted(
    pbx: AsteriskPbx, server: Server
) -> None:
    """Asterisk keeps its row and denies that it exists."""
    put(pbx, tenant(), workplace())

    def broken() -> None:
        row = json.loads(server.rows("ps/endpoint")[NAME])
        server.set("ps/endpoint", NAME, json.dumps({**row, "allow": "(nothing)"}))
        assert server.fields("endpoint", NAME) is None

    broken()
    assert workplace() not in pbx.read([SMITHY])[SMITHY].objects
    put(pbx, workplace())
    assert workplace() in pbx.read([SMITHY])[SMITHY].objects
    assert (server.fields("endpoint", NAME) or {})["allow"] == "(alaw|ulaw)"
    broken()
    pbx.delete(workplace(), key=key())
    assert server.rows("ps/endpoint") == {}


def test_codecs_do_not_add_up(pbx: AsteriskPbx, server: Server) -> None:
    """``allow`` appends to what is there."""
    put(pbx, tenant(), workplace())
    server.write("endpoint", NAME, {"allow": "g722"})
    put(pbx, workplace())
    assert (server.fields("endpoint", NAME) or {})["allow"] == "(alaw|ulaw)"


def test_a_new_phone_is_seen_to_be_on(pbx: AsteriskPbx, server: Server, tmp_path: Path) -> None:
    """An AOR that came as a row registers, but its state stays off until Asterisk looks again."""
    put(pbx, tenant(), workplace(), secret=PASSWORD)
    phone, sip = Phone(NAME, PASSWORD), Sip(server.env, tmp_path)
    assert sip.register(phone) == 200
    assert server.state(NAME) == "offline"
    assert "reload" in server.rows("provisioner")
    pbx.flush()
    assert server.state(NAME) == "online"
    assert "reload" not in server.rows("provisioner")


def test_a_look_that_a_dead_run_owes_is_made_by_the_next(open_pbx: Open, server: Server) -> None:
    put(open_pbx(), tenant(), workplace())
    assert "reload" in server.rows("provisioner")
    open_pbx().flush()
    assert "reload" not in server.rows("provisioner")


def test_a_journal_that_a_dead_run_owes_is_closed_by_the_next(
    open_pbx: Open, server: Server
) -> None:
    put(open_pbx(), tenant(), workplace())
    server.set("prov/schmiedeisen", f"pending/{NAME}", '{"before": {}, "managed": "provisioner"}')
    server.set("prov/schmiedeisen", "pending/schmiedeisen--half", '{"before": {}}')
    pbx = open_pbx()
    pbx.begin(SMITHY)
    pbx.flush()
    left = [k for k in server.rows("prov/schmiedeisen") if k.startswith("pending/")]
    assert left == ["pending/schmiedeisen--half"]
    assert workplace() in pbx.read([SMITHY])[SMITHY].objects


def test_in_a_run_rows_are_read_once(pbx: AsteriskPbx) -> None:
    """Twenty workplaces would be a hundred calls more."""
    calls: list[str] = []
    send = pbx.wire.send

    def counted(method: str, path: str, **more: Any) -> Any:
        calls.append(str(more.get("data", {}).get("Action", method)))
        return send(method, path, **more)

    pbx.wire.send = counted  # type: ignore[method-assign]
    pbx.begin(SMITHY)
    put(pbx, tenant(), *(workplace(f"desk.{n}", extension=str(10 + n)) for n in range(20)))
    assert calls.count("DBGetTree") <= 10
    assert calls.count("DBGet") <= 6
    assert len(calls) <= 20 * 6 + 20


def test_wildcards_of_the_storage_reach_no_other_tenant(pbx: AsteriskPbx, server: Server) -> None:
    """LIKE takes ``_`` for any character and no notice of case."""
    alike = [CustomerId(c) for c in ("cafe", "cafe-1", "cafe-11", "cafe1", "cafe-sonne")]
    for each in alike:
        put(pbx, tenant(each), workplace("a", each, extension="21"), workplace("a.b", each))
    server.write("endpoint", "CAFE--other", {"allow": "!all,alaw"})
    server.write("endpoint", "cafe-_-a", {"allow": "!all,alaw"})
    for each in alike:
        assert {o.customer for o in pbx.read([each])[each].objects} == {each}
        assert len(pbx.read([each])[each].objects) == 3
    pbx.delete(workplace("a", CustomerId("cafe-1")), key=key())
    left = {c: len(s.objects) for c, s in pbx.read(alike).items()}
    assert left == {c: 2 if str(c) == "cafe-1" else 3 for c in alike}
    assert server.fields("endpoint", "CAFE--other") is not None


def test_a_404_while_asterisk_starts_is_unknown_not_absent(
    open_pbx: Callable[..., AsteriskPbx], server: Server
) -> None:
    pbx = open_pbx(patience="0")
    put(pbx, tenant(), workplace())
    pbx.flush()
    server.kill()
    starter = threading.Thread(target=server.start)
    starter.start()
    answers: list[str] = []
    try:
        while starter.is_alive() or not answers or answers[-1] != "there":
            try:
                answers.append("there" if pbx.wire.object("endpoint", NAME) else "absent")
            except Unavailable as error:
                answers.append(error.code)
    finally:
        starter.join()
    assert "absent" not in answers
    assert {"PV541", "there"} <= set(answers)
    assert workplace() in pbx.read([SMITHY])[SMITHY].objects


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (404, "text/html", "<html>Not Found</html>"),
        (503, "text/html", "<html>Service Unavailable</html>"),
        (503, "application/json", '{"message":"Asterisk not booted"}'),
        (404, "application/json", '{"message":"objectType \'aor\' not found"}'),
        (404, "application/json", "[]"),
        (200, "text/html", "<html>somebody's router</html>"),
        (500, "application/json", "{}"),
    ],
)
def test_only_asterisk_s_own_words_mean_absent(
    tmp_path: Path, status: int, kind: str, body: str
) -> None:
    import httpx

    (tmp_path / "secret").write_text("x", "utf-8")
    options = {"url": "http://127.0.0.1:1", "password_file": "secret"}
    pbx = AsteriskPbx.open(options, tmp_path)
    answer = httpx.MockTransport(
        lambda _: httpx.Response(
            status, headers={"content-type": kind}, stream=httpx.ByteStream(body.encode())
        )
    )
    pbx.wire._client = httpx.Client(transport=answer, base_url="http://127.0.0.1:1")
    with raises(Unavailable, "PV544", "PV545", "PV546"):
        pbx.wire.object("aor", NAME)
    with raises(SystemFault, "PV542", "PV544", "PV545", "PV546"):
        pbx.wire.delete_object("aor", NAME)
    with raises(Unavailable, "PV544", "PV546"):
        pbx.read([SMITHY])
    pbx.close()


def test_a_lost_session_is_opened_again(pbx: AsteriskPbx, server: Server) -> None:
    put(pbx, tenant())
    pbx.flush()
    server.stop()
    with raises(Unavailable, "PV541"):
        pbx.read([SMITHY])
    server.start()
    assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)
    put(pbx, workplace())
    pbx.wire._session = "0badc0de"
    assert pbx.size() == 2


@pytest.mark.parametrize("text", ["a\nb", "a\r\nKey: /did/x", "a\x00b", "a\x85b", "a\u2028b"])
def test_control_characters_are_refused(pbx: AsteriskPbx, server: Server, text: str) -> None:
    put(pbx, tenant())
    with raises(Refused, "PV549"):
        pbx.put(workplace(name=text), secret=None, key=key())
    for each in (text, " leading blank", "a" * 9_000):
        with raises(Refused, "PV549"):
            pbx.wire.put_row("did", "+41525551200", each)
    assert server.rows("ps/endpoint") == {}
    assert server.rows("did") == {}


def test_a_value_with_line_breaks_cannot_pass_for_rows(pbx: AsteriskPbx, server: Server) -> None:
    put(pbx, tenant(), route("0525551201"))
    forged = "x\r\n\r\nEvent: DBGetTreeResponse\r\nKey: /did/+41525551200\r\nVal: cafe-sonne--a"
    server.set("did", "+41525551299", forged)
    with raises(Unavailable, "PV546"):
        pbx.read([SMITHY])
    with raises(Unavailable, "PV546"):
        pbx.holders([E164("0525551200")])
    server.unset("did", "+41525551299")


def test_what_was_flushed_survives_a_crash(pbx: AsteriskPbx, server: Server) -> None:
    wanted = {tenant(), workplace(extension="21"), route("0525551200", "petra.huber")}
    for each in sorted(wanted, key=lambda o: o.kind.rank):
        pbx.put(each, secret=None, key=key())
    pbx.flush()
    server.kill()
    server.start()
    assert set(pbx.read([SMITHY])[SMITHY].objects) == wanted


def test_what_was_not_flushed_is_there_as_a_whole_or_not_at_all(
    pbx: AsteriskPbx, server: Server
) -> None:
    put(pbx, tenant(), workplace(extension="21"))
    pbx.flush()
    after = workplace(extension="12", license=License.PHONES_APPS)
    put(pbx, after)
    server.kill()
    server.start()
    assert pbx.read([SMITHY])[SMITHY].objects[1] in {workplace(extension="21"), after}
    put(pbx, after)
    assert pbx.read([SMITHY])[SMITHY].objects == (tenant(), after)


def test_there_is_nothing_to_wait_for_without_a_write(pbx: AsteriskPbx) -> None:
    started = time.monotonic()
    pbx.flush()
    assert time.monotonic() - started < 0.5


class TestSecondWriter:
    OTHER = "elsewhere:4711:boot-1"

    def clock(self, pbx: AsteriskPbx) -> int:
        pbx.size()
        assert pbx.wire.clock is not None
        return int(pbx.wire.clock.timestamp())

    def test_is_noticed_before_anything_is_written(self, pbx: AsteriskPbx, server: Server) -> None:
        row = json.dumps({"holder": self.OTHER, "at": self.clock(pbx)})
        server.set("provisioner", "writer", row)
        with raises(Unavailable, "PV551") as caught:
            pbx.put(tenant(), secret=None, key=key())
        assert caught.error is not None
        assert caught.error.params["holder"] == "elsewhere:4711"
        assert server.rows("prov") == {}
        pbx.close()
        assert server.rows("provisioner") == {"writer": row}

    def test_is_noticed_in_the_middle_of_a_run(self, pbx: AsteriskPbx, server: Server) -> None:
        put(pbx, tenant())
        row = json.dumps({"holder": self.OTHER, "at": self.clock(pbx)})
        server.set("provisioner", "writer", row)
        with raises(Unavailable, "PV551"):
            pbx.delete(tenant(), key=key())
        assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)

    def test_that_stopped_a_minute_ago_is_followed(self, pbx: AsteriskPbx, server: Server) -> None:
        row = json.dumps({"holder": self.OTHER, "at": self.clock(pbx) - 61})
        server.set("provisioner", "writer", row)
        put(pbx, tenant())
        assert json.loads(server.rows("provisioner")["writer"])["holder"] == this_holder()
        pbx.close()
        assert server.rows("provisioner") == {}

    def test_in_the_same_process_is_none(self, open_pbx: Open) -> None:
        put(open_pbx(), tenant())
        put(open_pbx(), tenant(CAFE))


def test_no_answer_after_sending_is_not_known(open_pbx: Open, server: Server) -> None:
    pbx = open_pbx()
    put(pbx, tenant())
    pbx.wire._http().timeout = 1
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        with raises(OutcomeUnknown, "PV542"):
            pbx.wire.put_row("did", "+41525551200", "schmiedeisen--")
        with raises(OutcomeUnknown, "PV542"):
            pbx.wire.put_object("aor", NAME, {"max_contacts": "1"})
        with raises(Unavailable, "PV541"):
            pbx.read([SMITHY])
        with raises(Unavailable, "PV598"):  # it is spared for a while
            pbx.put(tenant(CAFE), secret=None, key=key())
    finally:
        os.kill(pid, signal.SIGCONT)
    assert open_pbx().read([SMITHY])[SMITHY].objects[0] == tenant()


def test_passwords_cannot_be_read_back(pbx: AsteriskPbx, server: Server) -> None:
    support = SupportLogin(customer=SMITHY, login="muster.support", credential="generated:1")
    put(pbx, tenant(), workplace(license=License.PHONES_APPS), support, secret=PASSWORD)
    everything = server.db("DBGetTree", Family="")
    assert NAME in everything
    assert PASSWORD not in everything
    assert (server.fields("auth", NAME) or {})["password"] == ""
    assert PASSWORD not in json.dumps(server.fields("auth", NAME))


def test_a_password_is_set_only_where_it_differs(pbx: AsteriskPbx, server: Server) -> None:
    put(pbx, tenant(), workplace(), secret=PASSWORD)
    before = server.fields("auth", NAME)
    put(pbx, workplace(), secret=PASSWORD)
    put(pbx, workplace(license=License.PHONES_APPS))
    assert server.fields("auth", NAME) == before
    put(pbx, workplace(), secret="another-password-2")
    assert server.fields("auth", NAME) != before


def test_objects_in_files_are_never_touched(pbx: AsteriskPbx, server: Server) -> None:
    before = server.fields("endpoint", "trunk")
    with raises(Refused, "PV548"):
        pbx.wire.put_object("endpoint", "trunk", {"allow": "!all,alaw"})
    with raises(Refused, "PV548"):
        pbx.wire.delete_object("endpoint", "trunk")
    assert server.fields("endpoint", "trunk") == before


def test_a_value_that_asterisk_refuses_is_said(pbx: AsteriskPbx) -> None:
    with raises(Refused, "PV547"):
        pbx.wire.put_object("aor", "prov-trap", {"max_contacts": "many"})


def test_a_wrong_or_missing_password_is_said(open_pbx: Open, tmp_path: Path) -> None:
    with raises(Unavailable, "PV553"):
        open_pbx(password_file="nowhere").size()
    (tmp_path / "wrong").write_text("wrong\n", "utf-8")
    wrong = open_pbx(password_file="wrong")
    with raises(Unavailable, "PV543"):
        wrong.size()
    with raises(Unavailable, "PV543"):
        wrong.wire.put_object("aor", "prov-trap", {"max_contacts": "1"})


def test_a_row_that_is_no_object_makes_the_customer_unknown(
    pbx: AsteriskPbx, server: Server
) -> None:
    put(pbx, tenant(), workplace())
    server.set("ps/endpoint", NAME, "[]")
    put(pbx, tenant(CAFE))
    with raises(Unavailable, "PV552"):
        pbx.read([SMITHY])
    assert pbx.read([SMITHY, CAFE]) == pbx.read([CAFE])
    server.set("ps/aor", NAME, "[]")
    assert pbx.size() == 2, "the tenants"
