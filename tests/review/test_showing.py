"""Why an approval does not hold any more, from record to record."""

from datetime import date

import pytest

from provisioner.codes import Code
from provisioner.codes.review import (
    AnotherHead,
    AnotherMergeCameFirst,
    DayHasPassed,
    LiveSystemChanged,
)
from provisioner.review.record import Record, Shown
from provisioner.review.showing import Difference, differences, why_void
from tests.review.test_record import RECORD

TODAY = date(2026, 11, 25)


def of(name: str, *, manifest: str = "m", **steps: str) -> Shown:
    digests = {id_: digest * 64 for id_, digest in steps.items()}
    digest = "abcdef0123456789"[len(steps)] * 64
    return Shown(id=name, manifest=manifest, digest=digest, prices="a" * 64, steps=digests)


def having(*customers: Shown, digest: str = "d", **more: object) -> Record:
    update = {"customers": customers, "digest": digest * 64, **more}
    return RECORD.model_copy(update=update)


BEFORE = having(of("berg", a="1", b="2"))


@pytest.mark.parametrize(
    ("now", "today", "about"),
    [
        (BEFORE, TODAY, None),
        (having(of("berg", a="1"), digest="e"), TODAY, None),  # a part of it
        (having(of("berg", a="1", b="2"), head="9" * 40), TODAY, AnotherHead(head="9" * 12)),
        (
            having(of("berg", manifest="n", a="1", b="2"), digest="e"),
            TODAY,
            AnotherMergeCameFirst(customer="berg"),
        ),
        (having(of("berg", a="1", b="2", c="3"), digest="e"), TODAY, LiveSystemChanged()),
        (having(of("thal", a="1"), digest="e"), TODAY, LiveSystemChanged()),
        (BEFORE, date(2026, 11, 30), None),
        (BEFORE, date(2026, 12, 1), DayHasPassed(day="2026-11-30")),
    ],
)
def test_why(now: Record, today: date, about: Code | None) -> None:
    assert why_void(BEFORE, now, today) == about


def test_steps_that_are_new_different_or_gone() -> None:
    now = having(of("berg", manifest="n", b="3", c="4", d="5"), of("thal", x="1"))
    assert differences(BEFORE, now) == (
        Difference("berg", new=("c", "d"), other=("b",), gone=("a",), manifest=True),
        Difference("thal", new=("x",)),
    )
    assert differences(now, BEFORE)[1] == Difference("thal", gone=("x",))
    assert differences(BEFORE, BEFORE) == ()


def test_a_record_without_room_for_steps_tells_only_that_they_differ() -> None:
    now = having(of("berg", a="1")).without_steps({"berg"})
    assert differences(BEFORE, now) == (Difference("berg"),)
