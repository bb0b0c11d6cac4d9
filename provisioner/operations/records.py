"""The record of a plan on the forge: how it gets there, and whether it can be believed."""

from dataclasses import dataclass

from provisioner.codes import Code
from provisioner.codes.review import CommentWasChanged, NoPlanWasRecorded, RecordIsNotGenuine
from provisioner.errors import NotApproved
from provisioner.forge.model import MergeRequest, Note, PlacedMark
from provisioner.forge.texts import first_line
from provisioner.operations.lane import Lane
from provisioner.review.note import Written, taken_apart
from provisioner.review.record import Record, fingerprint, verified

NAME = "provision/plan"
"""Of the mark on a head that has the newest record, or its fingerprint."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The newest record of a head, and as text.

    ``stands``: the comment is as it was when it was recorded.
    """

    record: Record
    text: str
    stands: bool


def own_note(lane: Lane, number: int) -> Note | None:
    """The comment of ours with the plan, or with what became of it."""
    marker = lane.texts.marker(lane.review.project.id)
    ours = (one for one in lane.forge.notes(number) if one.own)
    return next((one for one in ours if first_line(one.body) == marker), None)


def newest(lane: Lane, request: MergeRequest, note: Note | None) -> Recorded | Code:
    """The record of the head, as it was when the request was merged; or why there is none.

    Only what the recorder has placed itself counts, and only the newest: an old record that is put
    back fits no newest mark.
    """
    if request.head is None:
        return NoPlanWasRecorded(request=request.number)
    written = taken_apart(note.body) if note else None
    for placed in lane.forge.marks(request.head, NAME):
        here = written.record if written else None
        text = placed.mark.text if lane.forge.keeps_text else here
        if text is None:
            return CommentWasChanged(request=request.number)
        seal = fingerprint(text)
        if seal != placed.mark.reference:
            stored = lane.forge.keeps_text
            return RecordIsNotGenuine() if stored else CommentWasChanged(request=request.number)
        try:
            record = verified(text, lane.keys)
        except NotApproved as error:
            return error.about
        if request.merged_at is not None and record.shown > request.merged_at:
            continue
        return Recorded(record, text, _stands(record, placed, note, written))
    return NoPlanWasRecorded(request=request.number)


def _stands(record: Record, placed: PlacedMark, note: Note | None, written: Written | None) -> bool:
    """Whether nobody has edited the comment since: its text, and when it was written last.

    A forge that keeps the record in the comment has written it once more than it was shown, before
    the mark was placed.
    """
    if note is None or written is None or written.fingerprint != record.comment:
        return False
    return note.updated <= (placed.created or record.shown)
