"""What proofs claim together, held against pairs that are looked at one by one."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from provisioner.contract.proofs import Proof
from provisioner.plan.proofs import hashed, holds, overlapping, sharing
from provisioner.telephony.identity import CustomerId

DAY = date(2026, 12, 1)


def proof(name: str, logins: str = "", support: str = "", reseller: str = "r") -> Proof:
    packed = (b"".join(map(hashed, each.split())) for each in (logins, support))
    return Proof(CustomerId(name), reseller, b"m", b"l", b"s", DAY, None, (), *packed)


def claims(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Numbers and blocks that are often near each other, and phones; also what is no number and
    begins with one."""
    for _ in range(chance.randrange(40)):
        length = chance.choice((7, 8, 9, 10, 10, 10))
        digits = f"0{chance.randrange(3)}" + "".join(chance.choices("01", k=length - 2))
        yield digits + chance.choice(("",) * 8 + ("x", "12345678")), chance.choice("abcd")
    for _ in range(chance.randrange(4)):
        yield f"00041300000{chance.choice('AB')}", chance.choice("abcd")


@pytest.mark.parametrize("seed", range(60))
def test_r11_who_overlaps_is_found(seed: int) -> None:
    every = [*claims(random.Random(seed))]  # noqa: S311 - no secret
    found = set()
    for (one, mine), (other, theirs) in combinations(every, 2):
        if mine != theirs and (one.startswith(other) or other.startswith(one)):
            found |= {mine, theirs}
    assert overlapping(every) == found


def test_a_pbx_may_hold_anything() -> None:
    odd = ("9" * 5000, "", "٠٤٤", "044x", "9" * 5000, "0" * 16)
    assert overlapping([(each, "a") for each in odd]) == set()
    assert overlapping([("9" * 5000, "a"), ("9" * 5000, "b"), ("044", "a")]) == {"a", "b"}


def test_r15_who_shares_a_login_is_found() -> None:
    alone, first, second = proof("alone", "x y"), proof("first", "a b"), proof("second", "b c")
    of_others = proof("known", "k")
    found = sharing([alone, first, second, of_others], [hashed("k"), hashed("k"), hashed("z")], [])
    assert {*map(str, found)} == {"first", "second", "known"}


def test_r14_a_support_login_is_its_resellers() -> None:
    one, other = proof("one", "a", "help"), proof("other", "b", "help")
    stranger = proof("stranger", "c", "help", "another")
    assert {*map(str, sharing([one, other], [], [(hashed("help"), "r")]))} == set()
    assert {*map(str, sharing([one, other, stranger], [], []))} == {"one", "other", "stranger"}
    assert {*map(str, sharing([one, proof("taken", "help")], [], []))} == {"one", "taken"}
    assert {*map(str, sharing([one], [hashed("help")], []))} == {"one"}


@pytest.mark.parametrize("damaged", [b"1234567", b"123456789", "12345678", None])
def test_a_damaged_row_proves_nothing(damaged: bytes) -> None:
    good = proof("one", "a", "help")
    assert holds(good, b"s", DAY)
    assert not holds(replace(good, logins=damaged), b"s", DAY)
    assert not holds(replace(good, support=damaged), b"s", DAY)


def test_numbers_that_are_no_texts_prove_nothing() -> None:
    good = proof("one", "a", "help")
    assert holds(replace(good, numbers=("044",)), b"s", DAY)
    assert not holds(replace(good, numbers=(b"044",)), b"s", DAY)  # type: ignore[arg-type]
