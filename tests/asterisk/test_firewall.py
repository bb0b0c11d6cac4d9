"""``deploy/nftables``: loaded in a network of the test's own, with a bounded number of packets."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.asterisk.namespace import PATIENCE, Namespace

RULES = Path(__file__).resolve().parents[2] / "deploy/nftables/provisioner-sip.nft"
TABLE = ("inet", "provisioner_sip")
PBX4, PBX6 = "192.0.2.1", "2001:db8::1"
SIP, VOICE, WSS = 5060, 12000, 8089
BURST = 200
REGISTER = "REGISTER sip:pbx.example SIP/2.0\r\n"

# Two programs of a few lines, since they run in another network than this process.
_LISTEN = """
import collections, json, selectors, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
every = selectors.DefaultSelector()
for port in sys.argv[2:]:
    plug = socket.socket(family, socket.SOCK_DGRAM)
    plug.setsockopt(socket.SOL_SOCKET, 33, 1 << 23)  # SO_RCVBUFFORCE
    plug.bind((sys.argv[1], int(port)))
    every.register(plug, selectors.EVENT_READ)
print("ready", flush=True)
heard = collections.Counter()
while True:
    for key, _ in every.select(300) or sys.exit(1):
        text, sender = key.fileobj.recvfrom(2048)
        if text == b"SIP/end":
            print(json.dumps(heard), flush=True)
            sys.exit()
        heard[sender[0]] += 1
"""
_SEND = """
import socket, sys, time
target, port, source, count, text = sys.argv[1:]
family = socket.AF_INET6 if ":" in target else socket.AF_INET
plug = socket.socket(family, socket.SOCK_DGRAM)
plug.bind((source, 0))
for _ in range(int(count)):
    plug.sendto(text.encode(), (target, int(port)))
    time.sleep(0.0005)
"""
_CONNECT = """
import selectors, socket, sys, time
target, port, source, count = sys.argv[1:]
every = selectors.DefaultSelector()
for _ in range(int(count)):
    plug = socket.socket()
    plug.bind((source, 0))
    plug.setblocking(False)
    plug.connect_ex((target, int(port)))
    every.register(plug, selectors.EVENT_WRITE)
time.sleep(0.5)  # who got no answer asks again after a second
ended = [key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for key, _ in every.select(0)]
print(ended.count(0))
"""
_ACCEPT = """
import socket, sys, time
plug = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=1024)
print("ready", flush=True)
time.sleep(3600)
"""


class Edge:
    """The PBX with its rules, and a network of phones beside it."""

    def __init__(self, pbx: Namespace, phones: Namespace) -> None:
        self._pbx, self._phones = pbx, phones
        pbx.run(
            *("ip", "link", "add", "name", "edge", "type", "veth"),
            *("peer", "name", "phones", "netns", str(phones.pid)),
        )
        pbx.run("ip", "address", "add", f"{PBX4}/24", "dev", "edge")
        pbx.run("ip", "address", "add", f"{PBX6}/32", "dev", "edge", "nodad")
        pbx.run("ip", "link", "set", "edge", "up")
        phones.run("ip", "link", "set", "phones", "up")

    def load(self) -> None:
        self._pbx.run("nft", "-f", str(RULES))

    def nft(self, *words: str) -> str:
        return self._pbx.run("nft", *words)

    def counted(self, name: str) -> int:
        found = json.loads(self.nft("-j", "list", "counter", *TABLE, name))["nftables"]
        return next(int(each["counter"]["packets"]) for each in found if "counter" in each)

    def heard(self, *sent: tuple[str, int, str], port: int = SIP, ip: str = PBX4) -> dict[str, int]:
        """How much arrives of what is ``sent``: source, count and text; all at once."""
        listening = self._start(
            self._pbx, _LISTEN, ip, str(port), *([] if port == SIP else [str(SIP)])
        )
        for source, count, text in sent:
            self._from(source)
            self._send(ip, port, source, count, text)
        self._send(ip, SIP, sent[0][0], 1, "SIP/end")
        out, _ = listening.communicate(timeout=PATIENCE)
        found: dict[str, int] = json.loads(out)
        return {source: found.get(source, 0) for source, _, _ in sent}

    def connects(self, source: str, count: int, port: int = WSS) -> int:
        """How many of ``count`` connections come about at once."""
        self._from(source)
        listening = self._start(self._pbx, _ACCEPT, PBX4, str(port))
        try:
            program = (sys.executable, "-c", _CONNECT)
            return int(self._phones.run(*program, PBX4, str(port), source, str(count)))
        finally:
            listening.kill()
            listening.communicate()

    def _send(self, ip: str, port: int, source: str, count: int, text: str) -> None:
        self._phones.run(sys.executable, "-c", _SEND, ip, str(port), source, str(count), text)

    def _from(self, source: str) -> None:
        width, more = ("32", ["nodad"]) if ":" in source else ("24", [])
        self._phones.run("ip", "address", "replace", f"{source}/{width}", "dev", "phones", *more)

    def _start(self, where: Namespace, program: str, *arguments: str) -> "subprocess.Popen[str]":
        command = where.command(sys.executable, "-c", program, *arguments)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process


@pytest.fixture(scope="module")
def networks() -> Iterator[Edge]:
    with Namespace("nft") as pbx, Namespace() as phones:
        yield Edge(pbx, phones)


@pytest.fixture
def edge(networks: Edge) -> Edge:
    """With the rules as they are in the file, loaded once more."""
    networks.load()
    return networks


def test_nft_takes_the_file_as_it_is() -> None:
    with Namespace("nft") as alone:
        alone.run("nft", "-c", "-f", str(RULES))


def test_a_flood_is_cut_and_nobody_else_notices(edge: Edge) -> None:
    flood, phone = "192.0.2.20", "192.0.2.21"
    found = edge.heard((flood, 800, REGISTER), (phone, 10, REGISTER))
    assert BURST <= found[flood] < 600
    assert found[phone] == 10
    assert edge.counted("too_many_requests") == 800 - found[flood]


@pytest.mark.parametrize("text", ["INVITE sip:12@pbx SIP/2.0", "\r\n\r\n\r\n\r\n", "x"])
def test_whatever_begins_something_is_limited(edge: Edge, text: str) -> None:
    assert BURST <= edge.heard(("192.0.2.20", 800, text))["192.0.2.20"] < 600


@pytest.mark.parametrize("begin", ["SIP/2.0 200 OK", "ACK sip:x", "BYE sip:x", "CANCEL sip:x"])
def test_calls_that_run_are_not_limited(edge: Edge, begin: str) -> None:
    source = "192.0.2.20"
    assert edge.heard((source, 400, REGISTER))[source] < 400
    assert edge.heard((source, 400, begin))[source] == 400


def test_the_carrier_is_never_limited(edge: Edge) -> None:
    edge.nft("add", "element", *TABLE, "trusted4", "{ 192.0.2.30 }")
    assert edge.heard(("192.0.2.30", 800, "INVITE sip:x"))["192.0.2.30"] == 800


def test_who_is_blocked_is_not_heard_at_any_port(edge: Edge) -> None:
    edge.nft("add", "element", *TABLE, "blocked4", "{ 192.0.2.40/31 }")
    sent = [(f"192.0.2.{n}", 10, REGISTER) for n in (42, 41, 40)]
    assert edge.heard(*sent) == {"192.0.2.42": 10, "192.0.2.41": 0, "192.0.2.40": 0}
    assert edge.heard(*sent, port=VOICE)["192.0.2.41"] == 0


def test_a_scanner_is_not_heard_and_its_address_not_punished(edge: Edge) -> None:
    """Over UDP a scanner may write any address on what it sends."""
    scan, ask = "OPTIONS sip:100@192.0.2.1 SIP/2.0\r\n", "OPTIONS sip:pbx.example SIP/2.0\r\n"
    assert edge.heard(("192.0.2.20", 300, scan)) == {"192.0.2.20": 0}
    assert edge.counted("scanners") == 300
    assert edge.heard(("192.0.2.20", 10, ask)) == {"192.0.2.20": 10}


def test_the_voice_is_not_touched(edge: Edge) -> None:
    assert edge.heard(("192.0.2.20", 800, REGISTER), port=VOICE) == {"192.0.2.20": 800}


def test_of_ipv6_a_network_is_one_source(edge: Edge) -> None:
    one, two, other = "2001:db8:0:7::1", "2001:db8:0:7::2", "2001:db8:0:8::1"
    found = edge.heard((one, 400, REGISTER), (two, 400, REGISTER), (other, 10, REGISTER), ip=PBX6)
    assert BURST <= found[one] + found[two] < 600
    assert found[other] == 10


@pytest.mark.parametrize("port", [WSS, 5061])
def test_connections_are_limited(edge: Edge, port: int) -> None:
    assert edge.connects("192.0.2.21", 20, port) == 20
    assert 100 <= edge.connects("192.0.2.20", 400, port) < 400
    assert edge.counted("too_many_connections") > 0


def _elements(edge: Edge, names: Sequence[str]) -> list[object]:
    found = [json.loads(edge.nft("-j", "list", "set", *TABLE, n))["nftables"] for n in names]
    return [each["set"].get("elem") for listed in found for each in listed if "set" in each]


def test_loaded_again_it_stands_as_in_the_file(edge: Edge) -> None:
    edge.nft("add", "element", *TABLE, "blocked4", "{ 192.0.2.40 }")
    edge.load()
    assert _elements(edge, ["blocked4", "trusted4", "asking4"]) == [None, None, None]
    assert edge.nft("list", "tables").split("\n")[:-1] == [f"table {' '.join(TABLE)}"]
