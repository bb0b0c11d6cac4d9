"""baresip as a desk phone: set up with what a file says, and nothing else."""

import re
import selectors
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

MODULES = Path("/usr/lib/baresip/modules")
PATIENCE = 60
_ANSWER = re.compile(rb": (?:\{[^}]*\} )?(\d{3}) [A-Z]")


@dataclass(frozen=True, slots=True)
class Account:
    """What a phone of any maker has read in its file."""

    user: str
    password: str
    registrar: str
    transport: str
    shown: str

    @classmethod
    def of_snom(cls, found: Mapping[str, str]) -> "Account":
        registrar, _, transport = found["user_outbound"].partition(";transport=")
        user, password = found["user_pname"], found["user_pass"]
        return cls(user, password, registrar, transport, found["user_realname"])

    @classmethod
    def of_yealink(cls, found: Mapping[str, str]) -> "Account":
        server = "account.1.sip_server.1."
        return cls(
            found["account.1.auth_name"],
            found["account.1.password"],
            f"{found[server + 'address']}:{found[server + 'port']}",
            ("udp", "tcp", "tls")[int(found[server + "transport_type"])],
            found["account.1.display_name"],
        )


def needed() -> str:
    found = shutil.which("baresip")
    if found is None:
        pytest.skip("baresip is not installed")
    return found


def register(account: Account, folder: Path) -> int:
    """The answer to its REGISTER: 200, or why not."""
    folder.mkdir(parents=True)
    (folder / "config").write_text(
        f"sip_listen 127.0.0.1:0\nmodule_path {MODULES}\n"
        "module g711.so\nmodule account.so\nmodule_app menu.so\n",
        "utf-8",
    )
    (folder / "accounts").write_text(
        f"<sip:{account.user}@{account.registrar};transport={account.transport}>"
        f";auth_user={account.user};auth_pass={account.password};regint=60\n",
        "utf-8",
    )
    command = [needed(), "-4", "-f", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as phone:
        try:
            return _answer(phone)
        finally:
            phone.terminate()
            phone.wait(PATIENCE)


def _answer(phone: "subprocess.Popen[bytes]") -> int:
    assert phone.stdout is not None
    said, until = b"", time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as ready:
        ready.register(phone.stdout, selectors.EVENT_READ)
        while time.monotonic() < until and ready.select(until - time.monotonic()):
            piece = phone.stdout.read1()
            said += piece
            if found := _ANSWER.search(said):
                return int(found[1])
            assert piece, said
    raise AssertionError(said)
