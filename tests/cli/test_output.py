"""Streams, languages, colours, widths and encodings."""

import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from cli.conftest import DAY, Run, environment

from provisioner.report.explain_text import RULES
from provisioner.report.messages import LANGUAGES, Catalogue

ESCAPE = b"\x1b["
PLAN = f"plan --at {DAY}"


def test_data_on_stdout_and_errors_on_stderr(run: Run, workspace: Path) -> None:
    good = run(f"{PLAN} --format json")
    assert (good.returncode, good.stderr) == (0, b"")
    assert orjson.loads(good.stdout)["format_version"] == 2
    bad = run("show provision.yaml")
    assert (bad.returncode, bad.stdout) == (1, b"")
    assert b"error[PV431]" in bad.stderr
    (workspace / "provision.yaml").unlink()
    missing = run(PLAN)
    assert (missing.returncode, missing.stdout) == (3, b"")
    assert b"PV022" in missing.stderr


@pytest.mark.parametrize(
    ("env", "option", "coloured"),
    [
        ({}, "", False),
        ({"FORCE_COLOR": "1"}, "", True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "", False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, "", False),
        ({}, "--color always", True),
        ({"NO_COLOR": "1"}, "--color always", True),
        ({"FORCE_COLOR": "1"}, "--color never", False),
    ],
    ids=str,
)
def test_colour(run: Run, env: dict[str, str], option: str, coloured: bool) -> None:
    done = run(f"{PLAN} {option}", **env)
    assert done.returncode == 0
    assert (ESCAPE in done.stdout) is coloured
    assert b"Plan: 13 to add" in re.sub(rb"\x1b\[[\d;]*m", b"", done.stdout)


GERMAN, ENGLISH = b"Plan f\xc3\xbcr Di", b"Plan for Tue"


@pytest.mark.parametrize(
    ("env", "option", "start"),
    [
        ({}, "", ENGLISH),
        ({}, "--lang de", GERMAN),
        ({"PROVISION_LANG": "de"}, "", GERMAN),
        ({"PROVISION_LANG": "de"}, "--lang en", ENGLISH),
        ({"LC_ALL": "de_CH.UTF-8"}, "", GERMAN),
        ({"LANG": "de_CH.UTF-8"}, "", GERMAN),
        ({"LC_ALL": "C.UTF-8", "LANG": "de_CH.UTF-8"}, "", ENGLISH),
        ({"PROVISION_LANG": "en", "LC_ALL": "de_CH.UTF-8"}, "", ENGLISH),
        ({"LANG": "rm_CH.UTF-8"}, "", ENGLISH),
    ],
    ids=str,
)
def test_language(run: Run, env: dict[str, str], option: str, start: bytes) -> None:
    env = {"PYTHONUTF8": "1", **env}
    assert run(f"{PLAN} {option}", **env).stdout.startswith(start)


@pytest.mark.parametrize("typed", ["PV201", "pv201", "201", "[PV201]"])
def test_explain_takes_a_code_as_people_copy_it(run: Run, typed: str) -> None:
    assert run(f"explain {typed} --lang en").stdout.startswith(b"PV201: ")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_explain_lists_rules_and_codes(run: Run, lang: str) -> None:
    def told(what: str) -> list[str]:
        return run(f"explain {what} --lang {lang}").stdout.decode().splitlines()

    words = Catalogue(lang)
    listed = " ".join(" ".join(told("")).split())
    for rule in RULES:
        text = words.ui(f"explain.rule.{rule}")
        assert f"{rule} {text}" in listed
        assert " ".join(told(rule)).startswith(f"{rule}: {text[:30]}")
    assert f"  PV210  {words.title('PV210')}" in told("r4")
    assert told("pv21")[1].startswith("  PV210  ")
    assert len(told("PV2")) > len(told("PV21")) > len(told("PV210")[:1])
    word = words.title("PV210").split()[0].upper()
    assert f"  PV210  {words.title('PV210')}" in told(word)


@pytest.mark.parametrize("what", ["R20", "PV", "PV9999", "xyzzy", '""'])
def test_what_is_neither_code_nor_rule_nor_in_a_title(run: Run, what: str) -> None:
    done = run(f"explain {what} --lang en")
    assert (done.returncode, b"[PV448]" in done.stderr) == (3, True)


@pytest.mark.parametrize("where", ["before", "after"])
def test_common_options_before_and_after_the_command(run: Run, where: str) -> None:
    line = f"--lang de {PLAN}" if where == "before" else f"{PLAN} --lang de"
    assert run(line).stdout.startswith(GERMAN)


def test_root(run: Run, workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for line in (f"--root {workspace} {PLAN}", f"{PLAN} -C {workspace}"):
        assert run(line, cwd=elsewhere).stdout == run(PLAN).stdout
    assert run(f"apply --at {DAY} --auto-approve --root {workspace}", cwd=elsewhere).returncode == 0
    assert (workspace / "state/desk.sqlite").exists()
    assert not list(elsewhere.iterdir())


LINES = [
    "validate",
    PLAN,
    f"{PLAN} --all --lang de",
    f"apply --at {DAY} --auto-approve",
    "status",
    "status velo-werk",
    "numbers",
    "numbers --list",
    "billing 2027-01",
    "porting list",
    "explain",
    "explain R11",
    "explain PV201",
    "explain PV301 --lang de",
    "status nobody",
]


def test_60_columns(run: Run) -> None:
    for line in LINES:
        done = run(line, COLUMNS="60")
        for text in (done.stdout + done.stderr).decode().splitlines():
            assert len(text) <= 60 or " " not in text.strip(), f"{line}: {text}"


EACH_LINE = """
import sys
from provisioner.cli.group import main
for line in sys.argv[1:]:
    print(f"\\x00{line!a}", flush=True)
    main(line.split())
    sys.stdout.flush()
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_that_lacks_characters(workspace: Path, encoding: str) -> None:
    lines = [
        *LINES,
        "secret seal --help",
        "--help",
        "plam",
        "plan --at übermorgen",
        "show müller",
    ]
    old = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", EACH_LINE, *lines],
        cwd=workspace,
        env=environment(PYTHONIOENCODING=encoding, **old),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        timeout=600,
    )
    said = dict(part.partition(b"\n")[::2] for part in done.stdout.split(b"\x00")[1:])
    assert len(said) == len(lines)
    for line, text in said.items():
        assert b"Traceback" not in text, line
        assert b"PV901" not in text, (line, text)
        assert text.strip(), line


def test_no_locale_at_all(run: Run) -> None:
    done = run(f"{PLAN} --lang de", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0
    assert done.stdout.decode("ascii").startswith("Plan f?r Di")


def test_names_that_are_not_unicode(run: Run, workspace: Path) -> None:
    """Linux knows such file names; they are shown, and a plan file can be written."""
    bad = bytes(workspace / "customers/limmat-it") + b"/caf\xe9.yaml"
    with open(bad, "wb") as file:  # noqa: PTH123 - not a text path
        file.write(b"version: 1\n")
    for line in (
        "validate",
        "validate --format json",
        PLAN,
        f"{PLAN} --format json",
        f"{PLAN} --out p.json",
    ):
        done = run(line)
        assert done.returncode == 3, (line, done)
        assert b"PV901" not in done.stdout + done.stderr, line
        assert b"Traceback" not in done.stderr
    assert b"PV401" in run("validate").stdout


@pytest.mark.parametrize(
    "line",
    [
        "billing 9999-12",
        "billing 0000-01",
        "billing 2027-13",
        f"{PLAN} \udce9",
        "status \udce9",
        "explain \udce9",
        "porting show \udce9/x",
        "plan --at 9999-12-31",
        "plan --at 0001-01-01",
        "reconcile --at 9999-12-31",
        "numbers --at 9999-12-31",
        "porting list --at 0001-01-01",
        "plan ../..",
        "plan /",
        "plan .",
        "billing 2027-03 .",
    ],
    ids=ascii,
)
def test_strange_arguments(run: Run, line: str) -> None:
    done = run(line)
    assert b"PV901" not in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
