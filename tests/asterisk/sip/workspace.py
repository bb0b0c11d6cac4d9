"""A workspace whose PBX is a real Asterisk, used as people use it: files and commands."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.asterisk.sip.sip import Phone
from tests.here import run_here

ROOT = Path(__file__).resolve().parents[3]
CONFIG: dict[str, Any] = {
    "version": 1,
    "desk": {"driver": "sql", "url": "sqlite:///state/desk.sqlite", "carrier": "manual"},
    "emergency_caller": "0445550100",
    "numbers": {"stock": ["0525557"], "provisional": ["0525558"], "quarantine_days": 90},
    "porting": {"canton": "ZH", "lead_days": 10, "sync_days": 2, "require_poa": False},
    "prices": [
        {
            "valid_from": "2026-01-01",
            "monthly": {
                "subscription": "19.00",
                "phones": "6.50",
                "phones+apps": "9.50",
                "number": "1.00",
                "block_10": "5.00",
                "block_100": "25.00",
                "block_1000": "120.00",
            },
            "once": {"setup": "120.00", "port_order": "45.00"},
        }
    ],
    "brakes": {
        "deletes": {"count": 1000, "percent": 100},
        "updates": {"count": 1000, "percent": 100},
    },
    "login_scope": "customer",
    "handover": "handover",
}


class Workspace:
    """``driver``: options of the Asterisk driver."""

    def __init__(self, root: Path, driver: Mapping[str, object]) -> None:
        self.root = root
        self._opened, self._passwords = 0, {}
        root.mkdir(parents=True, exist_ok=True)
        self.key = root / "muster.key"
        public = self.run("secret", "keygen", "--out", str(self.key)).splitlines()[-1].strip()
        reseller = {"name": "Muster Telecom", "language": "en", "recipients": [public]}
        self._config = {
            **CONFIG,
            "pbx": {"driver": "asterisk", **driver},
            "resellers": {"muster": reseller},
        }
        self.configure()
        self.write("removals.yaml", {"version": 1, "removals": []})

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(_texts(content), sort_keys=False), "utf-8")

    def configure(self, **parts: Any) -> None:
        """Write ``provision.yaml``, with ``parts`` in place of those of :data:`CONFIG`."""
        self.write("provision.yaml", {**self._config, **parts})

    def customer(self, name: str, manifest: Mapping[str, Any]) -> None:
        self.write(f"customers/muster/{name}.yaml", manifest)

    @staticmethod
    def _environment() -> dict[str, str]:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        plain = {"PYTHONPATH": path, "PROVISION_LANG": "en", "COLUMNS": "160", "NO_COLOR": "1"}
        return {**os.environ, **plain}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """A command in a process of its own, which can be killed."""
        return subprocess.Popen(
            [sys.executable, "-m", "provisioner", *arguments],
            cwd=self.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        """A command's output; its exit code has to be ``code``."""
        ended, out = run_here(self.root, self._environment(), arguments)
        assert ended == code, f"{arguments}: {ended}\n{out}"
        return out

    def apply(self, at: str, *more: str) -> str:
        return self.run("apply", "--at", at, "--auto-approve", *more)

    def reconcile(self, at: str) -> str:
        return self.run("reconcile", "--at", at, "--auto-approve")

    def plan(self, at: str, *more: str, code: int = 0) -> str:
        return self.run("plan", "--at", at, "--detailed-exitcode", *more, code=code)

    def passwords(self) -> dict[tuple[str, str], str]:
        """Customer and login → password, as the reseller opens the hand-over."""
        file = self.root / "handover" / "muster.jsonl"
        if file.stat().st_size != self._opened:
            listed = self.run("secret", "open", str(file), "-i", str(self.key))
            rows = [line.split("\t") for line in listed.splitlines()]
            self._passwords = {(c, login): password for c, _, login, password in rows}
            self._opened = file.stat().st_size
        return self._passwords

    def phone(self, customer: str, login: str) -> Phone:
        """A phone that is set up with what the reseller got."""
        return Phone(sip_user(customer, login), self.passwords()[customer, login])


def sip_user(customer: str, login: str) -> str:
    return f"{customer}--{login.lower().replace('.', '-')}"


def manifest(company: str, **parts: Any) -> dict[str, Any]:
    """The least that a manifest has, and ``parts``."""
    return {
        "version": 1,
        "contact": {
            "company": company,
            "street": "Hammerweg 12",
            "postcode": "8400",
            "city": "Winterthur",
            "person": "Petra Huber",
            "email": "rechnung@muster.example",
            "phone": "0525550100",
        },
        "subscription": {"billing_from": "2027-01-01"},
        **parts,
    }


def workplace(login: str, **more: Any) -> dict[str, Any]:
    """For a phone in a workshop, which needs no app."""
    return {"login": login, "license": "phones", "use": "workshop", **more}


def port(name: str, numbers: Sequence[str], blocks: Sequence[str] = ()) -> dict[str, Any]:
    """A port on 26 February 2027."""
    return {
        "id": name,
        "provider": "Swisscom",
        "scope": "full",
        "internet_on_contract": False,
        "schedule": {"when": "date", "date": "2027-02-26", "time": "09:00"},
        "signature": {"authority": "single", "signatories": ["Petra Huber"]},
        "numbers": list(numbers),
        "blocks": list(blocks),
    }


def _texts(found: Any) -> Any:
    if isinstance(found, Mapping):
        return {str(k): _texts(v) for k, v in found.items()}
    if isinstance(found, list | tuple):
        return [_texts(v) for v in found]
    return found
