"""The work list for programs and spreadsheets."""

from collections.abc import Iterable, Iterator
from datetime import date

from provisioner.plan.matters import Matter
from provisioner.report.lists.rows import MatterRow
from provisioner.report.messages import Catalogue
from provisioner.report.work.text import is_late
from provisioner.report.work.words import command_of, is_code, text_of


def matter_rows(matters: Iterable[Matter], words: Catalogue, today: date) -> Iterator[MatterRow]:
    for each in matters:
        yield MatterRow(
            due_on=each.due_on,
            overdue=is_late(each, today),
            who=each.who.value,
            reseller=each.reseller,
            customer=each.customer,
            kind=each.sort.value,
            about=each.about,
            code=each.text if is_code(each) else None,
            what=text_of(each, words),
            command=command_of(each, words),
        )
