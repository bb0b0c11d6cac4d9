"""Who lacks an extra is told its name, and the command that brings it to where the command runs."""

import ast
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest

from provisioner import extras
from provisioner.drivers.asterisk import extra
from provisioner.errors import Unavailable
from provisioner.report.letter.pdf import TEMPLATE, typeset

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.mark.parametrize(
    ("marker", "begins"),
    [
        ("", "'/opt/a b/bin/python' -m pip install "),
        ("pipx_metadata.json", "pipx runpip provisioner install "),
        ("uv-receipt.toml", "uv pip install --python '/opt/a b/bin/python' "),
    ],
)
def test_the_command_is_of_whoever_made_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marker: str, begins: str
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/opt/a b/bin/python")
    if marker:
        (tmp_path / marker).touch()
    assert extras.command("letters") == f"{begins}'provisioner[letters]'"


def test_without_its_package_a_letter_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(Unavailable) as caught:
        typeset(TEMPLATE, "letter", {}, date(2026, 12, 1))
    about = caught.value.about
    assert (about.code, about.params["extra"]) == ("PV614", "letters")
    assert about.params["command"] == extras.command("letters")


def test_without_its_package_a_certificate_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(Unavailable) as caught:
        extra.need()
    about = caught.value.about
    assert (about.code, about.params["extra"]) == ("PV839", "tls")
    assert about.params["command"] == extras.command("tls")


def test_only_extras_that_there_are_are_named() -> None:
    calls = [
        node.args[0].value
        for path in (ROOT / "provisioner").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "extras.command"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert set(calls) <= PROJECT["optional-dependencies"].keys()
    assert {"letters", "postgresql", "queue", "tls"} <= set(calls)
