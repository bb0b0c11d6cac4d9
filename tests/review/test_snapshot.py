"""A snapshot tells a job without a way to the live systems what was live: signed, for one project
and one reseller, for a day."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nacl.signing import SigningKey
from review.job import Ended, Job
from review.stage import KEY, MUEHLE, SCHMIEDE, Stage, manifest

from provisioner.manifest.models import Manifest
from provisioner.manifest.review import Review
from provisioner.manifest.writing.formatter import format_bytes
from provisioner.operations.opening import Opened, open_systems
from provisioner.operations.proposing import FromSnapshots
from provisioner.operations.showing import Published, show
from provisioner.operations.snapshots import ProtectedBranch, taken
from provisioner.review.snapshot import HOLDS, Snapshot, file_name, opened, packed

FILE = "snapshot-limmat.json.gz"


def day(days: int) -> str:
    return str((datetime.now(UTC) + timedelta(days=days)).date())


def written(**changes: str) -> str:
    text = manifest(**changes).replace("2027-01-01", day(60))
    return format_bytes(text.encode(), Manifest, SCHMIEDE).decode()


@pytest.fixture
def job(
    hub_stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Job:
    """A customer of each reseller is live, and a job has written the snapshots."""
    stage = hub_stage
    stage.side.world.now = datetime.now(UTC) - timedelta(minutes=5)
    stage.today = datetime.now(UTC).date()
    job = Job(stage, monkeypatch, capsys)
    request = stage.ask(
        {SCHMIEDE: written(), MUEHLE: written(login="backstube", company="Mühle AG")}, stage.meier
    )
    stage.plan(request)
    stage.approve(request, stage.huber)
    stage.merge(request)
    folder = stage.repo.path.parent / "snapshots"
    folder.mkdir()
    monkeypatch.setenv("COLUMNS", "80")
    done = job("apply", "--snapshots", str(folder))
    assert done.exit_code == 0
    assert "Snapshots written: 2." in done.output
    return job


def at(job: Job, name: str = FILE) -> Path:
    return job.stage.repo.path.parent / "snapshots" / name


def checked(job: Job, *more: str) -> Ended:
    return job("check", "--rev", "change", "--base", "main", *more)


def rewritten(job: Job, how: Callable[[bytes], bytes], key: SigningKey = KEY) -> Snapshot:
    """The file of Limmat's, made anew of what ``how`` gives of its JSON."""
    body = gzip.decompress(at(job).read_bytes()).split(b"\n", 1)[1]
    made = Snapshot.model_validate_json(how(body))
    at(job).write_bytes(packed(made, key))
    return made


def test_a_check_shows_what_a_merge_would_change(job: Job, tmp_path: Path) -> None:
    job.stage.push({SCHMIEDE: written(license="phones+apps")}, "change")
    widget, summary = tmp_path / "plan.json", tmp_path / "summary.md"
    done = checked(
        job, "--snapshot", str(at(job)), "--widget", str(widget), "--summary", str(summary)
    )
    assert done.exit_code == 0
    assert "Preview from a snapshot of" in done.output
    assert "Made from a snapshot, not from the live systems." in " ".join(done.output.split())
    assert "workplace empfang" in done.output
    assert "muehle" not in done.output
    counts = json.loads(widget.read_text())
    assert counts == {"create": 0, "update": 3, "delete": 0}
    assert "Preview from a snapshot of" in summary.read_text()


def test_what_is_as_it_was_does_not_look_changed_although_it_is_masked(job: Job) -> None:
    text = written().replace("version: 1", "# a comment\nversion: 1")
    job.stage.push({SCHMIEDE: text}, "change")
    done = checked(job, "--snapshot", str(at(job)))
    assert "nothing to do" in done.output


def test_one_field_of_a_person_is_one_change(job: Job) -> None:
    job.stage.push({SCHMIEDE: written().replace("Petra Huber", "Hanna Frei")}, "change")
    done = checked(job, "--snapshot", str(at(job)))
    assert "account" in done.output
    assert "Huber" not in done.output
    assert "Frei" not in done.output


def test_one_that_was_changed_on_its_way_is_refused(job: Job) -> None:
    job.stage.push({SCHMIEDE: written(license="phones+apps")}, "change")
    lines = gzip.decompress(at(job).read_bytes())
    at(job).write_bytes(gzip.compress(lines.replace(b'"phones"', b'"phones+apps"', 1)))
    done = checked(job, "--snapshot", str(at(job)))
    assert (done.exit_code, "PV780" in done.output) == (1, True)
    assert "Preview" not in done.output


def test_one_signed_with_another_key_is_refused(job: Job) -> None:
    job.stage.push({SCHMIEDE: written(license="phones+apps")}, "change")
    rewritten(job, bytes, SigningKey(b"x" * 32))
    assert "PV780" in checked(job, "--snapshot", str(at(job))).output


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(b"{}\n{}\n"),
        gzip.compress(b'{"signature": 7}\nx'),
        b"\x1f\x8b",
    ],
    ids=["empty", "no-gzip", "unsigned", "wrong-signature", "cut"],
)
def test_a_file_that_is_none_is_refused(job: Job, content: bytes) -> None:
    job.stage.push({SCHMIEDE: written(license="phones+apps")}, "change")
    at(job).write_bytes(content)
    done = checked(job, "--snapshot", str(at(job)))
    assert done.exit_code == 1
    assert "PV780" in done.output or "PV781" in done.output


def test_one_of_another_version_is_refused(job: Job) -> None:
    """It may be signed and still say what nobody here knows."""
    job.stage.push({SCHMIEDE: written(license="phones+apps")}, "change")
    made = rewritten(job, bytes)
    at(job).write_bytes(packed(made.model_copy(update={"version": 2}), KEY))
    assert "PV781" in checked(job, "--snapshot", str(at(job))).output


def test_one_of_another_project_is_refused(job: Job) -> None:
    job.stage.push({SCHMIEDE: written(license="phones+apps")}, "change")
    made = rewritten(job, bytes)
    at(job).write_bytes(packed(made.model_copy(update={"project": made.project + 1}), KEY))
    done = checked(job, "--snapshot", str(at(job)))
    assert (done.exit_code, "PV782" in done.output) == (1, True)


def test_one_that_has_run_out_gives_no_preview_and_stops_no_check(job: Job) -> None:
    job.stage.push({SCHMIEDE: written(license="phones+apps")}, "change")
    made = rewritten(job, bytes)
    old = made.made - HOLDS - timedelta(minutes=1)
    at(job).write_bytes(packed(made.model_copy(update={"made": old, "until": old + HOLDS}), KEY))
    done = checked(job, "--snapshot", str(at(job)))
    assert (done.exit_code, "PV783" in done.output) == (0, True)
    assert "Preview" not in done.output
    assert job("plan", "--open", "--snapshot", str(at(job))).exit_code == 1


def test_one_of_another_reseller_tells_nothing_of_the_customer(job: Job) -> None:
    job.stage.push({SCHMIEDE: written(license="phones+apps")}, "change")
    done = checked(job, "--snapshot", str(at(job, "snapshot-aare.json.gz")))
    assert "PV784" in done.output
    assert "workplace empfang" not in done.output


def test_a_snapshot_holds_nobody_elses_customer_and_no_number_of_theirs(job: Job) -> None:
    text = gzip.decompress(at(job).read_bytes()).decode()
    made = json.loads(text.split("\n")[1])
    assert list(made["customers"]) == ["schmiede"]
    with job.stage.lane() as lane, open_systems(lane.config, lane.root) as (_, desk):
        theirs = [e.digits for e in desk.pool(lane.today) if str(e.customer) == "muehle"]
    assert theirs
    assert not [digits for digits in theirs if f'"{digits}"' in text]
    assert "muehle" not in text


def test_of_a_customer_that_was_released_otherwise_nothing_is_told(job: Job) -> None:
    """What was released is taken from the protected branch, and somebody has pushed there since."""
    job.stage.direct({SCHMIEDE: written(license="phones+apps")})
    job.stage.push({SCHMIEDE: written(name="Theke", license="phones+apps")}, "later")
    done = job("check", "--rev", "later", "--base", "main", "--snapshot", str(at(job)))
    assert "PV785" in done.output
    assert "workplace empfang" not in done.output


def test_a_widget_without_a_snapshot_is_a_wrong_use(job: Job) -> None:
    assert checked(job, "--widget", "plan.json").exit_code == 64


# A plan lane that has no way to the live systems


def shown_from_it(stage: Stage, number: int) -> Published:
    with stage.lane() as lane:
        files = {f.name: f.read_bytes() for f in stage.repo.path.parent.glob("snapshots/*.gz")}
        found = [opened(data, lane.keys, name) for name, data in files.items()]
        branch = ProtectedBranch(lane.files(), lane.config)
        return show(lane, FromSnapshots(found, branch), KEY, number)


def snapped(stage: Stage) -> None:
    """Of what is live now."""
    folder = stage.repo.path.parent / "snapshots"
    folder.mkdir(exist_ok=True)
    with stage.lane() as lane, open_systems(lane.config, lane.root) as (pbx, desk):
        review: Review = lane.review
        for each in taken(Opened(lane.workspace(), pbx, desk), review, stage.side.world.now):
            (folder / file_name(each.reseller)).write_bytes(packed(each, KEY))


def live(stage: Stage) -> None:
    request = stage.ask({SCHMIEDE: manifest()}, branch="first")
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    stage.apply()
    snapped(stage)


def test_a_plan_from_a_snapshot_is_approved_and_carried_out(stage: Stage) -> None:
    live(stage)
    request = stage.ask({SCHMIEDE: manifest(license="phones+apps", name="Theke")})
    shown = shown_from_it(stage, request.number).shown
    assert shown is not None
    assert shown.snapshot
    record = stage.record(request)
    assert record.snapshot
    assert record.until == stage.today + timedelta(days=1)
    assert "Made from a snapshot" in stage.comments(request)[0]
    stage.approve(request)
    stage.merge(request)
    done = stage.apply()
    assert done.told["schmiede"].ended == "done"
    assert stage.names() == ["Theke"]


def test_it_is_the_record_of_the_live_systems_but_for_its_end(stage: Stage) -> None:
    live(stage)
    request = stage.ask({SCHMIEDE: manifest(license="phones+apps", name="Theke")})
    shown_from_it(stage, request.number)
    then = stage.record(request)
    stage.plan(request)
    assert stage.record(request).customers == then.customers


def test_what_changed_since_the_snapshot_is_not_carried_out(stage: Stage) -> None:
    live(stage)
    request = stage.ask({SCHMIEDE: manifest(license="phones+apps")})
    stage.by_hand("empfang", extension="77")
    stage.by_hand("empfang", name="Anders")
    shown_from_it(stage, request.number)
    stage.approve(request)
    stage.merge(request)
    done = stage.apply()
    assert done.told["schmiede"].ended == "refused"
    assert done.codes("schmiede") == ["PV445"]


def test_the_approval_ends_with_the_snapshot(stage: Stage) -> None:
    live(stage)
    request = stage.ask({SCHMIEDE: manifest(license="phones+apps")})
    shown_from_it(stage, request.number)
    stage.approve(request)
    stage.today += timedelta(days=2)
    stage.side.world.now += timedelta(days=2)
    stage.merge(request)
    assert stage.apply().codes("schmiede") == ["PV756"]


def test_without_a_key_everything_is_carried_out_and_no_snapshot_is_written(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = job.stage
    request = stage.ask({SCHMIEDE: written(name="Theke")}, branch="later")
    stage.plan(request)
    stage.approve(request)
    stage.merge(request)
    monkeypatch.delenv("PROVISION_SIGNING_KEY")
    at(job).unlink()
    done = job("apply", "--snapshots", str(at(job).parent))
    assert (done.exit_code, "PV762" in done.output) == (1, True)
    assert "Theke" in stage.names()
    assert not at(job).exists()
