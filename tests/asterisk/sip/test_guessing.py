"""Who guesses passwords is seen: log/security, and what fail2ban makes of it with ``deploy/``."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Phone, Sip
from tests.asterisk.sip.workspace import ROOT, Workspace, manifest, workplace

DAY = "2026-11-24"
FILTER = ROOT / "deploy/fail2ban/filter.d/provisioner-asterisk.conf"
GUESSER, ANOTHER = "127.0.0.3", "127.0.0.4"
MUSTER = manifest(
    "Muster AG",
    workplaces=[workplace("anna", extension="21"), workplace("beat", extension="12")],
)


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer("muster-ag", MUSTER)
    made.apply(DAY)
    return made


@pytest.fixture(scope="module")
def fail2ban_regex() -> str:
    found = shutil.which("fail2ban-regex")
    if found is None:
        pytest.skip("there is no fail2ban-regex: Debian's package fail2ban is not installed")
    return found


class Log:
    """What Asterisk writes into log/security from now on."""

    def __init__(self, server: Server) -> None:
        self._file = Path(server.env["ASTERISK_LOG"]) / "security"
        self._start = self._file.stat().st_size

    def lines(self) -> list[str]:
        with self._file.open("rb") as file:
            file.seek(self._start)
            return file.read().decode("utf-8", "replace").splitlines()

    def until(self, event: str, count: int) -> list[str]:
        """All lines, as soon as ``count`` of them tell of ``event``."""
        for _ in range(3000):
            if sum(f'SecurityEvent="{event}"' in line for line in self.lines()) >= count:
                break
            time.sleep(0.1)
        time.sleep(0.3)  # one too many would come now
        return self.lines()


@pytest.fixture
def log(started: Server) -> Log:
    return Log(started)


def banned(program: str, folder: Path, lines: list[str]) -> list[str]:
    """The address that fail2ban reads from each line which its filter matches."""
    file = folder / "security"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    own = folder / FILTER.name  # it takes a path with a blank for a pattern
    shutil.copy(FILTER, own)
    command = [program, "-o", "ip", str(file), str(own)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


def test_every_wrong_attempt_is_matched_and_no_right_one(
    office: Workspace, sip: Sip, log: Log, fail2ban_regex: str, tmp_path: Path
) -> None:
    anna = office.phone("muster-ag", "anna")
    assert sip.register(anna) == 200
    assert sip.call(anna, "99") == 404
    right = Phone(anna.user, anna.password, address=ANOTHER)
    assert sip.register(right) == 200
    wrong = [
        (Phone(anna.user, "wrong", address=GUESSER), "REGISTER"),
        (Phone("muster-ag--nobody", "wrong", address=GUESSER), "REGISTER"),
        (Phone(anna.user, "", address=GUESSER), "REGISTER"),
        (Phone(anna.user, "wrong", address=GUESSER), "INVITE"),
        (Phone("100", "100", address=ANOTHER), "INVITE"),
    ]
    for phone, method in wrong:
        tried = sip.call(phone, "12") if method == "INVITE" else sip.register(phone)
        assert tried == 401, (phone, method)
    lines = log.until("ChallengeResponseFailed", len(wrong))
    assert sum('SecurityEvent="SuccessfulAuth"' in line for line in lines) == 3
    assert banned(fail2ban_regex, tmp_path, lines) == [phone.address for phone, _ in wrong]


_TAIL = 'LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/192.0.2.7/5060"'
_REST = 'Challenge="a",Response="b",ExpectedResponse="'


def _quoted(text: str) -> str:
    """As it has to stand within a quoted string of SIP."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("call_id", "response"),
    [
        ("plain", "0" * 32),
        (f'x",{_TAIL},{_REST}', "0"),
        (f'x",{_TAIL},{_REST}" x="', "0"),
        (f'x",{_TAIL},Challenge="a",Response="\\', "0"),
        (f'x",{_TAIL},Challenge="\\', _quoted('",Response="b",ExpectedResponse="')),
        ("x", _quoted(f'0",{_TAIL},{_REST}')),
        ("x", _quoted(_quoted(f'0",{_TAIL},{_REST}'))),
        ("x", _quoted("0\\")),
        ("x" * 3000, "0"),
        ("[2026-11-28 04:43:57.783] SECURITY[1] res_security_log.c: ", "0"),
    ],
    ids=[f"shape-{n}" for n in range(10)],
)
def test_what_a_caller_writes_shuts_out_nobody_else(
    started: Server, log: Log, fail2ban_regex: str, tmp_path: Path, call_id: str, response: str
) -> None:
    guess(started.env["ASTERISK_SIP"], "muster-ag--anna", call_id, response)
    lines = log.until("ChallengeResponseFailed", 1)
    assert banned(fail2ban_regex, tmp_path, lines) == [GUESSER], lines


def guess(server: str, user: str, call_id: str, response: str) -> None:
    """A wrong REGISTER as no phone sends one."""
    host, _, port = server.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.bind((GUESSER, 0))
        plug.settimeout(10)

        def ask(turn: int, proof: str) -> str:
            request = (
                f"REGISTER sip:{host} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bK{plug.getsockname()[1]}{turn};rport\r\n"
                f"From: <sip:{user}@pbx>;tag=1\r\nTo: <sip:{user}@pbx>\r\nCall-ID: {call_id}\r\n"
                f"CSeq: {turn} REGISTER\r\nContact: <sip:{user}@192.0.2.99>\r\n"
                f"Max-Forwards: 70\r\n{proof}Content-Length: 0\r\n\r\n"
            )
            plug.sendto(request.encode(), (host, int(port)))
            answer = plug.recv(65535).decode("utf-8", "replace")
            assert answer.startswith("SIP/2.0 401 "), answer
            return answer

        asked = dict(re.findall(r'(\w+)="([^"]*)"', ask(1, "")))
        ask(
            2,
            f'Authorization: Digest username="{user}",realm="asterisk",nonce="{asked["nonce"]}",'
            f'opaque="{asked["opaque"]}",uri="sip:pbx",response="{response}",algorithm=MD5,'
            'qop=auth,nc=00000001,cnonce="a"\r\n',
        )


@pytest.mark.parametrize(
    ("transport", "address"),
    [("IPV4/TLS", "192.0.2.8"), ("IPV4/WSS", "192.0.2.8"), ("IPV6/UDP", "2001:db8::8")],
)
def test_every_transport_is_matched(
    fail2ban_regex: str, tmp_path: Path, transport: str, address: str
) -> None:
    line = (
        "[2026-11-28 04:41:40.052] SECURITY[17412] res_security_log.c: "
        'SecurityEvent="ChallengeResponseFailed",EventTV="2026-11-28T04:41:40.052+0000",'
        'Severity="Error",Service="PJSIP",EventVersion="1",AccountID="<unknown>",SessionID="x",'
        f'LocalAddress="{transport}/192.0.2.1/5061",RemoteAddress="{transport}/{address}/57960",'
        'Challenge="1795840900/76e3",Response="2282",ExpectedResponse=""'
    )
    others = [line.replace("ChallengeResponseFailed", e) for e in ("ChallengeSent", "FailedACL")]
    assert banned(fail2ban_regex, tmp_path, [line, *others]) == [address]
