"""How passwords are kept: slowly where people chose them, fast where they were made at random."""

from provisioner.contract.pbx import MadePassword
from provisioner.drivers.password_hash import hashed, matches

CHOSEN, MADE = "correct horse", MadePassword("x" * 32)


def test_each_kind_is_kept_in_its_way_and_found_again() -> None:
    kept = {password: hashed(password, work=2) for password in (CHOSEN, MADE)}
    assert [text.partition("$")[0] for text in kept.values()] == ["scrypt", "sha256"]
    for password, text in kept.items():
        assert matches(text, str(password))
        assert not matches(text, f"{password}x")
        assert hashed(password, work=2) != text  # a salt of its own each time
        assert password not in text


def test_nothing_that_was_kept_before_is_of_a_password_made_now() -> None:
    assert not matches(hashed(str(MADE), work=2), MADE)


def test_what_is_no_hash_matches_nothing() -> None:
    for text in ("", "sha256", "sha256$zz$00", "sha256$00", "scrypt$x", "scrypt$2$zz$00"):
        assert not matches(text, CHOSEN)
