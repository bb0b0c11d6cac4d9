"""Two resellers with a repository each, and the operator's with the settings of both: one PBX, one
desk.  At the forge the two projects have requests, comments and issues of their own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from forge.conftest import Side
from forge.double.world import APP, Person, World
from repositories import Clone
from review.stage import KEY, Stage

from provisioner.operations.forging import public_line
from provisioner.operations.lane import Lane, open_lane
from provisioner.operations.operator import open_operator

SETTINGS = """\
version: 1
pbx: {{driver: local, path: pbx.db}}
desk: {{driver: sql, url: "sqlite:///desk.db"}}
numbers: {{stock: [0525551], provisional: [0525552]}}
porting: {{canton: ZH}}
{more}review:
  project: {{forge: {forge}, id: 4700}}
  recorder: {recorder}
  keys: ["{key}"]
  staff: [{{name: meier, {forge}: {meier}}}, {{name: huber, {forge}: {huber}}}]
resellers:
  limmat:
    name: Limmat IT AG
    language: en
    accounts: {{{forge}: [{limmat}]}}
    project: {{forge: {forge}, id: 4711}}
  aare:
    name: Aare Telecom GmbH
    language: fr
    accounts: {{{forge}: [{aare}]}}
    project: {{forge: {forge}, id: 4712}}
"""


PROJECTS = (4711, 4712)
"""The numbers of Limmat's and of Aare's."""


@dataclass
class OfReseller(Stage):
    """The repository of one of them, and its project at the forge."""

    operator: Clone = field(kw_only=True)

    @property
    def environment(self) -> dict[str, str]:
        project = str(self.side.world.project)
        return super().environment | {"GITHUB_REPOSITORY_ID": project, "CI_PROJECT_ID": project}

    @contextmanager
    def lane(self) -> Iterator[Lane]:
        given = self.environment
        with (
            open_operator(self.operator.path, given) as operator,
            open_lane(self.repo.path, self.texts, given, self.today, operator) as lane,
        ):
            yield replace(lane, forge=self.side.forge)

    def settings(self, staff: Sequence[Person] | None = None, more: str = "") -> str:
        """Of the operator's repository."""
        forge = self.side.name
        meier, huber = staff or (self.meier, self.huber)
        return SETTINGS.format(
            forge=forge,
            recorder=APP if forge == "github" else self.side.world.recorder.number,
            key=public_line(KEY),
            limmat=self.limmat.number,
            aare=self.aare.number,
            meier=meier.number,
            huber=huber.number,
            more=more,
        )

    def said(self) -> str:
        """All that people read in this project."""
        world = self.side.world
        texts = [each.body for request in world.requests.values() for each in request.comments]
        texts += [f"{issue.title}\n{issue.body}" for issue in world.issues.values()]
        texts += [f"{mark.name} {mark.reference} {mark.output}" for mark in world.marks]
        return "\n".join(texts)


@dataclass
class Resellers:
    operator: Clone
    limmat: OfReseller
    aare: OfReseller


def world_of(project: int) -> World:
    world = World()
    world.project, world.repository = project, f"operator/{project}"
    return world


def two(limmat: Side, aare: Side, path: Path) -> Resellers:
    """With nobody's customer yet."""
    operator = Clone(path / "operator")
    made = [_of("limmat", limmat, operator, path), _of("aare", aare, operator, path)]
    files = {"provision.yaml": made[0].settings(), ".gitignore": "*.db*\nhandover/\n"}
    operator.commit(files)
    return Resellers(operator, *made)


def _of(name: str, side: Side, operator: Clone, path: Path) -> OfReseller:
    world = side.world  # the same people in both, and so the same numbers
    people = [world.person(each) for each in ("limmat", "aare", "meier", "huber")]
    stage = OfReseller(side, Clone(path / name), *people, operator=operator)
    stage.repo.commit({f"customers/{name}/.keep": "", "README.md": "Customers\n"})
    return stage
