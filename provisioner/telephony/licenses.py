"""Licenses and what a workplace is used for (R17)."""

from enum import StrEnum


class License(StrEnum):
    """What a workplace may register: desk phones alone, or desk phones and apps."""

    PHONES = "phones"
    PHONES_APPS = "phones+apps"


class Use(StrEnum):
    """What stands at the workplace."""

    DESK = "desk"
    FAX = "fax"
    WORKSHOP = "workshop"
    LIFT = "lift"
    DOOR = "door"
    OTHER = "other"


def recommended(use: Use) -> License | None:
    """The license that the operator recommends for ``use`` (R17); None: either is fine."""
    match use:
        case Use.DESK:
            return License.PHONES_APPS
        case Use.OTHER:
            return None
        case _:
            return License.PHONES
