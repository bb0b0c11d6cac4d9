"""Who released, accepted and carried out what: rows, and a table."""

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


class Entry(Row):
    """Something that was done, or decided."""

    at: datetime
    """When, in UTC; of a move of a port order its day."""
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
            visible(each.what),
            visible(each.why),
        )
        for each in entries
    ]
    return "\n".join(table(columns, rows, clamp(width), Paint(color))) + "\n"
