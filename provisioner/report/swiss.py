"""Dates, numbers and money as they are written in Switzerland.  For people, never for programs.

Every command loads this with the catalogue, so each function brings what it needs itself.
"""

from collections.abc import Sequence
from datetime import date, datetime


def show_date(day: date, weekdays: Sequence[str] = ()) -> str:
    """``01.12.2026``; with ``weekdays`` (seven, from Monday) ``Tue 01.12.2026``."""
    plain = f"{day.day:02d}.{day.month:02d}.{day.year:04d}"
    return f"{weekdays[day.weekday()]} {plain}" if len(weekdays) == 7 else plain


def show_moment(moment: datetime, weekdays: Sequence[str] = ()) -> str:
    """``Tue 01.12.2026 09:30``, in Swiss time where ``moment`` knows its zone.

    A machine without the time zone shows the moment in the zone that it is written in.
    """
    if moment.tzinfo is not None:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # most commands show no moment

        try:
            moment = moment.astimezone(ZoneInfo("Europe/Zurich"))
        except ZoneInfoNotFoundError:
            return f"{show_date(moment.date(), weekdays)} {moment:%H:%M %Z}".rstrip()
    return f"{show_date(moment.date(), weekdays)} {moment:%H:%M}"


def show_number(digits: str) -> str:
    """``052 555 12 00`` from ten digits, ``052 555 20 xx`` from the prefix of a block."""
    from provisioner.telephony.numbers import DIGITS  # --help shows no number

    full = digits.ljust(DIGITS, "x")
    return f"{full[:3]} {full[3:6]} {full[6:8]} {full[8:]}"


def show_money(rappen: int, *, signed: bool = False) -> str:
    """``1’234.50``; ``signed`` puts a plus before an increase."""
    from provisioner.telephony.money import Money  # --help shows no amount

    return ("+" if signed and rappen > 0 else "") + str(Money(rappen))
