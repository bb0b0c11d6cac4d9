"""Texts that are put on a forge: the line by which one is found again, and whether it was kept."""


def first_line(body: str) -> str:
    """Where the marker of a text stands."""
    return body.split("\n", 1)[0].strip()


def same(one: str, other: str) -> bool:
    """But for what forges do to line ends and to blanks around a text."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
