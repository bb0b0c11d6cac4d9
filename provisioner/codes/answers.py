"""PV035, PV036, PV475 to PV479: workplaces in a spreadsheet, and answers that are kept."""

from provisioner.codes import Caution, Fault


class NoCSVFile(Fault, code="PV035"):
    file: str


class NoWorkplacesInTheTable(Fault, code="PV036"):
    file: str


class ColumnOfNothing(Fault, code="PV475"):
    found: str
    known: str
    suggestion: str


class ColumnNamedTwice(Fault, code="PV476"):
    column: str


class NoColumnOfNames(Fault, code="PV477"):
    pass


class RowTooLong(Fault, code="PV478"):
    columns: int
    count: int


class AnswersAreNotKept(Caution, code="PV479"):
    reason: str
