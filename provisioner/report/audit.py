"""Who released, accepted and carried out what: rows, and a table."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from provisioner.contract.desk import AuditEntry
from provisioner.report.layout import Column, Paint, clamp, table
from provisioner.report.lists.rows import Row
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible
from provisioner.report.swiss import show_moment


class Act(StrEnum):
    """``approved``: by a merge request; ``released``: by hand; ``applied``: carried out.
    ``moved``: a number went to another customer; ``ported``: a port order moved."""

    APPROVED = "approved"
    RELEASED = "released"
    APPLIED = "applied"
    ADOPTED = "adopted"
    RENAMED = "renamed"
    MOVED = "moved"
    PORTED = "ported"
    OTHER = "other"


_BEGINNINGS = {
    "approved in merge request ": Act.APPROVED,
    "released by hand ": Act.RELEASED,
    "applied ": Act.APPLIED,
    "adopted ": Act.ADOPTED,
    "renamed ": Act.RENAMED,
    "number ": Act.MOVED,
    "porting ": Act.PORTED,
}


_FORMS = {
    "approved": r"approved in merge request (?P<number>\d+) by (?P<who>.*) at (?P<at>\S+), head "
    r"(?P<head>\w*), merged as (?P<merged>\w*)",
    "shown": r"plan of merge request (?P<number>\d+) as it was shown",
    "released": r"released by hand by (?P<who>.*?)",
    "applied": r"applied (?P<count>\d+) steps",
    "adopted": r"adopted (?P<object>.*?)",
    "renamed": r"renamed (?P<was>\S+) to (?P<now>\S+?)",
    "moved": r"number (?P<number>\w+) moved from (?P<was>\S+) to (?P<now>\S+?)",
    "ported": r"porting (?P<event>\w+) (?P<order>\S+): (?P<before>\w+) -> (?P<after>\w+)",
}
"""What this tool writes, in English; each name has its words in the catalogue."""
_PROJECT = r"(?:, project (?P<project>\w+))?"


class Entry(Row):
    """Something that was done, or decided."""

    at: datetime
    """When it was done, in UTC, whatever day --at said."""
    act: Act
    customer: str | None
    """Whose; none: it was about the workspace as a whole."""
    who: str
    """The person or job that wrote the entry."""
    what: str
    """In English, as it was written."""
    why: str
    """What somebody gave as the reason; ``plan`` and a digest: the plan that was approved."""


class Audit(Row):
    """What the desk's audit says, the newest first. Readers ignore keys that they do not know."""

    version: Literal[1] = 1
    """Of this format."""
    entries: tuple[Entry, ...]


def act_of(entry: AuditEntry) -> Act:
    """What kind of thing it tells of."""
    found = (act for text, act in _BEGINNINGS.items() if entry.what.startswith(text))
    return next(found, Act.OTHER)


def told(what: str, words: Catalogue) -> str:
    """What an entry says, in the reader's language; as it stands, if this tool did not write it."""
    for name, form in _FORMS.items():
        if found := re.fullmatch(form + _PROJECT, what, re.ASCII):
            parts = found.groupdict()
            project = parts.pop("project")
            for each in ("before", "after", "event"):
                if each in parts:
                    parts[each] = words.word(parts[each])
            said = words.ui(f"audit.{name}", **parts)
            return said + (words.ui("audit.project", project=project) if project else "")
    return what


def entry_of(entry: AuditEntry) -> Entry:
    """As it is published."""
    return Entry(
        at=entry.at.astimezone(UTC),
        act=act_of(entry),
        customer=str(entry.customer) if entry.customer else None,
        who=entry.who,
        what=entry.what,
        why=entry.why,
    )


def render_audit(
    entries: Sequence[AuditEntry], words: Catalogue, *, width: int, color: bool
) -> str:
    """One row for each entry."""
    if not entries:
        return words.ui("audit.none") + "\n"
    columns = [
        Column(words.ui(f"audit.{name}")) for name in ("at", "customer", "who", "what", "why")
    ]
    rows = [
        (
            show_moment(each.at),
            visible(str(each.customer or "-")),
            visible(each.who),
            visible(told(each.what, words)),
            visible(each.why),
        )
        for each in entries
    ]
    return "\n".join(table(columns, rows, clamp(width), Paint(color))) + "\n"
