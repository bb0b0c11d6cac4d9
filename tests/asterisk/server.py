"""A real Asterisk as a test sees it: starting, killing, and what people do on it by hand.

Nothing here uses the driver: what a person does over ARI and on the console is plain HTTP here.
"""

import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from provisioner.contract.leases import CALL_SECONDS
from provisioner.contract.resources import Json, Kind
from tests.told import told

DYNAMIC = "/ari/asterisk/config/dynamic/res_pjsip"
PATIENCE = 120
"""Seconds for an answer: on a busy machine it comes late. What must fail by time says how soon."""


class Server:
    """``run_script`` calls ``scripts/asterisk-server``; ``encrypted``: phones have to."""

    def __init__(
        self, folder: Path, run_script: Callable[..., None], *, encrypted: bool = False
    ) -> None:
        self.folder = folder
        self._run_script = run_script
        self._start = "encrypted" if encrypted else "start"
        self.env: dict[str, str] = {}
        self.http = httpx.Client(trust_env=False, timeout=PATIENCE)
        self._cookie: dict[str, str] = {}

    # Its life

    def start(self) -> None:
        """Fine if it runs already; it goes on with the data that it had."""
        if self.env and self.pid() is not None:
            return
        self._run_script(self._start, str(self.folder))
        self.env = told(self.folder / "env")
        self.http.base_url = httpx.URL(self.env["ASTERISK_URL"])
        self.http.auth = (self.env["ASTERISK_USER"], self.password)
        self._login()

    def stop(self) -> None:
        self._run_script("stop", str(self.folder))

    def close(self) -> None:
        self.stop()
        self.http.close()
        shutil.rmtree((self.folder / "server").resolve())

    def kill(self) -> None:
        """As a crash: nothing is written any more."""
        pid = self.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        while self.pid() is not None:
            time.sleep(0.01)

    def wait_for_commit(self) -> None:
        """Until all that was written so far survives a crash: Asterisk commits once a second.

        Whether it has shows in the file alone. It is not opened as a database, since a reader's
        lock could hold up Asterisk's own.
        """
        mark = secrets.token_hex(16)
        self.set("tests", mark, "written")
        file = (self.folder / "server").resolve() / "var" / "astdb.sqlite3"
        journal = file.with_name(f"{file.name}-journal")
        until = time.monotonic() + PATIENCE
        while mark.encode() not in file.read_bytes() or journal.exists():
            assert time.monotonic() < until, "Asterisk does not commit"
            time.sleep(0.05)
        self.unset("tests", mark)

    def pid(self) -> int | None:
        """None if it does not run."""
        try:
            pid = int((self.folder / "pid").read_text("ascii"))
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
        except (OSError, ValueError):
            return None
        return None if stat.rpartition(")")[2].split()[0] == "Z" else pid

    @property
    def password(self) -> str:
        return Path(self.env["ASTERISK_PASSWORD_FILE"]).read_text("utf-8").strip()

    @property
    def options(self) -> dict[str, object]:
        """For the driver."""
        return {
            "url": self.env["ASTERISK_URL"],
            "user": self.env["ASTERISK_USER"],
            "password_file": self.env["ASTERISK_PASSWORD_FILE"],
            **dict.fromkeys(("timeout", "answer_timeout", "call_timeout"), str(CALL_SECONDS)),
        }

    def clear(self) -> None:
        """No objects and no rows; called before each test."""
        for sort in ("endpoint", "auth", "aor"):
            for name in self.rows(f"ps/{sort}"):
                self.delete(sort, name)
                self.db("DBDel", Family=f"ps/{sort}", Key=name)
        for family in ("did", "blk", "ext", "prov", "provisioner", "registrar", "tests"):
            for key in self.rows(family):
                self.db("DBDel", Family=family, Key=key)

    # What the console and ARI can do

    def ari(self, method: str, sort: str, name: str, **more: object) -> httpx.Response:
        return self.http.request(method, f"{DYNAMIC}/{sort}/{name}", **more)  # type: ignore[arg-type]

    def write(self, sort: str, name: str, fields: Mapping[str, str]) -> None:
        body = {"fields": [{"attribute": n, "value": v} for n, v in fields.items()]}
        answer = self.ari("PUT", sort, name, json=body)
        assert answer.status_code == 200, answer.text

    def delete(self, sort: str, name: str) -> None:
        assert self.ari("DELETE", sort, name).status_code in {204, 404}

    def fields(self, sort: str, name: str) -> dict[str, str] | None:
        """As Asterisk uses them; None if there is no such object."""
        answer = self.ari("GET", sort, name)
        if answer.status_code == 404:
            assert "Object with id" in answer.json()["message"]
            return None
        return {f["attribute"]: f["value"] for f in answer.json()}

    def state(self, name: str) -> str:
        """Whether Asterisk takes a phone for on: online, offline, unknown."""
        answer = self.http.get(f"/ari/endpoints/PJSIP/{name}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["state"])

    def db(self, action: str, **fields: str) -> str:
        """An AMI action on astdb; its whole answer."""
        data = {"Action": action, **fields}
        answer = self.http.post("/rawman", data=data, headers=self._cookie)
        if "Permission denied" in answer.text:
            self._login()
            answer = self.http.post("/rawman", data=data, headers=self._cookie)
        return answer.text

    def set(self, family: str, key: str, value: str) -> None:
        assert "Success" in self.db("DBPut", Family=family, Key=key, Val=value)

    def unset(self, family: str, key: str) -> None:
        self.db("DBDel", Family=family, Key=key)

    def rows(self, family: str) -> dict[str, str]:
        found, key = {}, ""
        for line in self.db("DBGetTree", Family=family).splitlines():
            if line.startswith("Key: "):
                key = line.removeprefix(f"Key: /{family}/")
            elif line.startswith("Val: "):
                found[key] = line.removeprefix("Val: ")
        return found

    def logout(self) -> None:
        self._cookie = {}

    def _login(self) -> None:
        self.http.cookies.clear()
        data = {"Action": "Login", "Username": self.env["ASTERISK_USER"], "Secret": self.password}
        answer = self.http.post("/rawman", data=data)
        assert "Success" in answer.text
        self._cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
        self.http.cookies.clear()


class ByHandOnAsterisk:
    """What a person who knows Asterisk does, for the conformance suite."""

    def __init__(self, server: Server) -> None:
        self.server = server

    @staticmethod
    def name(tenant: str, login: str) -> str:
        return f"{tenant}--{login.lower().replace('.', '-')}"

    @staticmethod
    def where(digits: str) -> tuple[str, str]:
        return ("did" if len(digits) == 10 else "blk"), f"+41{digits[1:]}"

    def by_hand_add(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        server = self.server
        if kind is Kind.ROUTE:
            server.set(*self.where(key), f"{tenant}--{fields.get('target', 'reception')}")
            return
        assert kind is Kind.WORKPLACE
        name = self.name(tenant, key)
        server.write("aor", name, {"max_contacts": "1"})
        server.write("auth", name, {"auth_type": "userpass", "username": name, "password": "x"})
        server.write("endpoint", name, {"aors": name, "auth": name, "allow": "!all,alaw"})
        self.by_hand_set(tenant, kind, key, **fields)

    def by_hand_set(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        server = self.server
        if kind is Kind.ROUTE:
            server.set(*self.where(key), self.name(tenant, str(fields["target"])))
            return
        assert kind is Kind.WORKPLACE
        name = self.name(tenant, key)
        now = self.by_hand_look(tenant, kind, key)
        assert now is not None
        if fields.keys() & {"name", "extension"}:
            merged = {**now, **fields}
            shown, number = merged.get("name") or "", merged.get("extension") or ""
            server.write("endpoint", name, {"callerid": f'"{shown}" <{number}>'})
        if "extension" in fields:
            for extension, led in server.rows(f"ext/{tenant}").items():
                if led == name:
                    server.unset(f"ext/{tenant}", extension)
            server.set(f"ext/{tenant}", str(fields["extension"]), name)

    def by_hand_delete(self, tenant: str, kind: Kind, key: str) -> None:
        server = self.server
        if kind is Kind.ROUTE:
            server.unset(*self.where(key))
            return
        assert kind is Kind.WORKPLACE
        name = self.name(tenant, key)
        for sort in ("endpoint", "auth", "aor"):
            server.delete(sort, name)
        for extension, led in server.rows(f"ext/{tenant}").items():
            if led == name:
                server.unset(f"ext/{tenant}", extension)

    def by_hand_look(self, tenant: str, kind: Kind, key: str) -> dict[str, Json] | None:
        assert kind is Kind.WORKPLACE
        name = self.name(tenant, key)
        endpoint, aor = self.server.fields("endpoint", name), self.server.fields("aor", name)
        if endpoint is None or aor is None:
            return None
        caller = endpoint["callerid"]
        led = [e for e, to in self.server.rows(f"ext/{tenant}").items() if to == name]
        return {
            "name": caller.partition(" <")[0].strip('"') if " <" in caller else None,
            "extension": led[0] if led else None,
            "license": "phones" if aor["max_contacts"] == "1" else "phones+apps",
            "endpoint": json.dumps(endpoint, sort_keys=True),
        }
