"""`provision ci check` in a clone: what people and a runner get to see, and how it ends."""

import json
import re
from pathlib import Path

import pytest
from repositories import REVIEWED, Clone, manifest

from provisioner.cli.group import main
from provisioner.manifest.writing.formatter import format_text

SCHMIEDE, MUEHLE, NEU = (
    "customers/limmat/schmiede.yaml",
    "customers/aare/muehle.yaml",
    "customers/limmat/neu.yaml",
)
GOOD = format_text(manifest("neu.tel"))
BAD = GOOD.replace("postcode: 8400", "postcode: 84")
FORMS = ("text", "github", "gitlab", "json", "sarif")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    made = Clone(tmp_path / "clone")
    made.workspace()
    made.commit({"provision.yaml": REVIEWED})
    made.git("checkout", "--quiet", "-b", "request")
    for name in ("GITHUB_STEP_SUMMARY", "PROVISION_LANG", "LC_ALL", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C")
    monkeypatch.chdir(made.path)
    return made


def check(*more: str, rev: str = "request", author: str = "9001") -> int:
    line = ["ci", "check", "--rev", rev, "--base", "main"]
    return main([*line, *(["--author", author] if author else []), *more])


@pytest.mark.parametrize("form", FORMS)
def test_forms_and_exit_codes(form: str, clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.commit({NEU: GOOD})
    assert check("--format", form) == 0
    capsys.readouterr()
    clone.commit({NEU: BAD})
    assert check("--format", form) == 1
    shown = capsys.readouterr()
    assert (shown.err, f"{NEU}:5" in shown.out or NEU in shown.out) == ("", True)
    clone.commit({MUEHLE: "version: 1\n"})
    assert check("--format", form) == 3
    out = capsys.readouterr().out
    assert "PV711" in out
    if form in {"gitlab", "json", "sarif"}:
        json.loads(out)


def test_style_alone_ends_as_fmt_does(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.commit({NEU: GOOD.replace("version: 1", "version:  1")})
    assert check() == 1
    out = capsys.readouterr().out
    assert "warning[PV718]" in out
    assert f"--> {NEU}:1:1" in out
    assert f"`provision fmt {NEU}`" in out


def test_what_people_see(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.commit({NEU: BAD, "CODEOWNERS": "* @me\n"})
    assert check() == 3
    out = capsys.readouterr().out
    assert out.startswith(
        "It changes 2 files.\n\nCustomer: neu\n\nerror[PV714]: CODEOWNERS belongs"
    )
    assert out.endswith(
        "\n\nThis merge request is blocked: somebody else has to change this, or to agree.\n"
    )


def test_what_was_there_before_is_told_apart(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.git("checkout", "--quiet", "main")
    clone.commit({MUEHLE: BAD})
    clone.git("checkout", "--quiet", "request")
    clone.commit({NEU: GOOD})
    assert check() == 0
    out = capsys.readouterr().out
    before, after = out.split("What was there before, in files that it does not change")
    assert MUEHLE not in before
    assert MUEHLE in after
    assert check("--format", "github") == 0
    assert "::error" not in capsys.readouterr().out


@pytest.mark.parametrize("rev", ["no-such-branch", "--help", "a..b", "", "\n::error::x"])
def test_a_revision_that_is_none(
    rev: str, clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    del clone
    assert main(["ci", "check", f"--rev={rev}", "--base", "main"]) == 64
    shown = capsys.readouterr()
    assert (shown.out, "error[PV702]" in shown.err) == ("", True)
    assert not re.search(r"^\s*::", shown.err, re.MULTILINE)
    assert main(["ci", "check", "--rev", "main", f"--base={rev}"]) == 64


@pytest.mark.parametrize("author", ["0", "-1", "x", "1.5"])
def test_an_author_is_a_number(author: str, clone: Clone) -> None:
    del clone
    assert check(f"--author={author}", author="") == 64


def test_no_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ci", "check", "--rev", "a", "--base", "b", "-C", str(tmp_path)]) == 1
    assert "error[PV701]" in capsys.readouterr().err


def test_an_author_who_is_not_given_is_a_warning(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.commit({NEU: GOOD})
    assert check(author="") == 0
    assert "warning[PV719]" in capsys.readouterr().out


def test_the_summary_is_written_or_added(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.commit({NEU: BAD})
    named, step = tmp_path / "named.md", tmp_path / "step.md"
    named.write_text("old\n")
    step.write_text("step\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    assert check("--summary", str(named)) == 1
    assert step.read_text() == "step\n"
    assert check("--format", "github") == 1
    assert step.read_text() == f"step\n{named.read_text()}"
    lines = named.read_text().splitlines()
    assert lines[0] == "### Check of the merge request"
    assert lines[2] == "**✗ Mend what is marked, then push again.**"
    assert f"  `{NEU}:5:13`" in lines
    assert "Hammerweg" not in named.read_text()


def test_a_summary_that_cannot_be_written(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.commit({NEU: GOOD})
    assert check("--summary", str(tmp_path / "no/such/folder.md")) == 1
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no/such/folder.md"))
    assert check() == 1


def test_nothing_is_written_into_the_clone(clone: Clone) -> None:
    clone.commit({NEU: GOOD})

    def kept() -> dict[str, tuple[int, bytes]]:
        """Git notes the time at which an object was wanted."""
        return {name: (mode, data) for name, (mode, _, data) in clone.listing().items()}

    before = kept()
    assert check() == 0
    assert kept() == before


HOSTILE = (
    "::error::x",
    "##[command]x",
    "%0A::error::x",
    "\n::error::x",
    "\u2028::error::x",
    "::stop-commands::x",
    "##",
    "`|</details>",
)


@pytest.mark.parametrize("form", ["text", "github"])
def test_names_and_lines_of_files_hold_no_command(
    form: str, clone: Clone, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Of files that git lets anybody name, and of what stands in them."""
    wrong = "".join(f'  - "{value}"\n' for value in HOSTILE if value.isprintable())
    keys = "".join(f'"{value}": [1]\n' for value in HOSTILE if value.isprintable())
    names = {
        f"customers/limmat/{value}.yaml": "version: 1\n" for value in HOSTILE if "/" not in value
    }
    clone.commit({**names, NEU: f"version: 1\nporting:\n{wrong}{keys}", f"{HOSTILE[0]}.md": "x\n"})
    assert check("--format", form, "--summary", str(tmp_path / "s.md")) == 3
    out = capsys.readouterr().out
    assert "##[" not in out
    lines = re.split(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", out)
    commands = [line for line in lines if line.strip().startswith("::")]
    assert all(re.fullmatch(r"::(error|warning|notice) [^\n]*?::.+", line) for line in commands)
    assert bool(commands) == (form == "github")
    assert form == "text" or "%0A::" not in out.replace("%250A", "")
