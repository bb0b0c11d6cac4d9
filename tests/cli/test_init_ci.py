"""``provision init --ci``: pipelines that the forges' own checkers pass, and what they promise."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pipelines.runners import loaded

from provisioner.cli.group import main, provision
from provisioner.cli.starter import ci_files
from provisioner.report.messages import LANGUAGES

FOLDER = ".github/workflows"
COMPONENT = "provision-ci/templates/provision.yml"
WRITTEN = {
    "github": {f"{FOLDER}/{name}.yml" for name in ("apply", "check", "nightly", "plan")},
    "gitlab": {"provision-ci/.gitlab-ci.yml", COMPONENT},
}
GITHUB = {Path(name).stem: loaded(text) for name, text in ci_files("github").items()}
GITLAB = loaded(ci_files("gitlab")[COMPONENT])
JOBS = {name: next(iter(found["jobs"].values())) for name, found in GITHUB.items()}
LIVE = ("plan", "apply", "nightly")

by_forge = pytest.mark.parametrize("forge", WRITTEN)


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


# What init does


def init(root: Path, line: str) -> int:
    return main(["init", "--root", str(root), *line.split()])


@by_forge
@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_workspace_only_the_pipelines_are_written(
    workspace: Path, capsys: pytest.CaptureFixture[str], forge: str, language: str
) -> None:
    before = files(workspace)
    assert init(workspace, f"--ci {forge} --lang {language}") == 0
    assert files(workspace) == before | ci_files(forge)
    assert ci_files(forge).keys() == WRITTEN[forge]
    said = capsys.readouterr().out
    assert "provision ci key" in said
    assert "provision doctor --forge" in said
    assert init(workspace, f"--ci {forge} --lang {language}") == 0
    assert "  + " not in capsys.readouterr().out


@by_forge
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_workspace_has_them_from_the_start(tmp_path: Path, forge: str, language: str) -> None:
    assert init(tmp_path, f"fresh --ci {forge} --lang {language}") == 0
    made = files(tmp_path / "fresh")
    assert ci_files(forge).items() <= made.items()
    other = "gitlab" if forge == "github" else "github"
    assert not ci_files(other).keys() & made.keys()


@by_forge
def test_what_somebody_has_changed_is_not_overwritten(
    workspace: Path, capsys: pytest.CaptureFixture[str], forge: str
) -> None:
    init(workspace, f"--ci {forge}")
    name, *others = sorted(WRITTEN[forge])
    (workspace / name).write_text("mine\n", "utf-8")
    for other in others:
        (workspace / other).unlink()
    capsys.readouterr()
    assert init(workspace, f"--ci {forge}") == 1
    assert f"  = {name}" in capsys.readouterr().out.splitlines()
    assert (workspace / name).read_text("utf-8") == "mine\n"
    assert all((workspace / other).exists() for other in others)


def test_without_ci_a_workspace_gets_them_with_the_rest(workspace: Path) -> None:
    assert init(workspace, "") == 0
    assert ci_files("github").keys() <= files(workspace).keys()
    assert init(workspace, "other --ci none") == 0
    assert not (workspace / "other/.github").exists()


# What the forges' checkers say of it


def checker(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, f"{name} is not in this environment"
    return found


@pytest.fixture
def written(workspace: Path) -> Path:
    for forge in WRITTEN:
        assert init(workspace, f"--ci {forge}") == 0
    return workspace


def test_zizmor_finds_nothing(written: Path) -> None:
    line = [checker("zizmor"), "--quiet", "--offline", "--persona=auditor", str(written)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    # What it is told to leave alone has its reason beside it.
    ignored = re.findall(
        r"zizmor: ignore\[([\w-]+)\] (\w.*)", "\n".join(map(bytes.decode, files(written).values()))
    )
    assert sorted(rule for rule, _ in ignored) == [
        "dangerous-triggers",
        *["self-hosted-runner"] * 3,
    ]


def test_both_schemas_know_every_word(written: Path, tmp_path: Path) -> None:
    def check(schema: str, *checked: Path, options: tuple[str, ...] = ()) -> None:
        line = [checker("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *options]
        done = subprocess.run(
            [*line, *map(str, checked)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    check("github-workflows", *(written / name for name in sorted(WRITTEN["github"])))
    # It reads one document a file, and a component has two.
    parts = []
    for number, part in enumerate((written / COMPONENT).read_text("utf-8").split("\n---\n")):
        parts.append(tmp_path / f"part-{number}.yml")
        parts[-1].write_text(part, "utf-8")
    assert len(parts) == 2
    parts.append(written / "provision-ci/.gitlab-ci.yml")
    check("gitlab-ci", *parts, options=("--data-transform", "gitlab-ci"))


# What they promise


def test_a_change_meets_no_runner_of_the_operators_and_no_secret() -> None:
    assert GITHUB["check"]["on"] == {
        "pull_request": {"branches": ["main"]},
        "merge_group": {"branches": ["main"]},
    }
    job = JOBS["check"]
    assert job["runs-on"].startswith("ubuntu-")
    assert set(job["permissions"].values()) == {"read"}
    assert not {"environment", "secrets", "env", "container", "services"} & job.keys()
    assert not re.search(r"secrets\.|vars\.|PROVISION_SIGNING_KEY", str(job))
    check = GITLAB["provision-check"]
    assert not {"tags", "environment", "id_tokens", "secrets", "variables"} & check.keys()
    (rule,) = check["rules"]
    for part in (
        '$CI_PIPELINE_SOURCE == "merge_request_event"',
        "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == $CI_DEFAULT_BRANCH",
        "$CI_MERGE_REQUEST_PROJECT_ID == $CI_PROJECT_ID",
        '$CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED == "true"',
    ):
        assert part in rule["if"]
    assert "||" not in rule["if"]


def test_a_merge_train_meets_a_token_that_reads_and_no_other() -> None:
    """An environment of its own: variables of the others do not come to an open branch."""
    ready = GITLAB["provision-ready"]
    assert not {"tags", "id_tokens", "secrets", "variables", "artifacts"} & ready.keys()
    assert ready["environment"] == {"name": "provision-ready", "action": "access"}
    (rule,) = ready["rules"]
    (checked,) = GITLAB["provision-check"]["rules"]
    assert '$CI_MERGE_REQUEST_EVENT_TYPE == "merge_train"' in rule["if"]
    assert {*checked["if"].split(" && ")} < {*rule["if"].split(" && ")}
    assert "||" not in rule["if"]


@pytest.mark.parametrize("name", LIVE)
def test_what_reaches_the_live_systems_runs_on_main_alone(name: str) -> None:
    job = JOBS[name]
    lane = "apply" if name == "apply" else "plan"
    assert job["if"] == "github.ref == 'refs/heads/main'"
    assert job["environment"] == f"provision-{lane}"
    assert job["runs-on"] == {"group": f"provision-{lane}"}
    assert job["permissions"] == {"contents": "read"}
    events = set(GITHUB[name]["on"])
    assert "workflow_dispatch" in events
    assert not {"pull_request", "workflow_run", "issue_comment", "merge_group"} & events


@pytest.mark.parametrize("name", ["provision-plan", "provision-apply", "provision-drift"])
def test_on_gitlab_too(name: str) -> None:
    job = GITLAB[name]
    never, *rules = job["rules"]
    assert never["when"] == "never"
    assert never["if"] == (
        '$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH || $CI_COMMIT_REF_PROTECTED != "true"'
    )
    assert rules
    assert "merge_request" not in str(rules)
    assert {"tags", "resource_group"} <= job.keys()
    assert job["environment"]["action"] == "access"


def test_one_apply_at_a_time_and_none_cut_off() -> None:
    assert GITHUB["apply"]["concurrency"] == {
        "group": "provision-apply",
        "cancel-in-progress": "false",
    }
    apply = GITLAB["provision-apply"]
    assert (apply["resource_group"], apply["interruptible"]) == ("provision-apply", "false")


@pytest.mark.parametrize("name", GITHUB)
def test_github_gives_no_token_to_a_command_and_no_text_to_a_shell(name: str) -> None:
    found = GITHUB[name]
    assert found["permissions"] == {}
    text = ci_files("github")[f"{FOLDER}/{name}.yml"].decode()
    for job in found["jobs"].values():
        assert 0 < int(job["timeout-minutes"]) <= 60
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"
                assert step["with"]["ref"] == "main"
    # Each right with its reason, each action by its commit with its version.
    for line in re.findall(r"^ +(?:permission-)?[\w-]+: (?:read|write)\b.*$", text, re.MULTILINE):
        assert re.search(r"# \w", line), line
    uses = re.findall(r"uses:\s*(.+)$", text, re.MULTILINE)
    assert uses
    for line in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*", line), line


def test_the_job_that_reads_has_fewer_secrets() -> None:
    secrets = {name: set(re.findall(r"secrets\.(\w+)", str(job))) for name, job in JOBS.items()}
    assert secrets == {
        "check": set(),
        "plan": {"PROVISION_APP_KEY", "PROVISION_SIGNING_KEY"},
        "apply": {"PROVISION_APP_KEY", "PROVISION_SIGNING_KEY", "PROVISION_IDENTITY"},
        "nightly": {"PROVISION_APP_KEY"},
    }


@by_forge
def test_nothing_names_a_registry_or_takes_what_is_not_pinned(forge: str) -> None:
    for text in map(bytes.decode, ci_files(forge).values()):
        assert not re.search(r"https?://|index-url|pypi|latest", text)
        for line in re.findall(r"^ *install (.*)$", text, re.MULTILINE):
            assert "--require-hashes" in line or "--no-index" in line


def shells() -> Iterator[str]:
    for job in JOBS.values():
        yield from (step["run"] for step in job["steps"] if "run" in step)
    for job in GITLAB.values():
        yield from (line for line in job.get("script", ()))


def lines() -> list[list[str]]:
    """Every command of the pipelines, as words, with a stand-in for each value."""
    found = set()
    for shell in shells():
        text = shell.replace("\\\n", " ")
        for line in re.findall(r'(?:bin/provision"|"\$provision") ([^>\n|]*)', text):
            words = re.sub(r'"\$\{[^"]*\}"|"\$@"|"\$\w+"', "VALUE", line).split()
            found.add(" ".join(words))
    return [line.split() for line in sorted(found)]


def test_no_command_is_missed() -> None:
    heads = {" ".join(line[:2]) for line in lines()}
    assert heads >= {"ci check", "ci ready", "ci plan", "ci apply", "ci drift"}
    assert any(line[0] == "reconcile" for line in lines())


@pytest.mark.parametrize("line", lines(), ids=" ".join)
def test_every_command_exists(line: list[str]) -> None:
    """With each of its options."""
    context = click.Context(provision)
    name, command, rest = provision.resolve_command(context, list(line))
    if isinstance(command, click.Group):
        name, command, rest = command.resolve_command(context, rest)
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known, name
