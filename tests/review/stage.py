"""An operator's repository, a forge's double and the local systems, on one day: the whole way of a
merge request, in a test's words."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from forge.conftest import Side
from forge.double.server import TOKEN
from forge.double.world import APP, Person, Request
from nacl.signing import SigningKey
from repositories import Clone, Content

from provisioner.cli.reviewing import ForgeTexts
from provisioner.forge.model import Verdict
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations.applying import RunEvent, Runner
from provisioner.operations.forging import public_line
from provisioner.operations.lane import Lane
from provisioner.operations.lane import open_lane as _open_lane
from provisioner.operations.opening import open_systems
from provisioner.operations.proposing import Live
from provisioner.operations.queue import ready
from provisioner.operations.records import NAME
from provisioner.operations.releasing import Released, release
from provisioner.operations.requests import open_requests
from provisioner.operations.showing import Published, show
from provisioner.operations.telling import outcomes, tell
from provisioner.plan.matters import Matter
from provisioner.report.messages import Catalogue
from provisioner.review.note import taken_apart
from provisioner.review.record import Record, verified
from provisioner.review.showing import Outcome

KEY = SigningKey(b"k" * 32)
SETTINGS = """\
version: 1
pbx: {{driver: local, path: pbx.db}}
desk: {{driver: sql, url: "sqlite:///desk.db"}}
numbers: {{stock: [0525551]}}
porting: {{canton: ZH}}
{more}review:
  project: {{forge: {forge}, id: {project}}}
  recorder: {recorder}
  keys: ["{keys}"]
  staff:
{staff}
resellers:
  limmat: {{name: Limmat IT AG, language: en, accounts: {{{forge}: [{limmat}]}}}}
  aare: {{name: Aare Telecom GmbH, language: fr, accounts: {{{forge}: [{aare}]}}}}
"""
MANIFEST = """\
version: 1
contact:
  company: {company}
  street: Hammerweg 12
  postcode: 8400
  city: Winterthur
  person: Petra Huber
  email: rechnung@schmiedeisen.example
  phone: 0525550100
subscription:
  billing_from: 2027-01-01
numbers:
  - {{id: zentrale, area: 052}}
workplaces:
  - {{login: {login}, name: {name}, license: {license}, use: other, number: {{stock: zentrale}}}}
"""


def manifest(
    login: str = "empfang",
    company: str = "Schmiedeisen AG",
    license: str = "phones",  # noqa: A002 - the field's name
    name: str = "Empfang",
) -> str:
    return MANIFEST.format(login=login, company=company, license=license, name=name)


SCHMIEDE = "customers/limmat/schmiede.yaml"
MUEHLE = "customers/aare/muehle.yaml"


@dataclass
class Done:
    """What one apply did. ``told``: outcomes; ``untold``: why the forge does not say them."""

    released: Released
    told: dict[str, Outcome]
    untold: Sequence[str] = ()

    def codes(self, customer: str) -> list[str]:
        return [about.code for about in self.told[customer].about]


@dataclass
class Stage:
    side: Side
    repo: Clone
    limmat: Person
    aare: Person
    meier: Person
    huber: Person
    today: date = date(2026, 11, 24)
    extra: str = ""
    texts: ForgeTexts = field(default_factory=lambda: ForgeTexts(Catalogue("en")))

    def settings(
        self,
        staff: Sequence[Person] | None = None,
        more: str = "",
        keys: Sequence[SigningKey] = (KEY,),
    ) -> str:
        people = [self.meier, self.huber] if staff is None else staff
        forge = self.side.name
        lines = [f"    - {{name: {p.login}, {forge}: {p.number}}}" for p in people]
        recorder = APP if forge == "github" else self.side.world.recorder.number
        return SETTINGS.format(
            forge=forge,
            project=self.side.world.project,
            recorder=recorder,
            keys='", "'.join(map(public_line, keys)),
            staff="\n".join(lines),
            limmat=self.limmat.number,
            aare=self.aare.number,
            more=more,
        )

    # What people do

    def push(self, files: dict[str, Content], branch: str = "change", start: str = "main") -> str:
        """A commit on a branch of its own; main stays checked out."""
        exists = branch in self.repo.git("branch", "--format=%(refname:short)").split()
        self.repo.git("checkout", "--quiet", *([branch] if exists else ["-b", branch, start]))
        head = self.repo.commit(files)
        self.repo.git("checkout", "--quiet", "main")
        return head

    def ask(
        self, files: dict[str, Content], by: Person | None = None, branch: str = "change"
    ) -> Request:
        head = self.push(files, branch)
        return self.side.world.open_request(by or self.limmat, head, source=branch)

    def push_again(
        self, request: Request, files: dict[str, Content], by: Person | None = None
    ) -> None:
        head = self.push(files, request.source)
        self.side.world.push(request, head, by=by or self.limmat)

    def approve(self, request: Request, *people: Person) -> None:
        for who in people or (self.meier,):
            self.side.world.review(request, who)

    def merge(self, request: Request, how: str = "merge") -> str:
        git = self.repo.git
        match how:
            case "squash":
                git("merge", "--quiet", "--squash", request.head)
                git("commit", "--quiet", "--message=Squashed")
            case "rebase":
                git("cherry-pick", f"main..{request.head}")
            case "fast-forward":
                git("merge", "--quiet", "--ff-only", request.head)
            case _:
                git("merge", "--quiet", "--no-ff", "--message=Merge", request.head)
        return self.side.world.merge(request, how, git("rev-parse", "HEAD"))

    def direct(self, files: dict[str, Content], by: Person | None = None, others: int = 0) -> str:
        """A push to the protected branch, past any merge request; ``others``: branches with it."""
        made = self.repo.commit(files)
        self.side.world.push_to("main", made, by=by or self.huber, others=others)
        return made

    # What jobs do

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PROVISION_FORGE_URL": self.side.double.url,
            "PROVISION_FORGE_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": self.side.world.repository,
        }

    @contextmanager
    def lane(self) -> Iterator[Lane]:
        environment = self.environment
        with _open_lane(self.repo.path, self.texts, environment, self.today) as lane:
            yield replace(lane, forge=self.side.forge)

    def plan(self, request: Request) -> Published:
        with self.lane() as lane, open_systems(lane.config, lane.home) as (pbx, desk):
            return show(lane, Live(pbx, desk, lane.scope), KEY, request.number)

    def apply(self, emit: Callable[[RunEvent], None] = lambda _: None, **options: Any) -> Done:
        with self.lane() as lane, open_systems(lane.config, lane.home) as (pbx, desk):
            opened = lane.unproven(pbx, desk)
            runner = Runner(who="apply job", clock=lambda: self.side.world.now, emit=emit)
            found = release(lane, opened, runner, **options)
            told = outcomes(opened, found)
            untold = tell(lane, opened, found, told)
            return Done(found, {each.customer: each for each in told}, [d.code for d in untold])

    def ready(self, revision: str) -> list[Diagnostic]:
        with self.lane() as lane:
            return ready(lane, revision)

    def requests(self) -> list[tuple[str, str, str]]:
        """What the work list says of merge requests."""
        with self.lane() as lane:
            found = [each for each in open_requests(lane) if isinstance(each, Matter)]
            return [(each.text, each.reseller, str(each.due_on)) for each in found]

    # What is there then

    def live(self) -> list[str]:
        """Logins of phones on the PBX."""
        with self.lane() as lane, open_systems(lane.config, lane.home) as (pbx, desk):
            states = pbx.read(sorted(desk.customers()))
            return sorted(
                o.live_key for s in states.values() for o in s.objects if o.kind == "workplace"
            )

    def names(self) -> list[str]:
        """Of phones on the PBX."""
        with self.lane() as lane, open_systems(lane.config, lane.home) as (pbx, desk):
            states = pbx.read(sorted(desk.customers()))
            return sorted(
                o.name for s in states.values() for o in s.objects if o.kind == "workplace"
            )

    def by_hand(self, login: str, **fields: Any) -> None:
        """Somebody changes a phone on the PBX itself."""
        with self.lane() as lane, open_systems(lane.config, lane.home) as (pbx, desk):
            for state in pbx.read(sorted(desk.customers())).values():
                for each in state.objects:
                    if each.kind == "workplace" and each.live_key == login:
                        pbx.put(replace(each, **fields), key=f"by hand {fields}", secret=None)

    def group(self, *requests: Request) -> str:
        """What a queue would merge together."""
        self.repo.git("checkout", "--quiet", "--detach", "main")
        for request in requests:
            self.repo.git("merge", "--quiet", "--no-ff", "--message=Group", request.head)
        made = self.repo.git("rev-parse", "HEAD")
        self.repo.git("checkout", "--quiet", "main")
        return made

    def audit(self, customer: str) -> list[str]:
        with self.lane() as lane, open_systems(lane.config, lane.home) as (_, desk):
            return [f"{e.who} | {e.what} | {e.why}" for e in desk.audit(customer, limit=100)]

    def standing(self, request: Request) -> list[str]:
        """Who approves it, as the forge tells now."""
        said = self.side.forge.reviews(request.number).decisions().values()
        return [each.by.login for each in said if each.verdict is Verdict.APPROVED]

    def comments(self, request: Request) -> list[str]:
        return [c.body for c in request.comments if c.by is self.side.world.recorder]

    def record(self, request: Request) -> Record:
        """The newest one of its head."""
        with self.lane() as lane:
            placed = lane.forge.marks(request.head, NAME)[0]
            text = placed.mark.text
            if text is None:
                text = taken_apart(self.comments(request)[0]).record
            assert text is not None
            return verified(text, lane.keys)


def staged(side: Side, path: Path) -> Stage:
    """With nobody's customer yet."""
    side.world.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    people = [side.world.person(name) for name in ("limmat", "aare", "meier", "huber")]
    stage = Stage(side, Clone(path / "manifests"), *people)
    stage.repo.commit({"provision.yaml": stage.settings(), ".gitignore": "*.db*\nhandover/\n"})
    stage.repo.write({"customers/limmat/.keep": "", "customers/aare/.keep": ""})
    stage.side.world.push_to("main", stage.repo.commit(), by=stage.huber)
    return stage
