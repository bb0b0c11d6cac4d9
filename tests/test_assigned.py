"""The pattern of assigned numbers says what the library says that knows the numbering plan."""

import phonenumbers

from provisioner.telephony.numbers import ASSIGNED


def test_the_pattern_takes_what_the_library_takes() -> None:
    """Kinds of numbers differ in the first four digits at most.  If not: mend the pattern by the
    library's, and tell it in the changelog, since a manifest may be refused."""
    numbers = [f"0{head}000000" for head in range(200, 1000)]
    valid = [n for n in numbers if phonenumbers.is_valid_number(phonenumbers.parse(n, "CH"))]
    assert [n for n in numbers if ASSIGNED.fullmatch(n)] == valid
    assert not any(ASSIGNED.fullmatch(f"0{head:03}000000") for head in range(200))
