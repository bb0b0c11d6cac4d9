"""The long explanation of a code, for ``provision explain``."""

from collections.abc import Iterator, Mapping
from typing import Any

from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible


class _Names(Mapping[str, str | int]):
    """Parameters whose values are their own names in braces."""

    def __getitem__(self, name: str) -> str:
        return f"{{{name}}}"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Unnamed(_Names):
    """The same, but asked for they are not there."""

    def get(self, _name: str, default: Any = None) -> Any:
        return default


NAMES = _Names()


def remedies(code: str, words: Catalogue) -> list[str]:
    """What to do: where all values are there, and where they are not, if that is something else."""
    found = [words.help(code, NAMES), words.help(code, _Unnamed())]
    return list(dict.fromkeys(text for text in found if text))


def render_explanation(code: str, words: Catalogue, *, width: int, color: bool) -> str:
    """Title, rule, the message with its remedies, and paragraphs.

    A word in braces stands for a value of the case at hand.  A paragraph that begins with blanks is
    an example and stays as it is.
    """
    paint, width = Paint(color), clamp(width)
    rule = words.rule(code)
    title = f"{visible(code)}: {words.title(code)}" + (f" ({rule})" if rule else "")
    lines = [paint(line, "bold") for line in wrap(title, width)]
    lines += ["", *wrap(words.text(code, NAMES), width, "  ")]
    for remedy in remedies(code, words):
        lines += wrap(f"= {words.ui('diagnostics.help')}: {remedy}", width, "    ", "      ")
    for paragraph in words.explain(code).split("\n\n"):
        lines.append("")
        if paragraph.startswith("  "):
            lines += paragraph.splitlines()
        else:
            lines += wrap(paragraph, width)
    return "\n".join(lines) + "\n"
