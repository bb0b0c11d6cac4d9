"""Two apply jobs that run at the same time, each a process of its own: a runner too many, or a job
that was started again while the first one was still at it."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import orjson
import pyrage
from cli.conftest import PATIENCE, environment
from forge.double.server import TOKEN
from review.stage import Stage, manifest

EXIT_DONE, EXIT_PARTLY = 0, 5
CUSTOMERS = tuple(f"c{n}" for n in range(6))


def start(stage: Stage) -> "subprocess.Popen[str]":
    given = environment(
        PROVISION_FORGE_URL=stage.side.double.url,
        PROVISION_FORGE_TOKEN=TOKEN,
        GITHUB_REPOSITORY=stage.side.world.repository,
        PROVISION_LANG="en",
    )
    return subprocess.Popen(
        [sys.executable, "-m", "provisioner", "ci", "apply"],
        cwd=stage.repo.path,
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(jobs: Sequence["subprocess.Popen[str]"]) -> list[tuple[int, str]]:
    """Exit code and output of each."""
    said = [job.communicate(timeout=PATIENCE)[0] for job in jobs]
    return [(job.returncode, text) for job, text in zip(jobs, said, strict=True)]


def together(answer: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The first call of each waits for the first of the others: from there on they run at once."""
    barrier = Barrier(count, timeout=PATIENCE)
    calls: list[object] = []

    def answered(asked: object) -> Any:
        calls.append(asked)
        if len(calls) <= count:
            barrier.wait()
        return answer(asked)

    return answered


def test_everything_is_done_once(hub_stage: Stage) -> None:
    stage = hub_stage
    stage.side.world.now = datetime.now(UTC)
    mine = pyrage.x25519.Identity.generate()
    settings = stage.settings().replace(
        "language: en", f"language: en, recipients: [{mine.to_public()}]"
    )
    stage.direct({"provision.yaml": settings})
    day = str((datetime.now(UTC) + timedelta(days=60)).date())
    text = manifest().replace("2027-01-01", day)
    request = stage.ask(
        {f"customers/limmat/{c}.yaml": text.replace("empfang", f"phone.{c}") for c in CUSTOMERS}
    )
    stage.today = datetime.now(UTC).date()
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    api = stage.side.api
    api.answer = together(api.answer, 2)  # type: ignore[method-assign]
    done = ended([start(stage), start(stage)])
    assert {code for code, _ in done} <= {EXIT_DONE, EXIT_PARTLY}, done
    assert not [text for _, text in done if "Traceback" in text or "internal" in text.lower()]
    carried_out = Counter(name for _, text in done for name in re.findall(r"✓ (c\d): done", text))
    assert carried_out == Counter(CUSTOMERS), done
    locked = [name for _, text in done for name in re.findall(r"✗ (c\d): locked", text)]
    assert all("error[PV531]" in text for _, text in done if "locked by another run" in text)
    for customer in CUSTOMERS:
        (applied,) = (line for line in stage.audit(customer) if "| applied " in line)
        assert "merge request 1 |" in applied
    assert stage.live() == [f"phone.{c}" for c in CUSTOMERS]
    handed = (stage.repo.path / "handover/limmat.jsonl").read_bytes().splitlines()
    assert sorted(orjson.loads(line)["customer"] for line in handed) == [*CUSTOMERS]
    (comment,) = stage.comments(request)
    assert "Applied: 6 customers done" in comment, (locked, comment)
    assert stage.side.world.issues == {}
    written = stage.side.double.writes()
    ((code, text),) = ended([start(stage)])
    assert (code, text) == (0, "Everything is as it was released. Nothing to do.\n")
    assert stage.side.double.writes() == written
    assert stage.comments(request) == [comment]
