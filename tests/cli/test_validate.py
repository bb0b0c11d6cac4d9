import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cli.conftest import PATIENCE, Run, command, environment, wait_until

from provisioner.operations import processes

VELO = "customers/limmat-it/velo-werk.yaml"
PROGRAMS = ("json", "github", "gitlab", "sarif", "junit")


@pytest.fixture(autouse=True)
def unformatted(workspace: Path) -> None:
    """The example is in house style; here people wrote it without quotes."""
    path = workspace / VELO
    path.write_text(path.read_text().replace('"', ""))


def broken(workspace: Path, old: str = "area: 031}", new: str = "area: 31}") -> Path:
    path = workspace / VELO
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def found(form: str, text: str) -> int:
    """How many errors a program finds in it."""
    match form:
        case "json":
            return [d["severity"] for d in json.loads(text)].count("error")
        case "github":
            return sum(line.startswith("::error ") for line in text.splitlines())
        case "gitlab":
            return [i["severity"] for i in json.loads(text)].count("critical")
        case "sarif":
            return [r["level"] for r in json.loads(text)["runs"][0]["results"]].count("error")
        case _:
            return len(list(ET.fromstring(text).iter("failure")))  # noqa: S314 - ours


@pytest.mark.parametrize("form", PROGRAMS)
def test_forms_and_exit_codes(run: Run, workspace: Path, form: str) -> None:
    good = run(f"validate --format {form}")
    assert (good.returncode, found(form, good.stdout.decode())) == (0, 0)
    broken(workspace)
    bad = run(f"validate --format {form}")
    assert (bad.returncode, found(form, bad.stdout.decode()), bad.stderr) == (3, 1, b"")


def test_of_several_processes_as_of_one(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(workspace)
    (workspace / "customers/limmat-it/leer.yaml").write_text("")
    one = run("validate --format json --jobs 1")
    monkeypatch.setattr(processes, "AT_LEAST", 1)
    monkeypatch.setattr(processes, "AT_ONCE", 2)
    several = run("validate --format json --jobs 3")
    assert several.stdout == one.stdout
    assert found("json", one.stdout.decode()) > 1
    assert (several.returncode, several.stderr) == (3, b"")


@pytest.mark.parametrize("form", PROGRAMS)
def test_a_broken_configuration_is_a_finding_too(run: Run, workspace: Path, form: str) -> None:
    (workspace / "provision.yaml").write_text("version: 1\n")
    done = run(f"validate --format {form}")
    assert done.returncode == 3
    assert found(form, done.stdout.decode()) >= 1
    assert b"provision.yaml" in done.stdout


def test_junit_has_a_case_for_each_manifest(run: Run) -> None:
    root = ET.fromstring(run("validate --format junit").stdout)  # noqa: S314 - ours
    assert [case.get("file") for case in root.iter("testcase")] == [VELO]


def test_personal_data_is_in_no_form(run: Run, workspace: Path) -> None:
    broken(workspace, "phone: 0795550195", "phone: 079 999 88 77 x")
    broken(workspace, "person: Jonas Zbinden", "person: [Jonas Zbinden]")
    for form in (*PROGRAMS, "text"):
        done = run(f"validate --format {form}")
        assert done.returncode == 3
        for secret in (b"999", b"Zbinden", b"Kettengasse", b"hallo@"):
            assert secret not in done.stdout + done.stderr, form


def test_text_says_what_fix_can_do(run: Run, workspace: Path) -> None:
    broken(workspace)
    assert b"`provision validate --fix` writes it." in run("validate").stdout
    broken(workspace, "area: 31}", "area: 79}")
    assert b"--fix" not in run("validate").stdout


def test_fix_writes_says_it_and_checks_again(run: Run, workspace: Path) -> None:
    path = workspace / VELO
    before = path.read_text()
    broken(workspace)
    broken(workspace, "phone: 0795550195", "phone: +41 79 555 01 95")
    broken(workspace, "license: phones+apps", "License: phones+apps")
    broken(workspace, "version: 1\n", "")
    done = run("validate --fix")
    assert done.returncode == 0, done
    said = done.stderr.decode()
    assert f"fixed[PV202] {VELO}:" in said
    assert ": 31 is now 031\n" in said
    assert "contact.phone is corrected" in said
    assert "555" not in said
    assert "4 fixes made." in said
    assert path.read_text() == before.replace("phone: 0795550195", 'phone: "0795550195"').replace(
        "area: 031}", 'area: "031"}', 1
    )
    again = run("validate --fix")
    assert (again.returncode, again.stderr) == (0, b"")


def test_fix_goes_on_when_one_brings_the_next_to_light(run: Run, workspace: Path) -> None:
    """Line ends first: before, the file cannot be read at all."""
    path = broken(workspace)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    done = run("validate --fix --lang de")
    assert done.returncode == 0, done
    assert "behoben[PV004]" in done.stderr.decode()
    assert "behoben[PV202]" in done.stderr.decode()
    assert b"\r" not in path.read_bytes()


def test_fix_leaves_what_needs_a_decision(run: Run, workspace: Path) -> None:
    path = broken(workspace, "login: laden.velowerk", "login: lädeli")
    before = path.read_bytes()
    done = run("validate --fix")
    assert (done.returncode, done.stderr, path.read_bytes()) == (3, b"", before)


def test_fix_keeps_the_output_of_programs_clean(run: Run, workspace: Path) -> None:
    broken(workspace)
    done = run("validate --fix --format json")
    assert done.returncode == 0
    json.loads(done.stdout)
    assert b"1 fix made." in done.stderr


def test_fix_narrows_to_what_is_named(run: Run, workspace: Path) -> None:
    other = workspace / "customers/limmat-it/andere.yaml"
    other.write_text((workspace / VELO).read_text().replace("velowerk", "andere"))
    before = broken(workspace).read_bytes()
    assert run("validate --fix andere").returncode == 0
    assert (workspace / VELO).read_bytes() == before


def test_fix_mends_the_configuration(run: Run, workspace: Path) -> None:
    config = workspace / "provision.yaml"
    config.write_text(config.read_text().replace("require_poa: false", "require-poa: No"))
    done = run("validate --fix")
    assert done.returncode == 0, done
    assert "require_poa: false" in config.read_text()


def test_watch_goes_alone(run: Run) -> None:
    assert run("validate --watch --fix").returncode == 64
    assert run("validate --watch --format json").returncode == 64


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii")
    except OSError:  # closed meanwhile
        return ""


class Watched:
    """``validate --watch`` as a process."""

    def __init__(self, workspace: Path) -> None:
        self.log = workspace.parent / f"{workspace.name}.log"
        self.out = self.log.open("wb")
        self.process = subprocess.Popen(
            command("validate --watch"),
            cwd=workspace,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # as on a terminal: a worker of the tests may ignore it
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def text(self) -> str:
        return self.log.read_text()

    def until(self, count: int, what: str) -> None:
        """Wait until ``what`` was said ``count`` times."""
        end = time.monotonic() + PATIENCE
        while self.text().count(what) < count:
            assert time.monotonic() < end, self.text()
            assert self.process.poll() is None, self.text()
            time.sleep(0.05)

    def until_watched(self, folder: Path) -> None:
        """Wait until the kernel tells the process what happens in ``folder``."""
        entry = re.compile(rf"^inotify wd:\w+ ino:{folder.stat().st_ino:x} ", re.MULTILINE)
        notes = Path(f"/proc/{self.process.pid}/fdinfo")
        wait_until(lambda: any(entry.search(_text(note)) for note in notes.iterdir()))

    def interrupt(self) -> int:
        os.kill(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.out.close()


@pytest.fixture
def watched(workspace: Path) -> Iterator[Watched]:
    made = Watched(workspace)
    yield made
    made.close()


def test_watch_checks_again_when_a_file_is_saved(watched: Watched, workspace: Path) -> None:
    watched.until(1, "1 manifest is good.")
    watched.until_watched((workspace / VELO).parent)
    broken(workspace)
    watched.until(1, "error[PV202]")
    saved = workspace / "new.tmp"  # as many editors save: a new file in place of the old
    saved.write_text((workspace / VELO).read_text().replace("area: 31}", "area: 031}"))
    saved.replace(workspace / VELO)
    watched.until(2, "1 manifest is good.")
    (workspace / "provision.yaml").write_text("version: 1\n")
    watched.until(1, "error[PV101]")
    assert watched.interrupt() == 130
    assert "Traceback" not in watched.text()
    assert watched.text().count("checked again") >= 4


def test_watch_sees_a_new_reseller(watched: Watched, workspace: Path) -> None:
    watched.until(1, "1 manifest is good.")
    watched.until_watched(workspace / "customers")
    folder = workspace / "customers/bergnetz-telecom"
    folder.mkdir()
    watched.until_watched(folder)
    text = (workspace / VELO).read_text().replace("velowerk", "neu").replace("area: 031", "area: 3")
    (folder / "neu.yaml").write_text(text)
    watched.until(1, "neu.yaml")
    assert watched.interrupt() == 130


def test_watch_survives_a_name_that_is_not_there(workspace: Path, watched: Watched) -> None:
    watched.until(1, "1 manifest is good.")
    watched.until_watched((workspace / VELO).parent)
    (workspace / VELO).unlink()
    watched.until(2, "checked again")
    assert watched.process.poll() is None


def test_a_confirmation_on_a_day_to_come_is_told_before_the_plan(run: Run, workspace: Path) -> None:
    path = workspace / VELO
    place = "emergency: {street: Weg 1, postcode: 3011, city: Bern, confirmed_on: 2099-01-01}"
    path.write_text(f"{path.read_text()}\n{place}\n")
    for line in ("validate", "validate velo-werk"):
        done = run(line)
        assert (done.returncode, b"PV822" in done.stdout) == (3, True), done.stdout
