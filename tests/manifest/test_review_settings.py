"""Settings of merge requests: numbers of accounts, each of them somebody's alone."""

from pathlib import Path

import pytest
from repositories import REVIEWED

from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.repository import load_config


def refused(root: Path, settings: str) -> list[str]:
    (root / "provision.yaml").write_text(settings, "utf-8")
    with pytest.raises(InputError) as caught:
        load_config(root)
    return [each.code for each in caught.value.diagnostics]


def test_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "provision.yaml").write_text(REVIEWED, "utf-8")
    config = load_config(tmp_path)
    assert config.review is not None
    assert [*config.review.people()] == [("github", 10), ("gitlab", 77)]
    assert config.resellers["limmat"].accounts.at("gitlab") == (41,)
    assert (config.approvals.ordinary, config.approvals.irreversible) == (1, 2)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("recorder: 5", "recorder: provisioner-bot", "PV152"),
        ("recorder: 5", "recorder: 05", "PV152"),
        ("github: [9001]", "github: [limmat-it]", "PV152"),
        ("id: 7}", "id: 7, branch: main..old}", "PV153"),
        ("id: 7}", "id: 7, branch: --upload-pack}", "PV153"),
        ("ed25519:AAEC", "ed25519-private:AAEC", "PV154"),
        ("GxwdHh8=", "GxwdHh8", "PV154"),
        ("github: 10, ", "", "PV155"),
        ("github: [9001]", "github: [10]", "PV156"),
        ("github: [9002]", "github: [9001]", "PV156"),
        (
            "staff: [",
            "staff: [{name: A. Huber, github: 10}, ",
            "PV156",
        ),
        ("github: [9002]", "github: [9002]}, project: {forge: github, id: 7", "PV157"),
        ("github: [9002]", "github: [9002]}, project: {forge: gitlab, id: 8", "PV158"),
    ],
)
def test_what_is_none(tmp_path: Path, before: str, after: str, code: str) -> None:
    settings = REVIEWED.replace(before, after)
    assert settings != REVIEWED
    assert refused(tmp_path, settings) == [code]


def test_an_approval_takes_at_least_one_person(tmp_path: Path) -> None:
    assert refused(tmp_path, f"{REVIEWED}approvals: {{ordinary: 0}}\n")


def test_a_project_belongs_to_one_reseller(tmp_path: Path) -> None:
    own = "accounts: {github: [90%s]}, project: {forge: github, id: %s"
    settings = REVIEWED.replace("accounts: {github: [9002]", own % ("02", 8))
    (tmp_path / "provision.yaml").write_text(settings, "utf-8")
    assert load_config(tmp_path).elsewhere == {"aare"}
    both = settings.replace("accounts: {github: [9001], gitlab: [41]", own % ("01", 8))
    assert refused(tmp_path, both) == ["PV157"]
