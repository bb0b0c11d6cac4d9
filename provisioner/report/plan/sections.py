"""Sections of a comment of limited length: a heading, the items that fit, and how many did not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from provisioner.report.messages import Catalogue
from provisioner.report.plan import pieces
from provisioner.report.plan.fitting import Space
from provisioner.report.sanitise import markdown

RESERVE = 1_500
"""Characters for headings' blank lines and the sentences that count what was left out."""


@dataclass(frozen=True, slots=True)
class Section:
    """``title``, ``more``: keys of the interface; ``more`` counts the items that did not fit."""

    title: str
    items: Sequence[str]
    more: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a plan, or alone.  ``head``: lines that are always there.  ``sections``:
    after the dangers.  ``shortened``: key of what a shortened comment says, with the ``count`` of
    lines that were left out.  ``until``: what the head says of how long an approval holds, so that
    no customer says it again.  ``details``: of customers, and what comes later."""

    head: Sequence[str]
    sections: Sequence[Section] = ()
    shortened: str = "reading.shortened"
    until: str = ""
    details: bool = True


class Rendered(NamedTuple):
    """A comment.  ``whole``: all steps that must not be left out are in it."""

    text: str
    whole: bool = True


def render_sections(frame: Frame, words: Catalogue, limit: int) -> str:
    """A comment of nothing but these, in at most ``limit`` characters."""
    space = Space(limit - RESERVE)
    space.take([*frame.head, words.ui(frame.shortened, count=0)])
    made = [section_lines(section, space, words) for section in frame.sections]
    return joined([head_lines(frame, space, words), *made])


def section_lines(section: Section, space: Space, words: Catalogue) -> list[str]:
    """A heading and the items that fit under it; nothing if there are none."""
    if not section.items:
        return []
    heading = [f"#### {markdown(words.ui(section.title))}", ""]
    space.take(heading)
    return [*heading, *fitting(section.items, section.more, space, words)]


def fitting(items: Sequence[str], more: str, space: Space, words: Catalogue) -> list[str]:
    """Items from the first on as long as they fit, and how many did not."""
    kept = space.first(items)
    left = len(items) - len(kept)
    return [*kept, f"- {pieces.prose(words.ui(more, count=left))}"] if left else kept


def head_lines(frame: Frame, space: Space, words: Catalogue) -> list[str]:
    """The head, and that the comment is shortened, once all the rest was made."""
    if not space.shortened:
        return list(frame.head)
    said = words.ui(frame.shortened, count=space.left_out)
    return [*frame.head, "", f"_{pieces.prose(said)}_"]


def joined(blocks: Iterable[Sequence[str]]) -> str:
    """Blocks of lines, an empty line between them."""
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
