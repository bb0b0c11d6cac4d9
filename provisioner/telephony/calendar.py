"""Working days and the dates of a port.

Porting happens Monday to Friday, 08:00 to 17:00.  Three take part: operator, donor and the carriers
that are told, and they sit in several cantons.  So a day off is a holiday of the operator's canton,
one of most of the country, or a day that the operator has named.  How many working days a donor
needs is the operator's policy, so it comes in as numbers.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from pathlib import Path

OPENS, CLOSES = time(8), time(17)
DAY = timedelta(days=1)
_SATURDAY = 5


CANTONS = frozenset(
    "AG AI AR BE BL BS FR GE GL GR JU LU NE NW OW SG SH SO SZ TG TI UR VD VS ZG ZH".split()
)


@lru_cache(maxsize=1)
def tabled() -> dict[int, dict[str, set[date]]]:
    """Holidays by year and canton, as ``scripts/holidays-table`` wrote them."""
    found: dict[int, dict[str, set[date]]] = {}
    text = Path(__file__).with_name("holidays.txt").read_text("ascii")
    for line in text.splitlines():
        first, *cantons = line.split()
        day = date.fromisoformat(first)
        by_canton = found.setdefault(day.year, {})
        for canton in cantons:
            by_canton.setdefault(canton, set()).add(day)
    return found


@lru_cache(maxsize=256)
def _holidays(canton: str, year: int) -> frozenset[date]:
    """Of one canton, those that employers may choose to give included."""
    return frozenset(known[canton] if (known := tabled().get(year)) else computed(canton, year))


def computed(canton: str, year: int) -> frozenset[date]:
    """The same by the library that knows the rules."""
    import holidays  # slow to load; only for years that are not in the table

    kinds = (holidays.PUBLIC, holidays.OPTIONAL)
    return frozenset(holidays.country_holidays("CH", subdiv=canton, years=year, categories=kinds))


@lru_cache(maxsize=64)
def _national(year: int) -> frozenset[date]:
    """Holidays of more than half of the cantons: Good Friday, Easter Monday, 2 January."""
    given = Counter(day for canton in CANTONS for day in _holidays(canton, year))
    return frozenset(day for day, cantons in given.items() if 2 * cantons > len(CANTONS))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days of an operator in a canton (two letters, ``ZH``) that is ``closed`` on some.

    ``also``: a further canton on whose holidays nobody works.
    """

    canton: str
    closed: frozenset[date] = frozenset()
    also: str = ""

    def is_working(self, day: date) -> bool:
        if day.weekday() >= _SATURDAY or day in self.closed:
            return False
        if self.also and day in _holidays(self.also, day.year):
            return False
        return day not in _holidays(self.canton, day.year) and day not in _national(day.year)

    def on_or_before(self, day: date) -> date:
        while not self.is_working(day):
            day -= DAY
        return day

    def on_or_after(self, day: date) -> date:
        while not self.is_working(day):
            day += DAY
        return day

    def plus(self, day: date, working_days: int) -> date:
        """The day ``working_days`` working days later (earlier if negative)."""
        step = DAY if working_days > 0 else -DAY
        for _ in range(abs(working_days)):
            day += step
            while not self.is_working(day):
                day += step
        return day
