"""``provision ci … --operator`` as the jobs of two repositories run it, and what a check says."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from forge.double.server import JOB_TOKEN
from review.job import Ended
from review.resellers import OfReseller, Resellers
from review.stage import KEY, SCHMIEDE, manifest
from review.test_jobs import today

from provisioner.cli.group import main
from provisioner.operations.forging import private_line
from provisioner.operations.opening import open_systems
from provisioner.operations.snapshots import opened

KANARIE = "customers/aare/kanarie.yaml"
THEIRS = manifest("kanari.empfang", "Kanarienvogel AG", name="Kanari")


class Jobs:
    """Runs a command in one of the repositories, with what its runner gives."""

    def __init__(
        self, all_: Resellers, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.resellers, self.patch, self.capture = all_, patch, capture
        for each in (all_.limmat, all_.aare):
            each.side.world.now = datetime.now(UTC)

    def __call__(self, of: OfReseller, *line: str, without: Sequence[str] = ()) -> Ended:
        given = of.environment | {
            "PROVISION_SIGNING_KEY": private_line(KEY),
            "GITHUB_RUN_ID": "77",
            "CI_JOB_TOKEN": JOB_TOKEN,
            "PROVISION_LANG": "en",
        }
        with self.patch.context() as patch:
            for name, value in given.items():
                patch.setenv(name, value)
            for name in without:
                patch.delenv(name)
            root, operator = str(of.repo.path), str(self.resellers.operator.path)
            code = main(["ci", line[0], "-C", root, "--operator", operator, *line[1:]])
        said = self.capture.readouterr()
        return Ended(code, said.out + said.err)

    def through(self, of: OfReseller, file: str, text: str, branch: str = "first") -> Ended:
        by = of.limmat if "/limmat/" in file else of.aare
        request = of.ask({file: text.replace("2027-01-01", today(60))}, by, branch)
        assert self(of, "plan", "--mr", str(request.number)).exit_code == 0
        of.approve(request)
        of.merge(request, "fast-forward")
        return self(of, "apply")


@pytest.fixture
def jobs(
    hub_resellers: Resellers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Jobs:
    return Jobs(hub_resellers, monkeypatch, capsys)


def _check(jobs: Jobs, of: OfReseller, head: str, *more: str) -> Ended:
    author = str(of.limmat.number)
    return jobs(of, "check", "--rev", head, "--base", "main", *(more or ("--author", author)))


def test_each_knows_what_it_has_carried_out_itself(jobs: Jobs) -> None:
    """Neither holds the other's commits: they were no rewritten branch, and no newer one."""
    limmat, aare = jobs.resellers.limmat, jobs.resellers.aare
    for of, file, text in ((limmat, SCHMIEDE, manifest()), (aare, KANARIE, THEIRS)):
        done = jobs.through(of, file, text)
        assert (done.exit_code, "done" in done.output.lower()) == (0, True), done.output
    for of in (limmat, aare, limmat):
        done = jobs(of, "apply")
        assert (done.exit_code, "Nothing to do" in done.output) == (0, True), done.output
    assert jobs.through(limmat, SCHMIEDE, manifest(name="Theke"), "second").exit_code == 0
    limmat.repo.git("reset", "--quiet", "--hard", "HEAD~1")  # a job that is late
    assert "A newer commit" in jobs(limmat, "apply").output
    said = limmat.said() + jobs(limmat, "drift").output
    assert "kanari" not in said.lower()


def test_settings_are_compared_with_the_operator_s_commit(jobs: Jobs) -> None:
    limmat, operator = jobs.resellers.limmat, jobs.resellers.operator
    jobs.through(limmat, SCHMIEDE, manifest())
    assert "Nothing to do" in jobs(limmat, "apply").output
    first = operator.git("rev-parse", "HEAD")
    operator.commit({"provision.yaml": limmat.settings(more="calls: {simultaneous: 50}\n")})
    done = jobs(limmat, "apply")
    assert (done.exit_code, "PV799" in done.output) == (4, True), done.output
    operator.commit({"provision.yaml": limmat.settings(more="approvals: {holds_days: 13}\n")})
    assert jobs(limmat, "apply").exit_code == 0
    operator.git("checkout", "--quiet", first)
    done = jobs(limmat, "apply")  # a clone that is older than what was carried out
    assert (done.exit_code, "Nothing to do" in done.output) == (0, False), done.output


def test_old_entries_of_the_audit_are_the_operator_s(jobs: Jobs) -> None:
    """As they were written before there were several repositories."""
    limmat = jobs.resellers.limmat
    with limmat.lane() as lane, open_systems(lane.config, lane.home) as (_, desk):
        what, why = "protected branch carried out", f"commit {'a' * 40}"
        desk.note(at=datetime.now(UTC), who="x", what=what, why=why, customer=None)
    assert jobs.through(limmat, SCHMIEDE, manifest()).exit_code == 0


@pytest.mark.parametrize(
    ("line", "without", "code"),
    [
        ((), ("GITHUB_REPOSITORY_ID",), "PV795"),
        (("--reseller", "limmat"), ("GITHUB_REPOSITORY_ID",), ""),
        (("--reseller", "nobody"), ("GITHUB_REPOSITORY_ID",), "PV797"),
        (("--reseller", "aare"), (), "PV797"),
        (("--reseller", "limmat"), (), ""),
    ],
)
def test_whose_repository_it_is(
    jobs: Jobs, line: tuple[str, ...], without: tuple[str, ...], code: str
) -> None:
    done = jobs(jobs.resellers.limmat, "plan", "--open", *line, without=without)
    assert (done.exit_code == 0) is (not code), done.output
    assert code in done.output


def test_a_project_that_the_operator_does_not_name(jobs: Jobs) -> None:
    limmat = jobs.resellers.limmat
    limmat.side.world.project = 4799
    done = jobs(limmat, "plan", "--open")
    assert (done.exit_code, "PV796" in done.output) == (1, True), done.output
    assert "4799" in done.output


@pytest.mark.parametrize("file", ["provision.yaml", "removals.yaml"])
def test_settings_that_are_broken_are_not_quoted(jobs: Jobs, file: str) -> None:
    limmat, operator = jobs.resellers.limmat, jobs.resellers.operator
    operator.commit({file: "version: 1\nkanarie: 7\n"})
    for done in (jobs(limmat, "plan", "--open"), _check(jobs, limmat, "main")):
        assert (done.exit_code, "PV798" in done.output) == (1, True), done.output
        assert "kanarie" not in done.output


@pytest.mark.parametrize("by", ["limmat", "meier"])
@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("customers/aare/kanarie.yaml", "PV793"),
        ("customers/nobody/notes.txt", "PV793"),
        ("provision.yaml", "PV794"),
        ("removals.yaml", "PV794"),
        ("adoptions.yaml", "PV794"),
    ],
)
def test_what_belongs_into_another_repository(jobs: Jobs, file: str, code: str, by: str) -> None:
    """Whoever puts it there; staff too."""
    limmat = jobs.resellers.limmat
    author = str(getattr(limmat, by).number)
    head = limmat.push({file: "version: 1\n", SCHMIEDE: manifest()})
    done = _check(jobs, limmat, head, "--author", author)
    assert (done.exit_code, code in done.output) == (3, True), done.output
    request = limmat.side.world.open_request(getattr(limmat, by), head)
    assert jobs(limmat, "plan", "--mr", str(request.number)).exit_code == 0
    assert limmat.record(request).customers == ()
    taken_out = limmat.push({file: None}, "change")
    assert code not in _check(jobs, limmat, taken_out, "--author", author).output


def test_a_check_takes_author_and_staff_from_the_operator(jobs: Jobs) -> None:
    limmat = jobs.resellers.limmat
    head = limmat.push({SCHMIEDE: manifest()})
    for person, refused in ((limmat.limmat, False), (limmat.meier, False), (limmat.aare, True)):
        done = _check(jobs, limmat, head, "--author", str(person.number))
        assert ("PV716" in done.output, done.exit_code == 3) == (refused, refused), done.output
    other = limmat.push({"README.md": "Other\n"}, "other")
    assert "PV714" in _check(jobs, limmat, other).output
    assert _check(jobs, limmat, other, "--author", str(limmat.meier.number)).exit_code == 0


def test_a_reseller_s_folder_in_the_operator_s_repository(
    jobs: Jobs, capsys: pytest.CaptureFixture[str]
) -> None:
    operator, limmat = jobs.resellers.operator, jobs.resellers.limmat
    operator.commit({"customers/.keep": ""})
    operator.git("checkout", "--quiet", "-b", "change")
    head = operator.commit({SCHMIEDE: manifest()})
    author = ["--author", str(limmat.meier.number)]
    line = ["-C", str(operator.path), "--rev", head, "--base", "main", *author, "--lang", "en"]
    assert main(["ci", "check", *line]) == 3
    assert "PV793" in capsys.readouterr().out


def test_what_is_due_is_carried_out_from_the_operator_s_repository(
    jobs: Jobs, capsys: pytest.CaptureFixture[str]
) -> None:
    """For all customers, by what was released: it has no manifest of them, and for its own plans
    they are none that were deleted."""
    limmat, aare = jobs.resellers.limmat, jobs.resellers.aare
    jobs.resellers.operator.write({"customers/.keep": ""})
    later = f"2027-01-01\n  activate_from: {today(5)}"
    for of, file, text in ((limmat, SCHMIEDE, manifest()), (aare, KANARIE, THEIRS)):
        assert jobs.through(of, file, text.replace("2027-01-01", later)).exit_code == 0
    assert limmat.live() == []
    root = ["-C", str(jobs.resellers.operator.path), "--lang", "en"]
    assert main(["plan", *root, "--at", today(6), "--detailed-exitcode"]) == 0
    said = capsys.readouterr().out
    assert "PV443" not in said
    assert "kanarie" not in said
    assert main(["reconcile", *root, "--auto-approve", "--at", today(6)]) == 0
    assert limmat.live() == ["empfang", "kanari.empfang"]
    for of in (limmat, aare):
        assert "Nothing to do" in jobs(of, "apply").output


def test_a_snapshot_is_of_the_repository_s_own_customers(jobs: Jobs, tmp_path: Path) -> None:
    limmat, aare = jobs.resellers.limmat, jobs.resellers.aare
    jobs.through(aare, KANARIE, THEIRS)
    jobs.through(limmat, SCHMIEDE, manifest())
    folder = tmp_path / "snapshots"
    folder.mkdir()
    assert jobs(limmat, "apply", "--snapshots", str(folder)).exit_code == 0
    files = {each.name: each.read_bytes() for each in folder.iterdir()}
    with limmat.lane() as lane:
        (found,) = opened(files, lane.review, datetime.now(UTC))
    assert (found.reseller, found.project, list(found.customers)) == ("limmat", 4711, ["schmiede"])
    assert found.size == len(found.customers["schmiede"].pbx)
    assert "kanari" not in found.model_dump_json().lower()
    head = limmat.push({SCHMIEDE: manifest(name="Theke")}, "second")
    names = [part for name in files for part in ("--snapshot", str(folder / name))]
    done = _check(jobs, limmat, head, "--author", str(limmat.limmat.number), *names)
    assert "~ workplace empfang" in done.output, done.output
