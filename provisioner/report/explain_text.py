"""Codes and rules, for ``provision explain``: one of them at length, or a list."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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


RULES = tuple(f"R{number}" for number in range(1, 20))
"""Of the operator's manual."""


def render_index(words: Catalogue, *, width: int, color: bool) -> str:
    """All rules, and how many codes begin with what."""
    paint, width = Paint(color), clamp(width)
    lines = [paint(line, "bold") for line in wrap(words.ui("explain.rules"), width)]
    for rule in RULES:
        lines += wrap(words.ui(f"explain.rule.{rule}"), width, f"  {rule:<5}", " " * 7)
    lines += ["", *(paint(line, "bold") for line in wrap(words.ui("explain.codes"), width))]
    for family, count in sorted(Counter(code[:3] for code in words.codes()).items()):
        lines += wrap(f"{words.ui(f'explain.family.{family[2]}')}: {count}", width, f"  {family}  ")
    return "\n".join(lines) + "\n"


def render_rule(rule: str, words: Catalogue, *, width: int, color: bool) -> str:
    """A rule, and the codes that stand for it."""
    paint, width = Paint(color), clamp(width)
    text = wrap(f"{rule}: {words.ui(f'explain.rule.{rule}')}", width)
    lines = [*(paint(line, "bold") for line in text), ""]
    mine = [code for code in words.codes() if words.rule(code) == rule]
    lines += wrap(words.ui("explain.of_rule" if mine else "explain.no_codes"), width)
    return "\n".join([*lines, *_titles(mine, words, width)]) + "\n"


def render_codes(
    codes: Sequence[str], words: Catalogue, *, what: str = "", width: int, color: bool
) -> str:
    """Some codes with their titles; ``what`` they were searched for by."""
    paint, width = Paint(color), clamp(width)
    heading = (
        words.ui("explain.found", what=what) if what else words.ui(f"explain.family.{codes[0][2]}")
    )
    lines = [paint(line, "bold") for line in wrap(heading, width)]
    return "\n".join([*lines, *_titles(codes, words, width)]) + "\n"


def _titles(codes: Sequence[str], words: Catalogue, width: int) -> Iterator[str]:
    for code in codes:
        yield from wrap(words.title(code), width, f"  {code}  ")
