"""What PostgreSQL's errors mean here, and which of them pass by themselves."""

from enum import Enum, auto

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from provisioner.codes import LiveFault
from provisioner.codes.desk import (
    DatabaseIsAbsent,
    DatabaseRefusesTheLogin,
    DatabaseTakesNoWrites,
    DatabaseTooSlow,
    DeskRoleLacksARight,
    NoProtectedConnection,
    ServiceIsNotDefined,
)
from provisioner.codes.systems import (
    DatabaseCannotBeReached,
    DatabaseHasOtherTables,
    DatabaseIsBusy,
)


class Kind(Enum):
    """``CONFLICT``: another writer was first; tried again it goes.  ``AWAY``: no answer, or a
    server that starts or stops."""

    CONFLICT = auto()
    AWAY = auto()
    LOCKED = auto()
    SLOW = auto()
    NO_TABLE = auto()
    OTHER_TABLES = auto()
    NO_RIGHT = auto()
    READ_ONLY = auto()
    LOGIN = auto()
    ABSENT = auto()
    TLS = auto()
    SERVICE = auto()


_STATES = {
    "40001": Kind.CONFLICT,  # serialization failure
    "40P01": Kind.CONFLICT,  # deadlock
    "23505": Kind.CONFLICT,  # the other one's row is there by now, and tells more
    "55P03": Kind.LOCKED,
    "57014": Kind.SLOW,
    "42P01": Kind.NO_TABLE,
    "42501": Kind.NO_RIGHT,
    "25006": Kind.READ_ONLY,
    "3D000": Kind.ABSENT,
    "28P01": Kind.LOGIN,
    "28000": Kind.LOGIN,
}
_WORDS = {
    Kind.TLS: ("ssl", "tls", "certificate"),
    Kind.ABSENT: ('database "',),
    Kind.LOGIN: ("password", "pg_hba.conf", "authentication", 'role "', "gss"),
}
"""Parts of what is said before there is a connection: no state comes with it.  In this order."""
_SERVICE = ("service file", "definition of service")
"""What libpq says before it asks any server."""


def kind_of(error: SQLAlchemyError) -> Kind:
    """By the state that the server gives, and where there is none, by its words."""
    origin = error.orig if isinstance(error, DBAPIError) else None
    state = getattr(origin, "sqlstate", None)
    if state in _STATES:
        return _STATES[state]
    if state is not None:
        return Kind.OTHER_TABLES if state.startswith("42") else Kind.AWAY
    said = str(origin).lower()
    if any(word in said for word in _SERVICE):
        return Kind.SERVICE
    if "fatal" in said or "ssl" in said or "certificate" in said or "password" in said:
        for kind, words in _WORDS.items():
            if any(word in said for word in words):
                return kind
    return Kind.AWAY


def fault_of(kind: Kind, target: str, seconds: int) -> LiveFault:
    """``seconds``: how long a statement may take."""
    match kind:
        case Kind.LOCKED:
            return DatabaseIsBusy(target=target)
        case Kind.SLOW:
            return DatabaseTooSlow(target=target, seconds=seconds)
        case Kind.NO_TABLE | Kind.OTHER_TABLES:
            return DatabaseHasOtherTables(target=target)
        case Kind.NO_RIGHT:
            return DeskRoleLacksARight(target=target)
        case Kind.READ_ONLY:
            return DatabaseTakesNoWrites(target=target)
        case Kind.LOGIN:
            return DatabaseRefusesTheLogin(target=target)
        case Kind.ABSENT:
            return DatabaseIsAbsent(target=target)
        case Kind.TLS:
            return NoProtectedConnection(target=target)
        case Kind.SERVICE:
            return ServiceIsNotDefined(target=target)
        case _:
            return DatabaseCannotBeReached(target=target)
