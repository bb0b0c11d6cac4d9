"""``provision secret open --sheet``: complete, readable, and for whoever asked for it alone."""

import csv
import io
from pathlib import Path

import orjson
import pyrage
import pytest
from cli.conftest import Run
from cli.test_terminal import Terminal
from pypdf import PdfReader

from provisioner.manifest.sealed import seal_raw
from provisioner.report.messages import LANGUAGES

KEY = pyrage.x25519.Identity.generate()
PASSWORD = "-canary=9f2c_PASSWORD"
OPEN = "secret open hand.jsonl -i my.key"
SHEET = f"{OPEN} --registrar pbx.example:5060 --sheet"


def entry(customer: str, kind: str, login: str) -> bytes:
    place = {"customer": customer, "kind": kind, "login": login}
    body = orjson.dumps({**place, "password": PASSWORD})
    return orjson.dumps({**place, "sealed": seal_raw(body, [str(KEY.to_public())])}) + b"\n"


@pytest.fixture
def there(workspace: Path) -> Path:
    """A hand-over of two phones and an access for people; on an Asterisk."""
    config = workspace / "provision.yaml"
    driver = "  driver: asterisk\n  url: http://127.0.0.1:1\n  password_file: none\n"
    text = config.read_text("utf-8")
    before = "  driver: local\n  path: state/pbx.sqlite\n"
    assert before in text
    config.write_text(text.replace(before, driver), "utf-8")
    file = workspace / "customers/limmat-it/velo-werk.yaml"
    named = file.read_text("utf-8").replace(
        "login: laden.velowerk,", "login: laden.velowerk, name: Laden, extension: 20,"
    )
    assert "name: Laden" in named
    file.write_text(named, "utf-8")
    lines = entry("velo-werk", "workplace", "laden.velowerk"), entry("alt", "workplace", "a.b")
    (workspace / "hand.jsonl").write_bytes(
        b"".join(lines) + entry("velo-werk", "support_login", "velo.support")
    )
    (workspace / "my.key").write_text(str(KEY))
    return workspace


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sheet_fits_80_columns_in_each_language(lang: str, run: Run, there: Path) -> None:
    done = run(f"{SHEET} text --out phones.txt --lang {lang}", COLUMNS="80")
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert PASSWORD.encode() not in done.stderr
    text = (there / "phones.txt").read_text("utf-8")
    assert (there / "phones.txt").stat().st_mode & 0o777 == 0o600
    for said in ("Velo-Werk Kollektivgesellschaft", "Laden", "velo-werk--laden-velowerk", PASSWORD):
        assert said in text
    assert "pbx.example:5060" in text
    assert "sheet." not in text + done.stderr.decode()
    assert max(map(len, text.splitlines())) <= 80


def test_as_csv_a_password_is_what_it_is(run: Run, there: Path) -> None:
    assert run(f"{SHEET} csv --customer velo-werk --out phones.csv").returncode == 0
    (row,) = csv.DictReader(io.StringIO((there / "phones.csv").read_text("utf-8")))
    assert row == {
        "customer": "velo-werk",
        "company": "Velo-Werk Kollektivgesellschaft",
        "name": "Laden",
        "login": "laden.velowerk",
        "sip_user": "velo-werk--laden-velowerk",
        "registrar": "pbx.example:5060",
        "password": PASSWORD,
        "extension": "20",
        "number": "",
        "app_address": "",
        "app_user": "",
        "transport": "",
        "srtp": "",
        "model": "",
        "mac": "",
        "configures_itself": "",
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_how_a_phone_encrypts_and_which_one_sets_itself_up(
    lang: str, run: Run, there: Path
) -> None:
    file = there / "customers/limmat-it/velo-werk.yaml"
    more = "name: Laden, srtp: required, phone: {model: snom-d785, mac: 000413A1B2C3},"
    file.write_text(file.read_text("utf-8").replace("name: Laden,", more), "utf-8")
    tls = SHEET.replace("5060", "5061")
    assert run(f"{tls} text --out by-hand.txt --lang {lang}").returncode == 0
    by_hand = (there / "by-hand.txt").read_text("utf-8")
    assert by_hand.count(" TLS\n") == 2
    assert "Snom D785, 000413A1B2C3\n" in by_hand
    with (there / "provision.yaml").open("a", encoding="utf-8") as config:
        config.write(
            f"phones: {{recipient: {KEY.to_public()}, registrar: pbx.example:5060,"
            " transport: tcp, url: https://phones.example/}\n"
        )
    assert run(f"{SHEET} text --out sheet.txt --lang {lang}", COLUMNS="80").returncode == 0
    text = (there / "sheet.txt").read_text("utf-8")
    assert text.count(" TCP\n") == 2
    assert "Snom D785, 000413A1B2C3: " in text
    assert text.count("SRTP ") == 1
    assert max(map(len, text.splitlines())) <= 80
    assert "sheet." not in text
    assert run(f"{SHEET} pdf --out sheet.pdf --lang {lang}").returncode == 0
    _, second = (page.extract_text() for page in PdfReader(there / "sheet.pdf").pages)
    assert "Snom D785" in second
    assert "SRTP" in second
    assert run(f"{SHEET} csv --customer velo-werk --out sheet.csv").returncode == 0
    (row,) = csv.DictReader(io.StringIO((there / "sheet.csv").read_text("utf-8")))
    wanted = ("transport", "srtp", "model", "mac", "configures_itself")
    told = ["tcp", "required", "snom-d785", "000413A1B2C3", "yes"]
    assert [row[name] for name in wanted] == told


def test_where_apps_register_is_on_the_sheet_of_who_has_one(run: Run, there: Path) -> None:
    config = there / "provision.yaml"
    text = config.read_text("utf-8")
    config.write_text(
        text.replace("  driver: asterisk\n", "  driver: asterisk\n  wss: apps.example:8089\n")
    )
    assert run(f"{SHEET} csv --out phones.csv").returncode == 0
    rows = [*csv.DictReader(io.StringIO((there / "phones.csv").read_text("utf-8")))]
    assert [(row["customer"], row["app_address"], row["app_user"]) for row in rows] == [
        ("alt", "", ""),
        ("velo-werk", "wss://apps.example:8089/ws", "velo-werk--laden-velowerk--app"),
    ]
    assert run(f"{SHEET} text --out phones.txt --lang en", COLUMNS="80").returncode == 0
    shown = (there / "phones.txt").read_text("utf-8")
    assert "    App's SIP user  velo-werk--laden-velowerk--app\n" in shown
    assert "    App address     wss://apps.example:8089/ws\n" in shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pdf_has_a_page_a_phone(lang: str, run: Run, there: Path) -> None:
    done = run(f"{SHEET} pdf --out phones.pdf --lang {lang}")
    assert done.returncode == 0, done.stderr
    first, second = (p.extract_text() for p in PdfReader(there / "phones.pdf").pages)
    assert "a.b" in first
    assert "velo-werk--laden-velowerk" in second
    assert PASSWORD in first.replace("\n", "")
    assert PASSWORD in second.replace("\n", "")
    assert (there / "phones.pdf").stat().st_mode & 0o777 == 0o600


def test_passwords_go_nowhere_by_chance(run: Run, there: Path) -> None:
    (there / "mine").write_text("mine")
    for line, code, said in [
        (f"{SHEET} text", 64, b"--out"),
        (f"{SHEET} pdf --out -", 64, b"--out"),
        (f"{OPEN} --out mine", 64, b"--sheet"),
        (f"{OPEN} --sheet text --out new --registrar a/b", 64, b"pbx.example"),
        (f"{SHEET} text --out mine", 3, b"PV460"),
        (f"{OPEN} --sheet text --out new", 3, b"PV039"),
        (f"{SHEET} text --out new --customer velo-work", 3, b"mean velo-werk"),
        (f"{SHEET} text --out new --customer xyz", 3, b"PV320"),
        (f"{SHEET} text --out new --customer xyz", 3, b"of: alt, velo-werk."),
    ]:
        done = run(line)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
        assert PASSWORD.encode() not in done.stdout + done.stderr
    assert not (there / "new").exists()
    assert (there / "mine").read_text() == "mine"
    assert PASSWORD.encode() in run(f"{SHEET} text --out -").stdout, "said on purpose"
    assert run(f"{SHEET} text --out mine --replace").returncode == 0
    assert PASSWORD in (there / "mine").read_text()


def test_what_is_not_in_the_hand_over_is_named(run: Run, there: Path) -> None:
    (there / "hand.jsonl").write_bytes(entry("velo-werk", "support_login", "velo.support"))
    done = run(f"{SHEET} text --out new")
    assert (done.returncode, b"PV038" in done.stderr) == (3, True)
    (there / "hand.jsonl").write_bytes(entry("velo-werk", "workplace", "gone"))
    done = run(f"{SHEET} text --out new")
    assert done.returncode == 0
    assert b"velo-werk: no password here for laden.velowerk" in done.stderr


def test_on_a_terminal_it_is_shown_and_a_file_is_replaced_after_a_yes(there: Path) -> None:
    terminal = Terminal(there, f"{SHEET} text")
    assert terminal.end() == 0
    assert PASSWORD in terminal.seen
    (there / "mine").write_text("mine")
    terminal = Terminal(there, f"{SHEET} text --out mine")
    terminal.until("Replace it?")
    terminal.type("no\n")
    assert terminal.end() == 1
    assert (there / "mine").read_text() == "mine"


def test_a_fault_of_the_typesetter_tells_no_password(
    run: Run, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typst

    def fails(*_: object, **inputs: object) -> bytes:
        raise typst.TypstError(str(inputs))

    monkeypatch.setattr(typst, "compile", fails)
    done = run(f"{SHEET} pdf --out new.pdf")
    assert b"PV037" in done.stderr
    assert PASSWORD.encode() not in done.stderr
    assert not (there / "new.pdf").exists()
