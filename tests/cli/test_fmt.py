import os
import subprocess
from pathlib import Path

import pytest
from cli.conftest import Run, command, environment

VELO = "customers/limmat-it/velo-werk.yaml"
UGLY = """\
version:   1
contact: {city: Bern, company: 'Muster AG'}   # who
"""
FORMATTED = """\
version: 1
contact: {company: Muster AG, city: Bern} # who
"""


@pytest.fixture(autouse=True)
def unformatted(workspace: Path) -> None:
    """The example is in house style; here people wrote it without quotes."""
    path = workspace / VELO
    path.write_text(path.read_text().replace('"', ""))


def test_all_files_are_formatted_and_named(run: Run, workspace: Path) -> None:
    done = run("fmt")
    assert done.returncode == 0
    assert done.stdout.decode() == (
        f"formatted {VELO}\n1 file formatted.\n2 files are already in house style.\n"
    )
    assert b'"0795550195"' in (workspace / VELO).read_bytes()
    assert run("fmt").stdout == b"3 files are already in house style.\n"
    assert run("validate").returncode == 0


@pytest.mark.parametrize("what", ["velo-werk", VELO, "customers", "customers/limmat-it"])
def test_what_may_be_named(run: Run, what: str) -> None:
    done = run(f"fmt --check {what}")
    assert done.returncode == 1
    assert f"would format {VELO}\n" in done.stdout.decode()
    assert run("fmt --check provision.yaml removals.yaml").returncode == 0


def test_check_and_diff_write_nothing(run: Run, workspace: Path) -> None:
    before = (workspace / VELO).read_bytes()
    assert run("fmt --check").returncode == 1
    done = run("fmt --diff")
    assert done.returncode == 0
    assert b"-  phone: 0795550195" in done.stdout
    assert b'+  phone: "0795550195"' in done.stdout
    assert done.stdout.startswith(f"--- a/{VELO}\n+++ b/{VELO}\n".encode())
    assert run("fmt --diff --check").returncode == 1
    assert (workspace / VELO).read_bytes() == before


def test_a_diff_can_be_applied(run: Run, workspace: Path) -> None:
    patch = run("fmt --diff").stdout
    subprocess.run(["patch", "-p1", "-s"], cwd=workspace, input=patch, check=True)
    assert run("fmt --check").returncode == 0


def test_standard_input(workspace: Path) -> None:
    done = subprocess.run(
        command("fmt -"),
        cwd=workspace,
        env=environment(),
        input=UGLY.encode(),
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout.decode()) == (0, FORMATTED)
    bad = subprocess.run(
        command("fmt -"),
        cwd=workspace,
        env=environment(),
        input=b"a: [",
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert (bad.returncode, bad.stdout) == (3, b"")
    assert b"stdin:" in bad.stderr


def test_a_broken_file_does_not_stop_the_others(run: Run, workspace: Path) -> None:
    broken = workspace / "customers/limmat-it/broken.yaml"
    broken.write_bytes(b"a: [\n")
    done = run("fmt")
    assert done.returncode == 3
    assert b"broken.yaml:" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"formatted " + VELO.encode() in done.stdout
    assert broken.read_bytes() == b"a: [\n"
    assert run("fmt --check").returncode == 3


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("data", [b"\xff\xfe", b"a: 1\r\n", b"", b"a: &x 1\n", b"- \x00"])
def test_bytes_that_are_no_manifest(run: Run, workspace: Path, data: bytes, lang: str) -> None:
    (workspace / "customers/limmat-it/x.yaml").write_bytes(data)
    done = run(f"fmt customers/limmat-it/x.yaml --lang {lang}")
    assert done.returncode == 3
    assert b"PV0" in done.stderr
    assert b"PV901" not in done.stderr


def test_links_are_not_followed(run: Run, workspace: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(UGLY)
    link = workspace / "customers/limmat-it/link.yaml"
    link.symlink_to(outside)
    done = run("fmt customers/limmat-it/link.yaml")
    assert done.returncode == 3
    assert b"PV019" in done.stderr
    assert link.is_symlink()
    assert outside.read_text() == UGLY


def test_permissions_stay(run: Run, workspace: Path) -> None:
    (workspace / VELO).chmod(0o600)
    assert run("fmt").returncode == 0
    assert (workspace / VELO).stat().st_mode & 0o777 == 0o600


def test_not_found_and_misused(run: Run) -> None:
    missing = run("fmt nobody")
    assert missing.returncode == 3
    assert b"PV447" in missing.stderr
    assert run("fmt - velo-werk").returncode == 64
    assert run("fmt - --check").returncode == 64


def test_one_broken_file_alone_is_not_counted_as_good(run: Run, workspace: Path) -> None:
    (workspace / VELO).write_text("contact:\n\tcompany: Velo-Werk\n", "utf-8")
    done = run("fmt velo-werk")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"PV016" in done.stderr


def test_a_folder_that_cannot_be_written(run: Run, workspace: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may write everywhere")
    folder = (workspace / VELO).parent
    before = (workspace / VELO).read_bytes()
    folder.chmod(0o500)
    try:
        done = run("fmt")
    finally:
        folder.chmod(0o700)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert (workspace / VELO).read_bytes() == before


@pytest.mark.parametrize("name", ["notes.txt", "compose.yaml", "../elsewhere.yaml"])
def test_files_of_other_programs_are_not_rewritten(run: Run, workspace: Path, name: str) -> None:
    other = workspace / name
    other.write_text(UGLY)
    done = run(f"fmt {name}")
    assert done.returncode == 3
    assert b"PV023" in done.stderr
    assert other.read_text() == UGLY


def test_a_link_to_a_folder_elsewhere_is_not_followed(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    other = tmp_path / "outside" / "x.yaml"
    other.write_text(UGLY)
    (workspace / "customers/linked").symlink_to(tmp_path / "outside")
    done = run("fmt")
    assert done.returncode == 3
    assert b"PV023" in done.stderr
    assert other.read_text() == UGLY


def test_the_whole_workspace_by_its_folder(run: Run, workspace: Path) -> None:
    (workspace / "compose.yaml").write_text(UGLY)
    assert f"formatted {VELO}\n" in run("fmt .").stdout.decode()
    assert (workspace / "compose.yaml").read_text() == UGLY
