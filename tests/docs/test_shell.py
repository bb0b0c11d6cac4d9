"""Blocks of a shell that show no output: what they call exists, and they are run where they can."""

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docs.console import ROOT, Fence, Reader, fences
from docs.shell import calls, refused

from provisioner.cli.context import App

_A_SERVER = "a PostgreSQL, and roles on it"
_ASTERISK = "an Asterisk, and root"
_CLONE = "a clone of somebody's repository"
_FORGE = "a forge, and an account there"
_INSTALLS = "installs packages"
_JQ = "jq"
_KEY = "the reseller's private key"
_PERSON = "a person who says yes"
_READER = "what the reader of the test has"

NOT_RUN = {
    "README.md": {"make demo": "takes minutes", "make install": _INSTALLS},
    "docs/de/anleitung.md": {"provision secret open": _KEY},
    "docs/fr/guide.md": {"provision secret open": _KEY},
    "docs/it/guida.md": {"provision secret open": _KEY},
    "docs/how-to/apps.md": {"provision status": _ASTERISK},
    "docs/how-to/asterisk-realtime.md": {
        "createdb": _A_SERVER,
        "provision asterisk upgrade": _A_SERVER,
        "provision asterisk config": _ASTERISK,
    },
    "docs/how-to/asterisk.md": {
        "provision asterisk config": _ASTERISK,
        "provision status": _ASTERISK,
    },
    "docs/how-to/certificate.md": {"": _ASTERISK},
    "docs/how-to/ci.md": {
        "change=": _CLONE,
        "git fetch": _CLONE,
        "provision apply": "the plan of another job",
        "mkdir -p public": _FORGE,
    },
    "docs/how-to/duties.md": {"provision asterisk config": _ASTERISK},
    "docs/how-to/emergency.md": {
        "provision asterisk config": _ASTERISK,
        "make test": _ASTERISK,
    },
    "docs/how-to/encryption.md": {"": _ASTERISK},
    "docs/how-to/find.md": {"provision status": _JQ},
    "docs/how-to/github.md": {"gh api": _FORGE, "provision ci key": _FORGE, "export": _FORGE},
    "docs/how-to/gitlab.md": {"curl": _FORGE, "export": _FORGE},
    "docs/how-to/hardening.md": {"": _ASTERISK},
    "docs/how-to/install.md": {
        "pipx": _INSTALLS,
        "uv": _INSTALLS,
        "python3": _INSTALLS,
        "/opt": _INSTALLS,
        "rm -r": "what was not installed",
    },
    "docs/how-to/many-machines.md": {"provision apply": _A_SERVER},
    "docs/how-to/observe.md": {
        "PROVISION_LOG": "root",
        "# what failed": _JQ,
        "export": "a collector of OpenTelemetry",
    },
    "docs/how-to/phones.md": {"": "a web host, and root"},
    "docs/how-to/postgresql.md": {"": _A_SERVER},
    "docs/how-to/reading.md": {"provision plan": _CLONE},
    "docs/how-to/recovery.md": {"provision plan": _PERSON},
    "docs/how-to/removals.md": {"provision apply": _PERSON},
    "docs/how-to/repo-per-reseller.md": {"": _CLONE},
    "docs/reference/commands.md": {"provision": "examples of options, each in another workspace"},
    "docs/tutorials/merge-request.md": {
        "export PATH=": _READER,
        "cd runner": "a file of the tutorial, which is run there",
    },
    "docs/tutorials/real-telephone.md": {
        "export PATH=": _READER,
        "provision doctor": _ASTERISK,
        "provision poa": "the customer whom the page has written by then",
        ". ../pbx/env": _ASTERISK,
        "baresip": "two phones",
    },
}
"""Page → how blocks begin that are not run → what they need."""
EMPTY = {"docs/how-to/github.md", "docs/how-to/gitlab.md"}
"""They begin with no workspace."""


def _blocks(page: Path) -> list[Fence]:
    return [fence for fence in fences(page.read_text("utf-8")) if fence.lang == "sh"]


BLOCKS = {
    str(page.relative_to(ROOT)): found
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    if (found := _blocks(page))
}
RUN = {
    page: kept
    for page, found in BLOCKS.items()
    if (kept := [f for f in found if not f.body.startswith(tuple(NOT_RUN.get(page, ())))])
}


@pytest.mark.parametrize("page", BLOCKS)
def test_a_shell_can_read_it(page: str) -> None:
    whole = "\n".join(fence.body for fence in BLOCKS[page])
    done = subprocess.run(["bash", "-n"], input=whole, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", BLOCKS)
def test_commands_and_options_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    wrong = [
        (fence.line, " ".join(call), why)
        for fence in BLOCKS[page]
        for call in calls(fence.body, "provision")
        if (why := refused(call))
    ]
    wrong += [
        (fence.line, target, "no target of the Makefile")
        for fence in BLOCKS[page]
        for target, *_ in calls(fence.body, "make")
        if target not in targets
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("A=1 provision status --nonsense | head", "No such option"),
        ("x=$(provision porting lits)", "No such command"),
        ("provision \\\n  rename velo-werk", "Missing argument"),
        ("cd x && /opt/bin/provision billing 2027-03 --format 'xml'", "is not one of"),
        ("cat <<'EOF'\nprovision nonsense\nEOF\nprovision porting list # provision nonsense", ""),
    ],
)
def test_what_does_not_exist_is_found(script: str, why: str) -> None:
    (call,) = calls(script, "provision")
    assert why in refused(call)
    assert bool(refused(call)) is bool(why)


def test_what_is_said_not_to_be_run_is_there() -> None:
    stale = [
        (page, begins)
        for page, reasons in NOT_RUN.items()
        for begins in reasons
        if not any(fence.body.startswith(begins) for fence in BLOCKS[page])
    ]
    assert stale == []


@pytest.mark.parametrize("page", RUN)
def test_what_can_be_run_works(
    page: str, reader: Reader, applied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(App, "now", lambda _: datetime(2026, 12, 14, 9, tzinfo=UTC))
    monkeypatch.setenv("HOME", str(reader.folder.parent))
    if page not in EMPTY:
        shutil.copytree(applied, reader.folder, dirs_exist_ok=True)
    for fence in RUN[page]:
        for line in fence.body.splitlines():
            output = reader.run(line)
            assert reader.last == 0, f"line {fence.line}: {line}\n{output}"
