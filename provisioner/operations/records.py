"""The record of a plan on the forge: how it gets there, and whether it can be believed."""

from collections.abc import Sequence
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


def reference_of(request: int, text: str) -> str:
    """How a mark names the record in ``text``."""
    return f"{request}:{fingerprint(text)}"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The newest record of a head, and as text.

    ``stands``: the comment is as it was when it was recorded.
    """

    record: Record
    text: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on a merge request: all comments, the one of ours, and the newest record of its
    head or why there is none."""

    notes: Sequence[Note]
    note: Note | None
    recorded: Recorded | Code


def read(lane: Lane, request: MergeRequest) -> Standing:
    """Asks the forge for the comments and for the marks of the head."""
    notes = lane.forge.notes(request.number)
    marker = lane.texts.marker(lane.review.project.id)
    ours = (one for one in notes if one.own and first_line(one.body) == marker)
    note = next(ours, None)
    return Standing(notes, note, newest(lane, request, note))


def newest(lane: Lane, request: MergeRequest, note: Note | None) -> Recorded | Code:
    """The record of the head, as it was when the request was merged; or why there is none.

    Only what the recorder has placed itself counts, and only the newest: an old record that is put
    back fits no newest mark.  Another request may have the same head, with marks of its own.  Until
    the mark was there people may have read what somebody else had made of the comment, so it was
    shown no sooner.
    """
    if request.head is None:
        return NoPlanWasRecorded(request=request.number)
    written = taken_apart(note.body) if note else None
    for placed in lane.forge.marks(request.head, NAME):
        number, _, reference = placed.mark.reference.partition(":")
        if number != str(request.number):
            continue
        here = written.record if written else None
        text = placed.mark.text if lane.forge.keeps_text else here
        if text is None:
            return CommentWasChanged(request=request.number)
        seal = fingerprint(text)
        if seal != reference:
            stored = lane.forge.keeps_text
            return RecordIsNotGenuine() if stored else CommentWasChanged(request=request.number)
        try:
            record = verified(text, lane.keys)
        except NotApproved as error:
            return error.about
        shown = max(record.shown, placed.created or record.shown)
        record = record.model_copy(update={"shown": shown})
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
