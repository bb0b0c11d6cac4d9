"""Both forges, doubled: every test that takes ``side`` runs on each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from forge.double.github import GitHubApi
from forge.double.gitlab import GitLabApi
from forge.double.server import JOB_TOKEN, TOKEN, Double
from forge.double.world import APP, World
from forge.held import held_to_description

from provisioner.forge.github import GitHub
from provisioner.forge.gitlab import GitLab
from provisioner.forge.protocol import Forge


@dataclass
class Side:
    """A world, its double, and a client of ours that was made for it."""

    name: str
    world: World
    double: Double
    api: GitHubApi | GitLabApi
    client: Callable[[str], Forge]
    """With this token."""
    forge: Forge


def github(world: World) -> Side:
    api = GitHubApi(world)
    double = Double(world, api, held_to_description)

    def client(token: str = TOKEN) -> Forge:
        return GitHub(
            repository=world.repository,
            project=world.project,
            recorder=APP,
            token=token,
            api=double.url,
            sleep=double.sleep,
        )

    return Side("github", world, double, api, client, client())


def gitlab(world: World) -> Side:
    api = GitLabApi(world)
    double = Double(world, api)

    def client(token: str = TOKEN) -> Forge:
        return GitLab(
            project=world.project,
            recorder=world.recorder.number,
            token=token,
            api=double.url,
            job_token=JOB_TOKEN,
            sleep=double.sleep,
        )

    return Side("gitlab", world, double, api, client, client())


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=[github, gitlab], ids=["github", "gitlab"])
def side(request: pytest.FixtureRequest, world: World) -> Iterator[Side]:
    yield from opened(request.param(world))


@pytest.fixture
def hub(world: World) -> Iterator[Side]:
    """GitHub alone."""
    yield from opened(github(world))


@pytest.fixture
def lab(world: World) -> Iterator[Side]:
    """GitLab alone."""
    yield from opened(gitlab(world))


def opened(made: Side) -> Iterator[Side]:
    yield made
    made.forge.close()
    made.double.close()
    assert made.double.wrong == []
