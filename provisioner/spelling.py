"""Which name was meant."""

from collections.abc import Iterable, Sequence

LONGEST = 60
"""No longer name is compared: it costs time, and nobody typed it."""
A_FEW = 10
"""So many names are told: a whole fleet would fill the screen."""


def nearest(found: str, known: Iterable[str]) -> str:
    """The one of ``known`` that ``found`` was most likely meant to be; empty if none is near."""
    import difflib  # only after a slip of the pen

    folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(found.lower()[:LONGEST], folded, 1, 0.6)
    return folded[near[0]] if near else ""


def alike(found: str, name: str) -> bool:
    """Whether ``found`` is ``name`` but for a slip of the pen."""
    import difflib  # as above

    folded = found.lower()[:LONGEST]
    return bool(name) and difflib.SequenceMatcher(None, folded, name.lower()).ratio() >= 0.8


def a_few(names: Sequence[object]) -> str:
    """The first of them, and a sign that there are more."""
    return ", ".join(map(str, names[:A_FEW])) + (", …" if len(names) > A_FEW else "")
