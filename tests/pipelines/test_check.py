"""The check itself, in a job: a good change passes, a hostile one is refused with its code."""

import json
from pathlib import Path

import pytest
from pipelines.runners import Act, GitLabCiLocal
from pipelines.sample import MANIFEST, Change, Sample, city, event, evil, merge_request


def broken(root: Path) -> None:
    manifest = root / MANIFEST
    manifest.write_text(manifest.read_text("utf-8").replace("8001", "80011"), "utf-8")


def linked(root: Path) -> None:
    (root / "customers/muster-it/other-ag.yaml").symlink_to("/etc/passwd")


CHANGES = {city: "", broken: "PV116", linked: "PV707", evil: "PV714"}


def proposed(tmp_path: Path, forge: str, change: Change) -> Sample:
    made = Sample(tmp_path, forge)
    made.real()
    made.propose(change)
    return made


@pytest.mark.parametrize(("change", "code"), CHANGES.items())
def test_on_github(act: Act, tmp_path: Path, change: Change, code: str) -> None:
    sample = proposed(tmp_path, "github", change)
    ran = act.run(sample, "check", "pull_request", event(sample))
    assert (ran.code != 0) == bool(code), ran.text
    assert code in ran.text.replace(str(tmp_path), "")  # pytest names the folder after the code
    assert "root:" not in ran.text


@pytest.mark.parametrize(("change", "code"), [(city, ""), (evil, "PV714")])
def test_on_gitlab(
    gitlab_ci_local: GitLabCiLocal, tmp_path: Path, change: Change, code: str
) -> None:
    sample = proposed(tmp_path, "gitlab", change)
    ran = gitlab_ci_local.run(sample, **merge_request(sample))
    assert (ran.code != 0) == bool(code), ran.text
    assert code in ran.text.replace(str(tmp_path), "")  # pytest names the folder after the code
    assert "root:" not in ran.text
    (report,) = tmp_path.rglob("gl-code-quality.json")
    found = [each["check_name"] for each in json.loads(report.read_text("utf-8"))]
    assert not code or code in found
