"""What is asked of a forge. ``github`` and ``gitlab`` do it, and pass one suite of tests.

Unknown is not empty: whatever cannot be read to its end raises Unavailable, and no method answers
with less. Every method may raise Unavailable (nothing was read or written), Refused (no, for good:
a right that is missing, an object that is gone) and, if it writes, OutcomeUnknown.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from provisioner.forge.model import (
    Commits,
    Issue,
    Mark,
    MergeRequest,
    Note,
    PlacedMark,
    Push,
    Reviews,
    Rights,
    Rules,
    Run,
)


class ForgeReader(Protocol):
    """Has no method that writes."""

    name: str
    """``github`` or ``gitlab``."""
    project: int
    keeps_text: bool
    """Whether a mark holds ``Mark.text``; if not, it has to stand in a note."""

    @property
    def target(self) -> str:
        """The forge's name and host, for people."""
        ...

    def merge_request(self, number: int) -> MergeRequest: ...

    def open_requests(self, target: str) -> Sequence[MergeRequest]:
        """All that are to be merged into branch ``target``, oldest first."""
        ...

    def requests_of(self, commit: str) -> Sequence[MergeRequest]:
        """Those that brought ``commit`` to its branch; others that contain it may be among them."""
        ...

    def commits(self, number: int) -> Commits: ...

    def pushes(self, branch: str) -> Iterator[Push]:
        """To a branch of this project, newest first; asked for page by page, as far as somebody
        looks. Some may be missing: GitLab does not tell where a push that moved many branches at
        once has moved them."""
        ...

    def reviews(self, number: int) -> Reviews: ...

    def notes(self, number: int) -> Sequence[Note]:
        """What people and tools wrote, oldest first; not what the forge itself notes down."""
        ...

    def marks(self, head: str, name: str) -> Sequence[PlacedMark]:
        """Those of that name that the recorder placed on a commit, newest first. Whoever may push
        can place one of the same name: theirs are not among them."""
        ...

    def issues(self) -> Sequence[Issue]:
        """Those of the recorder that are open, oldest first."""
        ...

    def run(self, job: int | None = None) -> Run:
        """``job``: on GitHub the number of the run; GitLab knows it from the job's own token."""
        ...

    def rules(self, branch: str) -> Rules: ...

    def rights(self) -> Rights: ...

    def clock(self) -> datetime | None:
        """What the forge's clock said with its last answer."""
        ...

    def close(self) -> None: ...


class Forge(ForgeReader, Protocol):
    """What it wrote it reads back: a text that was cut or not taken raises Refused."""

    def add_note(self, number: int, body: str) -> Note:
        """Notifies people. If no answer comes, it is looked up before it is sent again: the first
        line of ``body`` has to be one that no other note of ours on this merge request has."""
        ...

    def edit_note(self, number: int, note: int, body: str) -> Note: ...

    def remove_note(self, number: int, note: int) -> None:
        """Fine if it is gone."""
        ...

    def place(self, head: str, mark: Mark) -> PlacedMark:
        """Beside earlier ones of the same name. If the newest of ours says the same already, it is
        left as it is."""
        ...

    def withdraw(self, number: int, reviews: Sequence[str], reason: str) -> int:
        """Take approvals back; how many. GitLab takes all of a merge request or none. One that is
        gone already is no error. ``reason`` is shown on GitHub."""
        ...

    def open_issue(self, title: str, body: str) -> Issue:
        """If no answer comes, it is looked up by its title before it is sent again."""
        ...

    def edit_issue(self, number: int, *, title: str, body: str) -> Issue: ...

    def close_issue(self, number: int) -> Issue: ...
