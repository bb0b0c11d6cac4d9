"""How one value is written: plain where every YAML reader takes it for what it is, else quoted.

``0441234567`` is an octal number to one reader and loses its zero in another, ``09:00`` is 540 to
a third and ``no`` is false to a fourth.  A number with a leading zero is always quoted.
"""

import re
from collections.abc import Collection as Values
from enum import StrEnum
from functools import cache

import yaml

_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`=<~")
_INTEGER = re.compile(r"0|[1-9]\d{0,14}", re.ASCII)
_DECIMAL = re.compile(r"(?:0|[1-9]\d{0,11})\.\d{1,4}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MORE_THAN_TEXT = re.compile(
    r"[-+]?(?:0o[0-7]+|0x[\da-f_]+|0b[01_]+|\.?\d[\d_]*(?:\.[\d_]*)?(?:e[-+]?\d+)?|[\d:_.]+)"
    r"|[yn]|none|\.\.\..*",
    re.ASCII | re.IGNORECASE,
)
"""What YAML 1.2 and the readers in use take for a number or a truth, beyond YAML 1.1 of PyYAML."""
_IN_FLOW = re.compile(r"[,\[\]{}]|:$|:[\s,]")
_IN_BLOCK = re.compile(r":\s|:$|\s#")


class Kind(StrEnum):
    """What a field takes, as far as it matters for quotes."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"


ANY = frozenset(Kind)
"""Of a field of which nothing is known: what is safe to write plain stays plain."""


def spelled(value: str, kinds: Values[Kind], *, flow: bool = False) -> str:
    """``value`` on one line, as a field that takes ``kinds`` is written in house style."""
    return value if _plain(value, kinds, flow=flow) else quoted(value)


def quoted(value: str) -> str:
    """In double quotes, or in single ones if that saves escapes."""
    if value.isprintable() and ('"' in value or "\\" in value) and "'" not in value:
        return f"'{value}'"
    inner = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + inner.replace("\n", "\\n").replace("\t", "\\t") + '"'


def literal(value: str, indent: str) -> str | None:
    """``value`` as a literal block below ``indent``; None where that does not fit."""
    lines = value.rstrip("\n").split("\n")
    ends = len(value) - len(value.rstrip("\n"))
    awkward = ends > 1 or not lines[0].strip() or lines[0][0] in " \t"
    if awkward or not all(line.replace("\t", "").isprintable() for line in lines):
        return None
    body = "\n".join(indent + line if line else "" for line in lines)
    return ("|" if ends else "|-") + "\n" + body


def _plain(value: str, kinds: Values[Kind], *, flow: bool) -> bool:
    if _INTEGER.fullmatch(value):
        return Kind.INTEGER in kinds or Kind.DECIMAL in kinds
    if _DECIMAL.fullmatch(value):
        return Kind.DECIMAL in kinds
    if _DATE.fullmatch(value):
        return Kind.DATE in kinds
    if value in {"true", "false"}:
        return Kind.BOOLEAN in kinds
    if not value or value != value.strip() or value[0] in _INDICATORS:
        return False
    if not value.isprintable() or (_IN_FLOW if flow else _IN_BLOCK).search(value):
        return False
    if flow and _IN_BLOCK.search(value):
        return False
    return not _MORE_THAN_TEXT.fullmatch(value) and not _resolves(value)


@cache
def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
    return found


def _resolves(value: str) -> bool:
    """Whether a reader of YAML 1.1 takes the plain ``value`` for anything but a text."""
    return any(pattern.match(value) for _, pattern in _resolvers().get(value[0], []))
