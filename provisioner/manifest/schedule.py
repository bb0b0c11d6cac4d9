"""When a port is to happen: what a manifest says, and the date that follows from it (R6)."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator

from provisioner.codes.porting import DateOfTheScheduleMissing, FieldDoesNotBelongToThisSchedule
from provisioner.manifest.types import ClockTime, Day, Part, Strict, refusal
from provisioner.telephony.calendar import WorkCalendar


def _agreed_form(found: object) -> str:
    # in brackets, so that the loader can tell these tags from fields
    return "<dates>" if isinstance(found, dict) else "<date>"


_DATES = {
    "type": "object",
    "patternProperties": {"^[1-9][0-9]{0,3}$": {"type": "string", "format": "date"}},
    "additionalProperties": False,
    "minProperties": 1,
    "examples": [{"2": "2027-04-12"}],
}
_ByPart = Annotated[dict[Part, Day], Field(min_length=1), WithJsonSchema(_DATES)]
AgreedDate = Annotated[
    Annotated[Day, Tag("<date>")] | Annotated[_ByPart, Tag("<dates>")],
    Discriminator(_agreed_form),
]
"""One date for the whole port, or dates of single parts by their number."""


class When(StrEnum):
    """How the port date is found (R6)."""

    CONTRACT_END = "contract_end"
    DATE = "date"
    ASAP = "asap"


class Schedule(Strict):
    """When to port (R6). The time of day is always given."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "properties": {"when": {"const": "contract_end"}, "date": False},
                    "required": ["contract_ends_on"],
                },
                {
                    "properties": {"when": {"const": "date"}, "contract_ends_on": False},
                    "required": ["date"],
                },
                {
                    "properties": {
                        "when": {"const": "asap"},
                        "date": False,
                        "contract_ends_on": False,
                    }
                },
            ]
        }
    )

    when: When
    """contract_end: set from the contract's end; date: the date given; asap: agreed with staff."""
    contract_ends_on: Day | None = None
    """Last day of the donor contract; only with ``contract_end``."""
    date: Day | None = None
    """The port date; only with ``date``."""
    agreed_date: AgreedDate | None = None
    """Entered by staff: the date agreed for ``asap``, or another date that the donor accepted; for
    single parts of a split port by their number, ``{2: 2027-04-12}``."""
    time: ClockTime
    """Time of day, Monday to Friday 08:00 to 17:00, quoted."""

    @model_validator(mode="after")
    def _complete(self) -> "Schedule":
        wanted = {When.CONTRACT_END: "contract_ends_on", When.DATE: "date"}.get(self.when)
        for name in ("contract_ends_on", "date"):
            given = getattr(self, name) is not None
            if given != (name == wanted):
                raise refusal(
                    (FieldDoesNotBelongToThisSchedule if given else DateOfTheScheduleMissing)(
                        field=name, when=str(self.when)
                    )
                )
        return self

    def agreed_for(self, part: int) -> Day | None:
        """The date agreed for one order of the port; None if there is none."""
        return (
            self.agreed_date.get(part) if isinstance(self.agreed_date, dict) else self.agreed_date
        )

    @property
    def agreed(self) -> Iterator[tuple[int | None, Day]]:
        """Every date that was agreed, with its part; None for all parts."""
        if isinstance(self.agreed_date, dict):
            yield from sorted(self.agreed_date.items())
        elif self.agreed_date is not None:
            yield None, self.agreed_date


def port_date(schedule: Schedule, days: WorkCalendar, part: int) -> date | None:
    """The day on which the numbers of a part move; None while ``asap`` has no agreed date.

    A date agreed with staff comes first.  At a contract's end it is the last working day on or
    before it, so that the line never dies before its numbers have moved.
    """
    agreed = schedule.agreed_for(part)
    if agreed is not None:
        return agreed
    if schedule.contract_ends_on is not None:
        return days.on_or_before(schedule.contract_ends_on)
    return schedule.date
