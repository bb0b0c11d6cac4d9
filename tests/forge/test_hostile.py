"""No answer of a forge, whatever stands in it, ends in anything but a value or a coded error."""

import copy
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from forge.conftest import Side, github, gitlab
from forge.double.world import World, sha
from forge.test_forge import HEAD, mark

from provisioner.errors import ProvisionError
from provisioner.forge.model import Account
from provisioner.forge.protocol import Forge

JUNK: list[Any] = [
    None, True, 0, -1, 1, 2**63, 2**64, 1e308, float("nan"), "", "x", "\ud800", "\x00", "a" * 5000,
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-11-24", [], {}, [1], [None],
    {"id": 1}, {"id": None}, [[]], {"type": "pull_request"},
]  # fmt: skip
ROUNDS = 400

CALLS: list[Callable[[Forge, int], Any]] = [
    lambda forge, number: forge.merge_request(number),
    lambda forge, _: forge.open_requests("main"),
    lambda forge, _: forge.requests_of(HEAD),
    lambda forge, number: forge.commits(number),
    lambda forge, number: forge.reviews(number),
    lambda forge, number: forge.reviews(number).decisions(),
    lambda forge, number: forge.notes(number),
    lambda forge, _: forge.marks(HEAD, "provision/plan"),
    lambda forge, _: forge.issues(),
    lambda forge, _: forge.run(5),
    lambda forge, _: forge.rules("main"),
    lambda forge, _: forge.rights(),
    lambda forge, number: forge.add_note(number, "x"),
    lambda forge, _: forge.place(HEAD, mark("two")),
    lambda forge, _: forge.open_issue("x", "y"),
]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Of everything in a body that is worth a change."""
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node[:2]):
            yield from places(value, (*path, index))


def changed(body: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    made = copy.deepcopy(body)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    return made


@contextmanager
def lively(make: Callable[[World], Side]) -> Iterator[tuple[Side, int]]:
    """A world with one of each."""
    world = World()
    side = make(world)
    side.double.held = None  # the answers are twisted behind it
    anna, boss = world.person("anna"), world.person("boss")
    request = world.open_request(anna, HEAD)
    world.review(request, boss)
    world.review(request, world.person("other"), "CHANGES_REQUESTED")
    world.comment(request, world.recorder, "plan")
    world.mark(world.recorder, HEAD, "provision/plan", "success", "one")
    world.issue(world.recorder, "Not applied", "office")
    world.runs[5] = (anna, boss, 1)
    if side.name == "gitlab":
        side.api.job = boss  # type: ignore[union-attr]
    try:
        yield side, request.number
    finally:
        side.forge.close()
        side.double.close()


@pytest.mark.parametrize("make", [github, gitlab])
def test_whatever_an_answer_holds(make: Callable[[World], Side]) -> None:
    understood = 0
    with lively(make) as (side, number):
        for seed in range(ROUNDS):
            chance = random.Random(seed)  # noqa: S311  the same each time

            def twist(body: Any, chance: random.Random = chance) -> Any:
                return changed(body, chance.choice(list(places(body))), chance.choice(JUNK))

            side.double.twist = twist
            try:
                found = chance.choice(CALLS)(side.forge, number)
            except ProvisionError as error:
                assert "\n" not in str(error)
            else:
                understood += 1
                assert all(account.number > 0 for account in accounts(found)), seed
    assert 10 < understood < ROUNDS - 10


def accounts(found: Any) -> Iterator[Account]:
    if isinstance(found, Account):
        yield found
    elif isinstance(found, list | tuple):
        for each in found:
            yield from accounts(each)
    elif hasattr(found, "__slots__"):
        for name in found.__slots__:
            yield from accounts(getattr(found, name))


def test_a_title_and_a_login_are_data(side: Side) -> None:
    """They come as they are; whoever shows them makes them safe."""
    name = "<script>\u202e::error::"
    made = side.world.open_request(side.world.person(name), sha("x"))
    assert side.forge.merge_request(made.number).author.login == name
