"""What to type into a phone: as text, as CSV, and as a PDF with a page for each phone.

It holds passwords: it goes where somebody asked for it, and nowhere else.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date

from provisioner.codes.files import SheetCannotBeSet
from provisioner.errors import ProvisionError
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.letter.pdf import typeset
from provisioner.report.lists.formats import cell
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import cells, visible
from provisioner.report.swiss import show_number

_TEMPLATE = "setup.typ"


@dataclass(frozen=True, slots=True)
class Phone:
    """``number`` and ``extension`` are empty where the manifest does not name them, what is of the
    app where the workplace has none, or where apps register is not known."""

    customer: str
    company: str
    name: str
    login: str
    sip_user: str
    registrar: str
    password: str = field(repr=False)
    extension: str = ""
    number: str = ""
    app_address: str = ""
    app_user: str = ""


_TO_TYPE = ("registrar", "sip_user", "password")
_TO_KNOW = ("login", "extension", "number")
_OF_THE_APP = ("app_address", "app_user")


def sheet_text(phones: Sequence[Phone], words: Catalogue, *, width: int, color: bool) -> str:
    """Customer by customer; a value is never wrapped, since it is copied."""
    paint, lines, company = Paint(color), list[str](), ""
    named = [*_TO_TYPE, *_TO_KNOW]
    if any(phone.app_user for phone in phones):
        named += _OF_THE_APP
    size = max(cells(words.ui(f"sheet.{name}")) for name in named)
    for phone in phones:
        if phone.customer != company:
            company = phone.customer
            title = visible(f"{phone.company} ({company})" if phone.company else company)
            lines += [paint(line, "bold") for line in wrap(title, clamp(width), "", "  ")]
            lines.append("")
        lines += wrap(visible(phone.name or phone.login), clamp(width), "  ")
        for label, value in _facts(phone, words):
            lines.append(f"    {label}{' ' * (size - cells(label))}  {value}")
        lines.append("")
    return "".join(f"{line}\n" for line in lines)


def sheet_csv(phones: Sequence[Phone]) -> str:
    """RFC 4180.  A password is as it is, whatever a spreadsheet takes it for: programs read it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    names = [each.name for each in fields(Phone)]
    writer.writerow(names)
    for phone in phones:
        row = {name: str(getattr(phone, name)) for name in names}
        row["number"] = show_number(phone.number) if phone.number else ""
        writer.writerow([row[n] if n == "password" else cell(row[n]) for n in names])
    return text.getvalue()


def sheet_pdf(phones: Sequence[Phone], words: Catalogue, today: date) -> bytes:
    """A4, a page for each phone.  Raises ProvisionError PV037."""
    sheet = {
        "lang": words.language,
        "title": words.ui("sheet.title"),
        "secret": words.ui("sheet.secret"),
        "phones": [
            {
                "company": phone.company or phone.customer,
                "name": phone.name or phone.login,
                "facts": [
                    {"label": label, "value": value} for label, value in _facts(phone, words)
                ],
            }
            for phone in phones
        ],
    }
    made = typeset(_TEMPLATE, "sheet", sheet, today)
    if made is None:
        raise ProvisionError(SheetCannotBeSet())
    return made


def _facts(phone: Phone, words: Catalogue) -> Iterator[tuple[str, str]]:
    for name in (*_TO_TYPE, *_OF_THE_APP, *_TO_KNOW):
        value = getattr(phone, name)
        if value:
            shown = show_number(value) if name == "number" else visible(value)
            yield words.ui(f"sheet.{name}"), shown
