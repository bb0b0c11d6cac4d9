"""How often a system is asked that fails, and for how long one that stays away is spared."""

import httpx
import pytest

from provisioner.patience import TRIES, Health, Patience, seconds_asked


def test_each_wait_is_longer_and_all_of_them_have_an_end() -> None:
    waited: list[float] = []
    patience = Patience(waited.append, seconds=1000, unit=2)
    while patience.waits():
        pass
    assert len(waited) == TRIES - 1
    assert all(1 * 2**n <= each <= 2 * 2**n for n, each in enumerate(waited))
    assert len(set(waited)) == len(waited)


def test_a_wish_to_wait_is_honoured_unless_it_is_too_long() -> None:
    waited: list[float] = []
    patience = Patience(waited.append, seconds=10, unit=1)
    assert patience.waits(4)
    assert 4 < waited[0] < 5
    assert not patience.waits(8)
    assert not Patience(waited.append, seconds=10).waits(3600)
    assert len(waited) == 1


def test_a_system_that_stays_away_is_spared_and_then_tried_by_one_call() -> None:
    now = [100.0]
    health = Health(lambda: now[0])
    for _ in range(Health.FAILURES):
        assert health.pause() == 0
        health.failed()
    assert health.pause() == Health.PAUSE + 1
    now[0] += Health.PAUSE
    assert health.pause() == 0
    assert health.pause() > 0, "the others wait for what becomes of the first"
    health.failed()
    assert health.pause() > 0
    now[0] += Health.PAUSE
    assert health.pause() == 0
    health.answered()
    assert [health.pause(), health.pause()] == [0, 0]


def test_tries_are_a_small_part_of_all_calls() -> None:
    health = Health()
    tried = sum(health.spends() for _ in range(100))
    assert tried == Health.BUDGET
    for _ in range(50):
        health.answered()
    assert sum(health.spends() for _ in range(100)) == 4  # one for each ten, less what is begun


def test_what_is_down_is_not_waited_for_by_each_call_anew() -> None:
    health = Health()
    health.failed()
    assert not health.spends()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "soon"}, None),
        ({}, None),
        (
            {
                "date": "Fri, 27 Nov 2026 10:00:00 GMT",
                "retry-after": "Fri, 27 Nov 2026 10:00:09 GMT",
            },
            10,
        ),
    ],
)
def test_when_a_system_says_to_come_back(headers: dict[str, str], seconds: int | None) -> None:
    assert seconds_asked(httpx.Response(429, headers=headers)) == seconds
