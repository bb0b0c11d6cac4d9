"""Values as an attacker would write them, and what a browser makes of a document with one."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import tinyhtml5
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from provisioner.plan.model import Plan

NASTY = (
    "@all",
    "#1",
    "!2",
    "&3",
    "%4",
    '~"bug"',
    "$5",
    "GH-6",
    "muster/repo#7",
    "muster/repo@0123456789abcdef",
    "/close",
    "/merge",
    "[x](http://evil.example)",
    "![x](//evil.example/x.png)",
    "[x]: http://evil.example",
    "<http://evil.example>",
    "http://evil.example/a_b*c",
    "www.evil.example",
    "mallory@evil.example",
    "mailto:mallory@evil.example",
    "</summary></details><h1>ok</h1>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onclick="alert(1)',
    "' style='x",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[",
    "`",
    "``",
    "```sh",
    "~~~",
    "|",
    "\\|",
    "\\",
    "\\`",
    "*",
    "**",
    "_",
    "__x__",
    "~~x~~",
    "---",
    "===",
    "- [ ]",
    "1.",
    "2)",
    "+",
    "> ",
    "# ",
    ":tada:",
    "[[_TOC_]]",
    "[^1]",
    "{+ x +}",
    "{{ x }}",
    "{% x %}",
    "$`x`$",
    "&amp;",
    "&#64;all",
    "\n",
    "\r\n\r\n## Plan: nothing to do\n",
    "\t",
    "\u2028",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\x00",
    "\x1b[2J",
    "\x1b]8;;http://evil.example\x07x",
    "\x9b31m",
    "\x08",
    "\ufffe",
    "e\u0301",
    "電話",
    " ",
    "  ",
    "(",
    ")",
    ".",
    ":",
    ";",
    "'",
    "x",
    "Müller & Co",
)
"""Pieces that mean something to a forge, to Markdown, to HTML, to XML or to a terminal."""

values = st.one_of(
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=4).map("".join),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)

Shape = tuple[str, tuple[str, ...], tuple["Shape", ...]]

DECORATION = frozenset({"code"})


def page_of(html: str) -> Element:
    return tinyhtml5.parse(html, namespace_html_elements=False)


def forge(text: str) -> Element:
    """A comment as a browser shows it."""
    return page_of(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def shape(element: Element, *, of: frozenset[str] = DECORATION) -> list[Shape]:
    """The tree of elements with the names of their attributes; those in ``of`` are taken out."""
    children = tuple(piece for child in element for piece in shape(child, of=of))
    if not isinstance(element.tag, str):
        return [("comment", (element.text or "",), ())]
    if element.tag in of:
        return list(children)
    return [(element.tag, tuple(sorted(element.attrib)), children)]


def text_of(element: Element) -> str:
    """All that is seen, blanks put together."""
    return squeezed("".join(element.itertext()))


def outside_code(element: Element) -> list[str]:
    """The pieces of text in which a forge looks for mentions and references."""
    if element.tag in {"code", "pre", "style"}:
        return []
    found = [element.text or ""] if isinstance(element.tag, str) else []
    for child in element:
        found += [*outside_code(child), child.tail or ""]
    return found


def squeezed(text: str) -> str:
    return " ".join(text.split())


REFERENCE = re.compile(
    r"@|[#!&%~$^]\w|\[|\]|[a-z]+://|www\.|:[\w+-]+:|\w-\d+\b(?!\.)|\b[0-9a-f]{7,40}\b"
    r"|\w\.[a-z]{2}|(?m:^/\w)"
)
"""What GitHub, GitLab or an eager renderer would turn into a link, an emoji or a command."""


def assert_nothing_lives(name: str, element: Element) -> None:
    """No link out of the page, no picture, no script; no reference where a forge looks for one."""
    assert not [e for e in element.iter("a") if not e.get("href", "").startswith("#")]
    assert not [e.tag for e in element.iter() if e.tag in {"img", "script", "iframe", "input"}]
    assert not [e for e in element.iter() if any(a.startswith("on") for a in e.attrib)]
    if name == "markdown":
        assert not [text for text in outside_code(element) if REFERENCE.search(text)]


STRUCTURE = frozenset(
    "format_version tool at checksum digest manifest on id action system kind effect cause"
    " changed needs status code severity line column end".split()
)
"""Keys of a plan's JSON that hold no value of a person, a system or a donor."""

Path = tuple[str | int, ...]


def positions(document: Any, path: Path = ()) -> Iterator[Path]:
    """Where in a plan's JSON a text stands that somebody could have written."""
    match document:
        case str():
            yield path
        case dict():
            for key, value in document.items():
                if key not in STRUCTURE:
                    yield from positions(value, (*path, key))
        case list():
            for at, value in enumerate(document):
                yield from positions(value, (*path, at))


def poisoned(plan: Plan, value: str, *where: Path) -> Plan:
    """``plan`` with ``value`` at ``where``, or wherever it can stand."""
    document = plan.model_dump(mode="json")
    for path in where or tuple(positions(document)):
        *above, last = path
        inner = document
        for part in above:
            inner = inner[part]
        inner[last] = value
    return Plan.model_validate(document)
