"""A workspace in which every secret and every personal datum is a canary, and its commands.

Commands are real processes.  What only a broken program does, as a driver that raises with all it
knows in its message, is put in by a ``sitecustomize`` on the path of that one process.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

from provisioner.manifest.sealed import context, seal
from tests.here import run_here

ROOT = Path(__file__).parents[2]
DAY = "2026-11-24"

PERSONAL = {
    "person": "Zqhalm Vogel",
    "street": "Zqkies 77",
    "email": "zqpost@vogel.example",
    "phone": "0795557613",
    "first signatory": "Zqfeder Vogel",
    "second signatory": "Zqfluegel Vogel",
    "name at a workplace": "Zqnest Vogel",
    "other name": "Zqkorn Vogel",
}
SEALED, CLEAR, GENERATED = "Zqsealed-Password-71", "Zqclear-Password-72", "Zqgenerated-Password-73"
CRASH = "Zqcrash"

CANARY = re.compile(
    r"zq(?:halm|kies|post|feder|fluegel|nest|korn|sealed|clear|generated|crash)\w*"
    r"|(?:\+41|0041|0)?[ .]?79[ .]?555[ .]?76[ .]?13",
    re.IGNORECASE,
)


def canaries(text: str) -> set[str]:
    """Every canary that sings in ``text``, whatever its case."""
    return {found.lower() for found in CANARY.findall(text)}


GENERATED_HERE = "{generate: true}"


def manifest(password: str = GENERATED_HERE, **other: str) -> str:
    """One that uses every personal field and every kind of password."""
    given = {**PERSONAL, **other}
    return f"""\
version: 1
contact:
  company: Voliere Muster AG
  street: {given["street"]}
  postcode: 8400
  city: Winterthur
  person: {given["person"]}
  email: {given["email"]}
  phone: {given["phone"]}
subscription: {{billing_from: 2026-12-01}}
numbers:
  - {{id: haupt, area: 052}}
porting:
  - id: alt
    provider: Swisscom
    scope: partial
    schedule: {{when: date, date: 2027-03-10, time: "09:00"}}
    signature:
      authority: collective
      signatories: [{given["first signatory"]}, {given["second signatory"]}]
    numbers: [0525551200]
workplaces:
  - login: eins.voliere
    name: {given["name at a workplace"]}
    license: phones+apps
    number: 0525551200
    password: {password}
  - {{login: zwei.voliere, name: {given["other name"]}, license: phones, number: {{stock: haupt}}}}
support_login: {{login: voliere.support}}
admin: {{login: voliere.admin, password: {{generate: true}}}}
"""


GENERATES = f"import secrets\nsecrets.token_urlsafe = lambda size=None: {GENERATED!r}\n"


def breaks(target: str, method: str, how: str, call: int = 1) -> str:
    """A ``sitecustomize``: the ``call``-th call of a driver's method does ``how``."""
    module, _, name = target.partition(":")
    return f"""{GENERATES}
import importlib, os
owner = getattr(importlib.import_module({module!r}), {name!r})
former, calls = getattr(owner, {method!r}), []
def broken(self, *args, **kwargs):
    calls.append(1)
    everything = "{CRASH} " + repr(args) + repr(kwargs)
    if len(calls) == {call}:
        {how}
    return former(self, *args, **kwargs)
setattr(owner, {method!r}, broken)
"""


PBX, DESK = "provisioner.drivers.local:LocalPbx", "provisioner.drivers.sql:SqlDesk"
RAISES = "raise RuntimeError(everything)"
CHAINED = "raise RuntimeError(everything) from ValueError(everything)"
OFFLINE = (
    "from provisioner.errors import Unavailable;"
    " from provisioner.codes.systems import DatabaseIsBusy;"
    " raise Unavailable(DatabaseIsBusy(target='pbx'))"
)
NO_ANSWER = (
    "former(self, *args, **kwargs); from provisioner.errors import OutcomeUnknown;"
    " from provisioner.codes.systems import NoAnswerWhetherItWasWritten as NoAnswer;"
    " raise OutcomeUnknown(NoAnswer(target='pbx'))"
)
DIES = "os._exit(9)"


@dataclass
class Ran:
    """What a command left on the terminal."""

    name: str
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return f"{self.out}\n{self.err}"


@dataclass
class Aviary:
    """A workspace in ``root``; ``ran`` are all commands so far."""

    root: Path
    ran: list[Ran] = field(default_factory=list)

    @classmethod
    def build(cls, root: Path) -> "Aviary":
        operator, reseller = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
        (root / "operator.key").write_text(str(operator))
        (root / "reseller.key").write_text(str(reseller))
        keys = str(operator.to_public())
        config = (ROOT / "provision.yaml").read_text("utf-8")
        config = re.sub(r"recipients: \[\w+\]", f"recipients: [{reseller.to_public()}]", config)
        (root / "provision.yaml").write_text(f"{config}\nsecrets: {{recipients: [{keys}]}}\n")
        shutil.copy(ROOT / "removals.yaml", root)
        sealed = seal(SEALED, context("voliere", "workplace", "eins.voliere"), [keys])
        made = cls(root)
        made.write(manifest(f"{{age: {sealed}}}"))
        return made

    def write(self, text: str, name: str = "voliere") -> None:
        folder = self.root / "customers/limmat-it"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, "utf-8")

    def run(
        self, line: str, *, site: str = GENERATES, stdin: str = "", lang: str = "", log: str = ""
    ) -> Ran:
        """``provision`` with the words of ``line``, in a process of its own."""
        custom = self.root / ".site"
        custom.mkdir(exist_ok=True)
        (custom / "sitecustomize.py").write_text(site)
        environment = {
            **{
                k: v
                for k, v in os.environ.items()
                if k in {"PATH", "HOME", "COVERAGE_PROCESS_START"}
            },
            "PYTHONPATH": f"{custom}:{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",  # a file here would hold the password of the test
            "PROVISION_LANG": lang,
            **({"PROVISION_LOG": log} if log else {}),
            "USER": "staff",
        }
        done = subprocess.run(
            [sys.executable, "-m", "provisioner", *line.split()],
            cwd=self.root,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        self.ran.append(Ran(f"{line} {lang}".strip(), done.returncode, done.stdout, done.stderr))
        return self.ran[-1]

    def look(self, line: str, *, lang: str) -> Ran:
        """A command that only reads, in this process."""
        environment = {**os.environ, "PROVISION_LANG": lang, "USER": "staff"}
        code, said = run_here(self.root, environment, line.split())
        self.ran.append(Ran(f"{line} {lang}".strip(), code, said, ""))
        return self.ran[-1]

    def tables(self, file: str) -> Iterator[tuple[str, str]]:
        """Each table of a database with all of its cells as text."""
        with sqlite3.connect(self.root / "state" / file) as db:
            names = [
                n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for name in names:
                rows = db.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - our own names
                cells = (
                    c.decode("utf-8", "replace") if isinstance(c, bytes) else str(c)
                    for r in rows
                    for c in r
                )
                yield name, "\n".join(cells)
        db.close()
