"""Commands as a job runs them: environment in, text and code out."""

from dataclasses import dataclass

import pytest
from forge.double.server import JOB_TOKEN, TOKEN
from review.stage import KEY, Stage

from provisioner.cli.group import main
from provisioner.operations.forging import private_line


@dataclass(frozen=True)
class Ended:
    exit_code: int
    output: str


class Job:
    """Runs commands with what a runner and a project's secrets give them."""

    def __init__(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.stage, self.capture = stage, capture
        monkeypatch.chdir(stage.repo.path)
        given = {
            "PROVISION_FORGE_URL": stage.side.double.url,
            "PROVISION_FORGE_TOKEN": TOKEN,
            "PROVISION_SIGNING_KEY": private_line(KEY),
            "GITHUB_REPOSITORY": stage.side.world.repository,
            "GITHUB_RUN_ID": "77",
            "CI_JOB_TOKEN": JOB_TOKEN,
            "PROVISION_LANG": "en",
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)

    def __call__(self, *arguments: str) -> "Ended":
        code = main(["ci", *arguments])
        said = self.capture.readouterr()
        return Ended(code, said.out + said.err)
