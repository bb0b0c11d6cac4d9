"""``provision poa``: the letter, and the way back of the signed one."""

import hashlib
import io
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from provisioner.cli.commands import poa as module
from provisioner.cli.group import main
from provisioner.manifest.loader import load_manifest

ROOT = Path(__file__).parents[2]
AT = ("--at", "2026-11-30")
SCAN = b"%PDF-1.7\nscanned, with ink on it\n%%EOF\n"
SIGNED = ("--on", "2026-11-27", "--stored-at", "DMS 4711", *AT)
PERSONAL = ["Petra", "Huber", "Hammerweg", "rechnung@", "0525550100", "052 555 01 00", "HUBER"]

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example workspace, as the folder in which commands are called."""
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "customers", tmp_path / "customers")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LC_ALL", "en")
    for name in ("PROVISION_LANG", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "scan.pdf").write_bytes(SCAN)
    return tmp_path


@pytest.fixture
def say(here: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Exit code, output and errors of a command; the letter's personal data is in none of them."""
    del here

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        out, err = capsys.readouterr()
        if arguments[0] == "poa":
            assert [word for word in PERSONAL if word in out + err] == []
        return code, out, err

    return call


def text(file: Path) -> str:
    return "".join(p.extract_text() for p in PdfReader(io.BytesIO(file.read_bytes())).pages)


def manifest(here: Path, customer: str = "schmiedeisen") -> Path:
    (found,) = (here / "customers").rglob(f"{customer}.yaml")
    return found


# The letter


def test_a_letter_for_each_port_in_the_language_of_the_reseller(here: Path, say: Say) -> None:
    code, out, err = say("poa", "treuhand-limmat", "--out", "letters/new", *AT)
    assert (code, err) == (0, "")
    assert out == (
        "letters/new/poa-treuhand-limmat-buero.pdf: letter for buero/1, with 1 signature block.\n"
        "letters/new/poa-treuhand-limmat-filiale.pdf: letter for filiale/1, with 1 signature "
        "block.\n"
    )
    files = sorted((here / "letters/new").iterdir())
    assert [f.name for f in files] == [
        "poa-treuhand-limmat-buero.pdf",
        "poa-treuhand-limmat-filiale.pdf",
    ]
    assert all("Authority to port" in text(f) for f in files)
    assert [stat.S_IMODE(f.stat().st_mode) for f in files] == [0o600, 0o600]


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ([], "Vollmacht zur Portierung"),
        (["--lang", "fr"], "Procuration pour le portage"),
        (["--lang", "it"], "Procura per la portabilità"),
        (["--lang", "en"], "Authority to port"),
    ],
)
def test_the_language_of_the_letter(
    here: Path, say: Say, options: list[str], title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVISION_LANG", "it")  # of the person at the keyboard, not of the letter
    code, _, _ = say("poa", "schmiedeisen", *AT, *options)
    assert code == 0
    shown = text(here / "poa-schmiedeisen-haupt.pdf")
    assert title in shown
    assert "Bergnetz Telecom GmbH" in shown
    assert "PETRA HUBER" in shown


def test_one_of_several_ports(here: Path, say: Say) -> None:
    assert say("poa", "treuhand-limmat", "--porting", "filiale", *AT)[0] == 0
    assert [f.name for f in here.glob("*.pdf")].count("poa-treuhand-limmat-filiale.pdf") == 1
    assert not (here / "poa-treuhand-limmat-buero.pdf").exists()


def test_r5_an_unknown_provider_is_told(say: Say) -> None:
    code, out, _ = say("poa", "garage-alpenblick", *AT)
    assert code == 0
    assert "To be filled in by hand: the current provider." in out


def test_r10_linked_orders_are_in_one_letter(say: Say) -> None:
    code, out, _ = say("poa", "kanzlei-seeblick", *AT)
    assert (code, out.count(".pdf")) == (0, 1)
    assert "kanzlei/1, kanzlei/2" in out


def test_the_letter_is_the_same_on_the_same_day_and_never_replaced_unasked(
    here: Path, say: Say
) -> None:
    file = here / "poa-schmiedeisen-haupt.pdf"
    assert say("poa", "schmiedeisen", *AT)[0] == 0
    first = file.read_bytes()
    assert say("poa", "schmiedeisen", *AT)[0] == 0
    assert file.read_bytes() == first
    code, _, err = say("poa", "schmiedeisen", "--at", "2026-12-01")
    assert (code, "PV275" in err) == (3, True)
    assert file.read_bytes() == first
    assert say("poa", "schmiedeisen", "--at", "2026-12-01", "--replace")[0] == 0
    assert file.read_bytes() != first


def test_one_letter_that_is_there_keeps_all_from_being_written(here: Path, say: Say) -> None:
    (here / "poa-treuhand-limmat-filiale.pdf").write_bytes(SCAN)
    assert say("poa", "treuhand-limmat", *AT)[0] == 3
    assert not (here / "poa-treuhand-limmat-buero.pdf").exists()
    assert (here / "poa-treuhand-limmat-filiale.pdf").read_bytes() == SCAN


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nobody"], "PV447"),
        (["customers/limmat-it"], "PV447"),
        (["velo-werk"], "PV276"),
        (["schmiedeisen", "--porting", "neben"], "PV267"),
    ],
)
def test_what_is_not_there_is_told(here: Path, say: Say, arguments: list[str], code: str) -> None:
    exit_code, out, err = say("poa", *arguments, *AT)
    assert (exit_code, out) == (3, "")
    assert f"error[{code}]" in err
    assert [f.name for f in here.glob("*.pdf")] == ["scan.pdf"]


def test_r4_no_letter_from_a_manifest_with_an_error(here: Path, say: Say) -> None:
    file = manifest(here)
    file.write_text(file.read_text("utf-8").replace("Petra Huber, Hans Huber", "Petra Huber"))
    code, _, err = say("poa", "schmiedeisen", *AT)
    assert (code, "PV210" in err) == (3, True)
    assert [f.name for f in here.glob("*.pdf")] == ["scan.pdf"]


def test_no_letter_for_a_folder_that_is_no_reseller(here: Path, say: Say) -> None:
    (here / "customers/limmat-it").rename(here / "customers/other")
    code, _, err = say("poa", "treuhand-limmat", *AT)
    assert (code, "PV403" in err) == (3, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--on", "2026-11-27"],
        ["--stored-at", "x"],
        ["--signed", "scan.pdf"],
        ["--signed", "scan.pdf", "--on", "2026-11-27"],
        ["--signed", "scan.pdf", "--stored-at", "x"],
        ["--signed", "scan.pdf", *SIGNED, "--out", "letters"],
        ["--signed", "scan.pdf", "--on", "31.11.2026", "--stored-at", "x"],
    ],
)
def test_options_that_do_not_go_together(say: Say, arguments: list[str]) -> None:
    assert say("poa", "schmiedeisen", *arguments)[0] == 64


# The way back


def test_the_signed_letter_is_entered_and_all_else_kept(here: Path, say: Say) -> None:
    file = manifest(here)
    file.chmod(0o640)
    before = file.read_text("utf-8").splitlines()
    code, out, err = say("poa", "schmiedeisen", "--signed", "scan.pdf", *SIGNED)
    assert (code, err) == (0, "")
    digest = hashlib.sha256(SCAN).hexdigest()
    assert f"SHA-256 {digest[:12]}…, signed Fri 27.11.2026, stored at DMS 4711" in " ".join(
        out.split()
    )
    after = file.read_text("utf-8").splitlines()
    assert [line for line in after if line not in before] == [
        "    poa:",
        f"      sha256: {digest}",
        "      signed_on: 2026-11-27",
        "      stored_at: DMS 4711",
    ]
    assert [line for line in before if line not in after] == []
    poa = load_manifest(file.read_bytes(), "m").value.porting[0].poa
    assert poa is not None
    assert (poa.sha256, str(poa.signed_on), poa.stored_at) == (digest, "2026-11-27", "DMS 4711")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_second_entry_needs_to_be_meant(here: Path, say: Say) -> None:
    file = manifest(here, "kanzlei-seeblick")
    before = file.read_text("utf-8")
    code, _, err = say("poa", "kanzlei-seeblick", "--signed", "scan.pdf", *SIGNED)
    assert (code, "PV269" in err) == (3, True)
    assert file.read_text("utf-8") == before
    assert say("poa", "kanzlei-seeblick", "--signed", "scan.pdf", *SIGNED, "--replace")[0] == 0
    after = file.read_text("utf-8")
    assert hashlib.sha256(SCAN).hexdigest() in after
    assert after.count("poa:") == 1
    assert [line for line in before.splitlines() if "#" in line and line not in after] == []


def test_of_several_ports_one_is_named(here: Path, say: Say) -> None:
    file = manifest(here, "treuhand-limmat")
    code, _, err = say("poa", "treuhand-limmat", "--signed", "scan.pdf", *SIGNED)
    assert (code, "PV273" in err, "buero, filiale" in err) == (3, True, True)
    signed = ("--signed", "scan.pdf", "--porting", "filiale", *SIGNED)
    assert say("poa", "treuhand-limmat", *signed)[0] == 0
    ports = load_manifest(file.read_bytes(), "m").value.porting
    assert [bool(p.poa) for p in ports] == [False, True]


@pytest.mark.parametrize("on", ["2026-12-01", "2027-11-27"])
def test_no_date_in_the_future(here: Path, say: Say, on: str) -> None:
    before = manifest(here).read_bytes()
    options = ("--on", on, "--stored-at", "x", *AT)
    code, _, err = say("poa", "schmiedeisen", "--signed", "scan.pdf", *options)
    assert (code, "PV268" in err) == (3, True)
    assert manifest(here).read_bytes() == before


def unfit(here: Path, kind: str) -> str:
    file = here / "found.pdf"
    match kind:
        case "empty":
            file.touch()
        case "text":
            file.write_bytes(b"signed, honestly")
        case "huge":
            file.write_bytes(SCAN)
            os.truncate(file, module.MAX_MEGABYTES * 1024 * 1024 + 1)
        case "link":
            file.symlink_to("scan.pdf")
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
    return file.name


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("empty", "PV270"),
        ("text", "PV270"),
        ("huge", "PV271"),
        ("link", "PV272"),
        ("folder", "PV272"),
        ("pipe", "PV272"),
        ("missing", "PV272"),
    ],
)
def test_a_file_that_is_no_signed_letter(here: Path, say: Say, kind: str, code: str) -> None:
    before = manifest(here).read_bytes()
    name = unfit(here, kind)
    exit_code, out, err = say("poa", "schmiedeisen", "--signed", name, *SIGNED)
    wrong = 3 if code == "PV270" else 64  # no letter, or no file to read
    assert (exit_code, out, f"error[{code}]" in err) == (wrong, "", True)
    assert manifest(here).read_bytes() == before


@pytest.mark.parametrize("language", ["de", "fr"])
def test_r4_the_letter_before_it_was_signed_is_recognised(
    here: Path, say: Say, language: str
) -> None:
    assert say("poa", "schmiedeisen", "--at", "2026-11-24", "--lang", language)[0] == 0
    letter = here / "poa-schmiedeisen-haupt.pdf"
    code, _, err = say("poa", "schmiedeisen", "--signed", letter.name, *SIGNED)
    assert (code, "PV274" in err) == (3, True)
    with letter.open("ab") as file:  # an electronic signature is added at the end
        file.write(b"\n1 0 obj <</Type /Sig>> endobj\n%%EOF\n")
    assert say("poa", "schmiedeisen", "--signed", letter.name, *SIGNED)[0] == 0


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("", "PV109"),
        ("  ", "PV109"),
        ("x" * 81, "PV110"),
        ("a\nposing: as a field", "PV111"),
        ("a\u202eb", "PV111"),
        ("档案", "PV111"),
    ],
)
def test_a_place_that_no_manifest_may_hold(here: Path, say: Say, place: str, code: str) -> None:
    before = manifest(here).read_bytes()
    options = ("--on", "2026-11-27", "--stored-at", place, *AT)
    exit_code, _, err = say("poa", "schmiedeisen", "--signed", "scan.pdf", *options)
    assert (exit_code, f"error[{code}]" in err) == (3, True)
    assert manifest(here).read_bytes() == before


@pytest.mark.parametrize(
    "place", ["DMS: #4711 {x}", "no", "0815", "'quoted' \"too\"", "- a", "é&*!"]
)
def test_a_place_that_yaml_would_read_otherwise(here: Path, say: Say, place: str) -> None:
    options = ("--on", "2026-11-27", "--stored-at", place, *AT)
    assert say("poa", "schmiedeisen", "--signed", "scan.pdf", *options)[0] == 0
    poa = load_manifest(manifest(here).read_bytes(), "m").value.porting[0].poa
    assert poa is not None
    assert poa.stored_at == place


def test_r4_the_signed_letter_moves_the_order_on(here: Path, say: Say) -> None:
    """From the letter to the donor: held without it, submitted with it."""
    config = here / "provision.yaml"
    config.write_text(config.read_text("utf-8").replace("require_poa: false", "require_poa: true"))
    plan = ("plan", "schmiedeisen", "--at", "2026-11-30")
    _, before, _ = say(*plan)
    assert "1 held step" in before
    assert "[PV242]" in before
    assert say("apply", "schmiedeisen", "--at", "2026-11-30", "--auto-approve")[0] == 0
    assert "schmiedeisen" in say("porting", "list", "--state", "awaiting_poa")[1]

    assert say("poa", "schmiedeisen", "--signed", "scan.pdf", *SIGNED)[0] == 0
    _, after, _ = say(*plan)
    assert "[PV242]" not in after
    assert "held" not in after
    assert "^ submit port order haupt/1" in after
    assert say("apply", "schmiedeisen", "--at", "2026-11-30", "--auto-approve")[0] == 0
    _, shown, _ = say("porting", "show", "schmiedeisen/haupt/1")
    assert "state: submitted" in shown
    assert "letter of authority: there" in shown
