"""The table of holidays says what the library says that knows the rules."""

from provisioner.telephony.calendar import CANTONS, computed, tabled


def test_the_table_is_what_the_library_computes() -> None:
    """If not: ``scripts/holidays-table > provisioner/telephony/holidays.txt``, and tell it in the
    changelog, since it moves port dates."""
    years = sorted(tabled())
    assert years == list(range(2025, 2046))
    for year in years:
        assert tabled()[year] == {canton: computed(canton, year) for canton in CANTONS}
