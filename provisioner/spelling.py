"""Which name was meant."""

from collections.abc import Iterable

LONGEST = 60
"""No longer name is compared: it costs time, and nobody typed it."""


def nearest(found: str, known: Iterable[str]) -> str:
    """The one of ``known`` that ``found`` was most likely meant to be; empty if none is near."""
    import difflib  # only after a slip of the pen

    folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(found.lower()[:LONGEST], folded, 1, 0.6)
    return folded[near[0]] if near else ""
