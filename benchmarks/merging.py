"""What an ordinary merge request costs: `make bench-review` (ARGS="--customers 10000").

Calls to the forge are counted by the tests' double of it, from the push to what is live; what they
take on a way of 100 ms is not in the seconds.  The systems are the local ones.  Nothing here fails.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import fleet

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from forge.double.github import GitHubApi  # noqa: E402 - on the path since two lines above
from forge.double.gitlab import GitLabApi  # noqa: E402
from forge.double.server import TOKEN, Double  # noqa: E402
from forge.double.world import APP, Person, World  # noqa: E402
from nacl.signing import SigningKey  # noqa: E402
from repositories import Clone  # noqa: E402

from provisioner import operations  # noqa: E402
from provisioner.cli.reviewing import ForgeTexts  # noqa: E402
from provisioner.manifest.review import ForgeName  # noqa: E402
from provisioner.operations.forging import public_line  # noqa: E402
from provisioner.operations.lane import Lane, open_lane  # noqa: E402
from provisioner.operations.opening import Opened, open_systems  # noqa: E402
from provisioner.operations.proposing import Live  # noqa: E402
from provisioner.operations.releasing import release  # noqa: E402
from provisioner.operations.showing import show, show_all  # noqa: E402
from provisioner.operations.telling import outcomes, tell  # noqa: E402
from provisioner.operations.tip import entries_of, since_told, tip_of  # noqa: E402
from provisioner.report.messages import Catalogue  # noqa: E402

DAY = date(2026, 11, 24)
KEY = SigningKey(b"k" * 32)
CALLS = 12
SECONDS = 60
SMALL = 20
"""Customers, all of them live, among whom calls are counted: their number is not in the count."""


@dataclass
class Stage:
    """An operator's repository, and the forge's double beside it."""

    forge: ForgeName
    world: World
    double: Double
    repo: Clone
    reseller: Person
    staff: Person
    runner: operations.Runner

    @contextmanager
    def lane(self) -> Iterator[Lane]:
        given = {
            "PROVISION_FORGE_URL": self.double.url,
            "PROVISION_FORGE_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": self.world.repository,
        }
        texts = ForgeTexts(Catalogue("en"))
        with open_lane(self.repo.path, texts, given, DAY) as lane:
            yield lane

    def plan(self, number: int | None) -> None:
        """As ``provision ci plan --mr N``, or ``--open``."""
        with self.lane() as lane, open_systems(lane.config, lane.root) as (pbx, desk):
            if number is None:
                list(show_all(lane, Live(pbx, desk), KEY))
            else:
                show(lane, Live(pbx, desk), KEY, number)

    def apply(self) -> int:
        """As ``provision ci apply``; how many customers it dealt with."""
        with self.lane() as lane, open_systems(lane.config, lane.root) as (pbx, desk):
            tip, opened = tip_of(lane, desk), Opened(lane.workspace(), pbx, desk)
            found = release(lane, opened, self.runner)
            ends = outcomes(opened, found)
            told = not tell(lane, opened, found, ends) and bool(since_told(desk))
            for what, why in entries_of(tip, lane.tip, settled=found.settled, told=told):
                at, who = self.runner.clock(), self.runner.who
                desk.note(at=at, who=who, what=what, why=why, customer=None)
            return len(ends)

    def everyone_is_live(self) -> None:
        with operations.open_workspace(self.repo.path) as opened:
            approval = operations.Approval.of_plan(operations.plan(opened, today=DAY).plan)
            operations.apply(opened, today=DAY, runner=self.runner, approval=approval)

    def change(self) -> int:
        """A reseller changes one line of one customer; the number of the merge request."""
        name = "customers/reseller-0/kunde-0.yaml"
        before = (self.repo.path / name).read_text("utf-8")
        self.repo.git("checkout", "--quiet", "-b", "change")
        head = self.repo.commit(
            {name: before.replace("license: phones+apps", "license: phones", 1)}
        )
        self.repo.git("checkout", "--quiet", "main")
        return self.world.open_request(self.reseller, head).number

    def approve_and_merge(self, number: int) -> None:
        request = self.world.requests[number]
        self.world.review(request, self.staff)
        self.repo.git("merge", "--quiet", "--no-ff", "--message=Merge", request.head)
        self.world.merge(request, "merge", self.repo.git("rev-parse", "HEAD"))

    def calls(self) -> list[str]:
        """Since the last time."""
        found = [f"{method} {path}" for method, path, _ in self.double.asked]
        self.double.asked.clear()
        return found


@contextmanager
def staged(forge: ForgeName, folder: Path, customers: int) -> Iterator[Stage]:
    world = World()
    reseller, staff = world.person("reseller"), world.person("staff")
    recorder = APP if forge == "github" else world.recorder.number
    double = Double(world, GitHubApi(world) if forge == "github" else GitLabApi(world))
    repo = Clone(folder)
    fleet.write(folder, customers)
    settings = (folder / "provision.yaml").read_text("utf-8")
    settings = settings.replace(
        "  reseller-0: {name: Reseller 0 AG}",
        f"  reseller-0: {{name: Reseller 0 AG, accounts: {{{forge}: [{reseller.number}]}}}}",
    )
    settings += (
        f"review:\n  project: {{forge: {forge}, id: {world.project}}}\n  recorder: {recorder}\n"
        f'  keys: ["{public_line(KEY)}"]\n'
        f"  staff: [{{name: Staff, {forge}: {staff.number}}}]\n"
    )
    repo.commit({"provision.yaml": settings, ".gitignore": "state/\nhandover/\n"})
    runner = operations.Runner(who="benchmark", clock=lambda: world.now)
    try:
        yield Stage(forge, world, double, repo, reseller, staff, runner)
    finally:
        double.close()


def counting(forge: ForgeName) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        staged(forge, Path(folder) / "manifests", SMALL) as stage,
    ):
        stage.everyone_is_live()
        number = stage.change()
        phases: dict[str, list[str]] = {}
        stage.plan(number)
        phases["plan after the push"] = stage.calls()
        stage.approve_and_merge(number)
        dealt_with = stage.apply()
        phases["apply after the merge"] = stage.calls()
        whole = sum(map(len, phases.values()))
        print(f"\n{forge}: {whole} calls from the push to what is live (aim: {CALLS} for each job)")
        for name, calls in phases.items():
            print(f"  {len(calls):>3}  {name}")
            for call, times in Counter(calls).items():
                print(f"         {call}" + (f"   x {times}" if times > 1 else ""))
        if dealt_with != 1:
            print(f"  {dealt_with} customers were dealt with, and not 1")
        stage.apply()
        print(f"  {len(stage.calls()):>3}  apply again, with nothing to do")
        stage.repo.git("branch", "--quiet", "--delete", "--force", "change")
        stage.plan(stage.change())
        stage.calls()
        stage.plan(None)
        print(f"  {len(stage.calls()):>3}  plan of what is open, if what was shown holds")


def showing(forge: ForgeName, customers: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        staged(forge, Path(folder) / "manifests", customers) as stage,
    ):
        number = stage.change()
        started, spent = time.perf_counter(), time.process_time()
        stage.plan(number)
        took, own = time.perf_counter() - started, time.process_time() - spent
        comments = len(stage.world.requests[number].comments)
        print(
            f"\n{forge}: {took:.1f} s from the plan to {comments} comment, {customers} customers"
            f" (aim: under {SECONDS} s); {own:.1f} s of one processor"
        )


def main() -> None:
    options = argparse.ArgumentParser(description="What an ordinary merge request costs.")
    options.add_argument("--customers", type=int, default=300, help="size of the fleet")
    given = options.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors")
    for forge in ("github", "gitlab"):
        counting(forge)
        showing(forge, given.customers)


if __name__ == "__main__":
    main()
