"""``provision check`` and ``provision status`` on a real PBX: they ask and change nothing (R19)."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Sip, free_port
from tests.asterisk.sip.workspace import Workspace, manifest, workplace

DAY = "2026-11-24"


@pytest.fixture(scope="module")
def office(fresh: Callable[[], Workspace]) -> Workspace:
    made = fresh()
    made.customer(
        "muster-ag",
        manifest("Muster AG", workplaces=[workplace("anna"), workplace("Beat.Keller")]),
    )
    made.apply(DAY)
    return made


@pytest.fixture
def with_sipp(started: Server, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """sipp is found by the search path; the options that name this Asterisk."""
    folder = str(Path(started.env["ASTERISK_SIPP"]).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))
    return ("check", "muster-ag", "--sip", started.env["ASTERISK_SIP"])


def test_r19_check_proves_passwords_and_takes_no_phone_s_place(
    office: Workspace, sip: Sip, with_sipp: tuple[str, ...], started: Server
) -> None:
    anna = office.phone("muster-ag", "anna")
    assert sip.register(anna) == 200
    before = started.rows("registrar")
    proof = ("--handover", "handover/muster.jsonl", "-i", str(office.key))
    shown = office.run(*with_sipp, *proof)
    assert "anna         the password registers; 1 device is registered now" in shown
    assert "Beat.Keller  the password registers; 0 devices are registered now" in shown
    assert anna.password not in shown
    assert started.rows("registrar") == before

    wrong = hashlib.md5(b"muster-ag--beat-keller:asterisk:else").hexdigest()  # noqa: S324 - as SIP has it
    started.write("auth", "muster-ag--beat-keller", {"password_digest": f"MD5:{wrong}"})
    shown = office.run(*with_sipp, *proof, code=1)
    assert "PV594" in shown
    assert "Beat.Keller" in shown
    assert "ok     anna" in shown


def test_r19_check_without_passwords_tells_who_is_on(
    office: Workspace, sip: Sip, with_sipp: tuple[str, ...]
) -> None:
    assert sip.register(office.phone("muster-ag", "anna")) == 200
    shown = office.run(*with_sipp)
    assert "ok     answers (OPTIONS: 401)" in shown
    assert "on     anna" in shown
    assert "off    Beat.Keller" in shown


@pytest.mark.usefixtures("with_sipp")
def test_check_of_a_pbx_that_is_silent(office: Workspace) -> None:
    silent = f"127.0.0.1:{free_port('127.0.0.1')}"
    assert "PV593" in office.run("check", "muster-ag", "--sip", silent, code=1)


def test_check_without_a_tool_says_which(
    office: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "PV591" in office.run("check", "muster-ag", code=1)


@pytest.mark.parametrize(("answers", "code"), [(0, 0), (1, 0), (3, 1)])
def test_check_with_sipsak_tells_only_that_there_is_an_answer(
    office: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answers: int, code: int
) -> None:
    """sipsak ends with 0 or 1 for an answer, with 3 for none."""
    tool = tmp_path / "sipsak"
    tool.write_text(f"#!/bin/sh\nexit {answers}\n", "utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    shown = office.run("check", "muster-ag", code=code)
    assert ("PV593" in shown) is (code == 1)
    proof = ("--handover", "handover/muster.jsonl", "-i", str(office.key))
    assert "PV591" in office.run("check", "muster-ag", *proof, code=1)


def test_r19_status_shows_who_is_registered_now(
    office: Workspace, sip: Sip, started: Server
) -> None:
    anna = office.phone("muster-ag", "anna")
    assert sip.register(anna) == 200
    rows = [line.split() for line in office.run("status", "muster-ag").splitlines()]
    assert ["anna", "phones", "phone"] in rows
    assert ["Beat.Keller", "phones", "-"] in rows
    assert sip.register(anna, expires=0) == 200
    rows = [line.split() for line in office.run("status", "muster-ag").splitlines()]
    assert ["anna", "phones", "-"] in rows
    assert started.rows("registrar") == {}
