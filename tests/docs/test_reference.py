"""The committed reference is the one that the code makes, on every machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from provisioner.cli.reference import EXIT_CODES, commands, examples, pages
from provisioner.errors import ProvisionError
from provisioner.report.messages import Catalogue
from provisioner.report.reference import anchor, escaped

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/reference"
MADE = pages()


@pytest.mark.parametrize("name", sorted(MADE))
def test_committed_is_generated(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == MADE[name], "run: make docs"


def test_nothing_else_lies_there() -> None:
    assert {f.name for f in FOLDER.iterdir()} == set(MADE)


def test_terminal_and_environment_do_not_matter(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "provisioner.cli.reference", str(tmp_path / "new")],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "40",
            "LINES": "5",
            "LANG": "de_CH.UTF-8",
            "PROVISION_LANG": "de",
            "FORCE_COLOR": "1",
            "PYTHONHASHSEED": "7",
        },
        check=True,
    )
    assert {f.name: f.read_text("utf-8") for f in (tmp_path / "new").iterdir()} == MADE


def test_every_code_has_an_entry() -> None:
    words = Catalogue("en")
    assert words.codes()
    for code in words.codes():
        assert f"\n### {code}\n\n**{escaped(words.title(code))}**" in MADE["codes.md"]


def test_every_field_of_the_schemas_is_described() -> None:
    from provisioner.manifest.schemas.schema import schemas

    for schema in schemas().values():
        for group in (schema, *schema.get("definitions", {}).values()):
            for name, found in group.get("properties", {}).items():
                about = escaped(found.get("description", ""))
                assert about, name
                assert f"| `{name}` | " in MADE["fields.md"]
                assert f" | {about} |" in MADE["fields.md"]


def test_every_command_and_option_is_there() -> None:
    page = MADE["commands.md"]
    for path, command in list(commands())[1:]:
        assert f"\n## {' '.join(path)}\n" in page
        for parameter in command.params:
            for name in parameter.opts if parameter.param_type_name == "option" else ():
                assert f"`{name}`" in page
                assert getattr(parameter, "help", None), f"{' '.join(path)} {name} says nothing"
        assert examples(command), " ".join(path)


def below(kind: type[ProvisionError]) -> list[type[ProvisionError]]:
    return [kind, *(found for sub in kind.__subclasses__() for found in below(sub))]


def test_every_exit_code_of_an_error_is_explained() -> None:
    assert {kind.exit_code for kind in below(ProvisionError)} <= set(EXIT_CODES)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("PV201", "pv201"),
        ("File and YAML", "file-and-yaml"),
        ("The desk's database", "the-desks-database"),
        ("`pbx` and desk", "pbx-and-desk"),
        ("Zugehörigkeit", "zugehörigkeit"),
    ],
)
def test_anchors(heading: str, expected: str) -> None:
    assert anchor(heading) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b <c> *d* [e]", r"a\_b \<c\> \*d\* \[e\]"),
        ("`a_b <c>` x_y", r"`a_b <c>` x\_y"),
        ("a|b `c|d`", r"a\|b `c\|d`"),
    ],
)
def test_text_is_shown_as_it_is(text: str, expected: str) -> None:
    assert escaped(text) == expected
