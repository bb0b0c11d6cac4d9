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
from provisioner.telephony.phones import PhoneModel

_TEMPLATE = "setup.typ"


@dataclass(frozen=True, slots=True)
class Phone:
    """``number``, ``extension``, ``srtp``, ``model`` and ``mac`` are empty where the manifest does
    not name them, ``transport`` where nothing tells, what is of the app where the workplace has
    none, or where apps register is not known.  ``configures_itself``: there is nothing to type."""

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
    transport: str = ""
    srtp: str = ""
    model: str = ""
    mac: str = ""
    configures_itself: bool = False


_TO_TYPE = ("registrar", "transport", "srtp", "sip_user", "password")
_TO_KNOW = ("login", "extension", "number")
_OF_THE_APP = ("app_address", "app_user")


def sheet_text(phones: Sequence[Phone], words: Catalogue, *, width: int, color: bool) -> str:
    """Customer by customer; a value is never wrapped, since it is copied."""
    paint, lines, company = Paint(color), list[str](), ""
    facts = [[*_facts(phone, words)] for phone in phones]
    size = max((cells(label) for each in facts for label, _ in each), default=0)
    for phone, listed in zip(phones, facts, strict=True):
        if phone.customer != company:
            company = phone.customer
            title = visible(f"{phone.company} ({company})" if phone.company else company)
            lines += [paint(line, "bold") for line in wrap(title, clamp(width), "", "  ")]
            lines.append("")
        lines += wrap(visible(phone.name or phone.login), clamp(width), "  ")
        for label, value in listed:
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
        row["configures_itself"] = "yes" if phone.configures_itself else ""
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
    if phone.model:
        which = f"{PhoneModel(phone.model).shown}, {phone.mac}"
        if phone.configures_itself:
            which = words.ui("sheet.itself", phone=which)
        yield words.ui("sheet.phone"), which
    for name in (*_TO_TYPE, *_OF_THE_APP, *_TO_KNOW):
        value = getattr(phone, name)
        if value:
            yield words.ui(f"sheet.{name}"), _shown(name, value, words)


def _shown(name: str, value: str, words: Catalogue) -> str:
    match name:
        case "number":
            return show_number(value)
        case "transport":
            return value.upper()
        case "srtp":
            return words.ui(f"sheet.srtp_{value}")
        case _:
            return visible(value)
