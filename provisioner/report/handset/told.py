"""What is told of phones and their files.  Pure."""

from collections.abc import Iterable, Iterator, Sequence

from provisioner.apply.handover import Place
from provisioner.codes import Code
from provisioner.operations.phone_files import Outcome
from provisioner.operations.phones import Phones, token
from provisioner.report.handset.files import address_of
from provisioner.report.layout import NARROW, Column, Paint, clamp, table, wrap
from provisioner.report.lists.rows import PhoneFileRow, PhoneFiles, PhoneRow
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import cells, visible
from provisioner.telephony.phones import DeskPhone, PhoneModel


def phone_rows(phones: Phones, key: bytes, url: str) -> Iterator[PhoneRow]:
    """By customer and login; ``url`` ends with a stroke."""
    for place, phone in phones.phones:
        yield PhoneRow(
            mac=str(phone.mac),
            url=address_of(phone, token(key, phone.mac), url),
            model=str(phone.model),
            customer=place.customer,
            login=place.login,
        )


def render_phones(rows: Sequence[PhoneRow], words: Catalogue, *, width: int, color: bool) -> str:
    if not rows:
        return words.ui("handset.none") + "\n"
    names = ("mac", "model", "customer", "login", "url")
    columns = [Column(words.ui(f"handset.{name}")) for name in names]
    shown = [
        (
            row.mac,
            PhoneModel(row.model).shown,
            visible(row.customer),
            visible(row.login),
            visible(row.url),
        )
        for row in rows
    ]
    texts = [[column.title for column in columns], *shown]
    needed = sum(max(map(cells, each)) + 2 for each in zip(*texts, strict=True)) - 2
    if needed > max(width, NARROW):  # an address is copied, so it is never wrapped
        lines = [
            line
            for *about, address in shown
            for line in [*wrap("  ".join(about), clamp(width), "", "  "), address, ""]
        ][:-1]
    else:
        lines = table(columns, shown, needed, Paint(color))
    return "".join(f"{line}\n" for line in lines)


def files_row(done: Outcome, faults: Iterable[Code]) -> PhoneFiles:
    return PhoneFiles(
        written=tuple(_file(str(each.phone.mac), each.place) for each in done.written),
        removed=tuple(_file(each.mac, each.place) for each in done.removed),
        unchanged=len(done.unchanged),
        kept=done.kept,
        faults=tuple(fault.code for fault in faults),
    )


def render_files(done: Outcome, words: Catalogue, *, faulty: bool) -> str:
    """A line for each file that is another one now; where there is none, how many stay as they are.
    Nothing if it is ``faulty`` and there are none."""
    lines = [
        words.ui("handset.written", mac=_shown(each.phone), place=visible(str(each.place)))
        for each in done.written
    ]
    lines += [
        words.ui("handset.removed", mac=visible(each.mac), place=visible(str(each.place)))
        for each in done.removed
    ]
    if not lines and (done.unchanged or done.kept or not faulty):
        lines.append(words.ui("handset.nothing_new", count=len(done.unchanged) + done.kept))
    return "".join(f"{line}\n" for line in lines)


def _file(mac: str, place: Place) -> PhoneFileRow:
    return PhoneFileRow(mac=mac, customer=place.customer, login=place.login)


def _shown(phone: DeskPhone) -> str:
    return f"{phone.mac} ({phone.model.shown})"
