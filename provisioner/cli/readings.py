"""How ``provision new`` reads answers that take more than the type of a field."""

import re
from collections.abc import Collection
from datetime import date

from provisioner.cli.asking import Read, reads
from provisioner.codes.fields import ValueNotAllowed
from provisioner.codes.porting import NotAWorkingDay, PortBeforeTheActivation
from provisioner.codes.telephony import NoStockBlockOfThisSize
from provisioner.errors import ProvisionError
from provisioner.manifest import models
from provisioner.manifest.lines import says_nothing
from provisioner.manifest.portal import ours_for
from provisioner.manifest.schedule import Schedule
from provisioner.spelling import nearest
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.numbers import DdiBlock

_WITH_TOWN = re.compile(r"((?:[A-Za-z]{1,2}[ –-]?)?\d{4,5}),?\s+(\D.*)", re.ASCII)


def ours(allowed: Collection[str]) -> Read:
    """The portal's word as ours."""

    def read(text: str) -> str:
        if found := ours_for(text, allowed):
            return found
        near = nearest(text, allowed)
        raise ProvisionError(
            ValueNotAllowed(found=text, suggestion=near, allowed=", ".join(allowed))
        )

    return read


def postcode(town: list[str]) -> Read:
    """``8001 Zürich`` too, which leaves the town in ``town``."""
    code = reads(models.Contact, "postcode")

    def read(text: str) -> str:
        found = _WITH_TOWN.fullmatch(text)
        town[:] = [found[2]] if found else []
        return code(found[1] if found else text)

    return read


def area(areas: Collection[str]) -> Read:
    """``44`` is ``044``."""

    def read(text: str) -> str:
        text = f"0{text}" if re.fullmatch(r"[1-9]\d", text, re.ASCII) else text
        if areas and text not in areas:
            raise ProvisionError(
                ValueNotAllowed(found=text, suggestion="", allowed=", ".join(areas))
            )
        return reads(models.NewNumber, "area")(text)

    return read


def sized(stock: Collection[DdiBlock]) -> Read:
    """``044:100``."""
    read_area = area(sorted({block.area for block in stock}))

    def read(text: str) -> str:
        code, size, *_ = [*re.split(r"\s*[:/\s]\s*", text, maxsplit=1), ""]
        code = read_area(code)
        if size not in {"10", "100", "1000"}:
            allowed = ", ".join(f"{code}:{size}" for size in (10, 100, 1000))
            raise ProvisionError(ValueNotAllowed(found=text, suggestion="", allowed=allowed))
        largest = max((block.size for block in stock if block.area == code), default=int(size))
        if int(size) > largest:
            about = NoStockBlockOfThisSize(area=code, size=int(size), largest=largest)
            raise ProvisionError(about)
        return f"{code}:{size}"

    return read


def provider(text: str) -> str:
    """R5: whoever does not know it need not know our word for that."""
    if says_nothing(text):
        return models.Porting.UNKNOWN
    return reads(models.Porting, "provider")(text)


def port_day(name: str, days: WorkCalendar, active: str, port: str) -> Read:
    field = reads(Schedule, name)

    def read(text: str) -> str:
        day = date.fromisoformat(field(text))
        used = days.on_or_before(day) if name == "contract_ends_on" else day
        if not days.is_working(used):
            raise ProvisionError(
                NotAWorkingDay(date=str(used), suggestion=str(days.on_or_after(used)), found=text)
            )
        if active and used < date.fromisoformat(active):
            raise ProvisionError(
                PortBeforeTheActivation(porting=port, date=str(used), from_=active)
            )
        return text

    return read
