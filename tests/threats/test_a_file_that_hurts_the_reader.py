"""Somebody writes a file that takes a program's time or memory, or that says something else to a
program than to the person who reads it.

Each file in ``files`` is one try. Its name tells what it does and the code that refuses it:
``files/hidden-line/hidden-by-next-line.PV003.yaml``.
"""

from pathlib import Path

import orjson
import pytest
from fuzz.judge import codes_of
from repositories import Clone, manifest

from provisioner.cli.group import main
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.writing.formatter import format_text
from provisioner.report.sanitise import visible

FOLDER = Path(__file__).parent / "files"

KINDS = {
    "bomb": "small, and takes minutes or all the memory: references, depth, very long numbers",
    "hidden-line": "a line that a review does not show, behind a character that ends one for us",
    "lookalike": "letters of another script, or that turn the direction of what follows",
    "not-the-number-it-seems": "what other programs read as octal, a float, a time or a truth",
    "terminal": "a value that moves the cursor, sets colours or the title, or links elsewhere",
    "written-twice": "the same field again, further down, where nobody looks",
}

FILES = sorted(FOLDER.glob("*/*.yaml"))


def wanted(path: Path) -> str:
    return path.suffixes[-2].removeprefix(".")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_it_is_refused(path: Path) -> None:
    found = codes_of(lambda: load_manifest(path.read_bytes(), "customers/limmat/attack.yaml"))
    assert wanted(path) in found


def test_every_kind_is_tried() -> None:
    assert {path.parent.name for path in FILES} == {*KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_merge_request(
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All of a kind at once: each is named with its code, and nothing of it moves a terminal."""
    clone = Clone(tmp_path / "clone")
    clone.workspace()
    clone.git("checkout", "--quiet", "-b", "request")
    tries = dict(enumerate(sorted((FOLDER / kind).iterdir())))
    clone.commit({f"customers/limmat/c{at}.yaml": path.read_bytes() for at, path in tries.items()})
    monkeypatch.chdir(clone.path)
    monkeypatch.setenv("PROVISION_LANG", "en")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    check = ["ci", "check", "--rev", "request", "--base", "main", "--format"]
    assert main([*check, "json"]) == 1
    found = {(each.get("file"), each["code"]) for each in orjson.loads(capsys.readouterr().out)}
    refused = {(f"customers/limmat/c{at}.yaml", wanted(path)) for at, path in tries.items()}
    assert refused <= found
    for form in ("text", "github"):
        assert main([*check, form]) == 1
        assert all(visible(line) == line for line in capsys.readouterr().out.splitlines())


PHONES = {
    "0525550100": "0525550100",  # octal to YAML 1.1: other programs lose digits of it
    "'0525550100'": "0525550100",
    "+41525550100": "0525550100",  # a whole number to every other reader
    "0041525550100": "0525550100",
    "052 555 01 00": "0525550100",
    "0791110000": "0791110000",
}


@pytest.mark.parametrize("written", PHONES)
def test_a_number_stays_what_was_written(written: str) -> None:
    """With its zero, whatever another program would make of it; and `fmt` adds the quotes."""
    text = manifest().replace("phone: 0525550100", f"phone: {written}")
    found = codes_of(lambda: load_manifest(text.encode(), "x.yaml"))
    made = format_text(text)
    assert f'phone: "{PHONES[written]}"' in made
    assert found <= {"PV207"}
    assert str(load_manifest(made.encode(), "x.yaml").value.contact.phone) == PHONES[written]
