"""The whole way in the shipped pipelines: shown, approved, merged, carried out.

The forge is a double; all else is real.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest
from forge.double.github import GitHubApi
from forge.double.gitlab import GitLabApi
from forge.double.server import JOB_TOKEN, TOKEN, Double
from forge.double.world import APP, Person, World
from nacl.signing import SigningKey
from pipelines.runners import Act, GitLabCiLocal, Ran
from pipelines.sample import MANIFEST, RESELLER, STAFF, Sample, event, merge_request
from review.stage import manifest

from provisioner.manifest.writing.formatter import format_text

KEY = SigningKey(b"k" * 32)
PRIVATE = "ed25519-private:" + base64.b64encode(bytes(KEY)).decode()
SCHMIEDE = "customers/muster-it/schmiede.yaml"


@dataclass
class Way:
    sample: Sample
    world: World
    double: Double
    reseller: Person
    staff: Person

    def propose(self) -> str:
        def add(root: Path) -> None:
            text = format_text(manifest().replace("area: 052", "area: 044"))
            (root / SCHMIEDE).write_text(text, "utf-8")

        return self.sample.propose(add)

    def group(self) -> str:
        """What a merge gives, as a queue makes it beside the branch."""
        git = self.sample.git
        git("checkout", "--quiet", "-b", "gh-readonly-queue/main/pr-1")
        git("merge", "--quiet", "--no-ff", "--message", "x", self.sample.head)
        made = git("rev-parse", "HEAD")
        git("checkout", "--quiet", "main")
        return made

    def merge(self, made: str) -> None:
        self.sample.git("merge", "--quiet", "--ff-only", made)
        self.sample.main = made


def way(tmp_path: Path, forge: str) -> Iterator[Way]:
    sample = Sample(tmp_path, forge)
    sample.real()
    settings = sample.origin / "provision.yaml"
    text = settings.read_text("utf-8").replace("state/", f"{tmp_path}/state/")
    public = base64.b64encode(bytes(KEY.verify_key)).decode()
    settings.write_text(
        text.replace("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", public), "utf-8"
    )
    (sample.origin / MANIFEST).rename(tmp_path / "example.yaml")
    (sample.origin / "customers/muster-it/.keep").touch()
    sample.main = sample.commit()
    world = World(datetime.now(UTC))
    world.recorder.number = APP
    made = [Person(RESELLER, "anna"), Person(STAFF, "meier"), world.recorder]
    world.people |= {person.number: person for person in made}
    api = GitHubApi(world) if forge == "github" else GitLabApi(world)
    double = Double(world, api)
    yield Way(sample, world, double, made[0], made[1])
    double.close()


@pytest.fixture
def on_github(tmp_path: Path) -> Iterator[Way]:
    yield from way(tmp_path, "github")


@pytest.fixture
def on_gitlab(tmp_path: Path) -> Iterator[Way]:
    yield from way(tmp_path, "gitlab")


def go(
    found: Way,
    plan: Callable[[], Ran],
    apply: Callable[[], Ran],
    ready: Callable[[str], Ran] | None = None,
) -> None:
    head = found.propose()
    request = found.world.open_request(found.reseller, head)
    ran = plan()
    assert ran.code == 0, ran.text
    (comment,) = request.comments
    assert "schmiede" in comment.body
    group = found.group()
    if ready:
        ran = ready(group)
        assert ran.code != 0
        assert "PV748" in ran.text, ran.text  # nobody has approved
    found.world.review(request, found.staff)
    if ready:
        ran = ready(group)
        assert ran.code == 0, ran.text
    found.merge(group)
    found.world.merge(request, "merge", found.sample.main)
    ran = apply()
    assert ran.code == 0, ran.text
    (comment,) = request.comments
    assert "Applied" in comment.body
    before = found.double.writes()
    ran = apply()
    assert ran.code == 0, ran.text
    assert found.double.writes() == before


def test_on_github_by_a_queue(act: Act, on_github: Way) -> None:
    sample, double = on_github.sample, on_github.double
    forge = {"GITHUB_API_URL": double.url, "PROVISION_FORGE_URL": double.url}
    secrets = {"PROVISION_APP_KEY": "key", "PROVISION_SIGNING_KEY": PRIVATE}

    def plan() -> Ran:
        return act.run(sample, "plan", "pull_request_target", event(sample), secrets, **forge)

    def apply() -> Ran:
        return act.run(sample, "apply", "push", {"ref": "refs/heads/main"}, secrets, **forge)

    def ready(group: str) -> Ran:
        payload = {"merge_group": {"head_sha": group, "base_sha": sample.main}}
        return act.run(sample, "check", "merge_group", payload, {"GITHUB_TOKEN": TOKEN}, **forge)

    go(on_github, plan, apply, ready)


def test_on_gitlab(gitlab_ci_local: GitLabCiLocal, on_gitlab: Way) -> None:
    sample, double = on_gitlab.sample, on_gitlab.double
    branch = {
        "CI_COMMIT_BRANCH": "main",
        "CI_COMMIT_REF_PROTECTED": "true",
        "CI_API_V4_URL": double.url,
        "CI_JOB_TOKEN": JOB_TOKEN,
        "PROVISION_FORGE_TOKEN": TOKEN,
        "PROVISION_SIGNING_KEY": PRIVATE,
    }

    def plan() -> Ran:
        return gitlab_ci_local.run(sample, **branch, CI_PIPELINE_SOURCE="trigger")

    def apply() -> Ran:
        return gitlab_ci_local.run(sample, **branch, CI_PIPELINE_SOURCE="push")

    go(on_gitlab, plan, apply)
    sample.propose(lambda root: more_phones(root / SCHMIEDE))
    with artifacts(sample.place) as url:
        ran = gitlab_ci_local.run(
            sample, **merge_request(sample, CI_API_V4_URL=url, CI_JOB_TOKEN=JOB_TOKEN)
        )
    assert "Preview from a snapshot" in ran.text, ran.text
    (counts,) = sample.place.rglob("plan.json")
    assert json.loads(counts.read_text("utf-8"))["create"] > 0


def more_phones(file: Path) -> None:
    text = file.read_text("utf-8")
    file.write_text(format_text(text + "  - {login: werkstatt, license: phones, use: other}\n"))


@contextmanager
def artifacts(place: Path) -> Iterator[str]:
    """The API of a GitLab that gives the job its last snapshots, and nothing else."""
    newest = max(place.rglob("snapshots/snapshot-*.json.gz"), key=lambda file: file.stat().st_mtime)
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        for file in newest.parent.iterdir():
            archive.write(file, f"snapshots/{file.name}")

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = "/projects/4711/jobs/artifacts/main/download?job=provision-apply"
            fits = self.path == asked and self.headers["JOB-TOKEN"] == JOB_TOKEN
            self.send_response(200 if fits else 404)
            self.end_headers()
            self.wfile.write(held.getvalue() if fits else b"")

        def log_message(self, *_words: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
