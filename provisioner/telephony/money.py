"""Swiss francs, counted in Rappen, and the pro rata by calendar day (R13)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from provisioner.codes.fields import NoAmount, NoMonth
from provisioner.errors import ProvisionError

_AMOUNT = re.compile(r"(\d{1,7})(?:\.(\d{2}))?", re.ASCII)


class AmountError(ProvisionError):
    """A text that is no amount."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in Rappen; negative for a decrease."""

    rappen: int = 0

    @classmethod
    def parse(cls, text: str) -> "Money":
        """From ``9.50`` or ``9``.  Raises AmountError PV114."""
        found = _AMOUNT.fullmatch(text)
        if not found:
            raise AmountError(NoAmount(found=text))
        return cls(int(found[1]) * 100 + int(found[2] or 0))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.rappen + other.rappen)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.rappen - other.rappen)

    def share(self, days: int, of_days: int) -> "Money":
        """``days``/``of_days`` of it, rounded half up to the Rappen."""
        return Money((2 * self.rappen * days + of_days) // (2 * of_days))

    def __str__(self) -> str:
        sign = "-" if self.rappen < 0 else ""
        francs, rappen = divmod(abs(self.rappen), 100)
        grouped = f"{francs:,}".replace(",", "’")
        return f"{sign}{grouped}.{rappen:02d}"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """From ``2027-03`` or ``3.2027``, years 2000 to 2099.  Raises AmountError PV115."""
        if found := re.fullmatch(r"(20\d{2})-(0[1-9]|1[0-2])", text, re.ASCII):
            return cls(int(found[1]), int(found[2]))
        if found := re.fullmatch(r"(0?[1-9]|1[0-2])\. ?(20\d{2})", text, re.ASCII):
            return cls(int(found[2]), int(found[1]))
        raise AmountError(NoMonth(found=text))

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def days(self) -> int:
        return monthrange(self.year, self.month)[1]

    def active_days(self, starts: date, ends: date | None) -> int:
        """Days of this month in the half-open interval from ``starts`` up to, not with, ``ends``.

        The day on which a workplace is switched on counts, the day on which it is switched off
        does not: a change of license never bills one day twice.
        """
        after = self.first + timedelta(days=self.days)
        stop = after if ends is None else min(ends, after)
        return max(0, (stop - max(starts, self.first)).days)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
