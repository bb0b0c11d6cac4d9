"""The answers of an interview: the last one can be taken back, and they outlive the command.

Nothing else is kept.  To go back means to begin anew with one answer less: what was asked is worked
out again from the others, so no question can be left over from an answer that was taken back.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import orjson

from provisioner import durable
from provisioner.cli.files import read
from provisioner.errors import ProvisionError

Answer = tuple[str, str]
"""The question's key, and what was answered."""

_KIB = 256
_VERSION = 1


class Back(Exception):
    """The answers are others now: ask from the beginning, and what was answered is not asked."""


@dataclass(slots=True)
class Answers:
    """Those that were given, in the order of the questions."""

    given: list[Answer] = field(default_factory=list)
    keep: Callable[[list[Answer]], None] | None = None
    """Called with all of them whenever they have changed."""
    _at: int = 0
    _taken_back: list[Answer] = field(default_factory=list)
    """The one that was taken back last comes last: its question is the next one."""

    @property
    def asking(self) -> bool:
        """Whether the next question has no answer yet."""
        return self._at >= len(self.given)

    def rewind(self) -> None:
        """Begin anew."""
        self._at = 0

    def recalled(self, key: str) -> str | None:
        """The answer that this question got; None if it got none."""
        if self.asking:
            return None
        if self.given[self._at][0] == key:
            return self.given[self._at][1]
        self.forget()  # another question stands here now, and what follows may have changed too
        return None

    def proposal(self, key: str) -> str:
        """What was answered before it was taken back, if that was this question."""
        last = self._taken_back[-1] if self._taken_back else ("", "")
        return last[1] if last[0] == key else ""

    def again(self) -> None:
        """The recalled answer holds."""
        self._at += 1

    def add(self, key: str, text: str) -> None:
        """What somebody answered to the question that is next."""
        self.given.append((key, text))
        self._at = len(self.given)
        if self._taken_back and self._taken_back.pop()[0] != key:
            self._taken_back.clear()  # it goes on with other questions than before
        self._changed()

    def forget(self) -> None:
        """Neither the next answer nor those behind it hold."""
        del self.given[self._at :]

    def take_back(self) -> bool:
        """Ask the last question again; False if none was answered."""
        if not self.given:
            return False
        self._taken_back.append(self.given.pop())
        self._changed()
        return True

    def _changed(self) -> None:
        if self.keep is not None:
            self.keep(self.given)


@dataclass(frozen=True, slots=True)
class Draft:
    """The answers about one customer, in a file that only its owner reads: they are personal."""

    path: Path

    def read(self) -> list[Answer]:
        """Empty if there is none, or none that can be read."""
        try:
            found = orjson.loads(read(str(self.path), _KIB))
            if found["version"] != _VERSION:
                return []
            return [(str(key), str(text)) for key, text in found["answers"]]
        except (ProvisionError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return []

    def write(self, answers: list[Answer]) -> None:
        """Raises OSError."""
        data = orjson.dumps({"version": _VERSION, "answers": answers})
        durable.folder(self.path.parent, 0o700)
        with durable.beside(self.path, data, 0o600) as made:
            durable.move(made, self.path)

    def remove(self) -> None:
        """It has done its work.  Raises OSError."""
        self.path.unlink(missing_ok=True)


def draft_of(root: Path, customer: str) -> Draft:
    """Where the answers about ``customer`` are kept: in the user's folder for such things and not
    in the workspace, from which they could be committed."""
    home = os.environ.get("XDG_STATE_HOME", "")
    state = Path(home) if os.path.isabs(home) else Path.home() / ".local/state"  # noqa: PTH117
    name = sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return Draft(state / "provision/drafts" / f"{name}-{customer}.json")
