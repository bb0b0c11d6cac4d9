"""Whether the voice between a desk phone and the PBX is encrypted."""

from enum import StrEnum


class Srtp(StrEnum):
    """What a call of a desk phone has to be; an app's is encrypted always."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    OFF = "off"


def may_silence(before: object, after: object) -> bool:
    """Whether a phone that could call and be called may not any more.

    One that does not encrypt fails where it is required, one that insists on it wherever it is not:
    where it is optional, calls to it are offered without.
    """
    match after:
        case Srtp.REQUIRED:
            return before != Srtp.REQUIRED
        case Srtp.OPTIONAL:
            return before == Srtp.REQUIRED
        case Srtp.OFF:
            return before in {Srtp.REQUIRED, Srtp.OPTIONAL}
        case _:
            return False
