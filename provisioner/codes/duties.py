"""PV82x: what the law asks of the data: barred numbers, locations for who helps, the directory."""

from provisioner.codes import Caution, Fault, Question


class AllowedAndBarred(Fault, code="PV820"):
    pass


class LocationToBeConfirmed(Question, code="PV821"):
    where: str
    """The company, or the login of a workplace that is elsewhere."""


class ConfirmedInTheFuture(Fault, code="PV822"):
    day: str
    today: str


class HelpGoesElsewhere(Caution, code="PV823"):
    where: str


class HelpCannotKnowTheWorkplace(Caution, code="PV825"):
    login: str


class EntryBecomesPublic(Caution, code="PV824"):
    pass
