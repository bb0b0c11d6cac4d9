"""What stands in the comment beside what people read: which head it is about, and the record.

Both are in comments of HTML at its end.  A forge that keeps long texts with a mark has the record
there; one that does not has it here.
"""

import hashlib
import re
from dataclasses import dataclass

_HEAD = re.compile(r"<!-- provision-head: ([0-9a-f]{40}|[0-9a-f]{64}) -->")
_RECORD = re.compile(r"<!-- (provision-record:[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+) -->")


@dataclass(frozen=True, slots=True)
class Written:
    """A comment, taken apart. ``text`` is all that was there when it was shown to people."""

    text: str
    head: str | None
    record: str | None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of ``text``, hexadecimal: a record binds to it."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


def about(text: str, head: str) -> str:
    """``text`` with the head that it is about."""
    return f"{text.rstrip()}\n\n<!-- provision-head: {head} -->"


def with_record(text: str, record: str) -> str:
    return f"{text.rstrip()}\n<!-- {record} -->"


def taken_apart(body: str) -> Written:
    """``body`` as a forge gives it back: line ends and blanks at its end may be others."""
    text = body.replace("\r\n", "\n").strip()
    *_, last = text.rsplit("\n", 1)
    record = _RECORD.fullmatch(last)
    if record:
        text = text[: -len(last)].rstrip()
    head = _HEAD.fullmatch(text.rsplit("\n", 1)[-1])
    return Written(text, head and head[1], record and record[1])
