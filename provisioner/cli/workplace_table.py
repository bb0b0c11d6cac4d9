"""Workplaces from a spreadsheet: CSV in whatever form a program of an office writes it."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioner.cli.files import read
from provisioner.codes import Code
from provisioner.codes.answers import (
    ColumnNamedTwice,
    ColumnOfNothing,
    NoColumnOfNames,
    NoCSVFile,
    NoWorkplacesInTheTable,
    RowTooLong,
)
from provisioner.manifest.diagnostics import Diagnostic, InputError, Place
from provisioner.spelling import nearest

TABLE_KIB = 1024
_WORDS = {
    "name": "name bezeichnung person mitarbeiter mitarbeiterin arbeitsplatz nom désignation "
    "collaborateur nome designazione collaboratore workplace",
    "use": "use verwendung nutzung zweck utilisation usage uso utilizzo",
    "license": "license licence lizenz licenza",
    "login": "login benutzername anmeldename username identifiant nom-d-utilisateur nome-utente",
    "number": "number nummer rufnummer telefonnummer telefon durchwahl phone numéro téléphone "
    "numero telefono",
    "extension": "extension intern interne interne-nummer kurzwahl numéro-interne interno "
    "numero-interno",
}
"""What columns are called in the four languages, by the field of a workplace."""
_FIELDS = {word: field for field, words in _WORDS.items() for word in words.split()}
_DELIMITERS = ";,\t|"
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SEP = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""How Excel says in a first line what stands between the cells."""
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Row:
    """A workplace: its cells by field, without those that are empty."""

    cells: Mapping[str, str]
    file: str
    line: int
    columns: Mapping[str, int]

    def place(self, field: str) -> Place:
        """Its line, and the column counted in cells; that of the name where there is no such."""
        column = self.columns.get(field, self.columns["name"])
        return Place(self.file, self.line, column, column + 1)


def workplaces_of(file: str) -> list[Row]:
    """All rows of a file.

    Raises InputError with every row that is wrong, and ProvisionError as ``files.read``.
    """
    name = Path(file).name
    text = _text(read(file, TABLE_KIB), name)
    stated = _SEP.match(text)
    body = text[stated.end() :] if stated else text
    before = 1 if stated else 0
    delimiter = stated[1] if stated else _delimiter(body)
    lines = list(_lines(body, delimiter, name, before))
    if len(lines) < 2:
        raise InputError([_finding(NoWorkplacesInTheTable(file=name), name, 1, 1)])
    columns = _columns(lines[0], name)
    found, wrong = [], []
    for line, cells in lines[1:]:
        if len(cells) > len(lines[0][1]) and any(cells[len(lines[0][1]) :]):
            about = RowTooLong(count=len(cells), columns=len(lines[0][1]))
            wrong.append(_finding(about, name, line, len(lines[0][1]) + 1))
            continue
        made = {f: cells[at - 1] for f, at in columns.items() if at <= len(cells)}
        found.append(Row({f: text for f, text in made.items() if text}, name, line, columns))
    if wrong:
        raise InputError(wrong)
    return found


def _text(data: bytes, name: str) -> str:
    """Raises InputError for what is no text, as the file of a spreadsheet itself."""
    encoding = next((found for mark, found in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:  # Windows, where programs write the codepage of Western Europe
        text = data.decode("cp1252" if encoding == "utf-8" else encoding, "replace")
    if "\0" in text or data.startswith(b"PK\x03\x04"):
        raise InputError([_finding(NoCSVFile(file=name), name, 1, 1)])
    return text


def _delimiter(text: str) -> str:
    """What stands most often in the first line, outside quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = _QUOTED.sub("", first)
    return max(_DELIMITERS, key=bare.count)


def _lines(
    text: str, delimiter: str, name: str, before: int
) -> Iterator[tuple[int, Sequence[str]]]:
    """Cells without blanks around them, with the line on which they begin; no empty lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            cells = [" ".join(cell.split()) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            raise InputError([_finding(NoCSVFile(file=name), name, line, 1)]) from None
        if any(cells):
            yield line, cells


def _columns(head: tuple[int, Sequence[str]], name: str) -> dict[str, int]:
    """Where each field stands, counted from 1.  Raises InputError with all that is wrong."""
    line, titles = head
    wrong, found = [], {}
    for at, title in enumerate(titles, 1):
        folded = re.sub(r"[\s_’'./-]+", "-", title.casefold()).strip("-")
        field = _FIELDS.get(folded)
        if field is None and title:
            near = nearest(folded, _FIELDS)
            about: Code = ColumnOfNothing(found=title, suggestion=near, known=", ".join(_WORDS))
            wrong.append(_finding(about, name, line, at))
        elif field in found:
            wrong.append(_finding(ColumnNamedTwice(column=title), name, line, at))
        elif field:
            found[field] = at
    if not wrong and "name" not in found:
        wrong.append(_finding(NoColumnOfNames(), name, line, 1))
    if wrong:
        raise InputError(wrong)
    return found


def _finding(about: Code, name: str, line: int, column: int) -> Diagnostic:
    return Diagnostic.of(about, place=Place(name, line, column, column + 1))
