"""``deploy/workers``: what the examples start exists, and they are what they say."""

import configparser
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from provisioner.cli.group import provision
from provisioner.cli.shards import VARIABLES

FOLDER = Path(__file__).parents[2] / "deploy/workers"
UNITS = sorted((FOLDER / "systemd").iterdir())


def _parsed(words: list[str]) -> None:
    """As the command line would take it, up to the call itself."""
    root = click.Context(provision)
    name, command, rest = provision.resolve_command(root, words)
    assert name
    assert command
    command.make_context(name, rest, parent=root)


def _units() -> Iterator[tuple[str, configparser.ConfigParser]]:
    for path in UNITS:
        unit = configparser.ConfigParser(strict=True, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have case
        unit.read_string(path.read_text("utf-8"))
        yield path.name, unit


def _containers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for path in sorted((FOLDER / "kubernetes").iterdir()):
        found = yaml.safe_load(path.read_text("utf-8"))
        template = found["spec"]["template"]["spec"]
        for container in template["containers"]:
            yield found["kind"], template, container


def test_units_start_commands_that_exist() -> None:
    started = []
    for name, unit in _units():
        if name.endswith(".timer"):
            assert unit["Timer"]["OnCalendar"]
            assert (FOLDER / "systemd" / name.replace(".timer", ".service")).exists()
            continue
        program, *words = shlex.split(unit["Service"]["ExecStart"])
        assert program.endswith("/provision")
        _parsed(words)
        started.append(words[0])
    assert started == ["reconcile", "worker"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_units_are_what_systemd_reads(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text("utf-8").replace("/opt/provision/bin/provision", "/bin/true")
        (tmp_path / path.name.replace("@", "@1")).write_text(text, "utf-8")
    names = [str(path) for path in sorted(tmp_path.iterdir())]
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_containers_start_commands_that_exist_and_mount_what_they_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kinds = {}
    for kind, template, container in _containers():
        for entry in container["env"]:  # what Kubernetes fills in is a number from 0
            monkeypatch.setenv(entry["name"], entry.get("value", "0"))
        _parsed([str(word) for word in container["args"]])
        assert {m["name"] for m in container["volumeMounts"]} == {
            v["name"] for v in template["volumes"]
        }
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        kinds[kind] = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert kinds.keys() == {"Deployment", "Job"}
    job = yaml.safe_load((FOLDER / "kubernetes/plan.yaml").read_text("utf-8"))["spec"]
    assert kinds["Job"]["PROVISION_SHARDS"] == str(job["completions"])
    assert all(name in VARIABLES for name in kinds["Job"])


def test_the_image_copies_what_there_is_and_needs_no_rights() -> None:
    lines = (FOLDER / "Containerfile").read_text("utf-8").splitlines()
    root = FOLDER.parents[1]
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert all((root / word).exists() for word in copied)
    build = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    wheel = build["targets"]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"], "pyproject.toml"} <= {*copied}
    assert any(line.startswith("USER 65532") for line in lines)
    assert lines[-1] == 'CMD ["worker"]'
