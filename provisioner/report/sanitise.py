"""The one sanitiser in front of everything that people read.

A value from a manifest, a live system or a donor may hold characters that move the cursor, hide
text or turn it round, or that a forge takes for a link, a mention or a command.  They are shown,
never obeyed: escape first, decorate after.

``visible`` comes first for every medium.  A terminal needs no more; ``markdown`` and ``summary``
add what comments on GitHub and GitLab need; XML and HTML are escaped by the libraries that write
them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from provisioner.telephony.letters import UNSEEN


def visible(text: str) -> str:
    """``text`` with every character that is not plainly seen as ``\\u{202E}``.

    Controls, escapes, line and paragraph separators, bidi and zero-width characters, spaces other
    than the space, unassigned characters and combining marks: what is composed has one character in
    NFC, and what has not could be stacked over the neighbouring lines.  So is a ``##[command]``,
    which CI runners obey wherever it stands in what a job prints.
    """
    if not text.isascii() or not text.isprintable():
        text = "".join(char if _plain(char) else _escape(char) for char in text)
    return uncommanded(text) if "##" in text else text


def inert(text: str) -> str:
    """``text`` of several lines, of which none begins as a command to a CI runner, or holds one.

    For text that was wrapped or put together: what stood inside a line may begin one now, and what
    stood in two values may be a command together.
    """
    text = uncommanded(text)
    return _FIRST.sub(lambda found: f"{found[1]}{_escape(':')}", text) if "::" in text else text


def uncommanded(text: str) -> str:
    """``text`` without a ``##[command]``, which CI runners obey wherever it stands."""
    return _COMMAND.sub(lambda _: f"#{_escape('#')}", text)


def inert_json(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a JSON document or of anything else, none of which ends within a text; in JSON
    no text holds a command to a CI runner, and says the same to whoever parses it."""
    is_json = None
    for piece in pieces:
        if is_json is None:
            is_json = piece[:1] in {b"{", b"["}
        yield _COMMAND_BYTES.sub(rb"\\u0023#", piece) if is_json else piece


def _escape(char: str) -> str:
    return f"\\u{{{ord(char):X}}}"


def _plain(char: str) -> bool:
    return (
        char.isprintable() and char not in UNSEEN and unicodedata.category(char) not in {"Mn", "Me"}
    )


_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")
"""GitHub's ``##[group]`` and Azure's ``##vso[task]``."""
_COMMAND_BYTES = re.compile(rb"##(?=[A-Za-z]*\[)")
_FIRST = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)

_RISKY = re.compile(
    r"""[@`\\{}\[\]<>|^$~]"""  # mentions, code, math, references, inline diffs, HTML, tables
    r"""|[#!&%*]["'\w]"""  # #1 !1 &1 %1 *iteration, with or without quotes
    r"""|^/\w"""  # quick actions
    r"""|//|[^\W\d_][\w+.-]*:\S|:[\w+-]+:"""  # addresses with a scheme, emoji
    r"""|[^\W_]\.[^\W\d_]{2}"""  # domains
    r"""|[A-Za-z]-\d"""  # GH-1 and tickets of other trackers
    r"""|(?<![0-9A-Za-z])[0-9A-Fa-f]{7,40}(?![0-9A-Za-z])"""  # commits
)
"""A word that GitHub, GitLab or a renderer with its own ideas may turn into something else."""

_APART = re.compile(r"(\||<(?=!--))")
_MARKUP = re.compile(r"[*_#]")
_LEADING = re.compile(r"(?:[-+=:/]|\d{1,9}(?=[.)](?: |$)))")
"""What begins a list, a heading's underline, a definition or a quick action."""
_SPACES = re.compile(r"^ | $|(?<= ) ")


def markdown(text: str, *, first: bool = True) -> str:
    """``text`` for one line of Markdown, in a paragraph, a list or a table's cell.

    Words that a forge could take for a link, a mention, a reference, an emoji or markup become
    code, where both forges look for nothing; in the others what remains of markup is escaped.
    Inside a code span nothing can be escaped, so a bar, which would end a table's cell, stands
    between two.  ``first``: it may be the first on its line or in its list item.
    """
    shown = visible(text)
    words = [_word(word) for word in shown.split(" ")]
    if first and (found := _LEADING.match(shown)) and words[0].startswith(found[0]):
        at = len(found[0]) if found[0].isdigit() else 0
        words[0] = f"{words[0][:at]}\\{words[0][at:]}"
    return _SPACES.sub("&#32;", " ".join(words))


def code(text: str) -> str:
    """``text`` as a code span of Markdown.

    A bar, and what begins a comment of HTML, stand between two spans: programs look for the one in
    tables and for the other in the text as it was written, where a span does not count.
    """
    pieces = _APART.split(visible(text))
    return "".join(f"&#{ord(p)};" if at % 2 else _span(p) for at, p in enumerate(pieces))


def summary(text: str) -> str:
    """``text`` for HTML that stands inside Markdown, as in ``<summary>``; risky words are code."""
    import html  # its table of entities is slow to load, and a terminal shows no HTML

    words = visible(text).split(" ")
    return " ".join(
        f"<code>{html.escape(word)}</code>" if _RISKY.search(word) else html.escape(word)
        for word in words
    )


def _word(word: str) -> str:
    """Punctuation around a risky word stays outside of the code."""
    if _RISKY.search(word):
        start = len(word) - len(word.lstrip("("))
        end = max(start + 1, len(word.rstrip(",:;.)")))
        return f"{word[:start]}{code(word[start:end])}{word[end:]}"
    return _MARKUP.sub(r"\\\g<0>", word.replace("&", "&amp;"))


def _span(text: str) -> str:
    """The fence is longer than any run of backticks inside."""
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest or text[0] == " " or text[-1] == " " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def widths(texts: Collection[str]) -> dict[str, int]:
    """Columns that each of ``texts`` takes, as :func:`cells`."""
    if "".join(texts).isascii():
        return dict(zip(texts, map(len, texts), strict=True))
    return {text: cells(text) for text in texts}


def cells(text: str) -> int:
    """Columns that ``text`` takes on a terminal; ``text`` has been made visible."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
