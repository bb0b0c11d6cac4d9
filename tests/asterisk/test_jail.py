"""``deploy/fail2ban/jail.d`` with a real fail2ban and nftables, in a network of the test's own."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.asterisk.conftest import ROOT
from tests.asterisk.namespace import PATIENCE, Namespace

JAIL = "provisioner-asterisk"
DEPLOY = ROOT / "deploy/fail2ban"
LINE = (
    '[{at}] SECURITY[1] res_security_log.c: SecurityEvent="ChallengeResponseFailed",'
    'AccountID="<unknown>",SessionID="x",LocalAddress="IPV4/UDP/192.0.2.1/5060",'
    'RemoteAddress="{address}/57960",Challenge="1",Response="2",ExpectedResponse=""\n'
)


class Fail2ban:
    """One with no jail but ours; everything that it writes is in ``folder``."""

    def __init__(self, network: Namespace, folder: Path) -> None:
        if not Path("/etc/fail2ban/jail.conf").exists():
            pytest.skip("there is no /etc/fail2ban: Debian's package fail2ban is not installed")
        self.network, self.log = network, folder / "security"
        self.log.touch()
        config = folder / "etc"
        shutil.copytree("/etc/fail2ban", config)
        shutil.rmtree(config / "jail.d")
        shutil.copytree(DEPLOY, config, dirs_exist_ok=True)
        jail = config / f"jail.d/{JAIL}.conf"
        text, count = re.subn(
            r"(?m)^logpath = .*", f"logpath = {self.log}", jail.read_text("utf-8")
        )
        assert count == 1
        self.most = int(re.findall(r"(?m)^maxretry = (\d+)", text)[0])
        jail.write_text(text.replace(" ::1\n", " ::1 192.0.2.99\n"), "utf-8")
        # who guessed before counts more: each has a memory of its own, not the machine's
        memory = config / "fail2ban.local"
        memory.write_text(f"[Definition]\ndbfile = {folder / 'memory.sqlite3'}\n", "utf-8")
        own = ["-c", str(config), "-s", str(folder / "socket"), "-p", str(folder / "pid")]
        self._client = ["fail2ban-client", *own]
        more = ["--logtarget", str(folder / "log"), "-f", "start"]
        self._server = subprocess.Popen(
            network.command("fail2ban-server", *own, *more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: JAIL in self.ask("status", code=(0, 255, 1)))

    def close(self) -> None:
        self.ask("stop", code=(0, 255, 1))
        self._server.wait(PATIENCE)

    def ask(self, *words: str, code: tuple[int, ...] = (0,)) -> str:
        return self.network.run(*self._client, *words, code=code)

    def banned(self) -> set[str]:
        listed = self.ask("status", JAIL).partition("Banned IP list:")[2]
        return set(listed.split())

    def guesses(self, address: str, count: int) -> None:
        at = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S.000")
        with self.log.open("a", encoding="utf-8") as file:
            file.write(LINE.format(at=at, address=address) * count)

    def failed(self) -> int:
        return int(self.ask("status", JAIL).partition("Total failed:")[2].split()[0])


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)


@pytest.fixture
def fail2ban(tmp_path: Path) -> Iterator[Fail2ban]:
    with Namespace("nft", "fail2ban-server", "fail2ban-client") as network:
        made = Fail2ban(network, tmp_path)
        yield made
        made.close()


def test_who_guesses_is_shut_out_and_let_in_again(fail2ban: Fail2ban) -> None:
    fail2ban.guesses("IPV4/UDP/192.0.2.99", 60)  # in ignoreip
    fail2ban.guesses("IPV4/UDP/192.0.2.8", 20)  # a phone or two with an old password
    # none is left that could shut them out once more
    for address in ("IPV4/TLS/192.0.2.7", "IPV6/UDP/2001:db8::7"):
        fail2ban.guesses(address, fail2ban.most)
    until(lambda: fail2ban.banned() >= {"192.0.2.7", "2001:db8::7"})
    assert fail2ban.banned() == {"192.0.2.7", "2001:db8::7"}
    rules = fail2ban.network.run("nft", "list", "ruleset")
    for found in ("192.0.2.7", "2001:db8::7", "drop"):
        assert found in rules
    assert not re.search(r"192\.0\.2\.(8|99)", rules)
    fail2ban.ask("set", JAIL, "unbanip", "192.0.2.7")
    until(lambda: "192.0.2.7" not in fail2ban.network.run("nft", "list", "ruleset"))


def test_the_log_may_be_rotated(fail2ban: Fail2ban) -> None:
    fail2ban.guesses("IPV4/UDP/192.0.2.8", 1)
    until(lambda: fail2ban.failed() == 1)
    fail2ban.log.rename(f"{fail2ban.log}.1")
    fail2ban.log.touch()
    fail2ban.guesses("IPV4/UDP/192.0.2.7", 40)
    until(lambda: "192.0.2.7" in fail2ban.banned())
