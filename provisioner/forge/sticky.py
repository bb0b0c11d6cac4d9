"""One comment on a merge request and one issue, edited in place: found by author and first line.

Both at once: whoever may write comments can copy the line, but not be the recorder.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from provisioner.codes.forge import TextTooLongForTheForge
from provisioner.errors import Refused
from provisioner.forge.model import Issue, Note
from provisioner.forge.protocol import Forge
from provisioner.forge.texts import first_line, same

CHARACTERS = 60_000
"""What people still read, and both forges take."""
SHORT_CHARACTERS = 20_000
"""If one does not take it all the same."""

Render = Callable[[int], str]
"""A text of at most so many characters; its first line is always the same."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """``was``: its text until now; None if it is new."""

    note: Note
    was: str | None
    removed: int
    """How many more of ours there were."""


def keep_note(
    forge: Forge, number: int, render: Render, notes: Sequence[Note] | None = None
) -> Kept:
    """The oldest of ours has the text; there are no others, whatever somebody has made of their
    first lines: people would believe them.  ``notes``: if they were just read."""
    marker = first_line(render(CHARACTERS))
    known = forge.notes(number) if notes is None else notes
    own = [one for one in known if one.own]
    note = next((one for one in own if first_line(one.body) == marker), None)
    others = [one for one in own if one is not note]

    def written(text: str) -> Note:
        if note is None:
            return forge.add_note(number, text)
        return note if same(note.body, text) else forge.edit_note(number, note.id, text)

    now = _short_enough(render, written)
    for other in others:
        forge.remove_note(number, other.id)
    return Kept(now, note.body if note else None, len(others))


def keep_issue(forge: Forge, title: str, render: Render) -> Issue:
    """The oldest of ours that is open has the text; the others are closed."""
    marker = first_line(render(CHARACTERS))
    ours = _issues(forge, marker)
    if not ours:
        return _short_enough(render, lambda text: forge.open_issue(title, text))
    issue, *others = ours

    def edited(text: str) -> Issue:
        if issue.title == title and same(issue.body, text):
            return issue
        return forge.edit_issue(issue.number, title=title, body=text)

    now = _short_enough(render, edited)
    for other in others:
        forge.close_issue(other.number)
    return now


def end_issue(forge: Forge, marker: str) -> int:
    """Close all of ours whose first line is ``marker``; how many."""
    ours = _issues(forge, marker)
    for issue in ours:
        forge.close_issue(issue.number)
    return len(ours)


def _issues(forge: Forge, marker: str) -> list[Issue]:
    return [one for one in forge.issues() if first_line(one.body) == marker]


def _short_enough(render: Render, write: Callable[[str], T]) -> T:
    try:
        return write(render(CHARACTERS))
    except Refused as error:
        if not error.says(TextTooLongForTheForge):
            raise
    return write(render(SHORT_CHARACTERS))
