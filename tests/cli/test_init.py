"""``provision init``: a workspace that works at once, and nothing of anybody's overwritten."""

import json
import re
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from cli.conftest import Run, command, environment

from provisioner.cli.commands.schema import all_schemas
from provisioner.cli.files import schema_line
from provisioner.cli.starter import EXAMPLE, helper_files, workspace_files
from provisioner.codes import Severity
from provisioner.manifest.repository import load_workspace
from provisioner.manifest.schemas.schema import schemas
from provisioner.manifest.writing.formatter import format_text
from provisioner.report.messages import LANGUAGES

WRITTEN = {
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".vscode/extensions.json",
    ".vscode/settings.json",
    "README.md",
    "customers/muster-it/muster-ag.yaml",
    "provision.yaml",
    "removals.yaml",
    "schemas/customer.schema.json",
}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def lines(done: "subprocess.CompletedProcess[bytes]") -> list[str]:
    return done.stdout.decode().splitlines()


def test_a_new_workspace_validates_and_plans_as_it_is(run: Run, tmp_path: Path) -> None:
    done = run("init fresh --lang de")
    assert done.returncode == 0, done.stderr
    fresh = tmp_path / "fresh"
    assert files(fresh).keys() >= WRITTEN
    assert run("validate", cwd=fresh).returncode == 0
    plan = run("plan --format json", cwd=fresh)
    assert plan.returncode == 0, plan.stderr
    found = json.loads(plan.stdout)
    assert [c["customer"] for c in found["customers"]] == [EXAMPLE]
    assert run("fmt --check", cwd=fresh).returncode == 0
    assert schema_line(fresh, "customer", "de") == "schemas/de/customer.schema.json"
    shutil.rmtree(fresh / "schemas/de")  # as one of an earlier version
    assert schema_line(fresh, "customer", "de") == "schemas/customer.schema.json"


@pytest.mark.parametrize("language", LANGUAGES)
def test_editors_find_the_schema_in_the_language(language: str) -> None:
    made = workspace_files(language, "muster-it", "Muster IT GmbH", date(2026, 11, 24))
    named = [re.match(r"# \S+ \$schema=(?:\.\./)*schemas/(\S+)", x.decode()) for x in made.values()]
    there = {match[1] for match in named if match}
    shown = json.loads(helper_files(language)[".vscode/settings.json"])["yaml.schemas"]
    there |= {name.removeprefix("schemas/") for name in shown}
    assert len(named) == 3
    assert there == set(schemas(language))


def test_schemas_are_printed_in_a_language_and_written_in_all(run: Run, tmp_path: Path) -> None:
    assert run("schema --out a --lang fr").returncode == 0
    printed = run("schema removals --lang fr").stdout
    assert printed == (tmp_path / "a/fr/removals.schema.json").read_bytes()
    assert run("schema audit --lang fr").stdout == (tmp_path / "a/audit.schema.json").read_bytes()
    assert printed != run("schema removals --lang en").stdout
    assert set(files(tmp_path / "a")) == set(all_schemas())


def test_it_names_the_next_three_commands(run: Run) -> None:
    said = lines(run("init fresh"))
    assert said[-4:] == [
        "  cd fresh",
        "  provision validate  check the files",
        "  provision plan      see what would change",
        "  provision new       write your first customer by answering questions",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_comments_are_in_the_language(language: str) -> None:
    made = workspace_files(language, "muster-it", "Muster IT GmbH", date(2026, 11, 24))
    config = made["provision.yaml"].decode()
    assert f"language: {language} " in config
    assert ("The operator's side" in config) is (language == "en")
    assert ("Verrechnungsstart" in made[f"customers/muster-it/{EXAMPLE}.yaml"].decode()) is (
        language == "de"
    )
    assert not [name for name, data in made.items() if b"@" in data.replace(b"rechnung@", b"")]


def test_what_exists_is_left_and_named(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "README.md").write_text("mine\n")
    (mine / ".gitignore").write_text("mine\n")
    done = run("init mine")
    assert done.returncode == 1
    assert "  = README.md" in lines(done)
    assert "  = .gitignore" in lines(done)
    assert "  = provision.yaml" not in lines(done)
    assert (mine / "README.md").read_text() == "mine\n"
    assert run("validate", cwd=mine).returncode == 0


def test_a_second_time_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("init fresh")
    before = files(tmp_path / "fresh")
    again = run("init fresh")
    assert again.returncode == 0
    assert not [line for line in lines(again) if line.startswith(("  + ", "  = "))]
    assert files(tmp_path / "fresh") == before


def test_beside_a_provision_yaml_no_example_is_written(run: Run, workspace: Path) -> None:
    before = (workspace / "provision.yaml").read_bytes()
    assert run("init").returncode == 0
    assert (workspace / "provision.yaml").read_bytes() == before
    assert not (workspace / "customers/muster-it").exists()
    assert (workspace / ".vscode/settings.json").exists()
    assert run("validate").returncode == 0


def test_a_link_is_not_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "away.txt").write_text("mine\n")
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh/README.md").symlink_to(tmp_path / "away.txt")
    assert run("init fresh").returncode == 1
    assert (tmp_path / "away.txt").read_text() == "mine\n"


def test_a_folder_that_is_a_file_is_an_error_with_a_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh/schemas").write_text("")
    done = run("init fresh")
    assert done.returncode in {1, 3}
    assert b"PV46" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("reseller", ["Muster IT", "../etc", "", "a" * 33])
def test_a_reseller_needs_an_id(tmp_path: Path, reseller: str) -> None:
    done = subprocess.run(
        [*command("init fresh --reseller"), reseller],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert b"PV117" in done.stderr
    assert not (tmp_path / "fresh").exists()


def test_the_reseller_is_the_folder(run: Run, tmp_path: Path) -> None:
    assert run("init fresh --reseller berg-it --ci none").returncode == 0
    assert (tmp_path / f"fresh/customers/berg-it/{EXAMPLE}.yaml").exists()
    assert not (tmp_path / "fresh/.github").exists()
    assert "    name: Berg IT GmbH" in (tmp_path / "fresh/provision.yaml").read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_is_good_in_every_month_of_two_years(language: str, tmp_path: Path) -> None:
    day = date(2026, 1, 1)
    seen: set[bytes] = set()
    (tmp_path / "customers/muster-it").mkdir(parents=True)
    while day < date(2028, 1, 1):
        made = workspace_files(language, "muster-it", "Muster IT GmbH", day)
        manifest = made[f"customers/muster-it/{EXAMPLE}.yaml"]
        if manifest not in seen:
            seen.add(manifest)
            assert format_text(manifest.decode()) == manifest.decode()
            for name, data in made.items():
                (tmp_path / name).write_bytes(data)
            found = load_workspace(tmp_path).diagnostics
            assert {d.code for d in found} == {"PV209", "PV220"}, found
            assert all(d.severity > Severity.WARNING for d in found)
        day += timedelta(days=7)
    assert len(seen) == 24


def test_what_is_written_is_what_its_readers_take(run: Run, tmp_path: Path) -> None:
    run("init fresh")
    fresh = tmp_path / "fresh"
    settings = json.loads((fresh / ".vscode/settings.json").read_text())
    for schema, pattern in settings["yaml.schemas"].items():
        assert (fresh / schema).exists()
        assert list(fresh.glob(pattern)) or pattern == "adoptions.yaml"
    ignored = (fresh / ".gitignore").read_text().split()
    assert {"/state", "/handover", "/provision-ci"} <= set(ignored)


def commands_of_hooks(path: Path) -> list[str]:
    found = yaml.safe_load(path.read_text("utf-8"))
    hooks = found if isinstance(found, list) else found["repos"][0]["hooks"]
    return [hook["entry"].removeprefix("provision ") for hook in hooks]


@pytest.mark.parametrize("name", [".pre-commit-hooks.yaml", "fresh/.pre-commit-config.yaml"])
def test_the_hooks_commands_work(run: Run, tmp_path: Path, name: str) -> None:
    run("init fresh")
    root = Path(__file__).parents[2] if name.startswith(".pre") else tmp_path
    entries = commands_of_hooks(root / name)
    assert {entry.split()[0] for entry in entries} == {"fmt", "validate"}
    manifest = tmp_path / f"fresh/customers/muster-it/{EXAMPLE}.yaml"
    good = manifest.read_text("utf-8")
    manifest.write_text(good.replace('area: "044"', "area: 044"), "utf-8")
    for entry in entries:
        file = f" {manifest.relative_to(tmp_path / 'fresh')}" if entry.startswith("fmt") else ""
        done = run(entry + file, cwd=tmp_path / "fresh")
        assert done.returncode == 0, done.stderr
    assert manifest.read_text("utf-8") == good
    manifest.write_text(good.replace("8001", "80011"), "utf-8")
    assert run("validate", cwd=tmp_path / "fresh").returncode == 3
