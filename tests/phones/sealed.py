"""A hand-over for desk phones, as apply writes it, and the web host that reads it."""

import os
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import orjson
import pyrage

from provisioner.manifest.sealed import seal_raw
from tests.here import process_here

ROOT = Path(__file__).parents[2]
PASSWORD = "n0body-else-has-this"
SNOM = {"model": "snom-d785", "mac": "000413A1B2C3"}
OTHER_SNOM = {"model": "snom-d785", "mac": "000413A1B2C4"}
YEALINK = {"model": "yealink-t54w", "mac": "001565A1B2C3"}
SETTINGS = {
    "registrar": "sip.muster.example:5061",
    "transport": "tls",
    "url": "https://phones.muster.example/",
}


class Host:
    """A folder with ``provision.yaml``, a hand-over and the key that opens it.

    ``columns``: of its terminal.
    """

    columns = "100"

    def __init__(self, root: Path, **settings: str) -> None:
        self.root, self.out = root, root / "srv"
        self.file, self.key = root / "phones.jsonl", root / "host.key"
        root.mkdir(parents=True, exist_ok=True)
        identity = pyrage.x25519.Identity.generate()
        self.recipient = str(identity.to_public())
        self.key.write_text(f"# public key: {self.recipient}\n{identity}\n")
        self.file.touch()
        self.configure(**settings)

    def configure(self, **settings: str) -> None:
        phones = {"recipient": self.recipient, **SETTINGS, **settings}
        lines = "".join(f"  {name}: {value}\n" for name, value in phones.items())
        text = (ROOT / "provision.yaml").read_text("utf-8")
        (self.root / "provision.yaml").write_text(f"{text}\nphones:\n{lines}", "utf-8")

    def tell(self, login: str, phone: object, recipient: str = "", **more: Any) -> None:
        """An entry of customer ``werk``, or of another one."""
        place = {"customer": more.pop("customer", "werk"), "kind": "phone", "login": login}
        body = {
            **place,
            "user": f"{place['customer']}--{login}",
            "password": PASSWORD,
            "name": None,
            "extension": None,
            "srtp": None,
            "phone": phone,
            **more,
        }
        sealed = seal_raw(orjson.dumps(body), [recipient or self.recipient])
        line = {**place, "at": "2026-11-30T05:00:00+00:00", "sealed": sealed}
        with self.file.open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")

    def run(self, *arguments: str) -> "CompletedProcess[bytes]":
        plain = {"PATH": os.environ["PATH"], "PROVISION_LANG": "en", "COLUMNS": self.columns}
        return process_here(self.root, plain, ["phones", *arguments])

    def write(self, *more: str, code: int = 0) -> str:
        """What it says; its exit code has to be ``code``."""
        return self.read("write", "--out", str(self.out), *more, code=code)

    def read(self, command: str, *more: str, code: int = 0) -> str:
        given = ("--handover", str(self.file), "-i", str(self.key))
        ran = self.run(command, *given, *more)
        said = (ran.stdout + ran.stderr).decode()
        assert ran.returncode == code, said
        return said

    def files(self) -> dict[str, bytes]:
        """By name, without the folder."""
        return {path.name: path.read_bytes() for path in self.out.glob("*/*")}

    def state(self) -> dict[str, tuple[int, int]]:
        """Which file is where, so that one that was written anew is another one."""
        found = {str(path): path.lstat() for path in self.out.rglob("*")}
        return {name: (each.st_ino, each.st_mtime_ns) for name, each in found.items()}
