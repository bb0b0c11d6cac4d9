"""Working days and the dates of a port.

Porting happens Monday to Friday, 08:00 to 17:00, without the holidays of the operator's canton.
How many working days a donor needs is the operator's policy, so it comes in as numbers.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

OPENS, CLOSES = time(8), time(17)
DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def _holidays(canton: str, year: int) -> frozenset[date]:
    import holidays  # slow to load; only where a working day counts

    return frozenset(holidays.country_holidays("CH", subdiv=canton, years=year))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days of one canton (two letters, ``ZH``)."""

    canton: str

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and day not in _holidays(self.canton, day.year)

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
